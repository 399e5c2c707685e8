"""The parameters of a layer and how they start."""

import math

import torch
from torch import nn

from drnn.layers import reference


def register(
    module: nn.Module,
    inputs: int,
    hidden: int,
    outputs: int,
    order: int,
    suffix: str = "",
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> None:
    """Give a module the weights of one layer and direction, not yet drawn, under their names with the suffix."""
    for name, shape in reference.shapes(inputs, hidden, outputs, order).items():
        module.register_parameter(name + suffix, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))


def draw(module: nn.Module, hidden: int) -> None:
    """Draw every parameter from the uniform distribution over (−1/√m, 1/√m)."""
    bound = 1 / math.sqrt(hidden)
    for parameter in module.parameters():
        nn.init.uniform_(parameter, -bound, bound)
