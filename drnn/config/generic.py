"""What `auto` stands for in a recipe: rules of sizes alone, fixed beforehand for sequences of any kind.

They look at how many sequences train, how long these are and how many values a frame has, and never at a label or at a
test sequence.
"""

import math

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


def units(values: int) -> int:
    """Of the state, for frames of so many values: the power of two from four units a value on, within `UNITS`."""
    wanted = 2 ** math.ceil(math.log2(UNITS_PER_VALUE * values))
    return min(max(wanted, UNITS[0]), UNITS[1])


def batch_size(sequences: int) -> int:
    """Sequences in a batch, if so many train."""
    return next((size for below, size in BATCHES.items() if sequences < below), 64)


def frame_stride(frames: int) -> int:
    """Every how many frames one is kept, if the median training sequence has so many."""
    return next((stride for below, stride in STRIDES.items() if frames < below), 4)


def epochs(sequences: int, batch_size: int) -> int:
    """Passes over the training sequences."""
    return max(LEAST_EPOCHS, math.ceil(FEWEST_STEPS / math.ceil(sequences / batch_size)))
