"""What each part of params.yaml may hold: its blocks by kind, and their keys."""

from typing import get_args

from pydantic import BaseModel

from drnn.config import protocol
from drnn.config.baselines import Dtw, PooledSvm
from drnn.config.datasets import OwnDataset, SkeletonDataset, VideoDataset
from drnn.config.features import Hog3dFeatures, JointFeatures, SkeletonFeatures, ValueFeatures
from drnn.config.recipe import Recipe
from drnn.config.sized import NamedModel

BLOCKS = {
    "datasets": {"skeletons": SkeletonDataset, "own": OwnDataset, "videos": VideoDataset},
    "features": {
        "skeleton": SkeletonFeatures,
        "joints": JointFeatures,
        "values": ValueFeatures,
        "hog3d": Hog3dFeatures,
    },
    "protocols": protocol.FORMS,
    "models": {"": NamedModel},
    "recipes": {"": Recipe},
    "baselines": {"dtw": Dtw, "pooled_svm": PooledSvm},
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
