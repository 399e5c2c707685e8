"""What a store says of itself that is not the published set."""

from typing import NamedTuple

PART = "sample.json"
"""The member of the store: a Part as a JSON object."""


class Part(NamedTuple):
    """How many recordings a store holds, of how many, and how many are verified: known to be the published ones."""

    recordings: int
    of: int
    verified: int

    @property
    def label(self) -> str:
        """What stands beside every result."""
        if self.recordings < self.of:
            return f"sample, {self.recordings} of {self.of} videos"
        return f"{self.of} videos, {self.verified} of them verified"
