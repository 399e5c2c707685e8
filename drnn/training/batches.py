"""Sequences as padded batches, in a new order each epoch."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor


def padded(sequences: Sequence[Tensor], device: torch.device) -> tuple[Tensor, Tensor]:
    """x (T, B, D), zero past each length, and the lengths (B,), on the CPU."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return torch.nn.utils.rnn.pad_sequence(sequences).to(device), lengths


def shuffled(count: int, size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Every index below ``count`` once, in batches of at most ``size``."""
    order = torch.randperm(count, generator=generator).tolist()
    return (order[start : start + size] for start in range(0, count, size))
