"""The five groups of skeleton features: positions, angles, offsets, velocities and distances."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from drnn.datasets.skeleton import Skeleton

NEEDS_SKELETON = True
# The order of the joints in the features: that of MSR Action3D's files. The neck stands at the height of the
# shoulders, which other cameras call their centre.
NAMES = (
    *("left shoulder", "right shoulder", "neck", "spine", "left hip", "right hip", "hip centre"),
    *("left elbow", "right elbow", "left wrist", "right wrist", "left hand", "right hand"),
    *("left knee", "right knee", "left ankle", "right ankle", "left foot", "right foot", "head"),
)
ALIAS = {"neck": "shoulder centre"}
JOINTS = len(NAMES)
HIP_CENTRE = 6
FEET = (17, 18)
NO_FEET = [j for j in range(JOINTS) if j not in FEET]  # 18
LIMBS = [j for j in NO_FEET if j != HIP_CENTRE]  # 17
OUTER = [j for j in range(JOINTS) if j != HIP_CENTRE]  # 19

# Groups and their dimensions. The paper (Sec. 5.2) says 583, and lists groups that add up to 472: 583 follows
# from pairwise distances between the 19 outer joints, C(19, 2) = 171 as C(17, 2) = 136 angles [choice].
GROUPS = {
    "583": {"position": 60, "angle": 136, "offset": 54, "velocity": 162, "distance": 171},
    "472": {"position": 60, "angle": 136, "offset": 54, "velocity": 162, "distance": 60},
}


def group_slices(layout: str = "583") -> dict[str, slice]:
    """The columns of each group in a feature vector, by the group's name."""
    slices, start = {}, 0
    for name, size in GROUPS[layout].items():
        slices[name] = slice(start, start + size)
        start += size
    return slices


def prepare(params: dict, training: Sequence[np.ndarray], skeleton: "Skeleton") -> tuple[Callable, dict]:
    """How one sequence's positions become its features, fitted to the training sequences; and what was fitted.

    Args:
        params: a block of kind `skeleton`.
        training: positions (T_i, J, 3), metres.
        skeleton: of the positions; its joints of `NAMES` are taken.

    Raises:
        UserError: the skeleton lacks some of these joints.
    """
    layout = params["layout"]
    chosen = places(skeleton)
    zone = dead_zone(positions[:, chosen] for positions in training)
    compute = partial(features, dead_zone=zone, layout=layout, velocity_window=params["velocity_window"])
    groups = {name: [columns.start, columns.stop] for name, columns in group_slices(layout).items()}
    return lambda positions: compute(positions[:, chosen]), {"dead_zone": zone, "groups": groups}


def places(skeleton: "Skeleton") -> list[int]:
    """Where a skeleton has the joints of `NAMES`, 0-based.

    Raises:
        UserError: it lacks some of them.
    """
    known = [ALIAS[name] if ALIAS.get(name) in skeleton.joints else name for name in NAMES]
    return skeleton.find(known, "features of kind skeleton, which are of 20 named joints (kind joints takes any)")


def position(positions: np.ndarray, layout: str = "583") -> np.ndarray:
    """(T, 60) x, y, z of the 20 joints, metres (paper, Sec. 5.2).

    In `583` they are relative to the hip centre, so that they do not tell where the subject stands [choice];
    in `472` they are camera coordinates, because its distance group holds the relative ones.
    """
    origin = positions[:, [HIP_CENTRE]] if layout == "583" else 0.0
    return (positions - origin).reshape(len(positions), -1)


def angle(positions: np.ndarray) -> np.ndarray:
    """(T, 136) arccos(u_i·u_j)/π for i < j, in [0, 1] (paper, Sec. 5.2).

    u_i is the unit vector from the hip centre to joint i, of the 17 other joints without the feet. A joint
    that lies in the hip centre has no direction; its angle to all others is ½ [choice].
    """
    vectors = positions[:, LIMBS] - positions[:, [HIP_CENTRE]]
    norms = np.linalg.norm(vectors, axis=2, keepdims=True)
    u = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    i, j = np.triu_indices(len(LIMBS), k=1)
    cosines = (u @ u.transpose(0, 2, 1))[:, i, j]
    return np.arccos(np.clip(cosines, -1.0, 1.0)) / np.pi


