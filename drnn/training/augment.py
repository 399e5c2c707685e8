"""Other performances of the same actions, made from some: turned, stretched, faster or slower, cut, and noisy.

Every draw comes from torch's default generator, on the CPU.
"""

import math

import torch
from torch import Tensor

from drnn.training.batches import frames_at

SHORTEST = 8
"""Frames that are left at least, or as many as there were."""


def augmented(frames: Tensor, lengths: Tensor, settings: dict) -> tuple[Tensor, Tensor]:
    """Another performance of each sequence of joints in a batch.

    Args:
        frames: (B, T, 3 J) x, y, z of each joint, float32; y points up, z away from the camera. What lies past a
            sequence's length is not read.
        lengths: (B,) of the sequences.
        settings: fields of ``drnn.learners.Augmentation``; all 0 give the sequences back, but for rounding.

    Returns:
        (B, T', 3 J), anything past each length, and the lengths (B,).
    """
    frames, lengths = _retimed(frames, lengths, settings["tempo"], settings["crop"])
    joints = frames.view(len(frames), -1, 3) @ _turned(settings, len(frames)).mT
    joints = joints.view(*frames.shape[:2], -1, 3)
    joints += settings["shift"] * torch.randn(len(joints), 1, *joints.shape[2:])
    if settings["noise"]:
        joints += settings["noise"] * torch.randn(joints.shape)
    return joints.flatten(2), lengths


def _retimed(frames: Tensor, lengths: Tensor, tempo: float, crop: float) -> tuple[Tensor, Tensor]:
    """A part of each sequence at another speed; between two frames it is linear."""
    count, last = len(frames), (lengths - 1)[:, None]
    first, end = crop * torch.rand(count), 1 - crop * torch.rand(count)
    new = (lengths * (end - first) * torch.exp(tempo * _between(-1, 1, count))).round().long()
    new = new.maximum(lengths.clamp(max=SHORTEST))
    part = (torch.arange(int(new.max())) / (new - 1).clamp(min=1)[:, None]).clamp(max=1)
    time = last * torch.lerp(first[:, None], end[:, None], part)
    before = time.long().minimum(last)
    after = (before + 1).minimum(last)
    earlier, later = (frames_at(frames, times) for times in (before, after))
    return earlier.lerp_(later, (time - before)[..., None]), new


def _turned(settings: dict, count: int) -> Tensor:
    """(B, 3, 3) a turn about y, one about x, and a factor for each axis."""
    a, b = (math.radians(settings[name]) * _between(-1, 1, count) for name in ("rotation", "tilt"))
    zero, one = torch.zeros(count), torch.ones(count)
    about_y = torch.stack([a.cos(), zero, a.sin(), zero, one, zero, -a.sin(), zero, a.cos()], 1).view(-1, 3, 3)
    about_x = torch.stack([one, zero, zero, zero, b.cos(), -b.sin(), zero, b.sin(), b.cos()], 1).view(-1, 3, 3)
    return (1 + settings["scale"] * _between(-1, 1, count, 3))[..., None] * (about_x @ about_y)


def _between(low: float, high: float, *size: int) -> Tensor:
    return low + (high - low) * torch.rand(size)
