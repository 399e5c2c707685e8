"""HOG3D descriptors of the positions of a grid, for every frame of a video: the paper's input for KTH (Sec. 5.1).

A descriptor's window is the 16 frames [t − 8, t + 8), four cells of 4 frames. Its cells are normalised one by one,
so that frames share them: with N(u) the cells that start at frame u,

    feature(t) = [N(t − 8), N(t − 4), N(t), N(t + 4)].

The first and the last descriptor of T frames are those of t = 8 and t = T − 8. hog3d_reference.py defines what is
computed, hog3d_grid.py where, and hog3d_kernel.py computes it, once for each u.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from drnn.features import hog3d_kernel, hog3d_reference
from drnn.features.hog3d_grid import GRIDS, lattices, positions
from drnn.features.hog3d_reference import BINS, CELLS_T, CELLS_XY, DIMENSIONS, LEAST_MASS, SUB_BLOCKS

__all__ = ["BLOCK", "GRIDS", "MARGIN", "WINDOW", "CellBlock", "descriptors", "descriptors_at", "positions", "stream"]

WINDOW = CELLS_T * SUB_BLOCKS  # 16 frames, the shortest of the authors' tool: a sub-block is one frame long
MARGIN = WINDOW // 2  # frames at each end of a video without a descriptor of their own
BLOCK = 64  # frames that are computed together
CELLS = CELLS_XY * CELLS_XY

_REACH = WINDOW - SUB_BLOCKS  # 12 frames from a descriptor's first cell to its last


@dataclass(frozen=True)
class CellBlock:
    """The cells that the descriptors of n consecutive frames are made of.

    Attributes:
        frames: the n frames t, counted from the video's first.
        cells: (n + 12, P, 25, 10) float32, N(u) for u from frames[0] − 8 to frames[-1] + 4; by x cell, y cell, bin.
        masses: (n + 12, P) float32, Σ‖h‖ of each 25 cells before they are normalised, grey values in [0, 1].
    """

    frames: range
    cells: np.ndarray
    masses: np.ndarray

    @classmethod
    def joined(cls, blocks: Iterable["CellBlock"]) -> "CellBlock":
        """One block of several that follow each other, as `stream` gives them; ValueError for others or none."""
        blocks = list(blocks)
        if not blocks or any(a.frames.stop != b.frames.start for a, b in pairwise(blocks)):
            raise ValueError(f"blocks of {[block.frames for block in blocks]} do not join: give all of a video's")
        firsts = [0] + [_REACH] * (len(blocks) - 1)
        cells, masses = (
            np.concatenate([getattr(block, name)[first:] for block, first in zip(blocks, firsts, strict=True)])
            for name in ("cells", "masses")
        )
        return cls(range(blocks[0].frames.start, blocks[-1].frames.stop), cells, masses)

    def dropped(self) -> np.ndarray:
        """(n, P) bool, which descriptors are zero for want of mass."""
        a, b, c, d = (self.masses[k : k + len(self.frames)] for k in range(0, WINDOW, SUB_BLOCKS))
        return (a + b) + (c + d) < np.float32(LEAST_MASS)

    def descriptors(self, frames: Sequence[int] | None = None) -> np.ndarray:
        """(len(frames), P, 1000) float32, of all frames of the block or of some.

        A descriptor whose masses add up to less than 0.1 is zero, as the authors' tool leaves it out.

        Raises:
            ValueError: a frame is not in the block.
        """
        wanted = np.asarray(self.frames if frames is None else frames, dtype=np.int64)
        if wanted.size and not (self.frames[0] <= wanted.min() and wanted.max() <= self.frames[-1]):
            raise ValueError(f"frames {wanted.min()} to {wanted.max()} are not all in the block's {self.frames}")
        count = self.cells.shape[1]
        result = np.empty((len(wanted), count, CELLS, CELLS_T, BINS), np.float32)
        hog3d_kernel.fill_descriptors(self.cells, self.masses, wanted - self.frames[0], np.float32(LEAST_MASS), result)
        return result.reshape(len(wanted), count, DIMENSIONS)


def stream(blocks: Iterable[np.ndarray], grid: str = "dense_3scale") -> Iterator[CellBlock]:
    """The cells of a whole video, each computed once, in memory that does not grow with its length.

    Args:
        blocks: (n, H, W) uint8, the video's frames one block after the other. `BLOCK` frames are a good length:
            four of each block are computed twice.
        grid: a name in `GRIDS`.

    Returns:
        Blocks whose frames are 8, 9, …, T − 8, one after the other; none where T < 16.

    Raises:
        ValueError: an unknown grid, frames that are too small for it, or blocks of another kind or size.
    """
    seen, frames, cells, masses = 0, None, None, None
    for block, last in _marking_the_last(blocks):
        frames = _checked(block) if frames is None else np.concatenate([frames[-CELLS_T:], _checked(block)])
        if last:
            frames = np.concatenate([frames, frames[-1:]])  # no change after the last frame: the replicated border
        cells, masses = _extended(cells, masses, frames, grid)
        seen += max(len(frames) - CELLS_T, 0)
        if len(cells) > _REACH:
            end = seen + MARGIN - _REACH
            yield CellBlock(range(end - len(cells) + _REACH, end), cells, masses)


def descriptors(video: np.ndarray, frames: Sequence[int], grid: str = "dense_3scale") -> np.ndarray:
    """The descriptors of some frames.

    Args:
        video: (T, H, W) uint8 grey values.
        frames: the frames t, 0-based, in any order, 8 ≤ t ≤ T − 8.
        grid: a name in `GRIDS`.

    Returns:
        (len(frames), P, 1000) float32; P = 56 at 160×120, in the order of `positions`.

    Raises:
        ValueError: a frame without a descriptor, a video of another kind, an unknown grid, or frames too small for it.
    """
    video, wanted = _checked(video), np.asarray(frames, dtype=np.int64)
    last = len(video) - MARGIN
    if outside := [int(t) for t in wanted if not MARGIN <= t <= last]:
        raise ValueError(
            f"frame {outside[0]} has no descriptor: its window of {WINDOW} frames is inside a video of {len(video)} "
            f"for frames {MARGIN} to {last}" + (" alone" if last >= MARGIN else ", which is none")
        )
    count = len(positions(*video.shape[:0:-1], grid))
    result = np.empty((len(wanted), count, DIMENSIONS), np.float32)
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    # Frames further apart than a window share nothing, and what lies between them is passed over.
    for run in np.split(np.arange(len(wanted)), np.flatnonzero(np.diff(ascending) > WINDOW) + 1):
        if not len(run):
            continue
        first = ascending[run[0]] - MARGIN
        # One frame more than the last window, for the differences at its end.
        excerpt = video[first : ascending[run[-1]] + MARGIN + 1]
        for block in stream((excerpt[i : i + BLOCK] for i in range(0, len(excerpt), BLOCK)), grid):
            inside = run[np.isin(ascending[run] - first, block.frames)]
            result[order[inside]] = block.descriptors(ascending[inside] - first)
    return result


def descriptors_at(video: np.ndarray, boxes: Sequence[Sequence[float]]) -> np.ndarray:
    """The descriptors of arbitrary boxes, one by one and slowly, by hog3d_reference.py.

    Args:
        video: (T, H, W) uint8 grey values.
        boxes: x0, y0, t0, width, height, length each, in pixels and frames.

    Returns:
        (len(boxes), 1000) float32.

    Raises:
        ValueError: a box that is not inside the video, or a video of another kind.
    """
    video = _checked(video)
    described = [hog3d_reference.describe(video, box) for box in boxes]
    return np.array(described, dtype=np.float32).reshape(-1, DIMENSIONS)


def _checked(video: np.ndarray) -> np.ndarray:
    video = np.asarray(video)
    if video.ndim != 3 or video.dtype != np.uint8:
        raise ValueError(f"a video of {video.dtype} {video.shape} is not (T, H, W) uint8")
    return np.ascontiguousarray(video)


def _marking_the_last(blocks: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    """Each block that is not empty, and whether it is the last."""
    held = None
    for block in blocks:
        if not len(block):
            continue
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True


def _extended(cells, masses, frames: np.ndarray, grid: str) -> tuple[np.ndarray, np.ndarray]:
    """The last 12 of the cells so far and those of more frames, in new arrays."""
    planes = lattices(*frames.shape[:0:-1], grid)
    size = sum(lattice.cells.size for lattice in planes)
    kept = 0 if cells is None else min(len(cells), _REACH)
    fresh = max(len(frames) - CELLS_T, 0)
    extended = np.empty((kept + fresh, size, BINS), np.float32)
    norms = np.empty((fresh, size), np.float32)
    hog3d_kernel.fill_cells(frames, planes, hog3d_kernel.CONSTANTS, extended[kept:], norms)
    extended = extended.reshape(kept + fresh, size // CELLS, CELLS, BINS)
    added = norms.reshape(fresh, size // CELLS, CELLS).sum(axis=2)
    if kept:
        extended[:kept] = cells[-kept:]
        added = np.concatenate([masses[-kept:], added])
    return extended, added