def offset(positions: np.ndarray) -> np.ndarray:
    """(T, 54) p_t − p_{t−1} of the 18 joints without the feet, metres; 0 at t = 1 (paper, Sec. 5.2)."""
    return _motion(positions).reshape(len(positions), -1)


def velocity(positions: np.ndarray, dead_zone: float, window: int = 5) -> np.ndarray:
    """(T, 162) histograms of the velocity of 18 joints along 3 axes (paper, Sec. 5.2).

    The paper takes velocities from the point cloud; here they are those of the joints, v_t = p_t − p_{t−1}
    and v_1 = 0. The three bins are v < −dead_zone, |v| ≤ dead_zone and v > dead_zone: the parts of a window's
    frames. At the ends of the sequence the window is clipped, so that each histogram adds up to 1 [choice].

    Args:
        positions: (T, 20, 3) metres.
        dead_zone: metres a frame.
        window: frames, odd, centred on t.

    Returns:
        Columns by joint, then axis, then bin.
    """
    v = _motion(positions)
    bins = np.stack([v < -dead_zone, np.abs(v) <= dead_zone, v > dead_zone], axis=-1)
    frames = len(v)
    counts = np.concatenate([np.zeros((1, bins[0].size), int), bins.reshape(frames, -1).cumsum(axis=0)])
    t = np.arange(frames)
    first = np.maximum(t - window // 2, 0)
    end = np.minimum(t + window // 2 + 1, frames)
    return (counts[end] - counts[first]) / (end - first)[:, None]


def distance(positions: np.ndarray, layout: str = "583") -> np.ndarray:
    """Distances, metres (paper, Sec. 5.2).

    `583`: (T, 171) Euclidean distances between the 19 joints other than the hip centre, i < j [choice].
    `472`: (T, 60) the vectors from the hip centre to the 20 joints.
    """
    if layout == "472":
        return (positions - positions[:, [HIP_CENTRE]]).reshape(len(positions), -1)
    outer = positions[:, OUTER]
    i, j = np.triu_indices(len(OUTER), k=1)
    return np.linalg.norm(outer[:, i] - outer[:, j], axis=2)


def features(positions: np.ndarray, dead_zone: float, layout: str = "583", velocity_window: int = 5) -> np.ndarray:
    """The feature vectors of one sequence, unscaled: the groups of `GROUPS` concatenated (paper, Sec. 5.2).

    Args:
        positions: (T, 20, 3) metres in camera coordinates, finite, T ≥ 1.
        dead_zone: metres a frame; see `dead_zone`.
        layout: "583" or "472", the two readings of the paper.
        velocity_window: frames, odd.

    Returns:
        (T, 583) or (T, 472) float32.

    Raises:
        ValueError: positions of another shape, or an unknown layout.
    """
    if layout not in GROUPS:
        raise ValueError(f"layout {layout!r} is not one of {', '.join(GROUPS)}")
    p = _checked(positions)
    groups = {
        "position": position(p, layout),
        "angle": angle(p),
        "offset": offset(p),
        "velocity": velocity(p, dead_zone, velocity_window),
        "distance": distance(p, layout),
    }
    return np.concatenate([groups[name] for name in GROUPS[layout]], axis=1, dtype=np.float32)


def dead_zone(training_positions: Iterable[np.ndarray]) -> float:
    """The median of |v|, metres a frame: half of the training velocities count as near 0 [choice].

    One number for the 18 joints, the 3 axes and all frames but the first of each sequence, where v is 0 by
    definition. It is 0 if no sequence has a second frame.

    Args:
        training_positions: arrays (T_i, 20, 3), metres.

    Raises:
        ValueError: positions of another shape.
    """
    speeds = [np.abs(_motion(_checked(p))[1:]).ravel() for p in training_positions]
    joined = np.concatenate([np.zeros(0), *speeds])
    return float(np.median(joined)) if joined.size else 0.0


def _motion(positions: np.ndarray) -> np.ndarray:
    """(T, 18, 3) p_t − p_{t−1} without the feet, 0 at t = 1."""
    p = positions[:, NO_FEET]
    return np.diff(p, axis=0, prepend=p[:1])


def _checked(positions: np.ndarray) -> np.ndarray:
    p = np.asarray(positions, dtype=np.float64)
    if p.ndim != 3 or p.shape[1:] != (JOINTS, 3) or not len(p):
        raise ValueError(f"positions of shape {p.shape} are not (T, {JOINTS}, 3) with T ≥ 1")
    return p
