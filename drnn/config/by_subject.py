"""Protocols of subjects: two lists of them, or random draws."""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from drnn.config.block import Seed, Subject
from drnn.config.division import SUBJECT, Division, Members, Value


class FixedSubjects(Division):
    """Two lists of subjects."""

    train_subjects: list[Subject] = Field(description="subjects that train")
    test_subjects: list[Subject] = Field(description="subjects that test")

    @model_validator(mode="before")
    @classmethod
    def _one_split(cls, block: Any):
        if extra := [name for name in ("splits", "seed") if name in block]:
            raise ValueError(f"fixed lists of subjects make one split; take {extra[0]} out")
        if not block.get("train_subjects", [1]) or not block.get("test_subjects", [1]):
            raise ValueError("empty split: train_subjects and test_subjects need at least one subject each")
        return block

    @model_validator(mode="after")
    def _disjoint(self):
        if both := sorted(set(self.train_subjects) & set(self.test_subjects)):
            raise ValueError(f"test subject {both[0]} also trains; take it out of one of the two lists")
        return self

    tests: ClassVar[str] = SUBJECT

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"train": {SUBJECT: self.train_subjects}, "test": {SUBJECT: self.test_subjects}}


class DrawnSubjects(Division):
    """Random draws of subjects; all others test."""

    train_subjects: int = Field(description="how many subjects to draw for each split")
    splits: int = Field(1, ge=1, description="number of draws")
    seed: Seed = Field(0, description="seed of the draws")

    @model_validator(mode="before")
    @classmethod
    def _drawn(cls, block: Any):
        if block.get("test_subjects") is not None:
            raise ValueError("test_subjects are all others when train_subjects is a number")
        if block["train_subjects"] < 1:
            raise ValueError("empty split: train_subjects must draw at least 1 subject")
        return {name: value for name, value in block.items() if name != "test_subjects"}

    tests: ClassVar[str] = SUBJECT

    def count(self, members: Members) -> int:
        """See `Division`."""
        return self.splits

    def untested(self, members: Members) -> list[Value]:
        """See `Division`."""
        from drnn.datasets.splits import drawn  # numpy: 0.1 s, which a command need not wait for

        known = members.get(SUBJECT, [])
        if self.train_subjects >= len(known):
            return []
        rule = self.divides(0, members)
        return sorted(set(known).difference(*(drawn(known, rule, number)[1] for number in range(self.splits))))

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"draw": self.train_subjects, "seed": self.seed}
