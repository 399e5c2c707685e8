"""The recurrence of drnn.layers.reference with a backward pass written by hand: the form that trains.

In the lags of the state, dⁿs_t = Σⱼ (−1)ʲ C(n, j) s_{t−j}, so that for any weights W⁽ⁿ⁾

    Σₙ W⁽ⁿ⁾ dⁿs_t = Σⱼ V⁽ʲ⁾ s_{t−j}    with    V⁽ʲ⁾ = (−1)ʲ Σ_{n≥j} C(n, j) W⁽ⁿ⁾.                      (a)

One product of the window s_{t−N}, …, s_t with the V⁽ʲ⁾ of all gates and with W_zs gives all that o_t, Eq (8), z_t,
Eq (5), and the next frame's i and f, Eqs (6) and (7), see of the states, for any order. A sequence's states lie one
behind the other, so that its window is there without being copied. The products with x, and the gradients of all
weights, are one product over all frames.

D layers of one shape, such as two directions, run side by side: a frame of all of them costs little more than a frame
of one. Rows of frames are packed (drnn.layers.packing); R = Σ lengths counts them, and ``active`` the sequences at each
frame. The way back through the frames is in drnn.layers.errors.
"""

from collections.abc import Sequence
from math import comb

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

from drnn.layers import reference
from drnn.layers.errors import errors_of
from drnn.layers.packing import Rows, by_frame
from drnn.layers.reference import State, Truncation, Weights


def drnn(
    x: Tensor, weights: Weights, lengths: Tensor | None, state: State, truncation: Truncation = "dos"
) -> tuple[Tensor, Tensor]:
    """As :func:`drnn.layers.reference.drnn`: same arguments, shapes and results.

    `strict` and `none`, with which the paper does not train, are left to the reference. Errors below 1e−30 in float32
    count as 0 (drnn.layers.errors). A gradient cannot be differentiated again, nor go through ``torch.func``: take the
    reference for that.
    """
    return drnns(x, [weights], lengths, [state], [False], truncation)[0]


def drnns(
    x: Tensor,
    weights: Sequence[Weights],
    lengths: Tensor | None,
    states: Sequence[State],
    reverse: Sequence[bool],
    truncation: Truncation = "dos",
) -> list[tuple[Tensor, Tensor]]:
    """As :func:`drnn.layers.reference.drnns`, for layers of one shape: they run side by side."""
    if truncation != "dos":
        return reference.drnns(x, weights, lengths, states, reverse, truncation)
    steps, batch, _ = x.shape
    *weights, z, lags = (torch.stack(parts) for parts in (*zip(*weights, strict=True), *zip(*states, strict=True)))
    rows = Rows.of(torch.full((batch,), steps) if lengths is None else lengths.cpu(), reverse, x.device)
    z, lags = z.index_select(1, rows.order), lags.index_select(2, rows.order)
    z, states = _Recurrence.apply(x, *weights, z, lags, rows)
    return list(zip(z, states.index_select(1, rows.order.argsort()).transpose(1, 2), strict=True))


