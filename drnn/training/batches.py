"""Sequences of vectors as normalised, padded batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SMALLEST_DEVIATION = 1e-3  # some features never change; dividing by their deviation would magnify noise


@dataclass(frozen=True)
class Normalisation:
    """(x − mean) / deviation, feature by feature."""

    mean: Tensor
    deviation: Tensor

    @classmethod
    def fit(cls, sequences: Sequence[np.ndarray], kind: str) -> "Normalisation":
        """The statistics of all frames of ``sequences`` for `zscore`; 0 and 1 for `none`."""
        frames = np.concatenate(sequences).astype(np.float64)
        mean, deviation = frames.mean(0), np.maximum(frames.std(0), SMALLEST_DEVIATION)
        if kind == "none":
            mean, deviation = np.zeros_like(mean), np.ones_like(deviation)
        return cls(torch.from_numpy(mean).float(), torch.from_numpy(deviation).float())

    def __call__(self, sequence: np.ndarray) -> Tensor:
        """(T, D) float32, normalised."""
        return (torch.from_numpy(np.ascontiguousarray(sequence)) - self.mean) / self.deviation


def padded(sequences: Sequence[Tensor], device: torch.device) -> tuple[Tensor, Tensor]:
    """x (T, B, D), zero past each length, and the lengths (B,), on the CPU."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return torch.nn.utils.rnn.pad_sequence(sequences).to(device), lengths


def shuffled(count: int, size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Every index below ``count`` once, in batches of at most ``size``."""
    order = torch.randperm(count, generator=generator).tolist()
    return (order[start : start + size] for start in range(0, count, size))
