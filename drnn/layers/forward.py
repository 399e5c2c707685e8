"""Eqs (4) to (8) of drnn.layers.reference over a whole batch: frames in a loop, in machine code.

A row of ``windows`` holds what the gates see of the states, d⁰s_t, …, dᴺs_t. One product of the rows of a frame with
the weights of i, f, o and of h_t = tanh( W_zs s_t + b_z ) gives all that o_t, z_t and the next frame's i and f see of
the states, for any order. The product with x is one over all frames. What lies where: drnn.layers.rows.
"""

from typing import NamedTuple

import numpy as np

from drnn.compiled import compiled_with_nan
from drnn.layers.activations import sigmoid, tanh
from drnn.layers.matmul import multiply, pack, padded


class Trace(NamedTuple):
    """What a run leaves behind for the backward pass."""

    gates: np.ndarray  # (T B, 3m + k) i, f, c and o, in the rows of the states that they see
    heads: np.ndarray  # (T B, k) h in the same rows
    windows: np.ndarray  # ((T + 1) B, (N + 1)m) d⁰s, …, dᴺs in the rows of the states
    outputs: np.ndarray  # ((T + 1) B, k) z likewise


@compiled_with_nan
def run(x, weights, z0, lags, rows, reverse, smallest, trace, z, last, end):
    """Fill a trace and the results of a run.

    Args:
        x: (T, B, n).
        weights: drnn.layers.reference.Weights as arrays.
        z0, lags: (B, k) and (N + 1, B, m), from which the sequences go on.
        rows: of the batch.
        reverse: whether each sequence is read from its end.
        smallest: what is nearer to 0 counts as 0, since denormal numbers are slow.
        trace: to be filled.
        z: (T, B, k) to be filled; 0 past each length.
        last, end: (B, k) and (N + 1, B, m) to be filled: the outputs and the lags at each sequence's end.
    """
    k, m = weights.weight_out.shape
    gates, heads, windows, outputs = trace
    depth = windows.shape[1]
    batch = rows.order.size
    seen = np.empty((batch, 2 * m + 2 * k), x.dtype)  # by i and f; by o; by h
    packed_z = np.empty((padded(3 * m + k, x.itemsize), k), x.dtype)
    pack(weights.weight_z, True, 3 * m + k, packed_z)
    packed_windows = np.empty((padded(2 * m + 2 * k, x.itemsize), depth), x.dtype)
    pack(_seeing(weights), True, 2 * m + 2 * k, packed_windows)
    _from_x(rows_of(x, rows, reverse), weights.weight_x, gates[: rows.starts[-2]])
    _start(z0, lags, rows.order, windows, outputs)
    multiply(windows[:batch], False, packed_windows, depth, seen, False)
    for t in range(rows.active.size):
        count = rows.active[t]
        before = rows.starts[t]
        now = rows.starts[t + 1]
        multiply(outputs[before : before + count], False, packed_z, k, gates[before : before + count], True)
        for r in range(count):
            _state(gates[before + r], seen[r], weights.bias, windows[before + r], windows[now + r], m, smallest)
        multiply(windows[now : now + count], False, packed_windows, depth, seen[:count], False)
        for r in range(count):
            to_o_h = seen[r][2 * m :]
            o = gates[before + r][3 * m :]
            _output(o, heads[before + r], to_o_h, weights.bias[3 * m :], weights.bias_out, outputs[now + r], smallest)
    _results(rows, reverse, lags, windows, outputs, z, last, end)


@compiled_with_nan
def rows_of(x, rows, reverse):
    """x (T, B, n) in the rows of the gates; x itself where it lies so. Rows that are left over are 0."""
    steps, batch, values = x.shape
    if rows.starts[-2] == steps * batch and not reverse:
        return x.reshape(steps * batch, values)
    result = np.zeros((rows.starts[-2], values), x.dtype)
    for t in range(steps):
        for r in range(rows.active[t]):
            frame = rows.lengths[r] - 1 - t if reverse else t
            copy(x[frame, rows.order[r]], result[rows.starts[t] + r])
    return result


@compiled_with_nan
def copy(source, target):
    """Number by number: for the short rows here faster than an assignment."""
    for j in range(target.size):
        target[j] = source[j]


