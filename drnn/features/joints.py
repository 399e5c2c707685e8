"""Joints and bones as all bodies would show them to the camera: one size, direction and place, smoothed over time."""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import convolve1d

if TYPE_CHECKING:
    from drnn.datasets.skeleton import Skeleton

NEEDS_SKELETON = True
SMALLEST_BODY = 1e-6
VECTORS = {"joints": ("position",), "bones": ("bone",), "both": ("position", "bone")}


def prepare(params: dict, training: Sequence[np.ndarray], skeleton: "Skeleton") -> tuple[Callable, dict]:
    """How one sequence's positions become its features, and their groups; nothing is fitted.

    Args:
        params: a block of kind `joints`.
        training: not looked at.
        skeleton: of the positions.
    """

    def described(positions: np.ndarray) -> np.ndarray:
        joints = features(positions, skeleton, params["size"], params["view"], params["smoothing"])
        values = {"position": joints, "bone": bones(joints, skeleton)}
        return np.hstack([values[name] for name in shown])

    shown = VECTORS[params["vectors"]]
    sizes = {"position": 3 * len(skeleton.joints), "bone": 3 * len(skeleton.bones)}
    ends = list(itertools.accumulate(sizes[name] for name in shown))
    return described, {"groups": {name: [end - sizes[name], end] for name, end in zip(shown, ends, strict=True)}}


def features(
    positions: np.ndarray, skeleton: "Skeleton", size: bool = True, view: bool = True, smoothing: int = 5
) -> np.ndarray:
    """The joints relative to the body's centre [choice].

    Args:
        positions: (T, J, 3) metres in camera coordinates, finite.
        skeleton: which of the J joints are centre, hips and head.
        size: divide by the median distance of head and centre.
        view: turn about the vertical axis, by one angle for all frames, so that the vector from the left hip to the
            right one, the median of each coordinate, has no component along the camera's axis. How the person stood
            to the camera then makes no difference where the hips keep their direction, and little where they turn.
        smoothing: frames of a triangular window over time, odd; the ends are repeated.

    Returns:
        (T, 3 J) float32.
    """
    left, right = skeleton.find(skeleton.hips, "hips")
    (head,) = skeleton.find([skeleton.head], "head")
    joints = centred(np.asarray(positions, dtype=np.float64), skeleton)
    if size:
        joints = joints / max(np.median(np.linalg.norm(joints[:, head], axis=1)), SMALLEST_BODY)
    if view:
        x, _, z = np.median(joints[:, right] - joints[:, left], axis=0)
        a = np.arctan2(z, x)
        joints = joints @ np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    half = smoothing // 2 + 1
    window = np.bartlett(2 * half + 1)[1:-1]
    joints = convolve1d(joints, window / window.sum(), axis=0, mode="nearest")
    return joints.reshape(len(joints), -1).astype(np.float32)


def bones(joints: np.ndarray, skeleton: "Skeleton") -> np.ndarray:
    """(T, 3 B) of joints (T, 3 J): what leads from one end of each of the skeleton's B bones to the other."""
    places = joints.reshape(len(joints), -1, 3)
    begins, ends = np.array(skeleton.lines, dtype=int).reshape(-1, 2).T
    return (places[:, ends] - places[:, begins]).reshape(len(joints), -1)


def centred(positions: np.ndarray, skeleton: "Skeleton") -> np.ndarray:
    """Positions (T, J, 3) relative to the body's centre in each frame."""
    return positions - positions[:, skeleton.middle].mean(axis=1, keepdims=True)
