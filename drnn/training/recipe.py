"""What a recipe's words mean: the loss, the optimiser and the initial state of a model."""

from types import SimpleNamespace

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from drnn.layers import DRNN

Recipe = SimpleNamespace  # the fields of drnn.params.Recipe, as the command read them


def build_layer(model: dict, recipe: Recipe, sizes: tuple[int, int, int]) -> DRNN:
    """The layer of a model block: n, m, k are ``sizes``."""
    layer = DRNN(*sizes, order=model["order"], truncation=model["truncation"])
    layer.set_forget_bias(recipe.forget_bias)
    return layer


def build_optimizer(layer: DRNN, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimiser of the recipe over the layer's parameters."""
    settings = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    kinds = {
        "adam": lambda p: torch.optim.Adam(p, fused=True, **settings),
        "adamw": lambda p: torch.optim.AdamW(p, fused=True, **settings),
        "sgd": lambda p: torch.optim.SGD(p, momentum=0.9, **settings),
        "rmsprop": lambda p: torch.optim.RMSprop(p, **settings),
    }
    return kinds[recipe.optimizer](layer.parameters())


def log_probabilities(z: Tensor, lengths: Tensor, loss: str) -> Tensor:
    """log y of a sequence, (B, k): of its last frame, or the mean of log y over its frames (paper, Eq 3).

    The negative of a sequence's entry at its label is its loss: −log y_{T,c}, or −Σ_t log y_{t,c} / T.

    Args:
        z: (T, B, k) outputs, zero past each length.
        lengths: (B,) on the CPU.
        loss: `last_frame` or `every_frame`.
    """
    lengths = lengths.to(z.device)
    if loss == "last_frame":
        return log_softmax(z[lengths - 1, torch.arange(len(lengths), device=z.device)], dim=-1)
    alive = torch.arange(len(z), device=z.device)[:, None] < lengths
    return (log_softmax(z, dim=-1) * alive[..., None]).sum(0) / lengths[:, None]
