"""The two files of a set of the UEA archive, found among others. Standard library only."""

from drnn.datasets.collection import Collection
from drnn.errors import UserError

ENDINGS = ("_TRAIN.ts", "_TEST.ts")


def pair(collection: Collection) -> tuple[str, str]:
    """The names of the training and of the test file.

    Raises:
        UserError: one is missing, or there are two pairs.
    """
    heads = sorted(name.removesuffix(ENDINGS[0]) for name in collection.names if name.endswith(ENDINGS[0]))
    if len(heads) != 1:
        found = f"holds {len(heads)} files *{ENDINGS[0]}"
        raise UserError(f"{collection.path}: {found}, not one; keep the two files of one set there")
    test = heads[0] + ENDINGS[1]
    if test not in collection.names:
        raise UserError(f"{collection.path}: has no {test} beside {heads[0]}{ENDINGS[0]}; put it there")
    return heads[0] + ENDINGS[0], test


def wanted(collection: Collection) -> list[str]:
    """The names of the files that make up the set."""
    return list(pair(collection))
