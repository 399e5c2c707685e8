"""Layers of one shape, each on a batch of its own, in few large operations: the form for a GPU.

D layers run together: directions, seeds, or both. A frame is one product of all layers' windows of states and one
pointwise operation (:mod:`drnn.layers.frame`), on the way back too; the products with x and the gradients of all
weights are over all frames at once. Shapes depend on the batch's padded shape alone and nothing is read back from the
device, so that a CUDA graph can hold a run. Frames past a sequence's length run along: the loss does not see them, so
that they add nothing to any gradient.

By Eq (a), d = 1 − L with L the lag by one frame, and Σₙ W⁽ⁿ⁾ dⁿs_t = Σⱼ V⁽ʲ⁾ s_{t−j}: the window s_t … s_{t−N} times
the matrices V⁽ʲ⁾. They take the window to i_{t+1} and f_{t+1}, and to o_t; with W_zs, to h_t = tanh( W_zs s_t + b_z ).

Everything that has frames is (B, N + 1 + T, D, ·), or a view of it: slot N + t is frame t, and the slots before hold
the states s_{−N} … s_0 from which a run starts. A window of one sequence then lies in one piece, the frames of a batch
are rows of equal distance, and a shift by whole rows is a shift in time, for the slots before separate the sequences.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from drnn.layers import frame
from drnn.layers.frame import Back, Run
from drnn.layers.reference import Weights, derivatives_of_states

PRODUCTS = 8  # into how many products of a batch a frame's is cut at least, where few layers would not fill a GPU


def batched(x: Tensor, weights: Weights, z0: Tensor, lags: Tensor) -> tuple[Tensor, Tensor]:
    """Run D layers with truncation `dos`.

    Args:
        x: (B, N + 1 + T, D, n) what each layer reads, in its order; the first N + 1 slots hold any finite numbers,
            and so do the frames past a sequence's length.
        weights: as of one layer, with D in front.
        z0: (D, B, k) and
        lags: (D, N + 1, B, m) = s_0, s_{−1}, …, from which the runs go on.

    Returns:
        z (B, N + 1 + T, D, k) and the states (B, N + 1 + T, D, m), both without meaning past a sequence's length;
        z has none before slot N either.
    """
    return _Batched.apply(x, *weights, z0, lags)


class _Batched(Function):
    @staticmethod
    def forward(ctx, x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags):
        batch, slots, layers, _ = x.shape
        k, m = weight_out.shape[1:]
        count = lags.shape[1]
        gates = x.new_empty(batch, slots, layers, 3 * m + k)
        torch.baddbmm(bias[:, None], _rows(x), weight_x.mT, out=_rows(gates))
        states = x.new_zeros(batch, slots, layers, m)
        states[:, :count] = lags.flip(1).permute(2, 1, 0, 3)
        z = x.new_zeros(batch, slots, layers, k)
        z[:, count - 1] = z0.transpose(0, 1)
        heads = x.new_zeros(batch, slots, layers, 2 * k)
        from_window = _from_window(weight_dos, weight_dos_out, weight_out)
        product = x.new_empty(count, layers, len(from_window) // (count * layers), batch, 2 * m + 2 * k)
        run = Run(gates, heads, states, z, product, weight_z, bias_out.contiguous())

        advance = frame.form(x).advance
        for slot in range(count, slots + 1):
            window = states[:, slot - count : slot].reshape(batch, len(from_window), -1)
            torch.bmm(window.transpose(0, 1), from_window, out=product.flatten(0, 2))
            advance(run, slot, count)

        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, z)
        return z, states

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_z, grad_states):
        x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, z = ctx.saved_tensors
        batch, slots, layers, m = states.shape
        k, count = z.shape[3], weight_dos.shape[1]
        from_errors = _from_errors(weight_z, weight_dos)
        errors = x.new_zeros(batch, slots, layers, 3 * m + 2 * k)
        back = Back(
            gates,
            heads,
            states,
            errors,
            arriving=x.new_zeros(layers, len(from_errors) // layers, batch, m + k),
            carried=x.new_zeros(layers, batch, m),
            grad_z=torch.zeros_like(z) if grad_z is None else grad_z.contiguous(),
            grad_states=None if grad_states is None else grad_states.contiguous(),
            from_o_h=torch.cat([weight_dos_out[:, 0], weight_out], 1),
        )
        form = frame.form(x)
        form.prepare(back, count)
        for slot in reversed(range(count, slots)):
            form.retreat(back, slot)
            of_slot = errors[:, slot].reshape(batch, len(from_errors), -1)
            torch.bmm(of_slot.transpose(0, 1), from_errors, out=back.arriving.flatten(0, 1))

        error_s, error_z = back.arriving.sum(1).split([m, k], 2)
        grad_lags = x.new_zeros(layers, count, batch, m)
        grad_lags[:, 0] = error_s + back.carried
        if grad_states is not None:
            grad_lags += grad_states[:, :count].flip(1).permute(2, 1, 0, 3)
        of_gates = _rows(errors)[..., : 3 * m + k]
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = torch.bmm(of_gates, weight_x).transpose(0, 1).view_as(x)
        grad_bias, grad_bias_out = _rows(errors).sum(1).split([3 * m + k, k], 1)
        return (
            grad_x,
            torch.bmm(of_gates.mT, _rows(x)),
            _shifted(of_gates, _rows(z), 1),
            grad_bias,
            *_of_windows(_rows(errors), _rows(states), count, k),
            grad_bias_out,
            error_z,
            grad_lags,
        )


def _rows(part: Tensor) -> Tensor:
    """All frames of all sequences as the rows of each layer: (B, T', D, ·) → (D, B T', ·), a view."""
    return part.flatten(0, 1).transpose(0, 1)


def _cut(size: int, products: int) -> int:
    """Into how many equal parts the terms of each of so many products are cut, to be summed afterwards."""
    return next(parts for parts in range(max(1, PRODUCTS // products), 0, -1) if size % parts == 0)


def _from_window(weight_dos: Tensor, weight_dos_out: Tensor, weight_out: Tensor) -> Tensor:
    """What takes a window, in parts, to i, f, o and h: (P, ·, 2m + 2k), the oldest lag first, then by layer."""
    by_order = torch.cat([weight_dos, weight_dos_out], 2).unbind(1)
    by_lag = [by_order[-1]]
    for weight in reversed(by_order[:-1]):  # Horner's rule in d = 1 − L
        lagged = [older - newer for newer, older in pairwise(by_lag)]
        by_lag = [weight + by_lag[0], *lagged, -by_lag[-1]]
    (layers, k, m), count = weight_out.shape, len(by_lag)
    result = weight_out.new_zeros(count, layers, m, 2 * m + 2 * k)
    for place, weight in zip(result, reversed(by_lag), strict=True):
        place[..., : 2 * m + k] = weight.mT
    result[-1, ..., 2 * m + k :] = weight_out.mT
    return result.view(count * layers * _cut(m, count * layers), -1, 2 * m + 2 * k)


def _from_errors(weight_z: Tensor, weight_dos: Tensor) -> Tensor:
    """What takes a frame's errors, in parts, to s and z of the frame before: (P, ·, m + k), layer by layer."""
    (layers, rows, k), m = weight_z.shape, weight_dos.shape[3]
    result = weight_z.new_zeros(layers, rows + k, m + k)
    result[:, : 2 * m, :m] = weight_dos[:, 0]
    result[:, :rows, m:] = weight_z
    return result.view(layers * _cut(rows + k, layers), -1, m + k)


