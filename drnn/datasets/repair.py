"""What becomes of frames or values that were not measured: interpolated between measured ones, or cut at the ends."""

from typing import NamedTuple

import numpy as np


class Repair(NamedTuple):
    """How many frames of a sequence were interpolated, and how many were cut from its two ends."""

    interpolated: int
    cut: int


def repair(positions: np.ndarray) -> tuple[np.ndarray, Repair]:
    """Mend the frames without a skeleton: all zero (the sensor lost it), or with a number that is not finite.

    Between usable frames they are interpolated linearly; before the first and after the last one there is
    nothing to interpolate from, and they are cut (this takes the padding off a13_s09_e03) [choice].

    Args:
        positions: (T, J, 3) metres.

    Returns:
        (T', J, 3) with T' = T - cut, and the counts. T' is 0 if no frame is usable.
    """
    usable = _finite(positions).all(axis=(1, 2)) & positions.any(axis=(1, 2))
    measured = np.where(usable[:, None, None], positions, np.nan).reshape(len(positions), -1)
    mended, counts = repair_values(measured)
    return mended.reshape(len(mended), *positions.shape[1:]), counts


def repair_values(frames: np.ndarray) -> tuple[np.ndarray, Repair]:
    """Fill the values that are not finite, each from the nearest measured ones of its own column.

    Between two measured values it is interpolated linearly; before the first and after the last one that value
    stands. A column without any measured value is 0. Frames at the ends without any measured value, such as the
    padding of a shorter sequence, are cut [choice].

    Args:
        frames: (T, D) of any unit.

    Returns:
        (T', D) with T' = T - cut, and the counts; a frame of which a value was filled counts as interpolated. T' is 0
        if nothing was measured.
    """
    measured = _finite(frames)
    usable = np.flatnonzero(measured.any(axis=1))
    if not len(usable):
        return frames[:0], Repair(0, len(frames))
    kept = slice(usable[0], usable[-1] + 1)
    found, measured = frames[kept].astype(np.float64), measured[kept]
    counts = Repair(int((~measured.all(axis=1)).sum()), len(frames) - len(found))
    times = np.arange(len(found))
    for column in np.flatnonzero(~measured.all(axis=0)):
        known = measured[:, column]
        found[:, column] = np.interp(times, times[known], found[known, column]) if known.any() else 0.0
    return found, counts


def _finite(values: np.ndarray) -> np.ndarray:
    """Which values are numbers that float32, as which frames are stored, can hold; false for nan."""
    return np.abs(values) < np.finfo(np.float32).max
