"""Layers of one shape, each on a batch of its own, in few large operations: the form for a GPU.

D layers run together: directions, seeds, or both. A frame is one product of all layers' windows of states and one
pointwise operation (:mod:`drnn.layers.frame`), in the backward pass too; the products with x and the gradients of all
weights are over all frames at once. Shapes depend on the batch's padded shape alone and nothing is read back from the
device, so that a CUDA graph can hold a run. Frames past a sequence's length run along: the loss does not see them, so
that they add nothing to any gradient.

Everything that has frames is (B, N + 1 + T, D, ·), or a view of it: slot N + t is frame t, and the slots before hold
the states s_{−N} … s_0 from which a run starts. A window of one sequence then lies in one piece, the frames of a batch
are rows of equal distance, and a shift by whole rows is a shift in time, for the slots before separate the sequences.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from types import ModuleType

import torch
from torch import Tensor
from torch.autograd import Function

from drnn.layers import frame, windows
from drnn.layers.frame import Back, Run
from drnn.layers.once import once
from drnn.layers.reference import Truncation, Weights

FUSED = True  # whether the kernels may serve


def batched(
    x: Tensor, weights: Weights, z0: Tensor, lags: Tensor, truncation: Truncation = "dos"
) -> tuple[Tensor, Tensor]:
    """Run D layers.

    Args:
        x: (B, N + 1 + T, D, n) what each layer reads, in its order; the first N + 1 slots hold any finite numbers,
            and so do the frames past a sequence's length.
        weights: as of one layer, with D in front.
        z0: (D, B, k) and
        lags: (D, N + 1, B, m) = s_0, s_{−1}, …, from which the runs go on.
        truncation: as in :func:`drnn.layers.reference.drnn`.

    Returns:
        z (B, N + 1 + T, D, k) and the states (B, N + 1 + T, D, m), both without meaning past a sequence's length;
        z has none before slot N either.
    """
    return _Batched.apply(x, *weights, z0, lags, truncation)


class _Batched(Function):
    @staticmethod
    def forward(
        ctx, x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags, truncation
    ):
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
        from_window = windows.from_window(weight_dos, weight_dos_out, weight_out)
        product = x.new_empty(count, layers, len(from_window) // (count * layers), batch, 2 * m + 2 * k)
        run = Run(gates, heads, states, z, product, weight_z, bias_out.contiguous())

        advance = form(x).advance
        for slot in range(count, slots + 1):
            window = states[:, slot - count : slot].reshape(batch, len(from_window), -1)
            torch.bmm(window.transpose(0, 1), from_window, out=product.flatten(0, 2))
            advance(run, slot, count)

        ctx.truncation = truncation
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, z)
        return z, states

    @staticmethod
    def backward(ctx, grad_z, grad_states):
        with torch.no_grad():
            found = _gradients(ctx, grad_z, grad_states)
        return once(found, (grad_z, grad_states, *ctx.saved_tensors))


def _gradients(ctx, grad_z: Tensor | None, grad_states: Tensor | None) -> tuple[Tensor | None, ...]:
    """Of the loss by the arguments of :func:`batched`."""
    x, weight_x, weight_z, weight_dos, weight_dos_out, weight_out, gates, heads, states, z = ctx.saved_tensors
    batch, slots, layers, m = states.shape
    k = z.shape[3]
    count = weight_dos.shape[1]
    from_errors = windows.from_errors(weight_z, weight_dos, weight_dos_out, ctx.truncation)
    reach, _, parts = from_errors.shape[:3]
    errors = x.new_zeros(batch, slots, layers, 3 * m + 2 * k)
    back = Back(
        gates,
        heads,
        states,
        errors,
        arriving=x.new_zeros(reach, layers, parts, batch, m + k),
        carried=x.new_zeros(layers, batch, m),
        grad_z=torch.zeros_like(z) if grad_z is None else grad_z.contiguous(),
        grad_states=None if grad_states is None else grad_states.contiguous(),
        from_o_h=torch.cat([windows.from_o(weight_dos_out, ctx.truncation), weight_out], 1),
    )
    steps_of = form(x)
    steps_of.prepare(back, count)
    for slot in reversed(range(count, slots)):
        steps_of.retreat(back, slot)
        _arrive(errors[:, slot : slot + reach], from_errors, back.arriving)

    error_s, error_z = back.arriving.sum((0, 2)).split([m, k], 2)
    grad_lags = x.new_zeros(layers, count, batch, m)
    grad_lags[:, 0] = error_s + back.carried
    for lag in range(1, reach):  # the errors of the first frames that see it
        arriving = torch.zeros_like(back.arriving[lag:])
        _arrive(errors[:, count : count + reach - lag], from_errors[lag:], arriving)
        grad_lags[:, lag] = arriving.sum((0, 2))[..., :m]
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
        windows.shifted(of_gates, _rows(z), 1),
        grad_bias,
        *windows.gradients(_rows(errors), _rows(states), count, k),
        grad_bias_out,
        error_z,
        grad_lags,
        None,
    )


def form(like: Tensor) -> ModuleType:
    """The module whose functions serve tensors like this one."""
    if FUSED and like.is_cuda and like.dtype == torch.float32 and _has_triton():
        from drnn.layers import frame_triton  # which imports triton

        return frame_triton
    return frame


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None


def _rows(part: Tensor) -> Tensor:
    """All frames of all sequences as the rows of each layer: (B, T', D, ·) → (D, B T', ·), a view."""
    return part.flatten(0, 1).transpose(0, 1)


def _arrive(later: Tensor, from_errors: Tensor, arriving: Tensor) -> None:
    """What the errors of later frames (B, r, D, ·) add to a frame's; near the end r may be less than R."""
    factors = from_errors[: later.shape[1]].flatten(0, 2)
    parts = later.reshape(len(later), len(factors), -1)
    torch.bmm(parts.transpose(0, 1), factors, out=arriving[: later.shape[1]].flatten(0, 2))


