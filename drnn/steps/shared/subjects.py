"""Files in which each of some subjects has something of its own."""

from collections.abc import Iterable
from pathlib import Path

from drnn.errors import UserError


def subjects_of(path: str | Path, held: Iterable[str]) -> list[str]:
    """The subjects under whose numbers a file holds something, in numerical order.

    Raises:
        UserError: there are none: it is a file of another kind.
    """
    found = list(held)
    if not found or not all(map(str.isdecimal, found)):
        raise UserError(f"{path}: is not whole (it has nothing of any subject); delete it and run again")
    return sorted(found, key=int)
