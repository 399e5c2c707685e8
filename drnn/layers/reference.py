"""The differential recurrent network as its equations say it: slow, plain, and the oracle for any faster form.

Veeriah, Zhuang, Qi, "Differential Recurrent Neural Networks for Action Recognition", ICCV 2015, Sec. 3.
With x_t ∈ Rⁿ, the internal state s_t ∈ Rᵐ, the output z_t ∈ Rᵏ and the derivatives of states
d⁰s_t = s_t, dⁿs_t = dⁿ⁻¹s_t − dⁿ⁻¹s_{t−1}:

    i_t = σ( Σₙ W_id⁽ⁿ⁾ dⁿs_{t−1} + W_iz z_{t−1} + W_ix x_t + b_i )        (6)
    f_t = σ( Σₙ W_fd⁽ⁿ⁾ dⁿs_{t−1} + W_fz z_{t−1} + W_fx x_t + b_f )        (7)
    s_t = f_t ⊙ s_{t−1} + i_t ⊙ tanh( W_sz z_{t−1} + W_sx x_t + b_s )      (4)
    o_t = σ( Σₙ W_od⁽ⁿ⁾ dⁿs_t + W_oz z_{t−1} + W_ox x_t + b_o )            (8)
    z_t = o_t ⊙ tanh( W_zs s_t + b_z )                                     (5)
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor
from torch.nn.functional import linear

from drnn.layers.packing import reversed_in_time

Truncation = Literal["dos", "strict", "none"]
TRUNCATIONS = get_args(Truncation)
State = tuple[Tensor, Tensor]


class Run(NamedTuple):
    """What a layer gives."""

    z: Tensor  # (T, B, k) where the frames stand, zero past each length
    end: State  # z (B, k) and the lags (N + 1, B, m) at each sequence's own end
    history: Callable[[], Tensor]  # the states s_{−N}, …, s_T (N + 1 + T, B, m) in the order in which they came


class Weights(NamedTuple):
    """The parameters of one layer; row blocks in the order i, f, s, o."""

    weight_x: Tensor  # (3m + k, n)        W_ix, W_fx, W_sx, W_ox
    weight_z: Tensor  # (3m + k, k)        W_iz, W_fz, W_sz, W_oz
    bias: Tensor  # (3m + k)               b_i, b_f, b_s, b_o
    weight_dos: Tensor  # (N + 1, 2m, m)   W_id⁽ⁿ⁾, W_fd⁽ⁿ⁾
    weight_dos_out: Tensor  # (N + 1, k, m)  W_od⁽ⁿ⁾
    weight_out: Tensor  # (k, m)           W_zs
    bias_out: Tensor  # (k)                b_z


def shapes(input_size: int, hidden_size: int, output_size: int, order: int) -> dict[str, tuple[int, ...]]:
    """The shape of each of the weights, by name; the sizes are n, m, k and N in the equations."""
    rows = 3 * hidden_size + output_size
    return {
        "weight_x": (rows, input_size),
        "weight_z": (rows, output_size),
        "bias": (rows,),
        "weight_dos": (order + 1, 2 * hidden_size, hidden_size),
        "weight_dos_out": (order + 1, output_size, hidden_size),
        "weight_out": (output_size, hidden_size),
        "bias_out": (output_size,),
    }


def derivatives_of_states(lags: Iterable[Tensor]) -> list[Tensor]:
    """d⁰s_t … dᴺs_t by repeated differences of the lags s_t, s_{t−1}, …, s_{t−N}, tensors of one shape."""
    lags = list(lags)
    derivatives = []
    while lags:
        derivatives.append(lags[0])
        lags = [newer - older for newer, older in pairwise(lags)]
    return derivatives


def truncated(derivatives: list[Tensor], truncation: Truncation) -> list[Tensor]:
    """Stop errors from flowing back: `dos` through dⁿs for n ≥ 1, `strict` through s too, `none` nowhere."""
    first = {"strict": 0, "dos": 1, "none": len(derivatives)}[truncation]
    return [d.detach() if n >= first else d for n, d in enumerate(derivatives)]


def step(from_x: Tensor, weights: Weights, state: State, truncation: Truncation = "dos") -> State:
    """One frame.

    Args:
        from_x: (B, 3m + k) W_x x_t + b.
        state: z_{t−1} (B, k) and the lags s_{t−1} … s_{t−N−1} (N + 1, B, m).

    Returns:
        z_t and the lags s_t … s_{t−N}.
    """
    z, lags = state
    k, m = weights.weight_out.shape
    if truncation == "strict":
        z = z.detach()
    gates, candidate, output_gate = (from_x + linear(z, weights.weight_z)).split([2 * m, m, k], dim=1)
    for d, weight in zip(truncated(derivatives_of_states(lags), truncation), weights.weight_dos, strict=True):
        gates = gates + linear(d, weight)
    i, f = gates.sigmoid().chunk(2, dim=1)  # (6), (7)
    s = f * lags[0] + i * candidate.tanh()  # (4)
    lags = torch.cat([s[None], lags[:-1]])
    for d, weight in zip(truncated(derivatives_of_states(lags), truncation), weights.weight_dos_out, strict=True):
        output_gate = output_gate + linear(d, weight)
    z = output_gate.sigmoid() * linear(s, weights.weight_out, weights.bias_out).tanh()  # (8), (5)
    return z, lags


def drnn(
    x: Tensor, weights: Weights, lengths: Tensor | None, state: State, truncation: Truncation = "dos"
) -> tuple[Tensor, Tensor]:
    """Run the layer over a batch of sequences.

    Args:
        x: (T, B, n) inputs; what lies past a sequence's length is not read.
        weights: the parameters; the order N is the number of matrices in ``weight_dos`` less one.
        lengths: (B,) frames of each sequence, 1 to T; None if all have T.
        state: z (B, k) and the lags (N + 1, B, m) = s_0, s_{−1}, …, from which the sequences go on.
        truncation: `dos` is the paper's: no error flows back through dⁿs, n ≥ 1, in the gates. `strict` also
            cuts s_{t−1} and z_{t−1} in the gates and s_t in the output gate, and z_{t−1} in the state, so that
            errors travel along Eq (4)'s s_{t−1} alone. `none` is the full gradient.

    Returns:
        z (T, B, k), zero past each length, and the states s_{−N}, …, s_T (N + 1 + T, B, m), without meaning past it.
    """
    if lengths is not None:
        alive = torch.arange(len(x), device=x.device)[:, None, None] < lengths.to(x.device)[:, None]  # (T, B, 1)
        x = torch.where(alive, x, 0)
    states = list(state[1].flip(0).unbind())
    outputs = []
    for from_x in linear(x, weights.weight_x, weights.bias).unbind():
        state = step(from_x, weights, state, truncation)
        outputs.append(state[0])
        states.append(state[1][0])
    z = torch.stack(outputs)
    return z if lengths is None else torch.where(alive, z, 0), torch.stack(states)


def drnns(
    x: Tensor,
    weights: Sequence[Weights],
    lengths: Tensor | None,
    states: Sequence[State],
    reverse: Sequence[bool],
    truncation: Truncation = "dos",
) -> list[tuple[Tensor, Tensor]]:
    """:func:`drnn` of several layers on the same batch; those with ``reverse`` read each sequence from its end.

    Their z is that of the frames where they stand; their states are in the order in which they came.
    """
    results = []
    for of_layer, state, backwards in zip(weights, states, reverse, strict=True):
        z, history = drnn(reversed_in_time(x, lengths) if backwards else x, of_layer, lengths, state, truncation)
        results.append((reversed_in_time(z, lengths) if backwards else z, history))
    return results
