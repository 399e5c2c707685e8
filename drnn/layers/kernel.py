"""The recurrence as one operator of torch, ``drnn::run``: compiled loops behind it, its gradients another one.

It takes float32 and float64 on a CPU and the truncation `dos`. torch.compile and torch.export see one operator whose
shapes they know.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

from drnn.layers import backward, forward
from drnn.layers.once import refuse
from drnn.layers.reference import Run, State, Weights
from drnn.layers.rows import Rows

DTYPES = (torch.float32, torch.float64)


def takes(x: Tensor) -> bool:
    """Whether the kernel is made for x."""
    return x.device.type in ("cpu", "meta") and x.dtype in DTYPES


def drnns(
    x: Tensor, weights: Sequence[Weights], lengths: Tensor | None, states: Sequence[State], reverse: Sequence[bool]
) -> list[Run]:
    """As :func:`drnn.layers.forms.drnns`; no gradient goes through a history."""
    x = x.contiguous()
    parts = zip(weights, states, reverse, strict=True)
    return [_drnn(x, of_layer, lengths, state, backwards) for of_layer, state, backwards in parts]


def _drnn(x: Tensor, weights: Weights, lengths: Tensor | None, state: State, reverse: bool) -> Run:
    plain = torch.compiler.is_compiling() or torch.jit.is_tracing() or not torch.is_grad_enabled()
    operator = run if plain else _Run.apply
    z, last, end, *trace = operator(x, *weights, *state, lengths, reverse)
    return Run(z, (last, end), lambda: history(trace[2], state[1].detach(), lengths, z.shape[0]))


def _operator(function: Callable) -> Callable:
    """Make a function on a CPU an operator of torch; in place of ``custom_op``, which loads torch's compiler first."""
    name = f"drnn::{function.__name__}"
    torch.library.define(name, torch.library.infer_schema(function, mutates_args=()))
    torch.library.impl(name, "CPU", function)
    return getattr(torch.ops.drnn, function.__name__).default


@_operator
def run(
    x: Tensor,
    weight_x: Tensor,
    weight_z: Tensor,
    bias: Tensor,
    weight_dos: Tensor,
    weight_dos_out: Tensor,
    weight_out: Tensor,
    bias_out: Tensor,
    z0: Tensor,
    lags: Tensor,
    lengths: Tensor | None,
    reverse: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """z (T, B, k), the end state (B, k) and (N + 1, B, m), and the trace of :mod:`drnn.layers.forward`."""
    weights = Weights(weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out)
    frames = _array(x)
    z, last, end, *trace = (np.empty(shape, frames.dtype) for shape in _shapes(x, weights))
    trace = forward.Trace(*trace)
    if x.shape[1]:
        rows = _rows(lengths, x, reverse)
        start = _array(z0), _array(lags)
        forward.run(frames, Weights(*map(_array, weights)), *start, rows, trace)
        forward.results(rows, start[1], trace, z, last, end)
    return tuple(map(torch.from_numpy, (z, last, end, *trace)))


@torch.library.register_fake("drnn::run")
def _(x, weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out, z0, lags, lengths, reverse):
    weights = Weights(weight_x, weight_z, bias, weight_dos, weight_dos_out, weight_out, bias_out)
    return tuple(x.new_empty(shape) for shape in _shapes(x, weights))


def _shapes(x: Tensor, weights: Weights) -> list[tuple[int, ...]]:
    """Of what a run gives."""
    steps, batch, _ = x.shape
    k, m = weights.weight_out.shape
    orders = weights.weight_dos.shape[0]
    before = steps * batch
    rows = before + batch
    shapes = [(steps, batch, k), (batch, k), (orders, batch, m)]
    return [*shapes, (before, 3 * m + k), (before, k), (rows, orders * m), (rows, k)]


@_operator
def gradients(
    grad_z: Tensor | None,
    grad_last: Tensor | None,
    grad_end: Tensor | None,
    x: Tensor,
    weights: Sequence[Tensor],
    trace: Sequence[Tensor],
    lengths: Tensor | None,
    reverse: bool,
    wanted: Sequence[bool],
) -> list[Tensor]:
    """The gradients of run's first ten arguments; one that is not wanted has no elements."""
    frames = _array(x)
    results = [np.zeros(shape, frames.dtype) for shape in _shapes_of_gradients(x, weights, trace, wanted)]
    if x.shape[1]:
        backward.run(
            frames,
            Weights(*map(_array, weights)),
            _rows(lengths, x, reverse),
            forward.Trace(*map(_array, trace)),
            backward.Given(*(None if g is None else _array(g) for g in (grad_z, grad_last, grad_end))),
            backward.Gradients(*(r if is_wanted else None for r, is_wanted in zip(results, wanted, strict=True))),
        )
    return list(map(torch.from_numpy, results))


@torch.library.register_fake("drnn::gradients")
def _(grad_z, grad_last, grad_end, x, weights, trace, lengths, reverse, wanted):
    return [x.new_empty(shape) for shape in _shapes_of_gradients(x, weights, trace, wanted)]


def _shapes_of_gradients(x: Tensor, weights: Sequence[Tensor], trace: Sequence[Tensor], wanted: Sequence[bool]):
    orders, _, m = weights[3].shape
    batch = x.shape[1]
    shapes = [x.shape, *(weight.shape for weight in weights), (batch, trace[3].shape[1]), (orders, batch, m)]
    return [shape if is_wanted else (0,) * len(shape) for shape, is_wanted in zip(shapes, wanted, strict=True)]


def _setup(ctx, inputs, output) -> None:
    x, *weights, _, _, lengths, reverse = inputs
    trace = output[3:]
    ctx.mark_non_differentiable(*trace)
    ctx.set_materialize_grads(False)
    ctx.reverse = reverse
    ctx.save_for_backward(x, *weights, *trace, lengths)


def _backward(ctx, grad_z, grad_last, grad_end, *_):
    wanted = ctx.needs_input_grad[:10]
    given = grad_z, grad_last, grad_end
    if torch.is_grad_enabled():
        found = _Gradients.apply(ctx.reverse, wanted, *given, *ctx.saved_tensors)
    else:
        found = _Gradients.forward(ctx.reverse, wanted, *given, *ctx.saved_tensors)
    return *(g if is_wanted else None for g, is_wanted in zip(found, wanted, strict=True)), None, None


torch.library.register_autograd("drnn::run", _backward, setup_context=_setup)


class _Run(Function):
    """The operator and its gradients once more, for torch.func, which an operator's own gradients do not know."""

    generate_vmap_rule = True
    setup_context = staticmethod(_setup)
    backward = staticmethod(_backward)

    @staticmethod
    def forward(*arguments):
        return run(*arguments)


class _Gradients(Function):
    """The gradients, which have none themselves."""

    generate_vmap_rule = True

    @staticmethod
    def forward(reverse, wanted, grad_z, grad_last, grad_end, x, *saved):
        *saved, lengths = saved
        given = grad_z, grad_last, grad_end
        return tuple(gradients(*given, x, saved[:7], saved[7:], lengths, reverse, list(wanted)))

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, *_):
        refuse()


