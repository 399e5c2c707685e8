"""Matrix products whose right factor is packed once and used for many left ones.

A recurrence multiplies a few rows, one for each sequence, with the same weights at every frame. A library's product
would bring the weights into the order of its registers at each frame anew, which costs as much as the product itself.
Here they are packed once.

A packed matrix of L rows and N columns is an array (padded(N), L): concatenated panels of columns, and within
a panel row after row. A panel is three vectors wide, the last ones are one. What the last has too many is 0.
"""

import numpy as np

from drnn.compiled import compiled_with_nan
from drnn.layers.scratch import scratch
from drnn.layers.spans import span
from drnn.layers.tile import HEIGHTS, VECTOR_BYTES, WIDTHS, multiply_tile

BLOCK_ROWS = 64  # rows of A that meet a panel before the next panel is read
BLOCK_DEPTH = 768  # so many rows of a panel, 150 kB, stay in the second-level cache
STRIP = 128  # rows of a panel that are transposed at once: few read too little of a row of the matrix at a time


def packed(name: str, matrix: np.ndarray, transposed: bool = False) -> np.ndarray:
    """A C-contiguous matrix (L, N), or one (N, L) of which the transpose is meant, as a right factor.

    It is good until this thread packs another one of the same name.
    """
    depth, columns = matrix.shape[::-1] if transposed else matrix.shape
    lanes = VECTOR_BYTES // matrix.itemsize
    result = scratch(name, (-(-columns // lanes) * lanes, depth), matrix.dtype)
    _pack(matrix, transposed, columns, result)
    return result


def add_transposed_product(a: np.ndarray, right: np.ndarray, c: np.ndarray) -> None:
    """C += Aᵀ P for C-contiguous A (≥ L, ≥ M), packed P, of which the first L = len(a) rows are taken, and C (M, N)."""
    _multiply(a, 1, a.shape[1], right, len(a), c)


@compiled_with_nan
def add_product(a, right, depth, c):
    """C += A P for A (≥ M, ≥ L), packed P, of which the first L = ``depth`` rows are taken, and C (M, N)."""
    _multiply(a, a.strides[0] // a.itemsize, a.strides[1] // a.itemsize, right, depth, c)


@compiled_with_nan
def _multiply(a, row_step, column_step, right, depth, c):
    """C += A P; the rows and columns of A lie so many numbers apart."""
    rows, columns = c.shape
    lanes = VECTOR_BYTES // right.itemsize
    edge = np.empty((HEIGHTS[0], lanes), c.dtype)  # for what the last panel has too many
    for start in range(0, depth, BLOCK_DEPTH):
        count = min(BLOCK_DEPTH, depth - start)
        for top in range(0, rows, BLOCK_ROWS):
            bottom = min(top + BLOCK_ROWS, rows)
            first = 0
            while first < columns:
                vectors = _next(WIDTHS, (columns - first) // lanes)
                at_p = first * right.shape[1] + start * vectors * lanes
                fits = first + vectors * lanes <= columns
                target = c if fits else edge
                c_row = columns if fits else lanes
                row = top
                while row < bottom:
                    high = _next(HEIGHTS, bottom - row)
                    at_a = row * row_step + start * column_step
                    at_c = row * columns + first if fits else 0
                    multiply_tile(
                        a, at_a, row_step, column_step, right, at_p, target, at_c, c_row, count, high, vectors, fits
                    )
                    if not fits:
                        _add_edge(edge, c[row : row + high], first)
                    row += high
                first += vectors * lanes


@compiled_with_nan
def _next(sizes, left):
    """The largest of the sizes that is not more than what is left; the last one for nothing."""
    for size in sizes:
        if size <= left:
            return size
    return sizes[-1]


@compiled_with_nan
def _add_edge(edge, c, first):
    """The part of a tile that has a place in C."""
    for row in range(c.shape[0]):
        target = span(c, row, first, c.shape[1] - first)
        for column in range(target.size):
            target[column] += edge[row, column]


@compiled_with_nan
def _pack(matrix, transposed, columns, result):
    depth = result.shape[1]
    lanes = VECTOR_BYTES // result.itemsize
    panels = result.reshape(result.size)
    first = 0
    while first < columns:
        width = _next(WIDTHS, (columns - first) // lanes) * lanes
        panel = panels[first * depth : (first + width) * depth]
        filled = min(width, columns - first)
        if transposed:
            _pack_transposed(matrix[first : first + filled], panel, width)
        else:
            _pack_rows(matrix, first, filled, panel, width)
        first += width


@compiled_with_nan
def _pack_rows(matrix, first, filled, panel, width):
    for row in range(panel.size // width):
        source = span(matrix, row, first, filled)
        target = panel[row * width :]
        for column in range(filled):
            target[column] = source[column]
        for column in range(filled, width):
            target[column] = 0


@compiled_with_nan
def _pack_transposed(rows, panel, width):
    depth = panel.size // width
    for start in range(0, depth, STRIP):
        strip = panel[start * width : min(start + STRIP, depth) * width]
        for column in range(rows.shape[0]):
            source = rows[column][start : start + STRIP]
            target = strip[column:]
            for row in range(strip.size // width):
                target[row * width] = source[row]
        for column in range(rows.shape[0], width):
            strip[column:][::width] = 0
