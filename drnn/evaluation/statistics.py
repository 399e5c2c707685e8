"""How sure a comparison is: paired bootstrap intervals over sequences, and McNemar's test.

A unit is a test sequence of a split; ``right`` of shape (U, R) says which of U units each of R runs (seeds)
classified correctly. Units are resampled, runs are not: an interval speaks of other test sequences, for the
mean of the runs at hand. When splits share test sequences, units are not fully independent and intervals and
p-values are somewhat too optimistic.
"""

import numpy as np
from scipy.stats import binomtest, bootstrap

RESAMPLES = 10_000
CHUNK = 1_000
"""Resamples drawn at once: bounds the memory."""
SIGNIFICANCE = 0.05


def recognised(right: np.ndarray) -> np.ndarray:
    """(U, R) bool -> (U,) bool: more than half of the runs are right (a tie is not).

    McNemar's test needs one decision a unit: pooling the seeds would count the same sequence several times
    and make any difference look certain.
    """
    return np.asarray(right, dtype=bool).mean(axis=1) > 0.5


def mcnemar(right_a: np.ndarray, right_b: np.ndarray) -> tuple[int, int, float]:
    """Exact two-sided McNemar test (McNemar 1947) on one decision a unit; see ``recognised``.

    Args:
        right_a, right_b: (U,) bool, whether model A, or B, recognised the unit.

    Returns:
        Units only A recognised, units only B recognised, and the binomial p-value of this discordance
        if both were as likely; 1.0 when there is none.

    Raises:
        ValueError: not two arrays of shape (U,).
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"expected two arrays of shape (U,), got {a.shape} and {b.shape}")
    only_a, only_b = int(np.sum(a & ~b)), int(np.sum(b & ~a))
    p = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return only_a, only_b, float(p)


def accuracy_interval(
    right: np.ndarray, weights: np.ndarray | None = None, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float, float]:
    """Mean accuracy of the runs with its 95 % percentile bootstrap interval over units (Efron 1979).

    Args:
        right: (U, R) bool.
        weights: (U,) positive; 1 / (units of its split) makes the mean that of the run means when
            splits differ in size. Default: all equal.
        resamples, seed: of the bootstrap.

    Returns:
        Mean, low and high, in %.

    Raises:
        ValueError: no unit or no run, or shapes do not fit.
    """
    return _bootstrap(_rates(right), weights, resamples, seed)


def paired_difference(
    right_a: np.ndarray,
    right_b: np.ndarray,
    weights: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Mean accuracy of A's runs less that of B's, with its 95 % paired bootstrap interval over units.

    Args:
        right_a: (U, R_a) bool.
        right_b: (U, R_b) bool, the same units in the same order.
        weights, resamples, seed: as in ``accuracy_interval``.

    Returns:
        Difference, low and high, in percentage points.

    Raises:
        ValueError: as ``accuracy_interval``, or the units of A and B differ in number.
    """
    rates_a, rates_b = _rates(right_a), _rates(right_b)
    if rates_a.shape != rates_b.shape:
        raise ValueError(f"A has {len(rates_a)} units, B has {len(rates_b)}: they cannot be paired")
    return _bootstrap(rates_a - rates_b, weights, resamples, seed)


def _rates(right: np.ndarray) -> np.ndarray:
    """(U, R) bool -> (U,) share of runs that are right, in %."""
    right = np.asarray(right, dtype=bool)
    if right.ndim != 2 or not right.size:
        raise ValueError(f"expected a non-empty array of shape (U, R), got {right.shape}")
    return 100 * right.mean(axis=1)


def _bootstrap(values: np.ndarray, weights: np.ndarray | None, resamples: int, seed: int) -> tuple:
    """Weighted mean of ``values`` (U,) and the percentiles of its resamples."""
    units = len(values)
    weights = np.ones(units) if weights is None else np.asarray(weights, dtype=float)
    if weights.shape != values.shape or not np.all(weights > 0):
        raise ValueError(f"expected {units} positive weights, got {weights.shape}")
    mean = np.average(values, weights=weights)
    low, high = mean, mean  # of one unit there is nothing to draw
    if units > 1:
        low, high = bootstrap(
            (weights * values, weights),
            lambda weighted, weight, axis: weighted.sum(axis) / weight.sum(axis),
            n_resamples=resamples,
            batch=CHUNK,
            paired=True,
            confidence_level=1 - SIGNIFICANCE,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    # A sum of cancelling differences may end at 1e-17, and an end of 0 must not pass as one that excludes 0.
    return tuple(np.round((mean, low, high), 9).tolist())
