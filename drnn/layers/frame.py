"""One frame of :mod:`drnn.layers.batched`, forwards and back, in torch's operations.

:mod:`drnn.layers.frame_triton` has the same functions, each as one kernel; it serves float32 on a GPU.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Run(NamedTuple):
    """What a run writes and reads; slots as in :mod:`drnn.layers.batched`, P parts of a product."""

    gates: Tensor  # (B, T', D, 3m + k)  W_x x_t + b, later i_t, f_t and c_t; of o_t what it sees of x_t and z_{t−1}
    heads: Tensor  # (B, T', D, 2k)  o_t and h_t
    states: Tensor  # (B, T', D, m)  s_t
    z: Tensor  # (B, T', D, k)
    product: Tensor  # (N + 1, D, P, B, 2m + 2k)  parts of the last window's, for the next i, f and for its o, h
    weight_z: Tensor  # (D, 3m + k, k)
    bias_out: Tensor  # (D, k)


class Back(NamedTuple):
    """What a run's backward pass writes and reads; ε(a) is the derivative of the loss by a."""

    gates: Tensor
    heads: Tensor
    states: Tensor
    errors: Tensor  # (B, T', D, 3m + 2k)  ε of what i_t, f_t, c_t, o_t and h_t are functions of
    arriving: Tensor  # (R, D, P, B, m + k)  parts of what errors of R later frames add to ε(s_t) and ε(z_t)
    carried: Tensor  # (D, B, m)  f_{t+1} ε(s_{t+1})
    grad_z: Tensor  # (B, T', D, k)  what the loss adds to ε(z_t)
    grad_states: Tensor | None  # (B, T', D, m)  and to ε(s_t)
    from_o_h: Tensor  # (D, 2k, m)  W_od⁽⁰⁾ and W_zs


def advance(run: Run, slot: int, first: int) -> None:
    """From the product of the window that ends at slot − 1: o, h and z of that slot, and i, f, c and s of this one.

    The first slot's run has no output before it, and past the last slot only the output is left.
    """
    m = run.states.shape[3]
    k = run.z.shape[3]
    i_f, o_h = run.product.sum((0, 2)).transpose(0, 1).split([2 * m, 2 * k], 2)
    if slot > first:
        o, h = run.heads[:, slot - 1].split(k, 2)
        torch.add(run.gates[:, slot - 1, :, 3 * m :], o_h[..., :k], out=o).sigmoid_()  # (8)
        torch.add(run.bias_out, o_h[..., k:], out=h).tanh_()
        torch.mul(o, h, out=run.z[:, slot - 1])  # (5)
    if slot == run.gates.shape[1]:
        return
    gates = run.gates[:, slot]
    gates += torch.bmm(run.z[:, slot - 1].transpose(0, 1), run.weight_z.mT).transpose(0, 1)
    gates[..., : 2 * m] += i_f
    i, f = gates[..., : 2 * m].sigmoid_().chunk(2, 2)  # (6), (7)
    c = gates[..., 2 * m : 3 * m].tanh_()
    torch.mul(f, run.states[:, slot - 1], out=run.states[:, slot]).addcmul_(i, c)  # (4)


def prepare(back: Back, first: int) -> None:
    """What stands beside ε(s_t) or ε(z_t) in each error, for all frames at once, in place of the errors."""
    m = back.states.shape[3]
    k = back.heads.shape[3] // 2
    i, f, c, _ = back.gates[:, first:].split([m, m, m, k], 3)
    o, h = back.heads[:, first:].split(k, 3)
    by_i, by_f, by_c, by_o, by_h = back.errors[:, first:].split([m, m, m, k, k], 3)
    for gate, other, by_gate in ((i, c, by_i), (f, back.states[:, first - 1 : -1], by_f), (o, h, by_o)):
        torch.addcmul(gate, gate, gate, value=-1, out=by_gate).mul_(other)
    for value, gate, by_value in ((c, i, by_c), (h, o, by_h)):
        torch.mul(value, value, out=by_value).neg_().add_(1).mul_(gate)


def retreat(back: Back, slot: int) -> None:
    """The errors of a slot, and what it carries to the one before."""
    m = back.carried.shape[2]
    k = back.heads.shape[3] // 2
    error_s, error_z = back.arriving.sum((0, 2)).split([m, k], 2)
    i_f_c, o_h = back.errors[:, slot].transpose(0, 1).split([3 * m, 2 * k], 2)
    error_z += back.grad_z[:, slot].transpose(0, 1)
    o_h.unflatten(2, (2, k)).mul_(error_z.unsqueeze(2))
    error_s = torch.baddbmm(error_s, o_h, back.from_o_h).add_(back.carried)
    if back.grad_states is not None:
        error_s += back.grad_states[:, slot].transpose(0, 1)
    i_f_c.unflatten(2, (3, m)).mul_(error_s.unsqueeze(2))
    torch.mul(error_s, back.gates[:, slot, :, m : 2 * m].transpose(0, 1), out=back.carried)
