"""Gradients that have none themselves: whoever asks for a gradient of a gradient is told what to do."""

import torch
from torch import Tensor
from torch.autograd import Function


def refuse() -> None:
    """Raise the error that names the remedy."""
    raise RuntimeError(
        "DRNN: the fast form has no gradient of a gradient; make the layer with implementation='reference'"
    )


def once(gradients: tuple[Tensor | None, ...], sources: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
    """The gradients, tied to what they were made of if a gradient of them may be asked for."""
    return _Once.apply(len(gradients), *gradients, *sources) if torch.is_grad_enabled() else gradients


class _Once(Function):
    @staticmethod
    def forward(ctx, count, *tensors):
        return tensors[:count]

    @staticmethod
    def backward(ctx, *_):
        refuse()
