"""Sketches: few rows that stand for many frames, and the algebra of rows too wide and too many to be joined.

A subject's landmark frames X shrink to a `Sketch`, few rows B with BᵀB ≈ XᵀX. One `gram` holds the products of all
subjects' rows, a pair of subjects at a time; a split takes those of its training subjects (pca.py), so that nothing
depends on subjects that it is not about, to the bit. A split of very many training subjects merges their sketches
until few are left.

Full size: 25 subjects of 3,000 landmarks (every fourth frame) of D = 56,000. Three chunks of m = 1,000 are compressed
to r = 300 rows each, and these again to r. FLOP, seconds of a core, bytes:
    chunks and merges: 75·(m² + 2mr)·D, 25·(9r² + 6r²)·D and 100 eigenproblems      9 T, 80 s
    Gram: (25r)²·D, one half of the products                                        3 T, 22 s
    memory: a chunk 2·224 M; the Gram by tiles of 8 × 8 subjects, 46 M and 2·38 M of their rows
    disk: sketches 840 M as float16, one half of the Gram 234 M
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate

import numpy as np
import torch
from scipy import linalg

COLUMNS = 4000  # dimensions that are worked on together
PIECE = 250  # rows of which `compressed` takes the products together
TILE = 8  # subjects, of which as many others are multiplied together
RESOLUTION = 1e-7  # of the largest eigenvalue: less than this may be a rounding error of float32 products

Pair = tuple[int, int]
"""Places of two groups."""


def landmark_frames(count: int, wanted: int) -> np.ndarray:
    """At most ``wanted`` of a subject's frames 0, 1, …, count − 1 (of all its videos, joined), evenly spread."""
    chosen = min(count, wanted)
    return (2 * np.arange(chosen) + 1) * count // max(2 * chosen, 1)


@dataclass(frozen=True)
class Sketch:
    """r rows B that stand for n frames X, in that BᵀB ≈ XᵀX.

    Attributes:
        rows: (r, D) float32 or float16, an array or an HDF5 dataset.
        ones: (r,) float64 what became of a column of ones: Bᵀ·ones ≈ Xᵀ·1, the sum of the frames.
        frames: n.
        energy: Σ‖x‖² over the n frames, as their landmarks tell it.
    """

    rows: np.ndarray
    ones: np.ndarray
    frames: float
    energy: float

    @classmethod
    def of(cls, landmarks: np.ndarray, frames: float | None = None) -> "Sketch":
        """The landmarks (m, D) themselves, each for n/m frames; n = m if left out. ValueError if there are none."""
        if not len(landmarks):
            raise ValueError("no frames to sketch: leave out a subject that has none")
        weight = (len(landmarks) if frames is None else frames) / len(landmarks)
        rows = np.asarray(landmarks, np.float32) * np.float32(weight**0.5)
        return cls(rows, np.full(len(rows), weight**0.5), weight * len(rows), squares(rows))


def compressed(sketches: Sequence[Sketch], rank: int) -> Sketch:
    """What one subject's sketches stand for in their at most ``rank`` strongest directions; exact where that is all."""
    groups, ones, frames, energy = joined(sketches)
    # In pieces, of which the products come in equal pairs: half of them are computed.
    matrix = gram([group[i : i + PIECE] for group in groups for i in range(0, len(group), PIECE)])
    values, vectors = strongest(matrix, min(rank, len(matrix)))
    vectors = vectors[:, values > RESOLUTION * values[0]]
    return Sketch(combined(vectors.T, groups), ones @ vectors, frames, energy)


def joined(sketches: Sequence[Sketch]) -> tuple[list[np.ndarray], np.ndarray, float, float]:
    """The groups of rows (r_i, D), their ones (L,) for L = Σ r_i, and the sums of the frames and of the energies."""
    ones = np.concatenate([part.ones for part in sketches])
    return [part.rows for part in sketches], ones, *(sum(getattr(p, a) for p in sketches) for a in ("frames", "energy"))


def gram(groups: Sequence[np.ndarray]) -> np.ndarray:
    """The products of all rows of the groups (r_i, D) with each other, (L, L) float64 for L = Σ r_i.

    Those of two groups depend on these two alone, to the last bit, and not on what other groups there are.
    """
    found = products(groups, [(i, j) for i in range(len(groups)) for j in range(i + 1)])
    return assembled(lambda i, j: found.pop((i, j)), list(map(len, groups)))


