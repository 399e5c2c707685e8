"""The functions of :mod:`drnn.layers.frame` as one kernel each, in Triton, for float32 on a GPU.

A program serves a block of sequences and of columns of one layer. What it needs of z, or of the errors of o and h, it
computes itself from a product that is small; sums are of exact float32 (``ieee``). tanh a is 2σ(2a) − 1.
"""

import triton
import triton.language as tl

from drnn.layers import frame
from drnn.layers.frame import Back, Run

COLUMNS = 32


@triton.jit
def _tanh(a):
    return 2 * tl.sigmoid(2 * a) - 1


@triton.jit
def _summed(parts, offsets, mask, distance, COUNT: tl.constexpr):
    """The sum of COUNT parts at a distance from each other."""
    total = tl.load(parts + offsets, mask, 0.0)
    for part in tl.static_range(1, COUNT):
        total += tl.load(parts + part * distance + offsets, mask, 0.0)
    return total


@triton.jit
def _of_window(product, layer, layers, offsets, mask, distance, LAGS: tl.constexpr, PARTS: tl.constexpr):
    """The product of a window of states or errors: the sum over lags, each in parts, of (LAGS, D, PARTS, ...)."""
    total = _summed(product + layer * PARTS * distance, offsets, mask, distance, PARTS)
    for lag in tl.static_range(1, LAGS):
        total += _summed(product + (lag * layers + layer) * PARTS * distance, offsets, mask, distance, PARTS)
    return total


@triton.jit(do_not_specialize=["slot", "first", "slots", "layers", "batch"])
def _advance(
    gates, heads, states, z, product, weight_z, bias_out, slot, first, slots, layers, batch, z_layer, z_row,
    M: tl.constexpr, K: tl.constexpr, LAGS: tl.constexpr, PARTS: tl.constexpr, ROWS: tl.constexpr,
    COLS: tl.constexpr, KS: tl.constexpr,
):  # fmt: skip
    layer = tl.program_id(2)
    rows = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    has_row = (rows < batch)[:, None]
    here = ((rows.to(tl.int64) * slots + slot) * layers + layer)[:, None]  # (sequence, slot, layer) as one number
    before = here - layers
    width = 2 * M + 2 * K
    distance = batch * width
    of_row = rows[:, None] * width
    unit_blocks = tl.cdiv(M, COLS)  # the programs after those are for the columns of o
    is_unit = tl.program_id(0) < unit_blocks
    cols = (tl.program_id(0) - tl.where(is_unit, 0, unit_blocks)) * COLS + tl.arange(0, COLS)
    is_col = (cols < tl.where(is_unit, M, K))[None, :]
    is_unit_col = (cols < tl.where(is_unit, M, 0))[None, :]
    mask = has_row & is_col
    of_unit = has_row & is_unit_col
    outputs = tl.where(slot > first, K, 0)  # of the slot before; the first one's stands in z

    of_head = has_row & (cols < tl.where(is_unit, 0, outputs))[None, :]
    o, h = _heads(gates, product, bias_out, layer, layers, before, of_row, cols, of_head, distance, M, K, LAGS, PARTS)
    tl.store(heads + before * (2 * K) + cols[None, :], o, of_head)
    tl.store(heads + before * (2 * K) + K + cols[None, :], h, of_head)
    tl.store(z + before * K + cols[None, :], o * h, of_head)

    first_row = tl.where(is_unit, 0, 3 * M)
    at = gates + here * (3 * M + K) + first_row + cols[None, :]
    from_window = of_row + cols[None, :]
    a = tl.load(at, mask, 0.0) + _of_window(product, layer, layers, from_window, of_unit, distance, LAGS, PARTS)
    b = tl.load(at + M, of_unit, 0.0)
    b += _of_window(product, layer, layers, from_window + M, of_unit, distance, LAGS, PARTS)
    c = tl.load(at + 2 * M, of_unit, 0.0)
    for start in tl.static_range(0, K, KS):
        ks = start + tl.arange(0, KS)
        known = has_row & ((ks >= outputs) & (ks < K))[None, :]
        computed = has_row & (ks < outputs)[None, :]
        o, h = _heads(
            gates, product, bias_out, layer, layers, before, of_row, ks, computed, distance, M, K, LAGS, PARTS
        )
        z_k = tl.where(computed, o * h, tl.load(z + before * K + ks[None, :], known, 0.0))
        w = weight_z + layer * z_layer + (first_row + cols)[None, :] * z_row + ks[:, None]
        of_k = (ks < K)[:, None]
        a = tl.dot(z_k, tl.load(w, of_k & is_col, 0.0), a, input_precision="ieee")
        b = tl.dot(z_k, tl.load(w + M * z_row, of_k & is_unit_col, 0.0), b, input_precision="ieee")
        c = tl.dot(z_k, tl.load(w + 2 * M * z_row, of_k & is_unit_col, 0.0), c, input_precision="ieee")
    i = tl.sigmoid(a)  # (6)
    f = tl.sigmoid(b)  # (7)
    c = _tanh(c)
    s = f * tl.load(states + before * M + cols[None, :], of_unit, 0.0) + i * c  # (4)
    tl.store(at, tl.where(is_unit, i, a), mask)
    tl.store(at + M, f, of_unit)
    tl.store(at + 2 * M, c, of_unit)
    tl.store(states + here * M + cols[None, :], s, of_unit)


