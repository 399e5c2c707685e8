"""Other performances of the same actions, made from some: turned, stretched, faster or slower, cut, and noisy.

Every draw is made on the CPU, wherever the frames are, so that the same seed gives the same numbers on any device.
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from drnn.training.batches import at, clock, moved

if TYPE_CHECKING:
    from drnn.config.recipe import Augmentation
    from drnn.datasets.store import SequenceSet

SHORTEST = 8
"""Frames that are left at least, or as many as there were."""


def augmented(
    sequences: "SequenceSet[Tensor]", settings: "Augmentation", generator: torch.Generator | None = None
) -> "SequenceSet[Tensor]":
    """Another performance of each sequence.

    Args:
        sequences: of joints, frames (ΣT, 3 J) with x, y, z of each, float32; y points up, z away from the camera.
        settings: what is drawn; all 0 give the sequences back, but for rounding.
        generator: of the CPU; default: torch's own.
    """
    device = sequences.frames.device
    count = len(sequences)
    joints = sequences.frames.shape[1] // 3
    retimed, which = _retimed(sequences, settings.tempo, settings.crop, generator)
    turned = moved(_turned(settings, count, generator).mT, device)
    shift = moved(settings.shift * torch.randn(count, joints, 3, generator=generator), device)
    which = moved(which, device)
    frames = torch.baddbmm(shift[which], retimed.frames.view(-1, joints, 3), turned[which])
    if settings.noise:
        frames += moved(settings.noise * torch.randn(frames.shape, generator=generator), device)
    return replace(retimed, frames=frames.flatten(1))


def longest(lengths: Tensor, settings: "Augmentation") -> Tensor:
    """The most frames (S,) that a performance of sequences of these lengths can have."""
    return (lengths * math.exp(settings.tempo)).ceil().long().maximum(lengths.clamp(max=SHORTEST))


def _retimed(
    sequences: "SequenceSet[Tensor]", tempo: float, crop: float, generator: torch.Generator | None
) -> tuple["SequenceSet[Tensor]", Tensor]:
    """A part of each sequence at another speed, and the sequence of each frame; between two frames it is linear."""
    lengths = sequences.lengths
    count = len(lengths)
    first = crop * torch.rand(count, generator=generator)
    end = 1 - crop * torch.rand(count, generator=generator)
    new = (lengths * (end - first) * torch.exp(tempo * _between(-1, 1, count, generator=generator))).round().long()
    new = new.maximum(lengths.clamp(max=SHORTEST))
    which, t = clock(new)
    last = (lengths - 1)[which]
    time = last * torch.lerp(first[which], end[which], t / (new - 1).clamp(min=1)[which])
    before = time.long().minimum(last)
    after = (before + 1).minimum(last)
    part = moved((time - before)[:, None], sequences.frames.device)
    frames = at(sequences, which, before).lerp_(at(sequences, which, after), part)
    return replace(sequences, frames=frames, lengths=new), which


def _turned(settings: "Augmentation", count: int, generator: torch.Generator | None) -> Tensor:
    """(S, 3, 3) a turn about y, one about x, and a factor for each axis."""
    a = math.radians(settings.rotation) * _between(-1, 1, count, generator=generator)
    b = math.radians(settings.tilt) * _between(-1, 1, count, generator=generator)
    zero = torch.zeros(count)
    one = torch.ones(count)
    about_y = torch.stack([a.cos(), zero, a.sin(), zero, one, zero, -a.sin(), zero, a.cos()], 1).view(-1, 3, 3)
    about_x = torch.stack([one, zero, zero, zero, b.cos(), -b.sin(), zero, b.sin(), b.cos()], 1).view(-1, 3, 3)
    return (1 + settings.scale * _between(-1, 1, count, 3, generator=generator))[..., None] * (about_x @ about_y)


def _between(low: float, high: float, *size: int, generator: torch.Generator | None) -> Tensor:
    return low + (high - low) * torch.rand(size, generator=generator)
