"""Eqs (4) to (8) of drnn.layers.reference over a whole batch, frames in a compiled loop.

A row of ``windows`` holds what the gates see of the states, d⁰s_t, …, dᴺs_t. One product of the rows of a frame with
the weights of i, f, o and of h_t = tanh( W_zs s_t + b_z ) gives all that o_t, z_t and the next frame's i and f see of
the states, for any order. The product with x is one over all frames. What lies where: drnn.layers.rows.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from drnn.compiled import compiled_with_nan
from drnn.layers.activations import sigmoids
from drnn.layers.matmul import add_product, packed
from drnn.layers.reference import Weights
from drnn.layers.rows import Rows
from drnn.layers.scratch import scratch
from drnn.layers.spans import span


class Trace(NamedTuple):
    """What a run leaves behind for the backward pass; only the first rows may be in use."""

    gates: np.ndarray  # (T B, 3m + k) i, f, c and o, in the rows of the states that they see
    heads: np.ndarray  # (T B, k) h in the same rows
    windows: np.ndarray  # ((T + 1) B, (N + 1)m) d⁰s, …, dᴺs in the rows of the states
    outputs: np.ndarray  # ((T + 1) B, k) z likewise


def run(x: np.ndarray, weights: Weights, z0: np.ndarray, lags: np.ndarray, rows: Rows, trace: Trace) -> None:
    """Fill a trace.

    Args:
        x: (T, B, n).
        weights: of arrays.
        z0, lags: (B, k) and (N + 1, B, m), from which the sequences go on.
        rows: of the batch.
        trace: to be filled.
    """
    k, m = weights.weight_out.shape
    _start(z0, lags, slice(None) if rows.equal else rows.order, trace)
    gates = trace.gates[: rows.starts[-2]]
    gates[:] = weights.bias
    add_product(rows.of_batch(x), packed("weight_x", weights.weight_x, True), x.shape[2], gates)
    bias = np.zeros(2 * m + 2 * k, x.dtype)
    bias[-k:] = weights.bias_out
    from_z = packed("weight_z", weights.weight_z, True)
    from_window = packed("windows", _seeing(weights), True)
    _frames(from_z, from_window, bias, rows.active, rows.starts, smallest(x.dtype), trace)


@cache
def smallest(dtype: np.dtype) -> np.floating:
    """What is nearer to 0 counts as 0, as denormal numbers are slow: 1e8 times the smallest normal number."""
    limits = np.finfo(dtype)
    return limits.dtype.type(1e8) * limits.tiny


def results(rows: Rows, lags: np.ndarray, trace: Trace, z: np.ndarray, last: np.ndarray, end: np.ndarray) -> None:
    """Fill z (T, B, k), 0 past each length, and the outputs (B, k) and lags (N + 1, B, m) at each sequence's end."""
    batch, m = lags.shape[1:]
    rows.to_batch(trace.outputs[batch : rows.starts[-1]], z)
    if rows.equal and len(z) >= len(end):
        last[:] = trace.outputs[-batch:]
        states = trace.windows[:, :m].reshape(-1, batch, m)
        end[:] = states[: -len(end) - 1 : -1]
        return
    last[rows.order] = trace.outputs[rows.ends]
    for j, lag in enumerate(end):
        frame = rows.lengths - j
        states = trace.windows[rows.starts[np.maximum(frame, 0)] + np.arange(batch), :m]
        before = lags[np.maximum(-frame, 0), rows.order]
        lag[rows.order] = np.where(frame[:, None] >= 0, states, before)


def _start(z0: np.ndarray, lags: np.ndarray, order: np.ndarray | slice, trace: Trace) -> None:
    """The derivatives of the states from which a run starts, by repeated differences of the lags."""
    batch, m = lags.shape[1:]
    trace.outputs[:batch] = z0[order]
    lags = lags[:, order]
    for n in range(len(lags)):
        trace.windows[:batch, n * m : (n + 1) * m] = lags[0]
        lags = lags[:-1] - lags[1:]


def _seeing(weights: Weights) -> np.ndarray:
    """What i and f, o, and h see of a window, (2m + 2k, (N + 1)m); h sees d⁰s alone."""
    orders, _, m = weights.weight_dos.shape
    k = len(weights.weight_out)
    result = scratch("seeing", (2 * m + 2 * k, orders, m), weights.weight_out.dtype)
    result[: 2 * m] = weights.weight_dos.swapaxes(0, 1)
    result[2 * m : -k] = weights.weight_dos_out.swapaxes(0, 1)
    result[-k:, 0] = weights.weight_out
    result[-k:, 1:] = 0
    return result.reshape(2 * m + 2 * k, orders * m)