@compiled_with_nan
def _from_x(x, weight_x, gates):
    """W_x x of all frames."""
    packed = np.empty((padded(weight_x.shape[0], x.itemsize), weight_x.shape[1]), x.dtype)
    pack(weight_x, True, weight_x.shape[0], packed)
    multiply(x, False, packed, x.shape[1], gates, False)


@compiled_with_nan
def _seeing(weights):
    """What i and f, o, and h see of a window, (2m + 2k, (N + 1)m); h sees d⁰s alone."""
    orders, _, m = weights.weight_dos.shape
    k = weights.weight_out.shape[0]
    result = np.zeros((2 * m + 2 * k, orders * m), weights.weight_out.dtype)
    for n in range(orders):
        for row in range(2 * m):
            copy(weights.weight_dos[n, row], result[row][n * m : (n + 1) * m])
        for row in range(k):
            copy(weights.weight_dos_out[n, row], result[2 * m + row][n * m : (n + 1) * m])
    for row in range(k):
        copy(weights.weight_out[row], result[2 * m + k + row][:m])
    return result


@compiled_with_nan
def _start(z0, lags, order, windows, outputs):
    """The derivatives of the states from which a run starts, by repeated differences of the lags."""
    orders, _, m = lags.shape
    for r in range(order.size):
        copy(z0[order[r]], outputs[r])
        window = windows[r]
        for j in range(orders):
            copy(lags[j, order[r]], window[j * m : (j + 1) * m])
        for n in range(1, orders):
            for j in range(orders - 1, n - 1, -1):
                newer = window[(j - 1) * m : j * m]
                older = window[j * m : (j + 1) * m]
                _difference(newer, older, older)


@compiled_with_nan
def _difference(newer, older, result):
    for j in range(result.size):
        result[j] = newer[j] - older[j]


@compiled_with_nan
def _state(gate, seen, bias, before, now, m, smallest):
    """i, f, c and the next window of one sequence; ``before`` and ``now`` are its windows."""
    i = gate[:m]
    f = gate[m : 2 * m]
    c = gate[2 * m : 3 * m]
    _open(gate[: 2 * m], seen, bias)  # (6), (7)
    _candidate(c, bias[2 * m :])
    s = now[:m]
    for j in range(m):
        s[j] = f[j] * before[j] + i[j] * c[j]  # (4)
    flush(s, smallest)
    for n in range(m, now.size, m):
        _difference(now[n - m : n], before[n - m : n], now[n : n + m])


@compiled_with_nan
def _output(o, h, seen, bias, bias_out, z, smallest):
    """o, h and z of one sequence."""
    k = o.size
    _open(o, seen, bias)  # (8)
    to_h = seen[k:]
    for j in range(k):
        h[j] = tanh(to_h[j] + bias_out[j])
    for j in range(k):
        z[j] = o[j] * h[j]  # (5)
    flush(z, smallest)


@compiled_with_nan
def _open(gate, seen, bias):
    for j in range(gate.size):
        gate[j] = sigmoid(gate[j] + seen[j] + bias[j])


@compiled_with_nan
def _candidate(c, bias):
    for j in range(c.size):
        c[j] = tanh(c[j] + bias[j])


@compiled_with_nan
def flush(values, smallest):
    """Put 0 for what is nearer to 0 than the smallest; NaN stays."""
    for j in range(values.size):
        values[j] = values[j] * 0 if abs(values[j]) < smallest else values[j]


@compiled_with_nan
def _results(rows, reverse, lags, windows, outputs, z, last, end):
    """Outputs where their frames stand; the outputs and lags at each sequence's end."""
    orders, _, m = lags.shape
    z[:] = 0
    for t in range(rows.active.size):
        for r in range(rows.active[t]):
            frame = rows.lengths[r] - 1 - t if reverse else t
            copy(outputs[rows.starts[t + 1] + r], z[frame, rows.order[r]])
    for r in range(rows.order.size):
        b = rows.order[r]
        length = rows.lengths[r]
        copy(outputs[rows.starts[length] + r], last[b])
        for j in range(orders):
            if j <= length:
                copy(windows[rows.starts[length - j] + r][:m], end[j, b])
            else:
                copy(lags[j - length, b], end[j, b])
