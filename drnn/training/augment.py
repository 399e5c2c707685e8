"""Other performances of the same action, made from one: turned, stretched, faster or slower, cut, and noisy.

Every draw comes from torch's default generator, on the CPU.
"""

import math

import torch
from torch import Tensor

SHORTEST = 8
"""Frames that are left at least, or as many as there were."""


def augmented(sequence: Tensor, settings: dict) -> Tensor:
    """Another performance of a sequence of joints.

    Args:
        sequence: (T, 3 J) x, y, z of each joint, float32; y points up, z away from the camera.
        settings: fields of ``drnn.learners.Augmentation``; all 0 give the sequence back, but for rounding.

    Returns:
        (T', 3 J).
    """
    frames = _retimed(sequence, settings["tempo"], settings["crop"])
    joints = frames.view(len(frames), -1, 3) @ _turned(settings).T
    joints = joints + settings["shift"] * torch.randn(joints.shape[1:])
    if settings["noise"]:
        joints = joints + settings["noise"] * torch.randn(joints.shape)
    return joints.reshape(len(frames), -1)


def _retimed(sequence: Tensor, tempo: float, crop: float) -> Tensor:
    """A part of the sequence at another speed; between two frames it is linear."""
    first, end = crop * torch.rand(()), 1 - crop * torch.rand(())
    length = len(sequence) * (end - first) * torch.exp(tempo * _between(-1, 1))
    steps = max(round(length.item()), min(SHORTEST, len(sequence)))
    times = (len(sequence) - 1) * torch.linspace(first, end, steps)
    before = times.long().clamp(max=len(sequence) - 1)
    after = (before + 1).clamp(max=len(sequence) - 1)
    return torch.lerp(sequence[before], sequence[after], (times - before)[:, None])


def _turned(settings: dict) -> Tensor:
    """(3, 3) a turn about y, one about x, and a factor for each axis."""
    a, b = (math.radians(settings[name]) * _between(-1, 1) for name in ("rotation", "tilt"))
    zero, one = torch.zeros(()), torch.ones(())
    about_y = torch.stack([a.cos(), zero, a.sin(), zero, one, zero, -a.sin(), zero, a.cos()]).view(3, 3)
    about_x = torch.stack([one, zero, zero, zero, b.cos(), -b.sin(), zero, b.sin(), b.cos()]).view(3, 3)
    return (1 + settings["scale"] * _between(-1, 1, 3))[:, None] * (about_x @ about_y)


def _between(low: float, high: float, *size: int) -> Tensor:
    return low + (high - low) * torch.rand(size)
