"""The file of a protocol's splits, in which a step finds its own."""

import json
from pathlib import Path


def sides(path: Path, key: str) -> dict[str, list[str]]:
    """The names of the sequences that train and that test in the split of this key."""
    return json.loads(path.read_text(encoding="utf-8"))[key]
