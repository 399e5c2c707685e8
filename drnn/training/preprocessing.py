"""What a layer sees of a sequence's features: differences over time, few frames, normalised values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from drnn.errors import UserError
from drnn.training.batches import at, clock, picked

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe
    from drnn.datasets.store import SequenceSet

MOST_VALUES = 2**18  # that the statistics look at together: 2 MB of float64
SMALLEST_DEVIATION = 1e-3  # some features never change; dividing by their deviation would magnify noise


@dataclass(frozen=True)
class Preprocessor:
    """(x − mean) · factor of each feature and of its differences, within ± limit, of every few frames.

    Attributes:
        mean, factor: (n,) float32.
        differences: lags l, whose x_{t+l} − x_{t−l} stand beside x_t.
        frame_stride: every how many frames one is kept.
        limit: largest size of a value; None: any.
    """

    mean: Tensor
    factor: Tensor
    differences: tuple[int, ...] = ()
    frame_stride: int = 1
    limit: float | None = None

    @classmethod
    def fit(cls, sequences: "SequenceSet[Tensor]", recipe: "Recipe") -> "Preprocessor":
        """The statistics of all frames of the training ``sequences``.

        Their attribute ``groups`` names groups of features: first column, and the one behind the last.

        Raises:
            UserError: the recipe scales a group that the features do not have.
        """
        lags = tuple(recipe.differences)
        size = sequences.frames.shape[1]
        groups = sequences.attributes.get("groups", {})
        groups = groups | {f"difference{lag}": [n * size, (n + 1) * size] for n, lag in enumerate(lags, 1)}
        mean, variance = moments(sequences, lags)
        if recipe.normalisation == "group":
            for first, end in groups.values():
                variance[first:end] = variance[first:end].mean()
        deviation = variance.sqrt().clamp(min=SMALLEST_DEVIATION)
        if recipe.normalisation == "none":
            mean = torch.zeros_like(mean)
            deviation = torch.ones_like(deviation)
        factor = 1 / deviation
        for name, scale in recipe.group_scale.items():
            if name not in groups:
                raise UserError(f"group_scale: the features have no group {name!r}; they have {', '.join(groups)}")
            factor[slice(*groups[name])] *= scale
        return cls(mean.float(), factor.float(), lags, recipe.frame_stride, recipe.clip_inputs)

    def __call__(self, sequences: "SequenceSet[Tensor]") -> "SequenceSet[Tensor]":
        """Sequences of features (T, D) as those of inputs (⌈T / frame_stride⌉, n), float32."""
        stacked = stack_differences(sequences, self.differences, self.frame_stride)
        frames = (stacked.frames - self.mean).mul_(self.factor)
        if self.limit is not None:
            frames.clamp_(-self.limit, self.limit)
        return replace(stacked, frames=frames)


def moments(sequences: "SequenceSet[Tensor]", lags: Iterable[int]) -> tuple[Tensor, Tensor]:
    """Mean and variance of every feature and difference, (n,) float64, over all frames; a block of these at a time."""
    count = int(sequences.lengths.sum())
    size = (1 + len(tuple(lags))) * sequences.frames.shape[1]
    mean = torch.zeros(size, dtype=torch.float64)
    variance = torch.zeros_like(mean)
    for block in blocks(sequences):
        mean += _frames(sequences, block, lags).sum(0) / count
    for block in blocks(sequences):
        variance += (_frames(sequences, block, lags) - mean).square_().sum(0) / count
    return mean, variance


def blocks(sequences: "SequenceSet[Tensor]") -> tuple[Tensor, ...]:
    """All sequences, as many at a time as the statistics look at together."""
    together = max(1, MOST_VALUES // (int(sequences.lengths.max()) * sequences.frames.shape[1]))
    return torch.arange(len(sequences)).split(together)


def _frames(sequences: "SequenceSet[Tensor]", which: Tensor, lags: Iterable[int]) -> Tensor:
    return stack_differences(picked(sequences, which), lags).frames.double()


def stack_differences(sequences: "SequenceSet[Tensor]", lags: Iterable[int], step: int = 1) -> "SequenceSet[Tensor]":
    """Every ``step``-th x_t, and beside it x_{t+l} − x_{t−l} of each lag l, the ends of a sequence being repeated.

    Returns:
        Sequences of frames (⌈T / step⌉, (1 + lags) D).
    """
    lengths = -(-sequences.lengths // step)
    which, t = clock(lengths)
    t = t * step
    last = (sequences.lengths - 1)[which]

    def difference(lag: int) -> Tensor:
        later = at(sequences, which, (t + lag).minimum(last))
        return later.sub_(at(sequences, which, (t - lag).clamp(min=0)))

    frames = torch.cat([at(sequences, which, t), *map(difference, lags)], 1)
    return replace(sequences, frames=frames, lengths=lengths)
