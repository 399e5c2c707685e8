"""What a store says of itself that is not the published set, out of its archives."""

import json
from typing import NamedTuple

PART = "sample.json"
"""The member of the store: {"recordings": n, "of": N, "verified": m}."""


class Part(NamedTuple):
    """Which part of the published set a store is.

    Attributes:
        recordings: how many it holds …
        of: … of how many, and
        verified: how many are known to be the published ones: by the checksum of their archive or their own.
    """

    recordings: int
    of: int
    verified: int

    @property
    def label(self) -> str:
        """What stands beside every result."""
        if self.recordings < self.of:
            return f"sample, {self.recordings} of {self.of} videos"
        return f"{self.of} videos, {self.verified} of them verified"

    def to_json(self) -> bytes:
        """The content of the member."""
        return json.dumps(self._asdict()).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Part":
        """What `to_json` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        return cls(**json.loads(content))
