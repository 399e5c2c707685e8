"""The errors of the recurrence, from the last frame to the first.

With ε(a) for the derivative of the loss by a, or by the pre-activation if a is a gate,
c_t = tanh( W_sz z_{t−1} + W_sx x_t + b_s ) and h_t = tanh( W_zs s_t + b_z ), errors stopping at dⁿs, n ≥ 1 (`dos`):

    ε(o_t) = ε(z_t) h_t o_t (1 − o_t)                                                                      (b)
    ε(h_t) = ε(z_t) o_t (1 − h_t²)                                                                         (c)
    ε(s_t) = f_{t+1} ε(s_{t+1}) + Σ_{g=i,f} W_gd⁽⁰⁾ᵀ ε(g_{t+1}) + W_od⁽⁰⁾ᵀ ε(o_t) + W_zsᵀ ε(h_t)             (d)
    ε(i_t) = ε(s_t) c_t i_t (1 − i_t)                                                                      (e)
    ε(f_t) = ε(s_t) s_{t−1} f_t (1 − f_t)                                                                  (f)
    ε(c_t) = ε(s_t) i_t (1 − c_t²)                                                                         (g)
    ε(z_t) = Σ_{g=i,f,c,o} W_gzᵀ ε(g_{t+1})                                                                (h)

where the loss adds its own to (d) and (h), and everything beside ε(z_t) and ε(s_t) in (b), (c), (e), (f) and (g) is
computed for a block of frames at once.

A sequence's error decays on its way back. What has fallen below 1e8 times the smallest normal number (1e−30 in
float32) counts as 0, since denormal numbers would slow every frame before and change no weight, and the way back ends
where nothing arrives any more. In float16, whose range is small, nothing is cut.
"""

from bisect import bisect_right
from itertools import accumulate

import torch
from torch import Tensor

from drnn.layers.packing import by_frame

BLOCK = 8  # frames whose local derivatives are computed at once


def errors_of(
    gates: Tensor,
    heads: Tensor,
    before: Tensor,
    active: list[int],
    weights: list[Tensor],
    grad_z: Tensor,
    grad_states: Tensor | None,
) -> tuple[int, Tensor, tuple[Tensor, Tensor]]:
    """Eqs (b) to (h), a block of frames at a time, for D layers side by side.

    Args:
        gates, heads: i, f, c and o (D, R, 3m + k) and h (D, R, k) of all frames, packed; before: s_{t−1} (D, R, m).
        active: the sequences at each frame.
        weights: weight_z, weight_dos, weight_dos_out and weight_out of the layers.
        grad_z, grad_states: what the loss adds to ε(z_t), packed, and to ε(s_t) of s_{−N} … s_T (D, B, N + 1 + T, m).

    Returns:
        The first frame that errors reach; from there on the errors of i, f, c, o and h (D, R, 3m + 2k); and those
        of s_0 (D, B, m) and z_0 (D, B, k).
    """
    (ways, k, m), count = weights[-1].shape, weights[1].shape[1]
    from_o_h, from_c_o, from_i_f = _transposed(*weights)
    arriving = gates.new_zeros(ways, active[0], m + k)  # ε(s_t) and ε(z_t), as far as later frames make them
    here = arriving[:, :0]
    smallest = 0.0 if gates.dtype == torch.float16 else 1e8 * torch.finfo(gates.dtype).tiny
    silent = _silent_frames(grad_z, grad_states, active, count)
    errors = gates.new_empty(ways, gates.shape[1], 3 * m + 2 * k)
    row = [0, *accumulate(active)]

    for start in reversed(range(0, len(active), BLOCK)):
        block = active[start : start + BLOCK]
        rows = slice(row[start], row[start + len(block)])
        of_block = errors[:, rows]
        _local_derivatives(gates[:, rows], heads[:, rows], before[:, rows], of_block)
        i_f_c, o_h = of_block.split([3 * m, 2 * k], 2)
        columns = i_f_c[..., : 2 * m], of_block[..., 2 * m : -k], o_h
        by_gate = i_f_c.unflatten(2, (3, m)), o_h.unflatten(2, (2, k))
        parts = by_frame(block, gates[:, rows, m : 2 * m], grad_z[:, rows], *columns, *by_gate)
        frames = list(zip(*parts, strict=True))
        for t in reversed(range(len(block))):
            f, grad_z_t, i_f, c_o, o_h, by_i_f_c, by_o_h = frames[t]
            if block[t] != here.shape[1]:
                here = arriving[:, : block[t]]
                s, z = here.split_with_sizes([m, k], 2)
            z += grad_z_t
            if grad_states is not None:
                s += grad_states[:, : block[t], count + start + t]
            by_o_h.mul_(z.unsqueeze(2))  # (b), (c)
            s += torch.bmm(o_h, from_o_h)  # (d), from o and h
            by_i_f_c.mul_(s.unsqueeze(2))  # (e), (f), (g)
            s *= f
            z.copy_(torch.bmm(c_o, from_c_o))  # (h), from c and o
            here += torch.bmm(i_f, from_i_f)  # (d) and (h), from i and f
        torch.hardshrink(arriving, smallest, out=arriving)
        if 0 < start <= silent and not arriving.any():
            break
    return start, errors[:, row[start] :], arriving.split([m, k], 2)


def _transposed(
    weight_z: Tensor, weight_dos: Tensor, weight_dos_out: Tensor, weight_out: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """What takes errors of o and h to s, of c and o to z, and of i and f to both."""
    split = 2 * weight_dos.shape[3]
    from_i_f = torch.cat([weight_dos[:, 0], weight_z[:, :split]], 2)
    from_o_h = torch.cat([weight_dos_out[:, 0], weight_out], 1)
    return from_o_h, weight_z[:, split:].contiguous(), from_i_f


def _silent_frames(grad_z: Tensor, grad_states: Tensor | None, active: list[int], count: int) -> int:
    """How many frames come before the first to which the loss adds an error; 0 on a GPU, where asking is slow."""
    if grad_z.device.type != "cpu":
        return 0

    def before(loud: Tensor) -> int:
        return next((row for row, is_loud in enumerate(loud.tolist()) if is_loud), len(loud))

    by_z = bisect_right(list(accumulate(active)), before(grad_z.any(2).any(0)))
    return by_z if grad_states is None else min(by_z, before(grad_states[:, :, count:].any(3).any(1).any(0)))


def _local_derivatives(gates: Tensor, heads: Tensor, before: Tensor, out: Tensor) -> None:
    """What stands beside ε(z_t) or ε(s_t) in Eqs (e), (f), (g), (b), (c), in this order, into (D, R, 3m + 2k)."""
    m, k = before.shape[2], heads.shape[2]
    i, f, c, o = gates.split([m, m, m, k], 2)
    by_i, by_f, by_c, by_o, by_h = out.split([m, m, m, k, k], 2)
    for gate, other, by_gate in ((i, c, by_i), (f, before, by_f), (o, heads, by_o)):
        torch.addcmul(gate, gate, gate, value=-1, out=by_gate).mul_(other)
    for value, gate, by_value in ((c, i, by_c), (heads, o, by_h)):
        torch.mul(value, value, out=by_value).neg_().add_(1).mul_(gate)
