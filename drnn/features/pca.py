"""PCA of more frames than memory holds, fitted on the training subjects of a split alone.

`fit` takes the Gram matrix of all subjects' sketches (sketch.py) and sees of it what belongs to its own.

Full size: 289,000 frames of D = 56,000; 25 subjects of r = 300 rows, six splits of 16, K = 450. FLOP, seconds of a
core, bytes:
    bases: 2·K·16r·D and an eigenproblem of 4,800, six times                        1.5 T, 88 s
    projection: 2·K·D = 50 MFLOP a frame and split                                  87 T, 430 s
    memory: a fit 1.35 G at most, with the Gram; projector of six bases 2·605 M
On the 20 real videos the energy kept is 0.006 % below that of the exact decomposition of all training frames
(benchmarks/kth_energy.md; what the whole takes at full size is in benchmarks/kth_scale.md).
shared_projection.py does the projection of HOG3D frames in less than half the work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from drnn.features.sketch import RESOLUTION, Sketch, combined, joined, orthonormal, slices, squares, strongest


@dataclass(frozen=True)
class Basis:
    """K orthonormal directions in D dimensions, fitted to n frames.

    Attributes:
        components: (K, D) float32 rows, by falling energy; of each the entry of largest size is positive.
        mean: (D,) float32, or None where it was not removed.
        energies: (K,) float64 the squares of the singular values, as the sketches tell them.
        total: Σ‖x‖² over the n frames, or Σ‖x − mean‖².
    """

    components: np.ndarray
    mean: np.ndarray | None
    energies: np.ndarray
    total: float

    def __len__(self) -> int:
        return len(self.components)


def fit(
    matrix: np.ndarray, sketches: Sequence[Sketch], training: Sequence[int], n_components: float, center: bool = False
) -> Basis:
    """The principal components of the frames behind some of the sketches; the others have no part in them.

    Args:
        matrix: (L, L), the `sketch.gram` of the rows of all sketches.
        sketches: one for each subject.
        training: numbers of those to fit to.
        n_components: K, or below 1 the part of the energy that is to be kept.
        center: whether the mean of the frames is removed first.

    Raises:
        ValueError: the sketches hold fewer than K dimensions, or less energy than is to be kept.
    """
    places = slices([part.rows for part in sketches])
    kept = np.concatenate([np.arange(places[i].start, places[i].stop) for i in training])
    groups, ones, frames, total = joined([sketches[i] for i in training])
    matrix, mean, root = matrix[np.ix_(kept, kept)], None, None
    if center:
        # XᵀX − n·mean·meanᵀ = Bᵀ(I − ones·onesᵀ/n)B; for plain frames the bracket centres the rows.
        mean = combined(ones[None] / frames, groups)[0]
        total -= ones @ matrix @ ones / frames
        scale = (1 - max(1 - ones @ ones / frames, 0.0) ** 0.5) / (ones @ ones)
        root = np.eye(len(ones)) - scale * np.outer(ones, ones)
        matrix = root @ matrix @ root
    values, vectors = _leading(matrix, n_components, total)
    coefficients = vectors / values**0.5 if root is None else root @ (vectors / values**0.5)
    return Basis(orthonormal(combined(coefficients.T, groups)), mean, values, float(total))


def projector(bases: Sequence[Basis], rows: int = 512) -> Callable[[np.ndarray], list[np.ndarray]]:
    """A function of frames (n, D) that gives their (n, K) float32 coordinates in each basis, ``rows`` at a time."""
    components = torch.from_numpy(np.concatenate([basis.components for basis in bases])).t().contiguous()
    origins = [0 if basis.mean is None else basis.components @ basis.mean for basis in bases]
    places = slices([basis.components for basis in bases])

    def project(frames: np.ndarray) -> list[np.ndarray]:
        starts = range(0, len(frames), rows) or [0]
        blocks = (torch.from_numpy(np.ascontiguousarray(frames[i : i + rows], np.float32)) for i in starts)
        joined = np.concatenate([(block @ components).numpy() for block in blocks])
        return [joined[:, columns] - origin for columns, origin in zip(places, origins, strict=True)]

    return project


@dataclass(frozen=True)
class Energy:
    """What a basis keeps of the energy of some frames, in float64; the sum of two is that of the frames of both."""

    kept: float = 0.0
    total: float = 0.0

    def __add__(self, other: "Energy") -> "Energy":
        return Energy(self.kept + other.kept, self.total + other.total)

    @property
    def ratio(self) -> float:
        """The part that is kept."""
        return self.kept / self.total


def energies(bases: Sequence[Basis], frames: np.ndarray, projected: Sequence[np.ndarray]) -> list[Energy]:
    """What each basis keeps of a block of frames (n, D), less its mean; projected is their coordinates in each."""
    raw, results = squares(frames), []
    centring = any(basis.mean is not None for basis in bases)
    summed = frames.sum(axis=0, dtype=np.float64) if centring else None
    for basis, coordinates in zip(bases, projected, strict=True):
        removed = 0.0 if basis.mean is None else 2 * float(summed @ basis.mean) - len(frames) * squares(basis.mean)
        results.append(Energy(squares(coordinates), raw - removed))
    return results


def _leading(matrix: np.ndarray, n_components: float, total: float) -> tuple[np.ndarray, np.ndarray]:
    """The eigenvalues (K,), falling, and the eigenvectors (L, K) that `fit` is asked for."""
    wanted = int(n_components) if n_components >= 1 else len(matrix)
    values, vectors = strongest(matrix, min(wanted, len(matrix)))
    if n_components < 1:
        wanted = int(np.searchsorted(values.cumsum(), n_components * total)) + 1
    if (found := int((values > RESOLUTION * values[0]).sum())) < wanted:
        raise ValueError(
            f"n_components {n_components}: the sketches of the training frames hold {found} dimensions and "
            f"{values.sum() / total:.4f} of the energy; ask for less, train on more videos, or raise the sketches' rank"
        )
    return values[:wanted], vectors[:, :wanted]
