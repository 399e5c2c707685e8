"""Sequences as padded batches, in a new order each epoch."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def padded(sequences: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """(B, T, D), zero past each length, and the lengths (B,)."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True), lengths


def frames_at(frames: Tensor, times: Tensor) -> Tensor:
    """The frames (B, T', D) of a batch (B, T, D) at the times (B, T')."""
    rows = times + frames.shape[1] * torch.arange(len(frames))[:, None]
    return frames.flatten(0, 1).index_select(0, rows.flatten()).view(*times.shape, -1)


def shuffled(count: int, size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Every index below ``count`` once, in batches of at most ``size``."""
    order = torch.randperm(count, generator=generator).tolist()
    return (order[start : start + size] for start in range(0, count, size))
