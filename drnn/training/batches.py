"""Sequences one behind the other, and padded batches of them, in a new order each epoch."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Sequences(NamedTuple):
    """S sequences, one behind the other; the lengths, and what is computed from them, stay on the CPU."""

    frames: Tensor  # (ΣT, D)
    lengths: Tensor  # (S,)

    @classmethod
    def of(cls, sequences: Iterable[np.ndarray | Tensor]) -> "Sequences":
        """Sequences (T_i, D) put together."""
        sequences = [torch.as_tensor(sequence) for sequence in sequences]
        return cls(torch.cat(sequences), torch.tensor([len(sequence) for sequence in sequences]))

    def at(self, which: Tensor, times: Tensor) -> Tensor:
        """The frames (..., D) at these times of these sequences, both (...)."""
        rows = (self.lengths.cumsum(0) - self.lengths)[which] + times
        return self.frames.index_select(0, moved(rows.flatten(), self.frames.device)).view(*rows.shape, -1)

    def padded(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """(T, B, D) of these B sequences, the last frame repeated past each length, and the lengths (B,)."""
        lengths = self.lengths[which]
        times = torch.arange(int(lengths.max()))[:, None].minimum(lengths - 1)
        return self.at(which.expand_as(times), times), lengths


def moved(part: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on a device, without waiting for what the device does."""
    return part.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else part.to(device)


def clock(lengths: Tensor) -> tuple[Tensor, Tensor]:
    """For each frame of sequences of these lengths (S,), one behind the other: its sequence, and its time there."""
    which = torch.arange(len(lengths)).repeat_interleave(lengths)
    return which, torch.arange(len(which)) - (lengths.cumsum(0) - lengths)[which]


def shuffled(lengths: Tensor, size: int, bucket_by_length: bool, generator: torch.Generator | None) -> list[Tensor]:
    """Every sequence once, in batches of at most ``size``: any beside any, or each beside those of like length."""
    order = torch.randperm(len(lengths), generator=generator)
    if not bucket_by_length:
        return list(order.split(size))
    batches = order[lengths[order].argsort(stable=True)].split(size)
    return [batches[place] for place in torch.randperm(len(batches), generator=generator).tolist()]
