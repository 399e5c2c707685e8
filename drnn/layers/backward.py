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
from drnn.layers.forward import copy, flush, rows_of
from drnn.layers.matmul import multiply, pack, padded


class Given(NamedTuple):
    """The loss's gradients; one that there is not has no elements."""

    z: np.ndarray  # (T, B, k)
    last: np.ndarray  # (B, k)
    end: np.ndarray  # (N + 1, B, m)


class Gradients(NamedTuple):
    """To be filled; one that is not wanted has no elements."""

    x: np.ndarray  # (T, B, n)
    weight_x: np.ndarray
    weight_z: np.ndarray
    bias: np.ndarray
    weight_dos: np.ndarray
    weight_dos_out: np.ndarray
    weight_out: np.ndarray
    bias_out: np.ndarray
    z0: np.ndarray  # (B, k)
    lags: np.ndarray  # (N + 1, B, m)


@compiled_with_nan
def run(x, weights, rows, reverse, smallest, trace, given, gradients):
    """Fill the gradients of a run of :func:`drnn.layers.forward.run`, whose arguments and trace these are."""
    k, m = weights.weight_out.shape
    errors = np.empty((rows.starts[-2], 3 * m + k), x.dtype)  # of i, f, c and o, in the rows of the gates
    errors_out = np.zeros((rows.starts[-1], 2 * k), x.dtype)  # of o and h, in the rows of the states
    reached = _errors(weights, rows, reverse, smallest, trace, given, gradients, errors, errors_out)
    first = rows.starts[reached]  # no error reaches the rows before it
    errors = errors[first:]
    _of_x(x, weights, rows, reverse, reached, errors, gradients)
    _of_sums(errors, 0, gradients.bias)
    _of_sums(errors_out[first:], k, gradients.bias_out)
    if gradients.weight_z.size:
        packed = _packed(trace.outputs[first : rows.starts[-2]])
        multiply(errors, True, packed, errors.shape[0], gradients.weight_z, False)
    if gradients.weight_dos.size or gradients.weight_dos_out.size or gradients.weight_out.size:
        _of_states(errors, errors_out[first:], trace.windows[first : rows.starts[-1]], k, m, gradients)


@compiled_with_nan
def _errors(weights, rows, reverse, smallest, trace, given, gradients, errors, errors_out):
    """Eqs (b) to (h) frame by frame; the first frame that errors reach."""
    k, m = weights.weight_out.shape
    batch = rows.order.size
    error_s = np.zeros((batch, m), errors.dtype)  # what arrives at a frame's s and z from later ones
    error_z = np.zeros((batch, k), errors.dtype)
    from_o_h = _packed(np.concatenate((weights.weight_dos_out[0], weights.weight_out)))
    from_i_f = _packed(weights.weight_dos[0])
    from_gates = _packed(weights.weight_z)
    reached = rows.active.size
    for t in range(rows.active.size - 1, -1, -1):
        count = rows.active[t]
        before = rows.starts[t]
        now = rows.starts[t + 1]
        errors[before + count : now] = 0
        _add_loss(rows, reverse, given, t, error_s, error_z)
        if not (_any(error_s[:count]) or _any(error_z[:count])):
            errors[before : before + count] = 0
            continue
        reached = t
        for r in range(count):
            o = trace.gates[before + r][3 * m :]
            _error_o_h(error_z[r], o, trace.heads[before + r], errors_out[now + r])  # (b), (c)
            copy(errors_out[now + r], errors[before + r][3 * m :])
        multiply(errors_out[now : now + count], False, from_o_h, 2 * k, error_s[:count], True)  # (d), from o and h
        for r in range(count):
            _error_i_f_c(error_s[r], trace.gates[before + r], trace.windows[before + r], errors[before + r])
        of_frame = errors[before : before + count]
        multiply(of_frame, False, from_gates, 3 * m + k, error_z[:count], False)  # (h)
        multiply(of_frame, False, from_i_f, 2 * m, error_s[:count], True)  # (d), from i and f
        for r in range(count):
            flush(error_s[r], smallest)
            flush(error_z[r], smallest)
    _to_start(rows, given, error_s, error_z, gradients)
    return reached


@compiled_with_nan
def _packed(matrix):
    packed = np.empty((padded(matrix.shape[1], matrix.itemsize), matrix.shape[0]), matrix.dtype)
    pack(matrix, False, matrix.shape[1], packed)
    return packed


@compiled_with_nan
def _any(values):
    """Whether one of them is not 0."""
    found = False
    for value in values.reshape(values.size):
        found |= value != 0
    return found


