"""Values as they are: what sensors, other features or joints give, without a skeleton being asked."""

from collections.abc import Callable, Sequence

import numpy as np

NEEDS_SKELETON = False


def prepare(params: dict, training: Sequence[np.ndarray], skeleton: object = None) -> tuple[Callable, dict]:
    """How one sequence (T, …) becomes its features (T, D), float32, each a group of its own; nothing is fitted.

    Args:
        params: a block of kind `values`.
        training: sequences (T_i, …).
        skeleton: not looked at.
    """
    width = int(np.prod(training[0].shape[1:]))
    return flat, {"groups": {f"value{n + 1}": [n, n + 1] for n in range(width)}}


def flat(frames: np.ndarray) -> np.ndarray:
    """A sequence (T, …) as vectors (T, D)."""
    return frames.reshape(len(frames), -1).astype(np.float32, copy=False)
