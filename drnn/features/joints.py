"""Joints as all bodies would show them to the camera: one size, one direction, one place, smoothed over time."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import convolve1d

from drnn.features.skeleton import HIP_CENTRE, JOINTS

# 0-based indices into MSR Action3D's own order of joints.
RIGHT_HIP, LEFT_HIP, HEAD = 4, 5, 19
SMALLEST_BODY = 1e-6


def prepare(params: dict, training_positions: Sequence[np.ndarray]) -> tuple[Callable, dict]:
    """How one sequence's positions become its features, and their groups; nothing is fitted.

    Args:
        params: a block of kind `joints`.
        training_positions: not looked at.
    """

    def described(positions: np.ndarray) -> np.ndarray:
        return features(positions, params["size"], params["view"], params["smoothing"])

    return described, {"groups": {"position": [0, 3 * JOINTS]}}


def features(positions: np.ndarray, size: bool = True, view: bool = True, smoothing: int = 5) -> np.ndarray:
    """The joints relative to the hip centre [choice].

    Args:
        positions: (T, 20, 3) metres in camera coordinates, finite.
        size: divide by the median distance of head and hip centre.
        view: turn about the vertical axis, by one angle for all frames, so that the vector from the right hip to the
            left one, the median of each coordinate, has no component along the camera's axis. How the person stood
            to the camera then makes no difference where the hips keep their direction, and little where they turn.
        smoothing: frames of a triangular window over time, odd; the ends are repeated.

    Returns:
        (T, 60) float32.
    """
    joints = np.asarray(positions, dtype=np.float64)
    joints = joints - joints[:, [HIP_CENTRE]]
    if size:
        joints = joints / max(np.median(np.linalg.norm(joints[:, HEAD], axis=1)), SMALLEST_BODY)
    if view:
        x, _, z = np.median(joints[:, LEFT_HIP] - joints[:, RIGHT_HIP], axis=0)
        a = np.arctan2(z, x)
        joints = joints @ np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    half = smoothing // 2 + 1
    window = np.bartlett(2 * half + 1)[1:-1]
    joints = convolve1d(joints, window / window.sum(), axis=0, mode="nearest")
    return joints.reshape(len(joints), -1).astype(np.float32)
