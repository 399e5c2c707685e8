"""Models as their blocks describe them: the paper's layer, or torch's own with a layer that reads its states."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from drnn.layers import DRNN

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe
    from drnn.config.training import SizedModel

Sizes = tuple[int, int, int]
"""n, m and k: features, units of the state, classes."""


class Readout(nn.Module):
    """torch's LSTM or GRU, and a linear layer from its states to the scores of the classes.

    Shapes:
        ``scores, None = model(x, lengths)`` with x (T, B, n) and scores (T, B, k), 0 · states + bias past each length.
    """

    def __init__(self, kind: str, sizes: Sizes, layers: int, bidirectional: bool):
        super().__init__()
        inputs, hidden, classes = sizes
        form = {"lstm": nn.LSTM, "gru": nn.GRU}[kind]
        self.recurrent = form(inputs, hidden, num_layers=layers, bidirectional=bidirectional)
        self.scores = nn.Linear(hidden * (1 + bidirectional), classes)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, None]:
        """Run over a batch; see the class for shapes."""
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.recurrent(packed)[0])
        return self.scores(states), None


def build(model: "SizedModel", recipe: "Recipe", sizes: Sizes) -> nn.Module:
    """The model of a block, drawn from torch's generator; ``sizes`` are those before `as_large_as`."""
    if model.as_large_as:
        parameters = count(_form(model.as_large_as, recipe, sizes, "meta"))
        sizes = (sizes[0], match_parameter_count(model, parameters, recipe, sizes), sizes[2])
    layer = _form(model, recipe, sizes, "cpu")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(recipe.initial_scale)
    if isinstance(layer, DRNN):
        layer.set_forget_bias(recipe.forget_bias)
    return layer


def count(layer: nn.Module) -> int:
    """The number of a model's parameters."""
    return sum(parameter.numel() for parameter in layer.parameters())


def match_parameter_count(model: "SizedModel", parameters: int, recipe: "Recipe", sizes: Sizes) -> int:
    """The m for which the model has as near to so many parameters as it can."""

    def missed(hidden: int) -> int:
        return count(_form(model, recipe, (sizes[0], hidden, sizes[2]), "meta")) - parameters

    low = 1
    high = 2
    while missed(high) < 0:
        low = high
        high = 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if missed(middle) < 0:
            low = middle
        else:
            high = middle
    return min(low, high, key=lambda hidden: abs(missed(hidden)))


def _form(model: "SizedModel", recipe: "Recipe", sizes: Sizes, device: str) -> nn.Module:
    with torch.device(device):
        if model.layer != "drnn":
            return Readout(model.layer, sizes, recipe.layers, recipe.bidirectional)
        form = {"num_layers": recipe.layers, "bidirectional": recipe.bidirectional}
        return DRNN(*sizes, order=model.order, truncation=model.truncation, **form)
