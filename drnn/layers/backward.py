"""The errors of the recurrence from the last frame to the first, and the gradients of all weights, in machine code.

With ε(a) for the derivative of the loss by a, or by the pre-activation if a is a gate,
c_t = tanh( W_sz z_{t−1} + W_sx x_t + b_s ) and h_t = tanh( W_zs s_t + b_z ), errors stopping at dⁿs, n ≥ 1 (`dos`):

    ε(o_t) = ε(z_t) h_t o_t (1 − o_t)                                                                      (b)
    ε(h_t) = ε(z_t) o_t (1 − h_t²)                                                                         (c)
    ε(s_t) = f_{t+1} ε(s_{t+1}) + Σ_{g=i,f} W_gd⁽⁰⁾ᵀ ε(g_{t+1}) + W_od⁽⁰⁾ᵀ ε(o_t) + W_zsᵀ ε(h_t)             (d)
    ε(i_t) = ε(s_t) c_t i_t (1 − i_t)                                                                      (e)
    ε(f_t) = ε(s_t) s_{t−1} f_t (1 − f_t)                                                                  (f)
    ε(c_t) = ε(s_t) i_t (1 − c_t²)                                                                         (g)
    ε(z_t) = Σ_{g=i,f,c,o} W_gzᵀ ε(g_{t+1})                                                                (h)

where the loss adds its own to (d) and (h). A sequence's error decays on its way back. What has fallen below 1e8 times
the smallest normal number (1e−30 in float32) counts as 0, since denormal numbers would slow every frame before and
change no weight; frames that no error reaches cost nothing. What lies where: drnn.layers.rows.
"""

from typing import NamedTuple

import numpy as np

from drnn.compiled import compiled_with_nan
from drnn.layers.forward import Trace, copy, flushed, smallest
from drnn.layers.matmul import add_product, add_transposed_product, packed
from drnn.layers.reference import Weights
from drnn.layers.rows import Rows
from drnn.layers.scratch import scratch
from drnn.layers.spans import span


class Given(NamedTuple):
    """The loss's gradients by what a run gave; None for one that there is not."""

    z: np.ndarray | None  # (T, B, k)
    last: np.ndarray | None  # (B, k)
    end: np.ndarray | None  # (N + 1, B, m)


class Gradients(NamedTuple):
    """Of a run's arguments, zeros to be filled; None for one that is not wanted."""

    x: np.ndarray | None  # (T, B, n)
    weight_x: np.ndarray | None
    weight_z: np.ndarray | None
    bias: np.ndarray | None
    weight_dos: np.ndarray | None
    weight_dos_out: np.ndarray | None
    weight_out: np.ndarray | None
    bias_out: np.ndarray | None
    z0: np.ndarray | None  # (B, k)
    lags: np.ndarray | None  # (N + 1, B, m)


def run(x: np.ndarray, weights: Weights, rows: Rows, trace: Trace, given: Given, wanted: Gradients) -> int:
    """Fill the gradients of a run of :func:`drnn.layers.forward.run`, whose arguments and trace these are.

    Returns:
        How many frames come before the first that errors reach.
    """
    k, m = weights.weight_out.shape
    errors = scratch("errors", (rows.starts[-2], 3 * m + k), x.dtype)  # of i, f, c and o, in the rows of the gates
    errors_out = np.zeros((rows.starts[-1], 2 * k), x.dtype)  # of o and h, in the rows of the states
    error_s = np.zeros((len(rows.order), m), x.dtype)  # what arrives at a frame's s and z from later ones
    error_z = np.zeros((len(rows.order), k), x.dtype)
    loss_z, loss_s = _loss(rows, given, k, m, x.dtype)
    from_o_h = packed("from_o_h", np.concatenate([weights.weight_dos_out[0], weights.weight_out]))
    from_i_f = packed("from_i_f", weights.weight_dos[0])
    from_gates = packed("from_gates", weights.weight_z)
    limit = smallest(x.dtype)
    reached = _frames(
        from_o_h, from_i_f, from_gates, loss_z, loss_s, rows.active, rows.starts, limit, trace, errors, errors_out,
        error_s, error_z,
    )  # fmt: skip
    _to_start(rows, given, error_s, error_z, wanted)
    first = rows.starts[reached]  # no error reaches the rows before it
    windows = trace.windows[first : rows.starts[-1]]
    outputs = trace.outputs[first : rows.starts[-2]]
    _by_weights(x, rows, first, windows, outputs, errors[first:], errors_out[first:], wanted)
    if wanted.x is not None:
        by_row = np.zeros((rows.starts[-2], x.shape[2]), x.dtype)
        add_product(errors[first:], packed("to_x", weights.weight_x), 3 * m + k, by_row[first:])
        rows.to_batch(by_row[rows.gates], wanted.x)
    return reached


