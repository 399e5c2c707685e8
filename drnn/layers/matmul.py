"""Matrix products whose right factor is packed once and used for many left ones.

A recurrence multiplies a few rows, one for each sequence, with the same weights at every frame. A library's product
would bring the weights into the order of its registers at each frame anew, which costs as much as the product itself.
Here they are packed once. Matrices are C-contiguous; ``transposed`` reads one as its transpose.

A packed matrix of L rows and N columns is an array (padded(N), L): panels of VECTORS vectors of columns, one behind the
other, and within a panel row after row. What the last panel has too many is 0.
"""

import numpy as np

from drnn.compiled import compiled_with_nan
from drnn.layers.tile import ROWS, VECTOR_BYTES, VECTORS, multiply_tile

BLOCK_ROWS = 64  # rows of A that meet a panel before the next panel is read
BLOCK_DEPTH = 768  # so many rows of a panel, 150 kB, stay in the second-level cache
STRIP = 64  # rows of a panel that are transposed at once


@compiled_with_nan
def padded(columns, itemsize):
    """The columns of a packed matrix, rounded up to whole vectors."""
    lanes = VECTOR_BYTES // itemsize
    return (columns + lanes - 1) // lanes * lanes


@compiled_with_nan
def pack(matrix, transposed, columns, packed):
    """Fill packed (padded(N), L) from a matrix (≥ L, ≥ N), or (≥ N, ≥ L) if it is transposed."""
    depth = packed.shape[1]
    width = VECTORS * (VECTOR_BYTES // packed.itemsize)
    panels = packed.reshape(packed.size)
    for first in range(0, packed.shape[0], width):
        panel_width = min(width, packed.shape[0] - first)
        panel = panels[first * depth : (first + panel_width) * depth]
        filled = min(panel_width, columns - first)
        if transposed:
            _pack_transposed(matrix[first : first + filled], panel, panel_width)
        else:
            _pack_rows(matrix, first, filled, panel, panel_width)


@compiled_with_nan
def _pack_rows(matrix, first, filled, panel, width):
    for row in range(panel.size // width):
        source = matrix[row][first:]
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


@compiled_with_nan
def multiply(a, transposed, packed, depth, c, add):
    """C = A P, or C += A P with ``add``.

    Args:
        a: (≥ M, ≥ L) or, if it is transposed, (≥ L, ≥ M); its first M rows and L columns are taken.
        packed: P, of which the first L rows are taken.
        depth: L.
        c: (M, N).
    """
    rows, columns = c.shape
    row_step = 1 if transposed else a.shape[1]
    column_step = a.shape[1] if transposed else 1
    lanes = VECTOR_BYTES // packed.itemsize
    width = VECTORS * lanes
    edge = np.empty((ROWS, width), c.dtype)  # for what the last panel has too many
    if depth == 0 and not add:
        c[:] = 0
    for start in range(0, depth, BLOCK_DEPTH):
        count = min(BLOCK_DEPTH, depth - start)
        adds = add or start > 0
        for top in range(0, rows, BLOCK_ROWS):
            bottom = min(top + BLOCK_ROWS, rows)
            for first in range(0, columns, width):
                vectors = min(VECTORS, (columns - first + lanes - 1) // lanes)
                at_p = first * packed.shape[1] + start * vectors * lanes
                for row in range(top, bottom, ROWS):
                    high = min(ROWS, bottom - row)
                    at_a = row * row_step + start * column_step
                    fits = first + vectors * lanes <= columns
                    target = c if fits else edge
                    at_c = row * columns + first if fits else 0
                    c_row = columns if fits else width
                    multiply_tile(
                        a, at_a, row_step, column_step, packed, at_p, target, at_c, c_row, count, high, vectors,
                        adds and fits,
                    )  # fmt: skip
                    if not fits:
                        _put(edge, c[row : row + high], first, adds)


@compiled_with_nan
def _put(edge, c, first, add):
    """Store or add the part of a tile that has a place in C."""
    for row in range(c.shape[0]):
        target = c[row][first:]
        source = edge[row]
        for column in range(target.size):
            target[column] = target[column] + source[column] if add else source[column]
