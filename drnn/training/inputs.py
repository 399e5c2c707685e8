"""What a layer sees of a sequence's features: differences over time, few frames, normalised values."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from drnn.errors import UserError
from drnn.training.batches import frames_at
from drnn.training.recipe import Recipe

SMALLEST_DEVIATION = 1e-3  # some features never change; dividing by their deviation would magnify noise

Groups = dict[str, list[int]]
"""Name of a group of features → its first column and the one behind its last."""


@dataclass(frozen=True)
class Inputs:
    """(x − mean) · factor of each feature and of its differences, within ± limit, of every few frames.

    Attributes:
        mean, factor: (n,) float32.
        differences: lags l, whose x_{t+l} − x_{t−l} stand beside x_t.
        frame_step: every how many frames one is kept.
        limit: largest size of a value; None: any.
    """

    mean: Tensor
    factor: Tensor
    differences: tuple[int, ...] = ()
    frame_step: int = 1
    limit: float | None = None

    @classmethod
    def fit(cls, sequences: Sequence[Tensor], recipe: Recipe, groups: Groups) -> "Inputs":
        """The statistics of all frames of the training ``sequences``, (T_i, D) each.

        Raises:
            UserError: the recipe scales a group that the features do not have.
        """
        lags, size = tuple(recipe.differences), sequences[0].shape[1]
        groups = groups | {f"difference{lag}": [n * size, (n + 1) * size] for n, lag in enumerate(lags, 1)}
        each = [widened(x[None], torch.tensor([len(x)]), lags)[0] for x in sequences]
        frames = torch.cat(each).double()
        mean, variance = frames.mean(0), frames.var(0, unbiased=False)
        if recipe.normalisation == "group":
            for first, end in groups.values():
                variance[first:end] = variance[first:end].mean()
        deviation = variance.sqrt().clamp(min=SMALLEST_DEVIATION)
        if recipe.normalisation == "none":
            mean, deviation = torch.zeros_like(mean), torch.ones_like(deviation)
        factor = 1 / deviation
        for name, scale in recipe.group_scale.items():
            if name not in groups:
                raise UserError(f"group_scale: the features have no group {name!r}; they have {', '.join(groups)}")
            factor[slice(*groups[name])] *= scale
        return cls(mean.float(), factor.float(), lags, recipe.frame_step, recipe.input_limit)

    def __call__(self, sequence: Tensor) -> Tensor:
        """(T, D) features as (⌈T / frame_step⌉, n) inputs, float32."""
        return self.of_batch(sequence[None], torch.tensor([len(sequence)]))[0][0]

    def of_batch(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Sequences of features (B, T, D), of these lengths, as inputs (B, ⌈T / frame_step⌉, n), and their lengths."""
        seen = widened(frames, lengths, self.differences, self.frame_step)
        seen = (seen - self.mean).mul_(self.factor)
        if self.limit is not None:
            seen.clamp_(-self.limit, self.limit)
        return seen, -(-lengths // self.frame_step)


def widened(frames: Tensor, lengths: Tensor, lags: Sequence[int], step: int = 1) -> Tensor:
    """Every ``step``-th x_t, and beside it x_{t+l} − x_{t−l} of each lag l, the ends of a sequence being repeated.

    Args:
        frames: (B, T, D) sequences, of the lengths (B,); what lies past a length is not read by a frame before it.

    Returns:
        (B, ⌈T / step⌉, (1 + lags) D), anything past each length.
    """
    t, last = torch.arange(0, frames.shape[1], step), (lengths - 1)[:, None]
    each = (frames_at(frames, (t + lag).minimum(last)) - frames[:, (t - lag).clamp(min=0)] for lag in lags)
    return torch.cat([frames[:, ::step], *each], 2)
