"""The recurrence of drnn.layers.reference with a backward pass written by hand: the form that trains.

In the lags of the state, dⁿs_t = Σⱼ (−1)ʲ C(n, j) s_{t−j}, so that for any weights W⁽ⁿ⁾

    Σₙ W⁽ⁿ⁾ dⁿs_t = Σⱼ V⁽ʲ⁾ s_{t−j}    with    V⁽ʲ⁾ = (−1)ʲ Σ_{n≥j} C(n, j) W⁽ⁿ⁾.                      (a)

One product of the window s_{t−N}, …, s_t with the V⁽ʲ⁾ of all gates gives what o_t, Eq (8), and the next frame's i
and f, Eqs (6) and (7), see of the states, for any order. The products with x, and the gradients of all weights, are
one product over all frames. Rows of frames are packed (drnn.layers.packing); R = Σ lengths counts them, and
``active`` the sequences at each frame. The way back through the frames is in drnn.layers.errors.
"""

from math import comb

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from drnn.layers import reference
from drnn.layers.errors import errors_of
from drnn.layers.packing import by_frame, rows_of
from drnn.layers.products import linear, prepared
from drnn.layers.reference import State, Truncation, Weights


def drnn(
    x: Tensor, weights: Weights, lengths: Tensor | None, state: State, truncation: Truncation = "dos"
) -> tuple[Tensor, Tensor]:
    """As :func:`drnn.layers.reference.drnn`: same arguments, shapes and results.

    `strict` and `none`, with which the paper does not train, are left to the reference. Errors below 1e−30 in float32
    count as 0 (drnn.layers.errors). A gradient cannot be differentiated again, nor go through ``torch.func``: take the
    reference for that.
    """
    if truncation != "dos":
        return reference.drnn(x, weights, lengths, state, truncation)
    steps, batch, _ = x.shape
    if lengths is None:
        z, states = _Recurrence.apply(x.flatten(0, 1), *weights, *state, [batch] * steps)
        return z.unflatten(0, (steps, batch)), states
    frames = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    z, lags = (part.index_select(-2, frames.sorted_indices) for part in state)
    z, states = _Recurrence.apply(frames.data, *weights, z, lags, frames.batch_sizes.tolist())
    z, _ = pad_packed_sequence(PackedSequence(z, *frames[1:]), total_length=steps)
    states = pad(states.index_select(1, frames.unsorted_indices), (0, 0, 0, 0, 0, steps - len(frames.batch_sizes)))
    return z, states


class _Recurrence(Function):
    """(x (R, n), weights, z_0 (B, k), lags (N + 1, B, m), active) → z (R, k), s_{−N} … s_T (N + 1 + T, B, m)."""

    @staticmethod
    def forward(ctx, x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags, active):
        """Eqs (4) to (8) frame by frame, in place: what starts as W_x x_t + b ends as i, f, c and o."""
        (k, m), (count, batch, _) = weight_out.shape, lags.shape
        gates = linear(x, weight_x, bias)
        heads, outputs = x.new_empty(2, len(x), k)
        states = x.new_zeros(count + len(active), batch, m)
        states[:count] = lags.flip(0)

        from_window = prepared(_by_lag(weight_dos, weight_dos_out), batch)
        from_z, to_head = weight_z.t().contiguous(), weight_out.t().contiguous()
        z, window = z0, states[:count].unbind()
        to_i_f, to_o = from_window(torch.cat(window, 1)).split([2 * m, k], 1)
        columns = gates[:, : 2 * m], *gates.split([m, m, m, k], 1)
        frames = zip(active, states[count:], *by_frame(active, gates, *columns, heads, outputs), strict=True)
        for b, s, gate, i_f, i, f, c, o, h, output in frames:
            if b < batch:
                z, to_i_f, s, *window = (part[:b] for part in (z, to_i_f, s, *window))
            gate.addmm_(z, from_z)
            i_f.add_(to_i_f).sigmoid_()  # (6), (7)
            torch.mul(f, window[-1], out=s).addcmul_(i, _tanh_(c))  # (4)
            window = [*window[1:], s]
            to_i_f, to_o = from_window(torch.cat(window, 1)).split([2 * m, k], 1)
            o.add_(to_o).sigmoid_()  # (8)
            z = torch.mul(o, torch.addmm(bias_out, s, to_head, out=h).tanh_(), out=output)  # (5)

        ctx.active = active
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(
            x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, z0, gates, heads, outputs, states
        )
        return outputs, states

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_outputs, grad_states):
        """The gradients of forward's arguments, from the errors of all pre-activations."""
        x, weight_x, *inner, z0, gates, heads, outputs, states = ctx.saved_tensors
        active, (count, _, m), k = ctx.active, inner[1].shape, outputs.shape[1]
        grad_outputs = torch.zeros_like(outputs) if grad_outputs is None else grad_outputs
        start, errors, (error_s, error_z) = errors_of(gates, heads, states, active, inner, grad_outputs, grad_states)
        grad_lags = pad(error_s[None], (0, 0, 0, 0, 0, count - 1))
        if grad_states is not None:
            grad_lags += grad_states[:count].flip(0)

        active, unreached = active[start:], sum(active[:start])  # frames that errors reach, rows that they do not
        x, states = x[unreached:], states[start:]
        before = [z0, *outputs.split(ctx.active)][start:-1]
        z = torch.cat([z[:b] for z, b in zip(before, active, strict=True)])
        of_gates, of_i_f, of_o, of_h = errors[:-k], errors[: 2 * m], errors[3 * m : -k], errors[-k:]
        grad_bias, grad_bias_out = errors.sum(1).split([3 * m + k, k])

        def by_order(errors: Tensor, newest: int) -> Tensor:
            """By (a), the gradient of W⁽ⁿ⁾ is the n-th difference of the gradients of the V⁽ʲ⁾."""
            by_lag = [linear(errors, rows_of(states[newest - j :], active).t()) for j in range(count)]
            for n in range(1, count):
                for j in reversed(range(n, count)):
                    torch.sub(by_lag[j - 1], by_lag[j], out=by_lag[j])
            return torch.stack(by_lag)

        return (
            pad(linear(of_gates.t(), weight_x.t()), (0, 0, unreached, 0)) if ctx.needs_input_grad[0] else None,
            linear(of_gates, x.t()),
            linear(of_gates, z.t()),
            grad_bias,
            by_order(of_i_f, count - 1),
            by_order(of_o, count),
            linear(of_h, rows_of(states[count:], active).t()),
            grad_bias_out,
            error_z,
            grad_lags,
            None,
        )


def _by_lag(weight_dos: Tensor, weight_dos_out: Tensor) -> Tensor:
    """V⁽ᴺ⁾ … V⁽⁰⁾ of Eq (a) side by side, in the order of a window's states: (2m + k, (N + 1)m)."""
    by_order = torch.cat([weight_dos, weight_dos_out], 1)
    count, rows, m = by_order.shape
    by_lag = by_order.new_zeros(rows, count, m)
    for n in range(count):
        for j in range(n + 1):
            by_lag[:, -1 - j].add_(by_order[n], alpha=(-1) ** j * comb(n, j))
    return by_lag.flatten(1)


def _tanh_(a: Tensor) -> Tensor:
    """tanh a = 2σ(2a) − 1, in place: on a CPU torch computes σ four times as fast as tanh."""
    if a.device.type != "cpu":
        return a.tanh_()
    a.add_(a).sigmoid_()
    return a.add_(a).sub_(1)
