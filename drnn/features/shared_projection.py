"""Projection of HOG3D frames through the cells that they share: less than half the work of `pca.projector`.

A frame is four cells' vectors, feature(t) = [N(t − 8), N(t − 4), N(t), N(t + 4)] (hog3d.py), and what a basis does to
the four is much alike: r directions P of a cell's C = 14,000 dimensions serve them all, W ≈ M·(I₄ ⊗ P), which is
Tucker's decomposition of W as (K, 4, C) along its last mode. Each N(u) is projected on P once, and its r coordinates
are mixed at four lags. The frames' coordinates are then those on `Shared.components`, M·(I₄ ⊗ P), as orthonormal as
the basis, and float32 rounding apart the same as of the assembled descriptors.

A descriptor that is dropped for want of mass is zero although its cells are not: what these add is taken off. It costs
2·4·250·r = 1.4 MFLOP for each, and there was none among the 478,576 of the 20 real videos.

Lost: of the training energy against the exact decomposition, sketches included (20 real videos, six subjects, K = 450;
the seventh subject's 85.3 % stay; benchmarks/kth_energy.md). MFLOP a frame and split: 2·r·C + 2·K·4r, the first for 12
cells a video more than it has frames. Bytes, of a projector of six splits: 6·2·4·(r·C + K·4r), one half of it the parts
themselves.

    r                    600     700     800     `pca.projector`
    energy lost, %       0.023   0.011   0.008   0.006
    MFLOP                19.0    22.1    25.3    50.4
    memory               0.46 G  0.53 G  0.61 G  1.21 G
    frames/s of a core           1,520           700               six splits at once

The parts of a split take 2 s to find.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from drnn.features import sketch
from drnn.features.hog3d import BINS, CELLS, CELLS_T, DIMENSIONS, SUB_BLOCKS, CellBlock
from drnn.features.pca import Basis, Energy


@dataclass(frozen=True)
class Shared:
    """A basis in two parts, the rows of each orthonormal.

    Attributes:
        directions: (r, C) float32 P, of cells in the order (P, 25, 10) of `CellBlock.cells`.
        mixing: (K, 4r) float32 M, by lag, from t − 8 on.
    """

    directions: np.ndarray
    mixing: np.ndarray

    def __len__(self) -> int:
        return len(self.mixing)

    @property
    def components(self) -> np.ndarray:
        """(K, 4C) float32, the orthonormal directions on which frames are projected, as in `Basis`."""
        apart = sketch.combined(self.mixing.reshape(-1, len(self.directions)), [self.directions])
        return apart.reshape(len(self.mixing), CELLS_T, -1, BINS).swapaxes(1, 2).reshape(len(self.mixing), -1)


def shared(basis: Basis, rank: int) -> Shared:
    """The parts of a basis of HOG3D frames with r = ``rank`` shared directions, found from the basis alone.

    They are the strongest of all components' cells, each component with the weight of its energy; fewer than r where
    these are all. Component k of the parts is what component k of the basis becomes, up to the loss.

    Raises:
        ValueError: a basis with a mean or of other frames, or too few directions to tell its components apart.
    """
    count, dimensions = basis.components.shape
    if basis.mean is not None:
        raise ValueError("a basis with a mean has no shared parts: use pca.projector, or fit it with center=False")
    if dimensions % DIMENSIONS:
        raise ValueError(f"a basis of {dimensions} dimensions is not one of HOG3D frames, {DIMENSIONS} a position")
    if rank * CELLS_T < count:
        raise ValueError(f"{rank} shared directions cannot make {count} components: {-(-count // CELLS_T)} can")
    apart = basis.components.reshape(count, -1, CELLS_T, BINS).swapaxes(1, 2).reshape(count * CELLS_T, -1)
    weighted = apart * np.repeat(np.sqrt(basis.energies), CELLS_T).astype(np.float32)[:, None]
    values, vectors = sketch.strongest(sketch.gram([weighted]), min(rank, len(weighted)))
    found = values > sketch.RESOLUTION * values[0]
    directions = sketch.orthonormal(sketch.combined((vectors[:, found] / values[found] ** 0.5).T, [weighted]))
    mixing = (torch.from_numpy(apart) @ torch.from_numpy(directions).t()).reshape(count, -1)
    return Shared(directions, _orthonormal(mixing, rank).numpy())


def projector(parts: Sequence[Shared], rows: int = 512) -> Callable[[CellBlock], list[np.ndarray]]:
    """A function of a video's cells that gives its n frames' (n, K) float32 coordinates in each of the parts.

    It takes the cells of ``rows`` frames at a time. A block costs 12 cells more than it has frames: give it whole
    videos (`CellBlock.joined`). What it gives for one of the parts does not depend on the others, to the bit.
    ValueError for a block of another grid.
    """
    weights = [[torch.from_numpy(w).t().contiguous() for w in (part.directions, part.mixing)] for part in parts]

    def project(block: CellBlock) -> list[np.ndarray]:
        """The coordinates of a video's frames in each of the parts."""
        cells, dropped = torch.from_numpy(block.cells).flatten(1), block.dropped()
        results = []
        for part, (reduce, mix) in zip(parts, weights, strict=True):
            if part.directions.shape[1] != cells.shape[1]:
                raise ValueError(
                    f"cells of {cells.shape[1]} dimensions and a basis for {part.directions.shape[1]}: of other grids"
                )
            reduced = torch.cat([some @ reduce for some in cells.split(rows)])
            frames = torch.stack([reduced[lag] for lag in _lags(dropped)], dim=1)
            _take_off(frames, cells, dropped, torch.from_numpy(part.directions))
            results.append(torch.cat([some @ mix for some in frames.flatten(1).split(rows)]).numpy())
        return results

    return project


def energies(block: CellBlock, projected: Sequence[np.ndarray]) -> list[Energy]:
    """What each of the parts keeps of a block's frames, from their coordinates in each, as `pca.energies`."""
    by_cell = np.einsum("upcb,upcb->up", block.cells, block.cells, dtype=np.float64)
    kept = ~block.dropped()
    total = sum(float(by_cell[lag][kept].sum()) for lag in _lags(kept))
    return [Energy(sketch.squares(coordinates), total) for coordinates in projected]


def _lags(frames: np.ndarray) -> list[slice]:
    """Where the four cells of n frames lie among the block's n + 12."""
    return [slice(lag * SUB_BLOCKS, lag * SUB_BLOCKS + len(frames)) for lag in range(CELLS_T)]


def _take_off(frames: torch.Tensor, cells: torch.Tensor, dropped: np.ndarray, directions: torch.Tensor) -> None:
    """Take from frames (n, 4, r) what the cells (n + 12, C) of the dropped descriptors (n, P) added."""
    width = CELLS * BINS
    offsets = torch.arange(CELLS_T) * SUB_BLOCKS
    for position in np.flatnonzero(dropped.any(axis=0)):
        columns = slice(position * width, (position + 1) * width)
        where = torch.from_numpy(np.flatnonzero(dropped[:, position]))
        frames[where] -= cells[where[:, None] + offsets, columns] @ directions[:, columns].t()


def _orthonormal(mixing: torch.Tensor, rank: int) -> torch.Tensor:
    """The rows (K, 4r) made orthonormal from the first on, each near to what it was."""
    q, triangle = torch.linalg.qr(mixing.t())
    left = triangle.diagonal()
    if len(left) < len(mixing) or left.abs().min() < 1e-2:
        raise ValueError(f"{rank} shared directions do not tell {len(mixing)} components apart: ask for more of them")
    return (q * left.sign()).t().contiguous()
