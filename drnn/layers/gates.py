"""How far a layer's gates open: i_t, f_t and o_t of Eqs (6) to (8), computed again from its states and outputs."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import linear

from drnn.layers import forms
from drnn.layers.layer import DRNN
from drnn.layers.reference import Weights


class Openings(NamedTuple):
    """The gates' values in (0, 1), frame by frame; without meaning past a sequence's length."""

    input: Tensor  # (T, B, m)   i_t
    forget: Tensor  # (T, B, m)  f_t
    output: Tensor  # (T, B, k)  o_t


def openings(x: Tensor, weights: Weights, z: Tensor, states: Tensor, start: Tensor) -> Openings:
    """The gates behind a run of :func:`drnn.layers.reference.drnn`; they need no recursion of their own.

    Args:
        x: (T, B, n) the inputs.
        weights: the parameters.
        z: (T, B, k) the outputs.
        states: (N + 1 + T, B, m) the states s_{−N}, …, s_T.
        start: (B, k) the z_0 from which the sequences went on.
    """
    k, m = weights.weight_out.shape
    order = len(weights.weight_dos) - 1
    before = torch.cat([start[None], z[:-1]])
    seen = linear(x, weights.weight_x, weights.bias) + linear(before, weights.weight_z)
    i_f, _, o = seen.split([2 * m, m, k], dim=2)
    for n, (to_i_f, to_o) in enumerate(zip(weights.weight_dos, weights.weight_dos_out, strict=True)):
        derivative = states.diff(n, 0)[order - n :]  # dⁿs_0 … dⁿs_T
        i_f = i_f + linear(derivative[:-1], to_i_f)
        o = o + linear(derivative[1:], to_o)
    return Openings(*i_f.sigmoid().chunk(2, dim=2), o.sigmoid())


def run_with_gates(layer: DRNN, x: Tensor, lengths: Tensor) -> tuple[Tensor, Openings]:
    """The states s_{−N}, …, s_T (N + 1 + T, B, m) of a layer from rest, and its gates.

    Of several layers it is the first one, and of two directions the forward one.

    Args:
        layer: with the parameters to run with; no gradient is kept.
        x: (T, B, n) inputs.
        lengths: (B,) frames of each sequence, 1 to T.
    """
    weights = layer.state_dict()
    suffix = next(name for name in weights if name.startswith("weight_x")).removeprefix("weight_x")
    weights = Weights(*(weights[name + suffix] for name in Weights._fields))
    start = x.new_zeros(x.shape[1], len(weights.weight_out))
    rest = x.new_zeros(len(weights.weight_dos), x.shape[1], weights.weight_out.shape[1])
    with torch.no_grad():
        (run,) = forms.drnns(x, [weights], lengths, [(start, rest)], [False])
        states = run.history()
        return states, openings(x, weights, run.z, states, start)
