"""The matrices of :mod:`drnn.layers.batched`: from a window of states to the gates, and from errors back to a state.

By Eq (a), d = 1 − L with L the lag by one frame, and Σₙ W⁽ⁿ⁾ dⁿs_t = Σⱼ V⁽ʲ⁾ s_{t−j}: the window s_t … s_{t−N} times
the matrices V⁽ʲ⁾. They take a window to i_{t+1} and f_{t+1}, and to o_t; with W_zs, to h_t = tanh( W_zs s_t + b_z ).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from drnn.layers.reference import Truncation, derivatives_of_states

PRODUCTS = 8  # into how many products of a batch a frame's is cut at least, where few layers would not fill a GPU


def _cut(size: int, products: int) -> int:
    """Into how many equal parts the terms of each of so many products are cut, to be summed afterwards."""
    return next(parts for parts in range(max(1, PRODUCTS // products), 0, -1) if size % parts == 0)


def _by_lag(by_order: Sequence[Tensor]) -> list[Tensor]:
    """V⁽⁰⁾ … V⁽ᴺ⁾ from W⁽⁰⁾ … W⁽ᴺ⁾, by Horner's rule in d = 1 − L."""
    by_lag = [by_order[-1]]
    for weight in reversed(by_order[:-1]):
        lagged = [older - newer for newer, older in pairwise(by_lag)]
        by_lag = [weight + by_lag[0], *lagged, -by_lag[-1]]
    return by_lag


def from_window(weight_dos: Tensor, weight_dos_out: Tensor, weight_out: Tensor) -> Tensor:
    """What takes a window, in parts, to i, f, o and h: (P, ·, 2m + 2k), the oldest lag first, then by layer."""
    by_lag = _by_lag(torch.cat([weight_dos, weight_dos_out], 2).unbind(1))
    layers, k, m = weight_out.shape
    count = len(by_lag)
    result = weight_out.new_zeros(count, layers, m, 2 * m + 2 * k)
    for place, weight in zip(result, reversed(by_lag), strict=True):
        place[..., : 2 * m + k] = weight.mT
    result[-1, ..., 2 * m + k :] = weight_out.mT
    return result.view(count * layers * _cut(m, count * layers), -1, 2 * m + 2 * k)


def from_errors(weight_z: Tensor, weight_dos: Tensor, weight_dos_out: Tensor, truncation: Truncation) -> Tensor:
    """What takes the errors of R later frames, in parts, to s and z of a frame: (R, D, P, ·, m + k), the next first.

    Without truncation a state has a part in N + 1 later frames, with `dos` in one, and with `strict` in none: zeros.
    """
    layers, rows, k = weight_z.shape
    m = weight_dos.shape[3]
    to_i_f = [weight_dos[:, 0]]
    to_o = []
    if truncation == "none":
        to_i_f, (_, *to_o) = (_by_lag(weight.unbind(1)) for weight in (weight_dos, weight_dos_out))
    result = weight_z.new_zeros(len(to_i_f), layers, rows + k, m + k)
    if truncation != "strict":
        result[0, :, :rows, m:] = weight_z
        for place, weight in zip(result, to_i_f, strict=True):
            place[:, : 2 * m, :m] = weight
        for place, weight in zip(result, to_o, strict=False):
            place[:, 3 * m : rows, :m] = weight
    return result.view(len(result), layers, _cut(rows + k, len(result) * layers), -1, m + k)


def from_o(weight_dos_out: Tensor, truncation: Truncation) -> Tensor:
    """What takes errors of o to the state of the same frame, (D, k, m)."""
    if truncation == "strict":
        return torch.zeros_like(weight_dos_out[:, 0])
    return weight_dos_out[:, 0] if truncation == "dos" else weight_dos_out.sum(1)


def shifted(errors: Tensor, values: Tensor, shift: int) -> Tensor:
    """The sum over frames of errors times the values so many frames earlier: (D, R, p), (D, R, q) → (D, p, q)."""
    return torch.bmm(errors[:, shift:].mT, values[:, : values.shape[1] - shift])


def gradients(errors: Tensor, states: Tensor, count: int, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of weight_dos, weight_dos_out and weight_out; those of W⁽ⁿ⁾ are differences of those of V⁽ʲ⁾."""
    i_f, _, o, h = errors.split([2 * states.shape[2], errors.shape[2] - 2 * states.shape[2] - 2 * k, k, k], 2)
    of_i_f = [shifted(i_f, states, 1 + lag) for lag in range(count)]
    of_o = [shifted(o, states, lag) for lag in range(count)]
    by_order = (torch.stack(derivatives_of_states(by_lag), 1) for by_lag in (of_i_f, of_o))
    return *by_order, shifted(h, states, 0)
