"""The recipe `generic`: how any set of sequences is trained without a look at its test part.

It was fixed beforehand. What depends on the data follows by the rules here from sizes alone: how many sequences
train, how long they are, how many values a frame has.
"""

import math
from typing import NamedTuple

FEWEST_STEPS = 240
"""Steps of the optimiser: with few sequences there are more epochs, so that the mean of the weights has settled."""
LEAST_EPOCHS = 60
UNITS = (32, 128)
"""Units of the state, at least and at most."""
UNITS_PER_VALUE = 4
BATCHES = {100: 16, 500: 32}
"""Sequences that train, below which a batch has so many; from the last on it has 64."""
STRIDES = {100: 1, 200: 2}
"""Frames of the median sequence, below which every so many frames are kept; from the last on every fourth."""


class Sizes(NamedTuple):
    """What the rules look at.

    Attributes:
        sequences: that train.
        frames: of the median sequence.
        values: of a frame.
    """

    sequences: int
    frames: int
    values: int


def units(sizes: Sizes) -> int:
    """Of the state: the power of two from four units a value on, within `UNITS`."""
    wanted = 2 ** math.ceil(math.log2(UNITS_PER_VALUE * sizes.values))
    return min(max(wanted, UNITS[0]), UNITS[1])


def recipe(sizes: Sizes, skeleton: bool) -> dict:
    """The fields of the recipe that are not their defaults; of skeletons with augmentation."""
    batch = next((size for below, size in BATCHES.items() if sizes.sequences < below), 64)
    stride = next((stride for below, stride in STRIDES.items() if sizes.frames < below), 4)
    epochs = max(LEAST_EPOCHS, math.ceil(FEWEST_STEPS / math.ceil(sizes.sequences / batch)))
    augmentation = {"rotation": 45, "tilt": 15, "scale": 0.15, "tempo": 0.4, "crop": 0.2, "shift": 0.02}
    return {
        "normalisation": "group" if skeleton else "zscore",
        "frame_stride": stride,
        "differences": [1, 3],
        "clip_inputs": 4,
        "input_dropout": 0.3,
        **({"augmentation": augmentation} if skeleton else {}),
        "loss": "max_over_time",
        "logit_scale": 10,
        "optimizer": "adamw",
        "learning_rate": 3.0e-3,
        "schedule": "one_cycle",
        "epochs": epochs,
        "batch_size": batch,
        "bucket_by_length": True,
        "weight_decay": 0.05,
        "clip_norm": 5,
        "ema_decay": 0.99,
    }