def products(groups: Sequence[np.ndarray], pairs: Sequence[Pair]) -> dict[Pair, np.ndarray]:
    """Of each pair (i, j) the products (r_i, r_j) float64 of the rows of two groups; no other group is looked at."""
    found = {(i, j): np.zeros((len(groups[i]), len(groups[j]))) for i, j in pairs}
    places = sorted({place for pair in pairs for place in pair})
    for _, blocks in _columns([groups[place] for place in places]):
        at = dict(zip(places, blocks, strict=True))
        for i, j in pairs:
            found[i, j] += (at[i] @ at[j].t()).numpy()
    for i, j in pairs:
        if i == j:
            found[i, i] = (found[i, i] + found[i, i].T) / 2
    return found


def tiles(count: int, side: int = TILE) -> Iterator[list[Pair]]:
    """All pairs (i, j), j ≤ i, of ``count`` groups, in parts in which 2 · ``side`` groups or fewer occur."""
    for first in range(0, count, side):
        for second in range(0, first + 1, side):
            rows = range(first, min(first + side, count))
            yield [(i, j) for i in rows for j in range(second, min(second + side, i + 1))]


def assembled(product: Callable[[int, int], np.ndarray], counts: Sequence[int]) -> np.ndarray:
    """The symmetric matrix (L, L) of the products of groups of these numbers of rows, each asked for with j ≤ i."""
    ends = list(accumulate(counts))
    places = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    result = np.empty((ends[-1], ends[-1]))
    for i, rows in enumerate(places):
        for j, columns in enumerate(places[: i + 1]):
            found = product(i, j)
            result[rows, columns] = found
            result[columns, rows] = found.T
    return result


def merged(sketches: Sequence[Sketch], most: int) -> list[Sketch]:
    """At most ``most`` sketches that stand for all, of no more rows each than one of these had: neighbours in one.

    One sketch of those given is read at a time. Where there are no more than ``most`` they stay as they are.
    """
    if len(sketches) <= most:
        return list(sketches)
    rank = max(len(one.rows) for one in sketches)
    parts = np.array_split(np.arange(len(sketches)), most)
    return [
        reduce(lambda sum_, i: compressed([sum_, sketches[i]], rank), part[1:], sketches[part[0]]) for part in parts
    ]


def combined(coefficients: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """Coefficients (K, L) times the L rows of the groups (r_i, D): (K, D) float32."""
    weight = torch.from_numpy(np.ascontiguousarray(coefficients, np.float32))
    result = np.empty((len(weight), groups[0].shape[1]), np.float32)
    for columns, blocks in _columns(groups):
        result[:, columns] = (weight @ torch.cat(blocks)).numpy()
    return result


def strongest(matrix: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalues (count,), falling, and the eigenvectors (L, count) of a symmetric matrix (L, L)."""
    values, vectors = linalg.eigh(matrix, subset_by_index=(len(matrix) - count, len(matrix) - 1))
    return values[::-1], vectors[:, ::-1]


def orthonormal(rows: np.ndarray) -> np.ndarray:
    """Rows (K, D), each made a unit vector at right angles to those before it, its largest entry positive: float32."""
    # Gram-Schmidt in Cholesky's form: a fifth of the time of a QR, and nearer to orthonormal in float32.
    lower = linalg.cholesky(gram([rows]), lower=True)
    rows = combined(linalg.solve_triangular(lower, np.eye(len(rows)), lower=True), [rows])
    return rows * np.sign(np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1))


def slices(groups: Sequence[np.ndarray]) -> list[slice]:
    """Where each group's rows stand among the rows of all."""
    return [slice(end - len(group), end) for group, end in zip(groups, accumulate(map(len, groups)), strict=True)]


def squares(values: np.ndarray) -> float:
    """The sum of squares in float64, converted row by row."""
    return sum(float(row @ row) for row in (row.astype(np.float64) for row in np.atleast_2d(values)))


def _columns(groups: Sequence[np.ndarray]) -> Iterator[tuple[slice, list[torch.Tensor]]]:
    """Blocks of columns of all groups' rows, float32."""
    for start in range(0, groups[0].shape[1], COLUMNS):
        columns = slice(start, start + COLUMNS)
        yield columns, [torch.from_numpy(np.ascontiguousarray(group[:, columns], np.float32)) for group in groups]
