"""Where the boxes of HOG3D lie in a frame, and the sub-blocks that they share."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from drnn.features.hog3d_reference import CELLS_XY, SUB_BLOCKS, edges


class Boxes(NamedTuple):
    """Square boxes of one size, at every pair of an x and a y, in pixels."""

    side: float
    x: np.ndarray
    y: np.ndarray


def dense_3scale(width: int, height: int) -> list[Boxes]:
    """The authors' tool: centres at multiples of 18·√2ᵏ px from 0, sides twice that, k = 0, 1, 2 [inferred].

    Only boxes that lie wholly in the frame: 7×5 + 5×3 + 3×2 = 56 at 160×120, the paper's number.
    """
    spacings = [18 * 2 ** (k / 2) for k in range(3)]
    # The first box begins at 0. Rounding errors must not cost the last one.
    fitting = [[int((size / s) * (1 + 1e-12)) - 1 for size in (width, height)] for s in spacings]
    return [
        Boxes(2 * s, np.arange(columns) * s, np.arange(rows) * s)
        for s, (columns, rows) in zip(spacings, fitting, strict=True)
        if columns > 0 and rows > 0
    ]


def grid_8x7(width: int, height: int) -> list[Boxes]:
    """8×7 boxes of 32 px, evenly spread over the frame: the paper's words taken alone [inferred]."""
    side = 32
    if width < side or height < side:
        return []
    return [Boxes(side, np.linspace(0, width - side, 8), np.linspace(0, height - side, 7))]


GRIDS = {"dense_3scale": dense_3scale, "grid_8x7": grid_8x7}


def positions(width: int, height: int, grid: str = "dense_3scale") -> np.ndarray:
    """(P, 3) x0, y0 and side in pixels of a grid's boxes, by scale, then x, then y.

    Raises:
        ValueError: an unknown grid, or frames that are too small for any box.
    """
    return np.array([(x, y, boxes.side) for boxes in _boxes(width, height, grid) for x in boxes.x for y in boxes.y])


def _boxes(width: int, height: int, grid: str) -> list[Boxes]:
    if grid not in GRIDS:
        raise ValueError(f"grid {grid!r} is not one of {', '.join(GRIDS)}")
    if not (boxes := GRIDS[grid](width, height)):
        raise ValueError(f"frames of {width}×{height} pixels are too small for a box of grid {grid!r}")
    return boxes


class Lattice(NamedTuple):
    """The sub-blocks of all boxes of one size: every x edge with every y edge, in one dimension, by y and then x.

    Attributes:
        width: the number of x edges; sub-block i lies between the corners i, i + 1, i + width and i + width + 1.
        corners: (K,) uint32, y·(W + 1) + x of the edges: where the integrals of a frame are taken.
        cells: (C,) uint32, the first of the 4·4 sub-blocks of each cell, in the order of the output.
    """

    width: int
    corners: np.ndarray
    cells: np.ndarray


@lru_cache(maxsize=8)
def lattices(width: int, height: int, grid: str) -> tuple[Lattice, ...]:
    """A lattice for each size of box; their cells are in the order of (positions, 25)."""
    found = []
    for boxes in _boxes(width, height, grid):
        y_edges, y_cells = _shared_edges(boxes.y, boxes.side)
        for columns in _sharing(boxes.x, boxes.side):
            x_edges, x_cells = _shared_edges(columns, boxes.side)
            corners = y_edges[:, None] * (width + 1) + x_edges
            # By box column, box row, x cell and y cell.
            cells = y_cells[None, :, None, :] * len(x_edges) + x_cells[:, None, :, None]
            as_uint32 = (part.ravel().astype(np.uint32) for part in (corners, cells))
            found.append(Lattice(len(x_edges), *as_uint32))
    return tuple(found)


def _sharing(starts: np.ndarray, side: float) -> np.ndarray:
    """Boxes along one axis in groups for a lattice each: all of them, or one by one where none shares an edge.

    Smaller lattices stay in the cache, which makes `grid_8x7` a fifth faster.
    """
    shares = len(_shared_edges(starts, side)[0]) < len(starts) * (CELLS_XY * SUB_BLOCKS + 1)
    return starts[None] if shares else starts[:, None]


def _shared_edges(starts: np.ndarray, side: float) -> tuple[np.ndarray, np.ndarray]:
    """The edges of the sub-blocks of boxes along one axis, in one list.

    A box that begins on edges which the list ends with shares them: at 18 px from each other, boxes of 36 px have
    half of their sub-blocks in common. Between boxes that share none lies an interval that no cell uses.

    Returns:
        The edges, and (boxes, 5) the number of each cell's first interval.
    """
    parts = CELLS_XY * SUB_BLOCKS
    listed, firsts = [], []
    for start in starts:
        own = edges(start, side, parts).tolist()
        begin = max(len(listed) - len(own), 0)
        while listed[begin:] != own[: len(listed) - begin]:
            begin += 1
        listed += own[len(listed) - begin :]
        firsts.append(begin)
    cells = np.arange(CELLS_XY) * SUB_BLOCKS
    return np.array(listed), np.array(firsts)[:, None] + cells
