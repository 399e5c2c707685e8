"""What each part of params.yaml may hold: its blocks by kind, and their keys."""

from typing import get_args

from pydantic import BaseModel

from drnn.config import protocol
from drnn.config.baselines import Baseline
from drnn.config.datasets import Dataset
from drnn.config.features import Features
from drnn.config.recipe import Recipe
from drnn.config.sized import NamedModel


def _kinds(union) -> dict[str, type[BaseModel]]:
    """The blocks of a union by their tags."""
    members = map(get_args, get_args(get_args(union)[0]))
    return {tag.tag: block for block, tag in members}


BLOCKS = {
    "datasets": _kinds(Dataset),
    "features": _kinds(Features),
    "protocols": protocol.FORMS,
    "models": {"": NamedModel},
    "recipes": {"": Recipe},
    "baselines": _kinds(Baseline),
}
"""The definitions of each part of params.yaml, by kind where there is more than one."""


def keys_at(kind: str, loc: tuple) -> list[str]:
    """The keys known at a place such as ("recipes", "paper")."""
    if not loc:
        return ["run", "seeds", *BLOCKS]
    block = BLOCKS[str(loc[0])][kind]
    for part in loc[2:]:
        if part in block.model_fields:
            block = block_in(block.model_fields[part].annotation)
    return list(block.model_fields)


def block_in(kind) -> type[BaseModel] | None:
    """The block that a field holds, perhaps several of them, or none."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next(filter(None, map(block_in, get_args(kind))), None)
