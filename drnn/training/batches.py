"""Frames of concatenated sequences, and padded batches of them, in a new order each epoch."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from drnn.datasets.store import SequenceSet


def at(sequences: "SequenceSet[Tensor]", which: Tensor, times: Tensor) -> Tensor:
    """The frames (..., D) at these times of these sequences, both (...).

    Lengths, and what is computed from them, stay on the CPU; the frames may be on a device.
    """
    rows = sequences.starts[which] + times
    return sequences.frames.index_select(0, moved(rows.flatten(), sequences.frames.device)).view(*rows.shape, -1)


def padded(sequences: "SequenceSet[Tensor]", which: Tensor) -> tuple[Tensor, Tensor]:
    """(T, B, D) of these B sequences, the last frame repeated past each length, and the lengths (B,)."""
    lengths = sequences.lengths[which]
    times = torch.arange(int(lengths.max()))[:, None].minimum(lengths - 1)
    return at(sequences, which.expand_as(times), times), lengths


def picked(sequences: "SequenceSet[Tensor]", which: Tensor) -> "SequenceSet[Tensor]":
    """The frames of these sequences alone, in this order; where the frames lie in a file, no others are read."""
    lengths = sequences.lengths[which]
    if isinstance(sequences.frames, Tensor):
        of_frame, time = clock(lengths)
        frames = at(sequences, which[of_frame], time)
    else:
        frames = _read(sequences, which)
    unknown = which[:0]
    return replace(sequences, frames=frames, lengths=lengths, labels=unknown, subjects=unknown, names=[])


def _read(sequences: "SequenceSet", which: Tensor) -> Tensor:
    """The frames of these sequences, read in the order in which they lie."""
    parts: list[Tensor | None] = [None] * len(which)
    for place in which.argsort().tolist():
        parts[place] = torch.from_numpy(np.asarray(sequences[which[place]]))
    return torch.cat(parts)


def moved(part: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on a device, without waiting for what the device does."""
    return part.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else part.to(device)


def clock(lengths: Tensor) -> tuple[Tensor, Tensor]:
    """For each frame of concatenated sequences of these lengths (S,): its sequence, and its time there."""
    which = torch.arange(len(lengths)).repeat_interleave(lengths)
    return which, torch.arange(len(which)) - (lengths.cumsum(0) - lengths)[which]


def shuffled(lengths: Tensor, size: int, bucket_by_length: bool, generator: torch.Generator | None) -> list[Tensor]:
    """Every sequence once, in batches of at most ``size``: of any sequences, or each of those of like length."""
    order = torch.randperm(len(lengths), generator=generator)
    if not bucket_by_length:
        return list(order.split(size))
    batches = order[lengths[order].argsort(stable=True)].split(size)
    return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]
