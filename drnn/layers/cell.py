"""DRNNCell, the layer one frame at a time."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from drnn.layers import checks, parameters, reference
from drnn.layers.reference import TRUNCATIONS, State, Truncation, Weights


class DRNNCell(nn.Module):
    """One step of :class:`drnn.layers.layer.DRNN`: for streams, whose end is not known.

    ``state = cell(x, state)`` with x (B, n) a frame of B streams, and the state the pair of z (B, k), which is the
    frame's output, and the lags (N + 1, B, m). Nothing else is kept, so that under ``torch.no_grad()`` memory does
    not grow with the frames. The parameters are those of a DRNN of one layer and direction:
    ``cell.load_state_dict(layer.state_dict())`` makes a cell of it. Arguments are as there.

    >>> import torch
    >>> cell = DRNNCell(input_size=3, hidden_size=5, output_size=2, order=1)
    >>> state = None
    >>> for x in torch.zeros(7, 4, 3):
    ...     state = cell(x, state)
    >>> state[0].shape, state[1].shape
    (torch.Size([4, 2]), torch.Size([2, 4, 5]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        order: int = 2,
        truncation: Truncation = "dos",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        checks.arguments(sizes, order, {"truncation": (truncation, TRUNCATIONS)})
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.output_size = output_size
        self.order = order
        self.truncation = truncation
        parameters.register(self, input_size, hidden_size, output_size, order, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter from the uniform distribution over (−1/√m, 1/√m)."""
        parameters.draw(self, self.hidden_size)

    def initial_state(self, batch_size: int) -> State:
        """z = 0 and all lags 0."""
        z = self.bias.new_zeros(batch_size, self.output_size)
        return z, self.bias.new_zeros(self.order + 1, batch_size, self.hidden_size)

    def forward(self, x: Tensor, state: State | None = None) -> State:
        """One frame; see the class for shapes.

        Raises:
            TypeError: x is no tensor.
            ValueError: x or the state has another shape, dtype or device than the cell wants.
        """
        x = checks.frames(x, ("(B, {})",), self.input_size, self.bias)
        rest = self.initial_state(len(x))
        if state is None:
            state = rest
        (state,) = checks.states(state, [tuple(part.shape for part in rest)], self.bias)
        weights = Weights(*(getattr(self, name) for name in Weights._fields))
        with checks.no_autocast(x):
            return reference.step(linear(x, weights.weight_x, weights.bias), weights, state, self.truncation)

    def extra_repr(self) -> str:
        """The arguments."""
        sizes = f"{self.input_size}, {self.hidden_size}, {self.output_size}, order={self.order}"
        return sizes if self.truncation == "dos" else f"{sizes}, truncation={self.truncation!r}"