@compiled_with_nan
def _add_loss(rows, reverse, given, t, error_s, error_z):
    """What the loss adds to the errors of frame t + 1."""
    for r in range(rows.active[t]):
        b = rows.order[r]
        left = rows.lengths[r] - 1 - t  # frames after this one
        if given.z.size:
            add(given.z[left if reverse else t, b], error_z[r])
        if given.last.size and left == 0:
            add(given.last[b], error_z[r])
        if given.end.size and left < given.end.shape[0]:
            add(given.end[left, b], error_s[r])


@compiled_with_nan
def add(values, result):
    """result += values, number by number."""
    for j in range(result.size):
        result[j] += values[j]


@compiled_with_nan
def _error_o_h(error_z, o, h, errors):
    k = o.size
    error_o = errors[:k]
    error_h = errors[k:]
    for j in range(k):
        error_o[j] = error_z[j] * h[j] * (o[j] - o[j] * o[j])  # (b)
    for j in range(k):
        error_h[j] = error_z[j] * (o[j] - o[j] * h[j] * h[j])  # (c)


@compiled_with_nan
def _error_i_f_c(error_s, gate, window, errors):
    """Errors of i, f and c, and what goes on to s_{t−1} along Eq (4)."""
    m = error_s.size
    i = gate[:m]
    f = gate[m : 2 * m]
    c = gate[2 * m : 3 * m]
    error_i = errors[:m]
    error_f = errors[m : 2 * m]
    error_c = errors[2 * m : 3 * m]
    for j in range(m):
        error_i[j] = error_s[j] * c[j] * (i[j] - i[j] * i[j])  # (e)
    for j in range(m):
        error_f[j] = error_s[j] * window[j] * (f[j] - f[j] * f[j])  # (f)
    for j in range(m):
        error_c[j] = error_s[j] * (i[j] - i[j] * c[j] * c[j])  # (g)
    for j in range(m):
        error_s[j] *= f[j]  # (d)


@compiled_with_nan
def _to_start(rows, given, error_s, error_z, gradients):
    """The gradients of the state from which the run started; a loss on lags of short sequences sees it directly."""
    if gradients.z0.size:
        for r in range(rows.order.size):
            copy(error_z[r], gradients.z0[rows.order[r]])
    if gradients.lags.size:
        gradients.lags[:] = 0
        for r in range(rows.order.size):
            b = rows.order[r]
            copy(error_s[r], gradients.lags[0, b])
            for j in range(rows.lengths[r], given.end.shape[0]):
                add(given.end[j, b], gradients.lags[j - rows.lengths[r], b])


@compiled_with_nan
def _of_x(x, weights, rows, reverse, reached, errors, gradients):
    """The gradients of W_x and of x."""
    first = rows.starts[reached]
    if gradients.weight_x.size:
        packed = _packed(rows_of(x, rows, reverse)[first:])
        multiply(errors, True, packed, errors.shape[0], gradients.weight_x, False)
    if gradients.x.size:
        by_row = np.empty((errors.shape[0], x.shape[2]), x.dtype)
        multiply(errors, False, _packed(weights.weight_x), errors.shape[1], by_row, False)
        gradients.x[:] = 0
        for t in range(reached, rows.active.size):
            for r in range(rows.active[t]):
                frame = rows.lengths[r] - 1 - t if reverse else t
                copy(by_row[rows.starts[t] - first + r], gradients.x[frame, rows.order[r]])


@compiled_with_nan
def _of_sums(errors, first, gradient):
    """The gradient of a bias: the sums of the columns from the first on."""
    if gradient.size:
        gradient[:] = 0
        for row in range(errors.shape[0]):
            add(errors[row][first:], gradient)


@compiled_with_nan
def _of_states(errors, errors_out, windows, k, m, gradients):
    """The gradients of what sees the states: by i and f, of the frame after a state, and by o and h."""
    packed = _packed(windows)
    if gradients.weight_dos.size:
        by_window = np.empty((2 * m, windows.shape[1]), errors.dtype)
        multiply(errors, True, packed, errors.shape[0], by_window, False)
        _by_order(by_window, gradients.weight_dos)
    if gradients.weight_dos_out.size or gradients.weight_out.size:
        by_window = np.empty((2 * k, windows.shape[1]), errors.dtype)
        multiply(errors_out, True, packed, errors_out.shape[0], by_window, False)
        _by_order(by_window, gradients.weight_dos_out)
        for row in range(gradients.weight_out.shape[0]):
            copy(by_window[k + row], gradients.weight_out[row])


@compiled_with_nan
def _by_order(by_window, gradient):
    """From (r, (N + 1)m) to (N + 1, r, m)."""
    orders, rows, m = gradient.shape
    for n in range(orders):
        for row in range(rows):
            copy(by_window[row][n * m :], gradient[n, row])
