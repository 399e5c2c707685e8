"""Models of one form as one: their weights in a matrix a level, and their run on a batch of each.

S models of W directions are D = S · W layers of one shape a level: model by model, the forward direction first.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from drnn.layers import DRNN
from drnn.layers.batched import batched
from drnn.layers.reference import Weights

ALIGNMENT = 4  # floats; where a weight starts in its row, so that 16 bytes can be read at once
WEIGHTS = len(Weights._fields)


class Reading(NamedTuple):
    """In which order W directions read S · B sequences of at most T frames: each way is its own inverse."""

    frames: Tensor  # (B, T, S, W) the frame that is read at each time
    slots: Tensor  # (B, N + 1 + T, S, W) the same, and the first frame in the slots before
    lengths: Tensor  # (B, S)

    @classmethod
    def of(cls, lengths: Tensor, steps: int, order: int, ways: int) -> "Reading":
        """Of sequences of these lengths (B, S); those past a length stay where they are."""
        t = torch.arange(steps, device=lengths.device)[:, None]
        lengths_of = lengths[:, None]
        forwards = t.expand(len(lengths), -1, lengths.shape[1])
        backwards = torch.where(t < lengths_of, lengths_of - 1 - t, forwards)
        frames = torch.stack([forwards, backwards][:ways], 3)
        return cls(frames, torch.cat([frames[:, :1].expand(-1, order + 1, -1, -1), frames], 1), lengths)


class Stack:
    """The weights of S models and what they compute.

    Args:
        models: DRNN of one form; they give the weights to start from.
        device: where the weights are.

    Attributes:
        weights: for each level (D, P), a row for a layer: its weights one after the other, some zeros in between.
    """

    def __init__(self, models: Sequence[DRNN], device: torch.device):
        form = models[0]
        self.order, self.truncation = form.order, form.truncation
        self.models, self.ways = len(models), 1 + form.bidirectional
        self.shapes, rows = [], []
        for level in range(form.num_layers):
            layers = [layer for model in models for layer in _layers(model, self.ways)[level]]
            self.shapes.append([parameter.shape for parameter in layers[0]])
            rows.append(torch.stack([_row(layer) for layer in layers]))
        self.weights = nn.ParameterList([nn.Parameter(level.to(device)) for level in rows])

    @torch.no_grad()
    def unstack(self, weights: Sequence[Tensor], models: Sequence[DRNN]) -> None:
        """Give the models rows of weights like the stack's."""
        for level, (shapes_of, rows) in enumerate(zip(self.shapes, weights, strict=True)):
            parts = _parts(rows, shapes_of)
            for number, model in enumerate(models):
                for way, layer in enumerate(_layers(model, self.ways)[level]):
                    for parameter, part in zip(layer, parts, strict=True):
                        parameter.copy_(part[number * self.ways + way])

    def run(self, x: Tensor, reading: Reading) -> Tensor:
        """The outputs of the last level.

        Args:
            x: (B, N + 1 + T, D, n) what the layers of the first level read.
            reading: how they read it.

        Returns:
            (B, T, S, W k), the directions' outputs of each frame concatenated.
        """
        for level, (weights, shapes_of) in enumerate(zip(self.weights, self.shapes, strict=True)):
            if level:
                x = self._read(x, reading.slots)
            parts = Weights(*_parts(weights, shapes_of))
            layers, k, m = parts.weight_out.shape
            lags = x.new_zeros(layers, self.order + 1, len(x), m)
            z, _ = batched(x, parts, x.new_zeros(layers, len(x), k), lags, self.truncation)
            x = z[:, self.order + 1 :].unflatten(2, (self.models, self.ways))
            if self.ways > 1:
                x = x.gather(1, reading.frames[..., None].expand_as(x))
            x = x.flatten(3)
        return x

    @staticmethod
    def _read(x: Tensor, slots: Tensor) -> Tensor:
        """(B, T, S, c) as the layers of a level read it: (B, N + 1 + T, D, c)."""
        each = x[:, :, :, None].expand(-1, -1, -1, slots.shape[3], -1)
        return each.gather(1, slots[..., None].expand(*slots.shape, x.shape[3])).flatten(2, 3)

    def norms(self, gradients: Sequence[Tensor]) -> Tensor:
        """The norm of each model's gradient, (S,), over all its weights."""
        by_level = [gradient.view(self.models, -1).square().sum(1) for gradient in gradients]
        return torch.stack(by_level).sum(0).sqrt()


def numbers(form: DRNN) -> int:
    """How many numbers a model of this form has in a stack."""
    return sum(_padded(parameter.shape) for parameter in form.parameters())


def _layers(model: DRNN, ways: int) -> list[list[list[nn.Parameter]]]:
    """A model's parameters by level, direction and the order of Weights, in which it has them."""
    parameters = list(model.parameters())
    layers = [parameters[start : start + WEIGHTS] for start in range(0, len(parameters), WEIGHTS)]
    return [layers[start : start + ways] for start in range(0, len(layers), ways)]


def _padded(shape: torch.Size) -> int:
    return -(-shape.numel() // ALIGNMENT) * ALIGNMENT


def _row(layer: Sequence[Tensor]) -> Tensor:
    parts = []
    for parameter in layer:
        zeros = parameter.new_zeros(_padded(parameter.shape) - parameter.numel())
        parts += [parameter.detach().flatten(), zeros]
    return torch.cat(parts)


def _parts(rows: Tensor, shapes_of: Sequence[torch.Size]) -> list[Tensor]:
    """Views (D, ...) of the weights in rows (D, P)."""
    sizes = [size for shape in shapes_of for size in (shape.numel(), _padded(shape) - shape.numel())]
    return [part.view(-1, *shape) for part, shape in zip(rows.split(sizes, 1)[::2], shapes_of, strict=True)]