@_operator
def history(windows: Tensor, lags: Tensor, lengths: Tensor | None, steps: int) -> Tensor:
    """The states s_{−N} … s_T (N + 1 + T, B, m) in the windows of a run; past a sequence's length s_T stays."""
    orders, batch, m = lags.shape
    rows = _rows(lengths, lags.new_empty(steps, batch, 0))
    frames = np.minimum(np.arange(steps + 1)[:, None], rows.lengths)
    result = lags.new_empty(orders + steps, batch, m)
    result[: orders - 1] = lags[1:].flip(0)
    result[orders - 1 :, rows.order] = windows[torch.from_numpy(rows.starts[frames] + np.arange(batch)), :m]
    return result


@torch.library.register_fake("drnn::history")
def _(windows, lags, lengths, steps):
    orders, batch, m = lags.shape
    return lags.new_empty(orders + steps, batch, m)


def _one_by_one(operator):
    """The rule by which torch.func.vmap maps an operator: call by call."""

    def mapped(info, dims, *arguments):
        def of(number: int, argument, dim):
            if isinstance(argument, (list, tuple)):
                return [of(number, one, d) for one, d in zip(argument, dim, strict=True)]
            return argument if dim is None else argument.select(dim, number)

        parts = zip(arguments, dims, strict=True)
        parts = list(parts)
        calls = [operator(*(of(number, *part) for part in parts)) for number in range(info.batch_size)]
        if isinstance(calls[0], Tensor):
            return torch.stack(calls), 0
        results = [torch.stack(of_all) for of_all in zip(*calls, strict=True)]
        return type(calls[0])(results), type(calls[0])([0] * len(results))

    return mapped


for _one in (run, gradients, history):
    torch.library.register_vmap(_one, _one_by_one(_one))


def _array(tensor: Tensor) -> np.ndarray:
    array = tensor.numpy(force=True)
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


def _rows(lengths: Tensor | None, x: Tensor, reverse: bool = False) -> Rows:
    return Rows.of(None if lengths is None else lengths.numpy(), x.shape[0], x.shape[1], reverse)