@compiled_with_nan
def _frames(from_z, from_window, bias, active, starts, smallest, trace):
    """The loop over the frames: ``gates`` begin as W_x x_t + b and end as i, f, c and o.

    Since tanh a = 2σ(2a) − 1, all that is dear is one σ of numbers in a row, i, f and 2a of c, then o and 2a of h.
    """
    gates, heads, windows, outputs = trace
    batch = active[0]
    k = outputs.shape[1]
    m = (gates.shape[1] - k) // 3
    depth = windows.shape[1]
    seen = np.empty((batch, 2 * m + 2 * k), gates.dtype)  # of the states, by i and f; by o; by h
    i_f_c = np.empty((batch, 3 * m), gates.dtype)
    o_h = np.empty((batch, 2 * k), gates.dtype)
    one = gates.dtype.type(1)
    for r in range(batch):
        copy(bias, span(seen, r, 0, bias.size))
    add_product(windows[:batch], from_window, depth, seen)
    for t in range(active.size):
        count = active[t]
        before = starts[t]
        now = starts[t + 1]
        add_product(outputs[before : before + count], from_z, k, gates[before : before + count])
        for r in range(count):
            _before_i_f_c(gates, before + r, seen, r, i_f_c, m)
            copy(bias, span(seen, r, 0, bias.size))
        sigmoids(i_f_c[:count].reshape(count * 3 * m))  # (6), (7)
        for r in range(count):
            _state(i_f_c, r, gates, windows, before + r, now + r, m, one, smallest)
        add_product(windows[now : now + count], from_window, depth, seen[:count])
        for r in range(count):
            _before_o_h(gates, before + r, seen, r, o_h, m, k)
        sigmoids(o_h[:count].reshape(count * 2 * k))  # (8)
        for r in range(count):
            _output(o_h, r, gates, heads, before + r, outputs, now + r, m, k, one, smallest)


@compiled_with_nan
def _before_i_f_c(gates, row, seen, r, i_f_c, m):
    """The pre-activations of i and f, and twice that of c."""
    from_x = span(gates, row, 0, 2 * m)
    from_states = span(seen, r, 0, 2 * m)
    i_f = span(i_f_c, r, 0, 2 * m)
    for j in range(2 * m):
        i_f[j] = from_x[j] + from_states[j]
    c = span(gates, row, 2 * m, m)
    doubled = span(i_f_c, r, 2 * m, m)
    for j in range(m):
        doubled[j] = c[j] + c[j]


@compiled_with_nan
def _state(i_f_c, r, gates, windows, before, now, m, one, smallest):
    """i, f, c and the next window of one sequence; ``before`` and ``now`` are the rows of its windows."""
    copy(span(i_f_c, r, 0, 2 * m), span(gates, before, 0, 2 * m))
    i = span(i_f_c, r, 0, m)
    f = span(i_f_c, r, m, m)
    half_c = span(i_f_c, r, 2 * m, m)
    c = span(gates, before, 2 * m, m)
    for j in range(m):
        c[j] = half_c[j] + half_c[j] - one
    s = span(windows, now, 0, m)
    s_before = span(windows, before, 0, m)
    for j in range(m):
        s[j] = flushed(f[j] * s_before[j] + i[j] * c[j], smallest)  # (4)
    for n in range(m, windows.shape[1], m):
        derivative = span(windows, now, n, m)
        newer = span(windows, now, n - m, m)
        older = span(windows, before, n - m, m)
        for j in range(m):
            derivative[j] = newer[j] - older[j]


@compiled_with_nan
def _before_o_h(gates, row, seen, r, o_h, m, k):
    """The pre-activation of o, and twice that of h."""
    from_x = span(gates, row, 3 * m, k)
    from_states = span(seen, r, 2 * m, k)
    o = span(o_h, r, 0, k)
    for j in range(k):
        o[j] = from_x[j] + from_states[j]
    h = span(seen, r, 2 * m + k, k)
    doubled = span(o_h, r, k, k)
    for j in range(k):
        doubled[j] = h[j] + h[j]


@compiled_with_nan
def _output(o_h, r, gates, heads, row, outputs, now, m, k, one, smallest):
    """o, h and z of one sequence."""
    o = span(o_h, r, 0, k)
    copy(o, span(gates, row, 3 * m, k))
    half_h = span(o_h, r, k, k)
    h = span(heads, row, 0, k)
    for j in range(k):
        h[j] = half_h[j] + half_h[j] - one
    z = span(outputs, now, 0, k)
    for j in range(k):
        z[j] = flushed(o[j] * h[j], smallest)  # (5)


@compiled_with_nan
def copy(source, target):
    """Number by number: for the short rows here faster than an assignment."""
    for j in range(target.size):
        target[j] = source[j]


@compiled_with_nan
def flushed(value, smallest):
    """The value, or 0 if it is nearer to 0 than the smallest; NaN stays."""
    return value * 0 if abs(value) < smallest else value