@triton.jit
def _heads(
    gates, product, bias_out, layer, layers, before, of_row, cols, mask, distance,
    M: tl.constexpr, K: tl.constexpr, LAGS: tl.constexpr, PARTS: tl.constexpr,
):  # fmt: skip
    """o and h of the slot before."""
    o = tl.load(gates + before * (3 * M + K) + 3 * M + cols[None, :], mask, 0.0)
    o += _of_window(product, layer, layers, of_row + 2 * M + cols[None, :], mask, distance, LAGS, PARTS)
    h = tl.load(bias_out + layer * K + cols, cols < K, 0.0)[None, :]
    h += _of_window(product, layer, layers, of_row + 2 * M + K + cols[None, :], mask, distance, LAGS, PARTS)
    return tl.sigmoid(o), _tanh(h)  # (8), (5)


@triton.jit(do_not_specialize=["slot", "slots", "layers", "batch"])
def _retreat(
    gates, heads, states, errors, arriving, carried, grad_z, grad_states, from_o_h, slot, slots, layers, batch,
    M: tl.constexpr, K: tl.constexpr, LAGS: tl.constexpr, PARTS: tl.constexpr, TO_STATES: tl.constexpr,
    ROWS: tl.constexpr, COLS: tl.constexpr, KS: tl.constexpr,
):  # fmt: skip
    layer = tl.program_id(2)
    rows = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    has_row = (rows < batch)[:, None]
    here = ((rows.to(tl.int64) * slots + slot) * layers + layer)[:, None]
    width = M + K
    distance = batch * width
    of_row = rows[:, None] * width
    cols = tl.program_id(0) * COLS + tl.arange(0, COLS)
    mask = has_row & (cols < M)[None, :]
    at = errors + here * (3 * M + 2 * K)

    kept = carried + (layer * batch + rows)[:, None] * M + cols[None, :]
    error_s = tl.load(kept, mask, 0.0)
    error_s += _of_window(arriving, layer, layers, of_row + cols[None, :], mask, distance, LAGS, PARTS)
    if TO_STATES:
        error_s += tl.load(grad_states + here * M + cols[None, :], mask, 0.0)
    for start in tl.static_range(0, K, KS):
        ks = start + tl.arange(0, KS)
        mask_k = has_row & (ks < K)[None, :]
        error_z = _of_window(arriving, layer, layers, of_row + M + ks[None, :], mask_k, distance, LAGS, PARTS)
        error_z += tl.load(grad_z + here * K + ks[None, :], mask_k, 0.0)
        o = tl.load(heads + here * (2 * K) + ks[None, :], mask_k, 0.0)
        h = tl.load(heads + here * (2 * K) + K + ks[None, :], mask_k, 0.0)
        error_o = error_z * h * o * (1 - o)  # (b)
        error_h = error_z * o * (1 - h * h)  # (c)
        if tl.program_id(0) == 0:
            tl.store(at + 3 * M + ks[None, :], error_o, mask_k)
            tl.store(at + 3 * M + K + ks[None, :], error_h, mask_k)
        w = from_o_h + layer * (2 * K * M) + ks[:, None] * M + cols[None, :]
        mask_w = (ks < K)[:, None] & (cols < M)[None, :]
        error_s = tl.dot(error_o, tl.load(w, mask_w, 0.0), error_s, input_precision="ieee")  # (d)
        error_s = tl.dot(error_h, tl.load(w + K * M, mask_w, 0.0), error_s, input_precision="ieee")

    of_gates = gates + here * (3 * M + K) + cols[None, :]
    i = tl.load(of_gates, mask, 0.0)
    f = tl.load(of_gates + M, mask, 0.0)
    c = tl.load(of_gates + 2 * M, mask, 0.0)
    s = tl.load(states + (here - layers) * M + cols[None, :], mask, 0.0)
    tl.store(at + cols[None, :], error_s * c * i * (1 - i), mask)  # (e)
    tl.store(at + M + cols[None, :], error_s * s * f * (1 - f), mask)  # (f)
    tl.store(at + 2 * M + cols[None, :], error_s * i * (1 - c * c), mask)  # (g)
    tl.store(kept, error_s * f, mask)


def advance(run: Run, slot: int, first: int) -> None:
    """As :func:`drnn.layers.frame.advance`."""
    batch, slots, layers, m = run.states.shape
    k = run.z.shape[3]
    if slot == slots:
        frame.advance(run, slot, first)  # once a run
        return
    lags, _, parts = run.product.shape[:3]
    rows = _rows(batch)
    _advance[triton.cdiv(m, COLUMNS) + triton.cdiv(k, COLUMNS), triton.cdiv(batch, rows), layers](
        *run, slot, first, slots, layers, batch, run.weight_z.stride(0), run.weight_z.stride(1),
        M=m, K=k, LAGS=lags, PARTS=parts, ROWS=rows, COLS=COLUMNS, KS=_terms(k),
    )  # fmt: skip


def prepare(back: Back, first: int) -> None:
    """Nothing: the kernel computes it."""


def retreat(back: Back, slot: int) -> None:
    """As :func:`drnn.layers.frame.retreat`."""
    batch, slots, layers, m = back.states.shape
    k = back.grad_z.shape[3]
    rows = _rows(batch)
    to_states = back.grad_states is not None
    lags, _, parts = back.arriving.shape[:3]
    *others, grad_states, from_o_h = back
    _retreat[triton.cdiv(m, COLUMNS), triton.cdiv(batch, rows), layers](
        *others, grad_states if to_states else back.states, from_o_h, slot, slots, layers, batch,
        M=m, K=k, LAGS=lags, PARTS=parts, TO_STATES=to_states, ROWS=rows, COLS=COLUMNS, KS=_terms(k),
    )  # fmt: skip


def _rows(batch: int) -> int:
    """Sequences of a program; a product takes 16 at least."""
    return min(32, max(16, triton.next_power_of_2(batch)))


def _terms(k: int) -> int:
    return min(32, max(16, triton.next_power_of_2(k)))