class _Recurrence(Function):
    """The layers' z (D, T, B, k), zero past each length, and their states s_{−N} … s_T (D, B, N + 1 + T, m).

    Args:
        x: (T, B, n).
        the seven weights, with D in front; z_0 (D, B, k) and lags (D, N + 1, B, m), longest sequence first.
        rows: of the batch.
    """

    @staticmethod
    def forward(ctx, x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags, rows):
        """Eqs (4) to (8) frame by frame, in place: what starts as W_x x_t + b ends as i, f, c and o.

        Since tanh a = 2σ(2a) − 1, and on a CPU σ is four times as fast as tanh, c is computed as σ, from twice its
        pre-activation, together with i and f.
        """
        ctx.of_x, (k, m), (ways, count, batch, _) = x.shape, weight_out.shape[1:], lags.shape
        steps = len(x)
        x = x.flatten(0, 1).index_select(0, rows.read.flatten()).unflatten(0, rows.read.shape)
        gates = torch.baddbmm(bias[:, None], x, weight_x.mT)
        i_f_c, i_f, candidate = gates[..., : 3 * m], gates[..., : 2 * m], gates[..., 2 * m : 3 * m]
        i, f, o = gates[..., :m], gates[..., m : 2 * m], gates[..., 3 * m :]
        heads, outputs = bias_out[:, None].repeat(1, x.shape[1], 1), x.new_empty(*x.shape[:2], k)
        states = x.new_zeros(ways, batch, count + steps, m)
        states[:, :, :count] = lags.flip(1).transpose(1, 2)
        windows = states.unfold(2, count, 1).mT.flatten(3).unbind(2)

        candidate *= 2
        from_z = weight_z.mT.clone(memory_format=torch.contiguous_format)
        from_z[..., 2 * m : 3 * m] *= 2
        from_window = _by_lag(weight_dos, weight_dos_out, weight_out).mT.contiguous()
        z, before, width = z0, states[:, :, count - 1], [2 * m, k, k]
        to_i_f, *_ = torch.bmm(windows[0], from_window).split_with_sizes(width, 2)
        parts = by_frame(rows.active, gates, i_f, i_f_c, i, f, candidate, o, heads, outputs)
        frames = zip(rows.active, states.unbind(2)[count:], windows[1:], *parts, strict=False)
        for b, s, window, gate, i_f, i_f_c, i, f, c, o, h, output in frames:
            if b < batch:
                z, to_i_f, before, s, window = (part[:, :b] for part in (z, to_i_f, before, s, window))
            gate += torch.bmm(z, from_z)
            i_f += to_i_f
            i_f_c.sigmoid_()  # (6), (7)
            before = torch.mul(f, before, out=s).addcmul_(i, c, value=2).sub_(i)  # (4)
            to_i_f, to_o, to_h = torch.bmm(window, from_window).split_with_sizes(width, 2)
            o.add_(to_o).sigmoid_()  # (8)
            z = torch.mul(o, h.add_(to_h).tanh_(), out=output)  # (5)
        candidate.mul_(2).sub_(1)

        ctx.rows, ctx.written = rows, rows.read + steps * batch * torch.arange(ways, device=x.device)[:, None]
        z = x.new_zeros(ways * steps * batch, k).index_copy_(0, ctx.written.flatten(), outputs.flatten(0, 1))
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(
            x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, z0, gates, heads, outputs, states
        )
        return z.view(ways, steps, batch, k), states

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_z, grad_states):
        """The gradients of forward's arguments, from the errors of all pre-activations."""
        x, weight_x, *inner, z0, gates, heads, outputs, states = ctx.saved_tensors
        rows, active, (_, count, _, m), k = ctx.rows, ctx.rows.active, inner[1].shape, outputs.shape[2]
        windows = states.flatten(1, 2).unfold(1, count + 1, 1).mT.flatten(2)
        windows = windows.index_select(1, rows.rank * states.shape[2] + rows.frame)  # s_{t−N−1} … s_t side by side
        before = windows[..., -2 * m : -m]

        if grad_z is None:
            grad_z = torch.zeros_like(outputs)
        else:
            grad_z = grad_z.flatten(0, 2).index_select(0, ctx.written.flatten()).view_as(outputs)
        start, errors, (error_s, error_z) = errors_of(gates, heads, before, active, inner, grad_z, grad_states)
        grad_lags = pad(error_s[:, None], (0, 0, 0, 0, 0, count - 1))
        if grad_states is not None:
            grad_lags += grad_states[:, :, :count].transpose(1, 2).flip(1)

        z = [z0, *outputs.split(active, 1)][start:-1]
        z = torch.cat([z[:, :b] for z, b in zip(z, active[start:], strict=True)], 1)
        unreached = sum(active[:start])  # rows that no error reaches
        x, windows = (part[:, unreached:].mT for part in (x, windows))
        grad_bias, grad_bias_out = errors.sum(1).split([3 * m + k, k], 1)
        errors = errors.mT
        of_gates, of_i_f, of_o_h = errors[:, :-k], errors[:, : 2 * m], errors[:, 3 * m :]
        grad_dos = torch.bmm(of_i_f, windows[:, :-m].mT)
        grad_out = torch.bmm(of_o_h, windows[:, m:].mT)

        grad_x = None
        if ctx.needs_input_grad[0]:
            by_row = torch.bmm(of_gates.mT, weight_x).flatten(0, 1)
            grad_x = x.new_zeros(ctx.of_x)
            grad_x.flatten(0, 1).index_add_(0, rows.read[:, unreached:].flatten(), by_row)
        return (
            grad_x,
            torch.bmm(of_gates, x.mT),
            torch.bmm(of_gates, z),
            grad_bias,
            _by_order(grad_dos, count),
            _by_order(grad_out[:, :k], count),
            grad_out[:, k:, -m:],
            grad_bias_out,
            error_z,
            grad_lags,
            None,
        )


def _by_lag(weight_dos: Tensor, weight_dos_out: Tensor, weight_out: Tensor) -> Tensor:
    """What i and f, o, and h see of a window, V⁽ᴺ⁾ … V⁽⁰⁾ of Eq (a) side by side: (D, 2m + 2k, (N + 1)m)."""
    by_order = torch.cat([weight_dos, weight_dos_out], 2)
    (ways, count, rows, m), k = by_order.shape, weight_out.shape[1]
    by_lag = by_order.new_zeros(ways, rows + k, count, m)
    by_lag[:, rows:, -1] = weight_out
    for n in range(count):
        for j in range(n + 1):
            by_lag[:, :rows, -1 - j].add_(by_order[:, n], alpha=(-1) ** j * comb(n, j))
    return by_lag.flatten(2)


def _by_order(by_lag: Tensor, count: int) -> Tensor:
    """The gradients of W⁽ⁿ⁾ (D, N + 1, r, m): by (a), the n-th differences of those of V⁽ᴺ⁾ … V⁽⁰⁾ (D, r, (N + 1)m)."""
    by_order = by_lag.unflatten(2, (count, -1)).unbind(2)[::-1]
    for n in range(1, count):
        for j in reversed(range(n, count)):
            torch.sub(by_order[j - 1], by_order[j], out=by_order[j])
    return torch.stack(by_order, 1)