def _loss(rows: Rows, given: Given, k: int, m: int, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """What the loss adds to the errors of z and of s, in the rows of the states; the latter (0, m) for nothing."""
    batch = len(rows.order)
    loss_z = np.zeros((rows.starts[-1], k), dtype)
    if given.z is not None:
        loss_z[batch:] = given.z.reshape(-1, k)[rows.read]
    if given.last is not None:
        loss_z[rows.ends] += given.last[rows.order]
    loss_s = np.zeros((0 if given.end is None else rows.starts[-1], m), dtype)
    for j, lag in enumerate(() if given.end is None else given.end):
        frame = rows.lengths - j
        reaches = frame > 0
        loss_s[rows.starts[frame[reaches]] + np.flatnonzero(reaches)] = lag[rows.order[reaches]]
    return loss_z, loss_s


def _to_start(rows: Rows, given: Given, error_s: np.ndarray, error_z: np.ndarray, wanted: Gradients) -> None:
    """The gradients of the state from which a run started; a loss on the lags of a short run sees it directly."""
    if wanted.z0 is not None:
        wanted.z0[rows.order] = error_z
    if wanted.lags is not None:
        wanted.lags[0, rows.order] = error_s
        for j, lag in enumerate(() if given.end is None else given.end):
            before = j - rows.lengths
            short = before >= 0
            wanted.lags[before[short], rows.order[short]] += lag[rows.order[short]]


def _by_weights(
    x: np.ndarray,
    rows: Rows,
    first: int,
    windows: np.ndarray,
    outputs: np.ndarray,
    errors: np.ndarray,
    errors_out: np.ndarray,
    wanted: Gradients,
) -> None:
    """The gradients of the weights: products of the errors with what the weights see, from the first row on."""
    if wanted.weight_x is not None:
        add_transposed_product(errors, packed("rows of x", rows.of_batch(x)[first:]), wanted.weight_x)
    if wanted.weight_z is not None:
        add_transposed_product(errors, packed("rows of z", outputs), wanted.weight_z)
    if wanted.bias is not None:
        errors.sum(0, out=wanted.bias)
    if wanted.bias_out is not None:
        errors_out[:, outputs.shape[1] :].sum(0, out=wanted.bias_out)
    _by_states(windows, errors, errors_out, outputs.shape[1], wanted)


def _by_states(windows: np.ndarray, errors: np.ndarray, errors_out: np.ndarray, k: int, wanted: Gradients) -> None:
    """The gradients of what sees the states: i and f of the frame after a state, and o and h."""
    of_o_h = wanted.weight_dos_out is not None or wanted.weight_out is not None
    if wanted.weight_dos is None and not of_o_h:
        return
    right = packed("rows of windows", windows)
    if wanted.weight_dos is not None:
        orders, rows, m = wanted.weight_dos.shape
        by_window = np.zeros((rows, orders * m), errors.dtype)
        add_transposed_product(errors, right, by_window)
        wanted.weight_dos[:] = by_window.reshape(rows, orders, m).swapaxes(0, 1)
    if of_o_h:
        by_window = np.zeros((2 * k, windows.shape[1]), errors.dtype)
        add_transposed_product(errors_out, right, by_window)
        if wanted.weight_dos_out is not None:
            orders, _, m = wanted.weight_dos_out.shape
            wanted.weight_dos_out[:] = by_window[:k].reshape(k, orders, m).swapaxes(0, 1)
        if wanted.weight_out is not None:
            wanted.weight_out[:] = by_window[k:, : wanted.weight_out.shape[1]]


@compiled_with_nan
def _frames(
    from_o_h, from_i_f, from_gates, loss_z, loss_s, active, starts, limit, trace, errors, errors_out, error_s, error_z
):
    """Eqs (b) to (h) frame by frame; the first frame that errors reach."""
    m = error_s.shape[1]
    k = error_z.shape[1]
    reached = active.size
    for t in range(active.size - 1, -1, -1):
        count = active[t]
        before = starts[t]
        now = starts[t + 1]
        silent = True
        for r in range(count):
            silent &= not add(span(loss_z, now + r, 0, k), span(error_z, r, 0, k))
            silent &= not add(span(loss_s, now + r, 0, m if loss_s.size else 0), span(error_s, r, 0, m))
        if silent:
            errors[before:now] = 0
            continue
        reached = t
        errors[before + count : now] = 0
        for r in range(count):
            _error_o_h(error_z, r, trace.gates, trace.heads, before + r, errors, errors_out, now + r, m, k)
        add_product(errors_out[now : now + count], from_o_h, 2 * k, error_s[:count])  # (d), from o and h
        for r in range(count):
            _error_i_f_c(error_s, r, trace.gates, trace.windows, before + r, errors, m)
        of_frame = errors[before : before + count]
        add_product(of_frame, from_gates, 3 * m + k, error_z[:count])  # (h)
        add_product(of_frame, from_i_f, 2 * m, error_s[:count])  # (d), from i and f
        flush(error_s[:count].reshape(count * m), limit)
        flush(error_z[:count].reshape(count * k), limit)
    return reached


@compiled_with_nan
def add(values, result):
    """result += values where there are any; whether a result is not 0."""
    for j in range(values.size):
        result[j] += values[j]
    found = False
    for j in range(result.size):
        found |= result[j] != 0
    return found


@compiled_with_nan
def flush(values, limit):
    """Put 0 for what is nearer to 0 than the limit."""
    for j in range(values.size):
        values[j] = flushed(values[j], limit)


@compiled_with_nan
def _error_o_h(errors_z, r, gates, heads, row, errors, errors_out, now, m, k):
    """Errors of o and h of one sequence; that of z is used up."""
    error_z = span(errors_z, r, 0, k)
    o = span(gates, row, 3 * m, k)
    h = span(heads, row, 0, k)
    error_o = span(errors_out, now, 0, k)
    error_h = span(errors_out, now, k, k)
    for j in range(k):
        error_o[j] = error_z[j] * h[j] * (o[j] - o[j] * o[j])  # (b)
    for j in range(k):
        error_h[j] = error_z[j] * (o[j] - o[j] * h[j] * h[j])  # (c)
    for j in range(k):
        error_z[j] = 0
    copy(error_o, span(errors, row, 3 * m, k))


@compiled_with_nan
def _error_i_f_c(errors_s, r, gates, windows, row, errors, m):
    """Errors of i, f and c of one sequence, and what goes on to s_{t−1} along Eq (4)."""
    error_s = span(errors_s, r, 0, m)
    s_before = span(windows, row, 0, m)
    i = span(gates, row, 0, m)
    f = span(gates, row, m, m)
    c = span(gates, row, 2 * m, m)
    error_i = span(errors, row, 0, m)
    error_f = span(errors, row, m, m)
    error_c = span(errors, row, 2 * m, m)
    for j in range(m):
        error_i[j] = error_s[j] * c[j] * (i[j] - i[j] * i[j])  # (e)
    for j in range(m):
        error_f[j] = error_s[j] * s_before[j] * (f[j] - f[j] * f[j])  # (f)
    for j in range(m):
        error_c[j] = error_s[j] * (i[j] - i[j] * c[j] * c[j])  # (g)
    for j in range(m):
        error_s[j] *= f[j]  # (d)
