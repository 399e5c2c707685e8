"""What all protocols have in common: how sequences are divided into those that train and those that test."""

from abc import abstractmethod
from typing import Annotated

from pydantic import Field

from drnn.config.block import Name, Subject, Titled

SUBJECT, SEQUENCE = "subject", "sequence"
"""The two groups that every sequence belongs to; what others there are, its reader says."""

Value = int | str
Side = list[Subject] | dict[Name, Annotated[list[Value], Field(min_length=1)]]
Members = dict[str, list[Value] | int]
"""Group → its values in a dataset, or how many there are, as far as the plan knows them."""


class Division(Titled):
    """What all protocols have in common.

    A group is what sequences may share: `subject`, `sequence` (each its own), or one that the reader names (`view`).
    """

    leave_out: list[str] = Field([], description="names of sequences left out of the list")

    @property
    @abstractmethod
    def tests(self) -> str:
        """The group of which test sequences have values that no training sequence has."""

    @property
    def groups(self) -> set[str]:
        """All groups by which sequences are divided."""
        return {self.tests}

    def count(self, members: Members) -> int:
        """How many splits there are of a dataset with these members."""
        return 1

    def untested(self, members: Members) -> list[Value]:
        """Subjects, of those known, that no split tests though chance alone decides who is tested."""
        return []

    @abstractmethod
    def divides(self, number: int, members: Members) -> dict:
        """What `drnn.datasets.splits` divides by in split ``number``, JSON values."""

    def rule(self, number: int, members: Members) -> dict:
        """The whole of what a split follows from. How many splits there are changes none of them."""
        return self.divides(number, members) | {"leave_out": self.leave_out}
