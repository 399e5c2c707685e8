"""Other performances of the same actions, made from some: turned, stretched, faster or slower, cut, and noisy.

Every draw comes from torch's default generator, on the CPU.
"""

import math

import torch
from torch import Tensor

from drnn.training.batches import Sequences, clock

SHORTEST = 8
"""Frames that are left at least, or as many as there were."""


def augmented(sequences: Sequences, settings: dict) -> Sequences:
    """Another performance of each sequence.

    Args:
        sequences: of joints, frames (ΣT, 3 J) with x, y, z of each, float32; y points up, z away from the camera.
        settings: fields of ``drnn.config.recipe.Augmentation``; all 0 give the sequences back, but for rounding.
    """
    count, joints = len(sequences.lengths), sequences.frames.shape[1] // 3
    (frames, lengths), which = _retimed(sequences, settings["tempo"], settings["crop"])
    turned, shift = _turned(settings, count).mT, settings["shift"] * torch.randn(count, joints, 3)
    frames = torch.baddbmm(shift[which], frames.view(-1, joints, 3), turned[which])
    if settings["noise"]:
        frames += settings["noise"] * torch.randn(frames.shape)
    return Sequences(frames.flatten(1), lengths)


def _retimed(sequences: Sequences, tempo: float, crop: float) -> tuple[Sequences, Tensor]:
    """A part of each sequence at another speed, and whose each frame is; between two frames it is linear."""
    lengths, count = sequences.lengths, len(sequences.lengths)
    first, end = crop * torch.rand(count), 1 - crop * torch.rand(count)
    new = (lengths * (end - first) * torch.exp(tempo * _between(-1, 1, count))).round().long()
    new = new.maximum(lengths.clamp(max=SHORTEST))
    which, t = clock(new)
    last = (lengths - 1)[which]
    time = last * torch.lerp(first[which], end[which], t / (new - 1).clamp(min=1)[which])
    before = time.long().minimum(last)
    earlier, later = (sequences.at(which, times) for times in (before, (before + 1).minimum(last)))
    return Sequences(earlier.lerp_(later, (time - before)[:, None]), new), which


def _turned(settings: dict, count: int) -> Tensor:
    """(S, 3, 3) a turn about y, one about x, and a factor for each axis."""
    a, b = (math.radians(settings[name]) * _between(-1, 1, count) for name in ("rotation", "tilt"))
    zero, one = torch.zeros(count), torch.ones(count)
    about_y = torch.stack([a.cos(), zero, a.sin(), zero, one, zero, -a.sin(), zero, a.cos()], 1).view(-1, 3, 3)
    about_x = torch.stack([one, zero, zero, zero, b.cos(), -b.sin(), zero, b.sin(), b.cos()], 1).view(-1, 3, 3)
    return (1 + settings["scale"] * _between(-1, 1, count, 3))[..., None] * (about_x @ about_y)


def _between(low: float, high: float, *size: int) -> Tensor:
    return low + (high - low) * torch.rand(size)
