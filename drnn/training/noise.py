"""How much of what training sequences show is noise from frame to frame."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from drnn.training.batches import clock, picked
from drnn.training.preprocessing import SMALLEST_DEVIATION, blocks, moments

if TYPE_CHECKING:
    from drnn.datasets.store import SequenceSet


def noise_share(sequences: "SequenceSet[Tensor]") -> float | None:
    """The share of a value's variance that is white noise, judged by its second differences; mean over the values.

    The second difference is x_{t+1} − 2 x_t + x_{t−1}: 6 v is its variance for white noise of variance v, and 0 for a
    straight line. So the share is near 0 for smooth motion, and 1 for noise alone.

    Args:
        sequences: frames (ΣT, D).

    Returns:
        None where no value changes, or no sequence has three frames.
    """
    _, variance = moments(sequences, ())
    squares = torch.zeros_like(variance)
    count = 0
    for block in blocks(sequences):
        some = picked(sequences, block)
        which, time = clock(some.lengths)
        inner = torch.nonzero((time > 0) & (time + 1 < some.lengths[which])).flatten()
        x = some.frames.double()
        second = x[inner + 1] - 2 * x[inner] + x[inner - 1]
        squares += second.square().sum(0)
        count += len(inner)
    changing = variance > SMALLEST_DEVIATION**2
    if not count or not changing.any():
        return None
    return float((squares / count / 6 / variance)[changing].mean())
