"""DRNN, the layer as a torch module."""

import math
from typing import Literal

import torch
from torch import Tensor, nn

from drnn.layers import recurrence, reference
from drnn.layers.reference import State, Truncation, Weights


class DRNN(nn.Module):
    """A recurrent layer whose gates also see the derivatives of its states (DoS) up to an order N.

    Order 0 is the paper's LSTM, orders 1 and 2 its dRNNs. The equations, with their numbers and the
    meaning of ``truncation``, stand in :mod:`drnn.layers.reference`.

    Args:
        input_size: n, values of a frame.
        hidden_size: m, units of the internal state.
        output_size: k, units of the output; for a classifier the number of classes.
        order: N ≥ 0.
        truncation: ``"dos"`` (the paper's), ``"strict"`` or ``"none"``.
        implementation: ``"fused"`` is :mod:`drnn.layers.recurrence` (for `dos`; the other truncations take
            the reference), ``"reference"`` the equations as they stand.

    Raises:
        ValueError: a size below 1, a negative order, an unknown truncation or implementation.

    Shapes:
        ``z, state = layer(x, lengths=None, state=None)`` with x (T, B, n) and z (T, B, k), zero past each
        length. The state is a pair: z (B, k) and the lags (N + 1, B, m) = s_t, s_{t−1}, … at each sequence's
        own end. ``return_dos=True`` adds ‖dⁿs_t‖₂ for n = 1 … N, (T, B, N).

    Parameters start uniform in (−1/√m, 1/√m), as torch's own recurrent layers do (the paper is silent).

    >>> layer = DRNN(input_size=3, hidden_size=5, output_size=2, order=2)
    >>> z, (last, lags) = layer(torch.zeros(7, 4, 3), lengths=torch.tensor([7, 3, 1, 5]))
    >>> z.shape, last.shape, lags.shape
    (torch.Size([7, 4, 2]), torch.Size([4, 2]), torch.Size([3, 4, 5]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        order: int = 2,
        truncation: Truncation = "dos",
        implementation: Literal["fused", "reference"] = "fused",
    ):
        super().__init__()
        if min(input_size, hidden_size, output_size) < 1:
            raise ValueError(f"sizes must be at least 1: {input_size}, {hidden_size}, {output_size}")
        if order < 0:
            raise ValueError(f"order must be 0 or more, not {order}")
        if truncation not in ("dos", "strict", "none"):
            raise ValueError(f"truncation must be 'dos', 'strict' or 'none', not {truncation!r}")
        if implementation not in ("fused", "reference"):
            raise ValueError(f"implementation must be 'fused' or 'reference', not {implementation!r}")
        self.input_size, self.hidden_size, self.output_size = input_size, hidden_size, output_size
        self.order, self.truncation, self.implementation = order, truncation, implementation

        m, k, rows = hidden_size, output_size, 3 * hidden_size + output_size
        self.weight_x = nn.Parameter(torch.empty(rows, input_size))
        self.weight_z = nn.Parameter(torch.empty(rows, k))
        self.bias = nn.Parameter(torch.empty(rows))
        self.weight_dos = nn.Parameter(torch.empty(order + 1, 2 * m, m))
        self.weight_dos_out = nn.Parameter(torch.empty(order + 1, k, m))
        self.weight_out = nn.Parameter(torch.empty(k, m))
        self.bias_out = nn.Parameter(torch.empty(k))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every parameter from the uniform distribution over (−1/√m, 1/√m)."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    @torch.no_grad()
    def set_forget_bias(self, value: float) -> None:
        """Set b_f of Eq (7), the second block of ``bias``, to one value."""
        self.bias[self.hidden_size : 2 * self.hidden_size] = value

    def initial_state(self, batch_size: int) -> State:
        """z = 0 and all lags 0: states, outputs and derivatives start at rest."""
        z = self.bias.new_zeros(batch_size, self.output_size)
        return z, self.bias.new_zeros(self.order + 1, batch_size, self.hidden_size)

    def forward(self, x: Tensor, lengths: Tensor | None = None, state: State | None = None, return_dos: bool = False):
        """Run over a batch; see the class for shapes.

        Raises:
            ValueError: x is not (T, B, n), a length is not within 1 … T, or the state is of another size.
        """
        if x.dim() != 3 or x.shape[2] != self.input_size or 0 in x.shape:
            raise ValueError(f"x must be (T, B, {self.input_size}) and not empty, not {tuple(x.shape)}")
        steps, batch, _ = x.shape
        lengths = torch.full((batch,), steps) if lengths is None else torch.as_tensor(lengths)
        whole = not lengths.is_floating_point()
        if lengths.shape != (batch,) or not whole or lengths.min() < 1 or lengths.max() > steps:
            raise ValueError(f"lengths must be {batch} numbers within 1 … {steps}, not {lengths.tolist()}")
        rest = self.initial_state(batch)
        state = rest if state is None else state
        if [part.shape for part in state] != [part.shape for part in rest]:
            raise ValueError(f"state must be z {tuple(rest[0].shape)} and lags {tuple(rest[1].shape)}")
        weights = Weights(**dict(self.named_parameters()))
        if self.implementation == "fused" and self.truncation == "dos":
            z, state, dos = recurrence.drnn(x, weights, lengths, state)
        else:
            z, state, dos = reference.drnn(x, weights, lengths.to(x.device), state, self.truncation)
        return (z, state, dos) if return_dos else (z, state)

    def extra_repr(self) -> str:
        sizes = f"{self.input_size}, {self.hidden_size}, {self.output_size}"
        return f"{sizes}, order={self.order}, truncation={self.truncation!r}"
