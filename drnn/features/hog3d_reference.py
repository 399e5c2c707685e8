"""HOG3D, one box at a time in float64: the definition that the fast form in hog3d.py is held to.

Kläser, Marszałek, Schmid, "A Spatio-Temporal Descriptor Based on 3D-Gradients", BMVC 2008, with the settings that
the authors' tool (v1.3.0) calls optimised for KTH. Its output was compared; its code is not used here.
"""

import math
from collections.abc import Sequence

import numpy as np

CELLS_XY = 5  # cells along x and along y
CELLS_T = 4
SUB_BLOCKS = 4  # along each axis of a cell
BINS = 10
DIMENSIONS = CELLS_XY * CELLS_XY * CELLS_T * BINS  # 1000, the paper's descriptor size (Sec. 5.1)

GREY_LEVELS = 255  # the constants below are for grey values in [0, 1]
EPSILON = 0.02 * SUB_BLOCKS**3  # added to the norm of a cell's histogram
LEAST_MASS = 0.1  # a box whose cells' norms add up to less has no descriptor

# The centres of an icosahedron's 20 faces, opposite ones as one axis: all have the length √3, and neighbours
# the cosine √5/3, beyond which a gradient no longer counts for an axis.
PHI = (1 + math.sqrt(5)) / 2
AXES = np.array(
    [
        *((1, 1, 1), (-1, -1, 1), (-1, 1, 1), (1, -1, 1)),
        *((0, 1 / PHI, PHI), (0, -1 / PHI, PHI)),
        *((1 / PHI, PHI, 0), (1 / PHI, -PHI, 0)),
        *((PHI, 0, 1 / PHI), (-PHI, 0, 1 / PHI)),
    ]
)
THRESHOLD = math.sqrt(5) / 3 * math.sqrt(3)


def edges(start: float, length: float, parts: int) -> np.ndarray:
    """(parts + 1,) int64: start + k·length/parts, rounded half up."""
    return np.floor(start + np.arange(parts + 1) * length / parts + 0.5).astype(np.int64)


def gradients(video: np.ndarray) -> np.ndarray:
    """(3, T, H, W) int64 forward differences along x, y and t in grey levels; 0 at the last column, row and frame.

    The zeros are the differences to a border that is replicated.
    """
    grey = video.astype(np.int64)
    return np.stack([np.diff(grey, axis=axis, append=grey.take([-1], axis)) for axis in (2, 1, 0)])


def quantise(gradient: np.ndarray) -> np.ndarray:
    """(..., 3) gradients → (..., 10) votes that are ≥ 0 and add up to ‖g‖.

    q_k = max(|a_k·g| − (√5/3)·√3·‖g‖, 0) for the axes a_k, rescaled; zeros for g = 0. Taking |a_k·g| makes
    opposite directions one ("half orientation").
    """
    norm = np.linalg.norm(gradient, axis=-1, keepdims=True)
    votes = np.maximum(np.abs(gradient @ AXES.T) - THRESHOLD * norm, 0)
    total = votes.sum(axis=-1, keepdims=True)
    return votes * np.divide(norm, total, out=np.zeros_like(norm), where=total > 0)


def describe(video: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """The descriptor of one box.

    A gradient is the sum over its sub-block, a histogram h the sum over the 4·4·4 sub-blocks of a cell, and the
    descriptor holds h / (‖h‖ + ε) for every cell.

    Args:
        video: (T, H, W) uint8.
        box: x0, y0, t0, width, height, length in pixels and frames; it lies in the video.

    Returns:
        (1000,) float64, by x cell, y cell, t cell and bin; zeros where Σ‖h‖ < 0.1.

    Raises:
        ValueError: the box, rounded to pixels and frames, is empty or reaches beyond the video.
    """
    x0, y0, t0, width, height, length = box
    axes = (
        edges(t0, length, CELLS_T * SUB_BLOCKS),
        edges(y0, height, CELLS_XY * SUB_BLOCKS),
        edges(x0, width, CELLS_XY * SUB_BLOCKS),
    )
    if any(e[0] < 0 or e[-1] > size or e[-1] <= e[0] for e, size in zip(axes, video.shape, strict=True)):
        raise ValueError(f"box {tuple(map(float, box))} is empty or not inside the video of {video.shape} (T, H, W)")
    # One pixel and frame more than the box, for the differences at its end.
    excerpt = video[tuple(slice(e[0], e[-1] + 1) for e in axes)]
    sums = gradients(excerpt)
    for axis, e in enumerate(axes, start=1):
        sums = _block_sums(sums, e - e[0], axis)
    votes = quantise(np.moveaxis(sums, 0, -1) / GREY_LEVELS)
    cells = votes.reshape(CELLS_T, SUB_BLOCKS, CELLS_XY, SUB_BLOCKS, CELLS_XY, SUB_BLOCKS, BINS).sum(axis=(1, 3, 5))
    h = cells.transpose(2, 1, 0, 3)
    norms = np.linalg.norm(h, axis=-1, keepdims=True)
    if norms.sum() < LEAST_MASS:
        return np.zeros(DIMENSIONS)
    return (h / (norms + EPSILON)).ravel()


def _block_sums(values: np.ndarray, e: np.ndarray, axis: int) -> np.ndarray:
    """Sums between consecutive edges along an axis; empty ones are 0."""
    integral = np.insert(values.cumsum(axis=axis), 0, 0, axis=axis)
    return np.diff(integral.take(e, axis=axis), axis=axis)