def _shifted(errors: Tensor, values: Tensor, shift: int) -> Tensor:
    """The sum over frames of errors times the values so many frames earlier: (D, R, p), (D, R, q) → (D, p, q)."""
    return torch.bmm(errors[:, shift:].mT, values[:, : values.shape[1] - shift])


def _of_windows(errors: Tensor, states: Tensor, count: int, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of weight_dos, weight_dos_out and weight_out; those of W⁽ⁿ⁾ are differences of those of V⁽ʲ⁾."""
    i_f, _, o, h = errors.split([2 * states.shape[2], errors.shape[2] - 2 * states.shape[2] - 2 * k, k, k], 2)
    of_i_f = [_shifted(i_f, states, 1 + lag) for lag in range(count)]
    of_o = [_shifted(o, states, lag) for lag in range(count)]
    by_order = (torch.stack(derivatives_of_states(by_lag), 1) for by_lag in (of_i_f, of_o))
    return *by_order, _shifted(h, states, 0)


def drnns(
    x: Tensor,
    weights: Sequence[Weights],
    lengths: Tensor | None,
    states: Sequence[tuple[Tensor, Tensor]],
    reverse: Sequence[bool],
) -> list[tuple[Tensor, Tensor]]:
    """As :func:`drnn.layers.reference.drnns` with truncation `dos`, for layers of one shape."""
    steps, batch, _ = x.shape
    count = len(states[0][1])
    frames = torch.arange(steps)[:, None].expand(steps, batch)
    alive = frames < (torch.full((batch,), steps) if lengths is None else lengths.cpu())
    read = torch.stack([torch.where(alive, _backwards(alive), frames) if back else frames for back in reverse])
    read = read * batch + torch.arange(batch)  # (D, T, B) rows of x, and of z, since each way is its own inverse
    slots = torch.cat([read[:, :1].expand(-1, count, -1), read], 1).permute(2, 1, 0)
    x = x.flatten(0, 1).index_select(0, slots.flatten().to(x.device)).view(*slots.shape, -1)
    parts = [torch.stack(tuple(part)) for part in (*zip(*weights, strict=True), *zip(*states, strict=True))]
    z, history = batched(x, Weights(*parts[:-2]), *parts[-2:])
    z = z[:, count:].permute(2, 1, 0, 3)
    written = read.to(z.device).flatten(1)[..., None].expand(-1, -1, z.shape[3])
    z = z.flatten(1, 2).gather(1, written).view_as(z)
    if lengths is not None:
        z = torch.where(alive.to(z.device)[..., None], z, 0)
    return list(zip(z, history.permute(2, 1, 0, 3), strict=True))


def _backwards(alive: Tensor) -> Tensor:
    """For each frame of each sequence the frame that one who reads from the end reads there."""
    return alive.sum(0) - 1 - torch.arange(len(alive))[:, None]
