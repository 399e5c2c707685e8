"""How far an accuracy carries over: bootstrap intervals over subjects, or over sequences, and over runs.

A unit is a test sequence of a split; ``right`` of shape (U, R) says which of U units each of R runs (seeds) classified
correctly. Accuracies are in %; differences, A less B, in percentage points.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.stats import norm, t

RESAMPLES = 10_000
CHUNK = 1_000
MOST_DRAWN = 2**23
"""Resamples drawn at once, and numbers that these are made of: they bound the memory."""
SIGNIFICANCE = 0.05


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """The estimate is known to about ± this much."""
        return (self.high - self.low) / 2


def cluster_interval(
    right: np.ndarray,
    clusters: np.ndarray,
    *,
    baseline: np.ndarray | None = None,
    draw_runs: bool,
    weights: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean accuracy of A, or its difference to the baseline B, with a 95 % bootstrap interval over clusters.

    A cluster, a subject as a rule, is drawn with its units of every split (Davison & Hinkley 1997, section 3.8).
    Plain percentiles are too narrow for few clusters; they are widened as t widens the normal (Hesterberg 2015):
    with S clusters Φ(-√(S / (S - 1)) t) replaces 2.5 %. Of five or fewer the interval remains too narrow.

    Args:
        right: (U, R) bool, or shares from 0 to 1: whether each of A's R runs got the unit right.
        clusters: (U,) to which each unit belongs; any labels. With one alone the interval has no width.
        baseline: (U, R_b) the same of B, same units in the same order. Default: none, the accuracy of A alone.
        draw_runs: whether the interval speaks of other seeds, too: runs of A and of B are drawn as well, apart
            (two-way or pigeonhole bootstrap; Owen 2007). Nothing is widened for few seeds.
        weights: (U,) positive; 1 / (units of its split) makes the mean that of the run means when splits differ in
            size. Default: all equal.
        resamples, seed: of the bootstrap.

    Raises:
        ValueError: shapes do not fit, a value is no share, or fewer than two runs to draw.
    """
    arms = _arms(right, baseline, draw_runs)
    shares = _shares(clusters, weights, len(arms[0]))
    totals = np.asarray(shares.sum(axis=1)).ravel()
    sums = [shares @ arm for arm in arms]
    mean = sum(arm.mean(axis=1).sum() for arm in sums) / totals.sum()
    freedom = len(totals) - 1
    low, high = mean, mean  # of one cluster there is nothing to draw
    if freedom:
        means = _resampled_means(sums, totals, resamples, seed)
        tail = norm.cdf(-np.sqrt(1 + 1 / freedom) * t.isf(SIGNIFICANCE / 2, freedom))
        low, high = np.quantile(means, (tail, 1 - tail))
    # A sum of cancelling differences may end at 1e-17, and an end of 0 must not pass as one that excludes 0.
    return Interval(*np.round((mean, min(low, mean), max(high, mean)), 9).tolist())


def _arms(right: np.ndarray, baseline: np.ndarray | None, draw_runs: bool) -> list[np.ndarray]:
    """Signed rates in %, (U, R) each, that add up to the estimate; the runs of each are drawn apart."""
    arms = [_rates(right)] if baseline is None else [_rates(right), -_rates(baseline)]
    if len({len(arm) for arm in arms}) > 1:
        raise ValueError(f"A has {len(arms[0])} units, B has {len(arms[1])}: they cannot be paired")
    if not draw_runs:
        return [sum(arm.mean(axis=1, keepdims=True) for arm in arms)]
    runs = [arm.shape[1] for arm in arms]
    if min(runs) < 2:
        raise ValueError(f"expected two runs or more to draw from, got {runs}")
    return arms


def _rates(right: np.ndarray) -> np.ndarray:
    rates = np.asarray(right, dtype=float)
    if rates.ndim != 2 or not rates.size:
        raise ValueError(f"expected a non-empty array of shape (U, R), got {rates.shape}")
    if (odd := rates[~((rates >= 0) & (rates <= 1))]).size:
        raise ValueError(f"expected shares from 0 to 1, got {odd[0]}")
    return 100 * rates


def _shares(clusters: np.ndarray, weights: np.ndarray | None, units: int) -> sparse.csr_array:
    """(S, U) weight of each unit at its cluster, elsewhere 0."""
    clusters = np.asarray(clusters)
    weights = np.ones(units) if weights is None else np.asarray(weights, dtype=float)
    if clusters.shape != (units,) or np.any(clusters != clusters):
        raise ValueError(f"expected a cluster for each of {units} units, none NaN, got {clusters.shape}")
    if weights.shape != (units,) or not np.all((weights > 0) & np.isfinite(weights)):
        raise ValueError(f"expected {units} positive weights, got {weights.shape}")
    names, places = np.unique(clusters, return_inverse=True)
    return sparse.csr_array((weights, (places, np.arange(units))), (len(names), units))


def _resampled_means(sums: list[np.ndarray], totals: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """(resamples,) means of the (S, R) weighted sums, when clusters and runs are drawn with replacement."""
    random, means = np.random.default_rng(seed), np.empty(resamples)
    together = max(1, min(CHUNK, MOST_DRAWN // len(totals)))
    for start in range(0, resamples, together):
        size = min(together, resamples - start)
        times = _times(random, len(totals), size)
        drawn = [(times @ arm * _times(random, arm.shape[1], size)).sum(axis=1) / arm.shape[1] for arm in sums]
        means[start : start + size] = sum(drawn) / (times @ totals)
    return means


def _times(random: np.random.Generator, number: int, size: int) -> np.ndarray:
    """(size, number) how often each of ``number`` is drawn with replacement."""
    return random.multinomial(number, np.full(number, 1 / number), size)
