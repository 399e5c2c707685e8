"""What a recipe's words mean: the scores of a sequence, their loss, the optimiser and its schedule."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LRScheduler, OneCycleLR

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe


def build_optimizer(layer: nn.Module, recipe: "Recipe") -> torch.optim.Optimizer:
    """The optimiser of the recipe over the layer's parameters."""
    settings = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    kinds = {
        "adam": lambda p: torch.optim.Adam(p, fused=True, **settings),
        "adamw": lambda p: torch.optim.AdamW(p, fused=True, **settings),
        "sgd": lambda p: torch.optim.SGD(p, momentum=0.9, **settings),
        "rmsprop": lambda p: torch.optim.RMSprop(p, **settings),
    }
    return kinds[recipe.optimizer](layer.parameters())


def build_schedule(optimizer: torch.optim.Optimizer, recipe: "Recipe", steps: int) -> LRScheduler:
    """The course of the step size over all ``steps`` of a training, by step."""
    kinds = {
        "constant": lambda: LambdaLR(optimizer, lambda step: 1.0),
        "one_cycle": lambda: OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps),
        "cosine": lambda: CosineAnnealingLR(optimizer, steps),
    }
    return kinds[recipe.schedule]()


def log_probabilities(z: Tensor, lengths: Tensor, recipe: "Recipe", classes: int) -> Tensor:
    """log y of a sequence, (B, k), y = softmax(c z) with the recipe's scale c (paper, Eq 3, where c is 1).

    Of its last frame; the mean of log y over its frames; or of the largest z of each class over its frames. The
    negative of a sequence's entry at its label is then its loss: −log y_{T,c}, −Σ_t log y_{t,c} / T, or the like.
    The z of two directions are averaged, each at the last frame that it reads.

    Args:
        z: (T, B, k) outputs, or (T, B, 2 k) of two directions, anything past each length.
        lengths: (B,) on the CPU or where z is.
        recipe: its ``loss`` and ``logit_scale``.
        classes: k.
    """
    lengths, ways = lengths.to(z.device), z.unflatten(2, (-1, classes))
    alive = torch.arange(len(z), device=z.device)[:, None] < lengths
    if recipe.loss == "every_frame":
        log_y = log_softmax(recipe.logit_scale * ways.mean(2), dim=-1)
        return log_y.masked_fill(~alive[..., None], 0).sum(0) / lengths[:, None]
    if recipe.loss == "last_frame":
        last = (lengths - 1)[None, :, None].expand(1, -1, classes)
        ends = [ways[:, :, 0].gather(0, last)[0], *ways[0].unbind(1)[1:]]
        scores = torch.stack(ends).mean(0)
    else:
        scores = ways.masked_fill(~alive[..., None, None], -torch.inf).amax(0).mean(1)
    return log_softmax(recipe.logit_scale * scores, dim=-1)


def smoothed_loss(log_y: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """−log y at the label of each sequence; ``smoothing`` of the target is shared by all classes."""
    right = log_y.gather(1, labels[:, None]).squeeze(1)
    return -((1 - smoothing) * right + smoothing * log_y.mean(1))
