"""Protocols of an archive: the split that it gives, and random ones like it."""

from typing import ClassVar, Literal

from pydantic import Field

from drnn.config.block import Block, Seed
from drnn.config.division import SEQUENCE, Division, Members


class Given(Division):
    """The split that comes with the recordings, such as that of an archive."""

    given: Literal[True] = Field(description="`true`")

    tests: ClassVar[str] = SEQUENCE

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"train": {"given": ["train"]}, "test": {"given": ["test"]}}


class Draws(Block):
    """How often sequences are drawn anew."""

    k: int = Field(ge=1, description="number of splits, with the given one")
    seed: Seed = Field(0, description="seed of the draws")


class Resamples(Division):
    """The given split first, then random ones with as many sequences of each class on either side (UEA archive)."""

    resamples: Draws = Field(description="number of splits, and their seed")

    tests: ClassVar[str] = SEQUENCE

    def count(self, members: Members) -> int:
        """See `Division`."""
        return self.resamples.k

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"resample": self.resamples.seed}