def drnns(
    x: Tensor,
    weights: Sequence[Weights],
    lengths: Tensor | None,
    states: Sequence[tuple[Tensor, Tensor]],
    reverse: Sequence[bool],
    truncation: Truncation = "dos",
) -> list[tuple[Tensor, Tensor]]:
    """As :func:`drnn.layers.reference.drnns`, for layers of one shape."""
    steps, batch, _ = x.shape
    count = len(states[0][1])
    frames = torch.arange(steps)[:, None].expand(steps, batch)
    alive = frames < (torch.full((batch,), steps) if lengths is None else lengths.cpu())
    read = torch.stack([torch.where(alive, _backwards(alive), frames) if back else frames for back in reverse])
    read = read * batch + torch.arange(batch)  # (D, T, B) rows of x, and of z, since each way is its own inverse
    if lengths is not None:
        x = torch.where(alive.to(x.device)[..., None], x, 0)  # which may be NaN there
    slots = torch.cat([read[:, :1].expand(-1, count, -1), read], 1).permute(2, 1, 0)
    x = x.flatten(0, 1).index_select(0, slots.flatten().to(x.device)).view(*slots.shape, -1)
    parts = [torch.stack(tuple(part)) for part in (*zip(*weights, strict=True), *zip(*states, strict=True))]
    z, history = batched(x, Weights(*parts[:-2]), *parts[-2:], truncation)
    z = z[:, count:].permute(2, 1, 0, 3)
    written = read.to(z.device).flatten(1)[..., None].expand(-1, -1, z.shape[3])
    z = z.flatten(1, 2).gather(1, written).view_as(z)
    if lengths is not None:
        z = torch.where(alive.to(z.device)[..., None], z, 0)
    return list(zip(z, history.permute(2, 1, 0, 3), strict=True))


def _backwards(alive: Tensor) -> Tensor:
    """For each frame of each sequence the frame that one who reads from the end reads there."""
    return alive.sum(0) - 1 - torch.arange(len(alive))[:, None]
