"""The file of a protocol's splits, in which a step finds its own."""

from pathlib import Path

from pydantic import BaseModel, RootModel

from drnn.errors import UserError
from drnn.evaluation.typed import read


class Sides(BaseModel):
    """Names of the sequences that train and of those that test."""

    train: list[str]
    test: list[str]


class Splits(RootModel[dict[str, Sides]]):
    """The sides of each split, by its key."""


def sides(path: Path, key: str) -> dict[str, list[str]]:
    """The names of the sequences that train and that test in the split of this key.

    Raises:
        UserError: the file is missing, cut short, holds no splits or not this one.
    """
    splits = read(Splits, path).root
    if key not in splits:
        raise UserError(f"{path}: has no split {key}; delete it and run the workflow again")
    return splits[key].model_dump()
