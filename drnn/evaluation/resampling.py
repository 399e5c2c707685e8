"""How far a result carries over: to other subjects, to other splits and to other seeds.

``subject_interval`` resamples subjects, ``corrected_t`` compares over splits, ``seed_interval`` over seeds.
Accuracies are in %; differences, A less B, in percentage points.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import norm, t
from statsmodels.stats.weightstats import CompareMeans

from drnn.evaluation.statistics import CHUNK, RESAMPLES, SIGNIFICANCE


class Interval(NamedTuple):
    """An estimate with its 95 % interval."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """The estimate is known to about ± this much."""
        return (self.high - self.low) / 2


def subject_interval(
    right: np.ndarray,
    subjects: np.ndarray,
    *,
    baseline: np.ndarray | None = None,
    seeds: Literal["fixed", "paired", "independent"],
    weights: np.ndarray | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean accuracy of A, or its difference to the baseline B, with a 95 % bootstrap interval over subjects.

    A subject is drawn with its units of every split (cluster bootstrap; Davison & Hinkley 1997, section 3.8).
    Plain percentiles are too narrow for few subjects; they are widened as t widens the normal (Hesterberg 2015):
    with S subjects Φ(-√(S / (S - 1)) t) replaces 2.5 %. Of five or fewer the interval remains too narrow.

    Args:
        right: (U, R) bool, or shares from 0 to 1: whether each of A's R runs got the unit right.
        subjects: (U,) who performed each unit; any labels.
        baseline: (U, R_b) the same of B, same units in the same order. Default: none, the accuracy of A alone.
        seeds: "fixed": the interval speaks of these runs. Otherwise of other seeds too, runs are drawn as well
            (two-way or pigeonhole bootstrap; Owen 2007): "paired" draws run r of A and B together, "independent"
            draws A's and B's apart. Nothing is widened for few seeds.
        weights: (U,) positive, as in ``statistics.accuracy_interval``. Default: all equal.
        resamples, seed: of the bootstrap.

    Raises:
        ValueError: shapes do not fit, a value is no share, fewer than two subjects, or fewer than two runs to draw.
    """
    arms = _arms(right, baseline, seeds)
    shares = _shares(subjects, weights, len(arms[0]))
    sums = [shares @ arm for arm in arms]
    means = _resampled_means(sums, shares.sum(axis=1), resamples, seed)
    freedom = len(shares) - 1
    tail = norm.cdf(-np.sqrt(1 + 1 / freedom) * t.isf(SIGNIFICANCE / 2, freedom))
    mean = sum(arm.mean(axis=1).sum() for arm in sums) / shares.sum()
    # As in statistics.py: an end of 0 must not become 1e-17.
    return Interval(*np.round((mean, *np.quantile(means, (tail, 1 - tail))), 9).tolist())


def corrected_t(differences: np.ndarray, test_share: float) -> tuple[float, float, Interval]:
    """Corrected resampled t-test (Nadeau & Bengio 2003): does A differ from B over splits that share training data?

    t = mean / √((1 / J + n_test / n_train) variance), with J - 1 degrees of freedom. The second term stands for the
    correlation of splits that share training sequences. Without it (0) this is the ordinary paired t-test.

    Args:
        differences: (J,) accuracy of A less that of B in each split, in points; seeds averaged first.
        test_share: n_test / n_train, of one split.

    Returns:
        t, two-sided p and the mean difference in points with its 95 % interval; t = 0 if all differences are 0.

    Raises:
        ValueError: as ``cohens_dz``, or a negative or infinite share.
    """
    differences = _values(differences, "differences")
    if not 0 <= test_share < np.inf:
        raise ValueError(f"test_share is n_test / n_train, got {test_share}")
    freedom = len(differences) - 1
    factor = np.sqrt(1 / len(differences) + test_share)
    statistic = cohens_dz(differences) / factor
    mean, half = differences.mean(), factor * differences.std(ddof=1) * t.isf(SIGNIFICANCE / 2, freedom)
    p = 2 * t.sf(abs(statistic), freedom)
    return float(statistic), float(p), Interval(float(mean), float(mean - half), float(mean + half))


def seed_interval(a: np.ndarray, b: np.ndarray) -> Interval:
    """Mean accuracy of A less that of B with its 95 % interval over seeds (Welch 1947), which are not paired.

    Args:
        a, b: (R_a,), (R_b,) accuracy of each seed in %.

    Raises:
        ValueError: not two finite accuracies or more of each.
    """
    a, b = (np.round(_values(values, f"accuracies of {name}"), 9) for name, values in (("A", a), ("B", b)))
    difference = float(a.mean() - b.mean())
    if not (np.ptp(a) or np.ptp(b)):  # no variance: the degrees of freedom are undefined
        return Interval(difference, difference, difference)
    low, high = CompareMeans.from_data(a, b).tconfint_diff(SIGNIFICANCE, usevar="unequal")
    return Interval(difference, float(low), float(high))


def cohens_dz(differences: np.ndarray) -> float:
    """Cohen's d_z (1988): mean over standard deviation of (J,) differences of seeds or splits; 0 if all are 0.

    Raises:
        ValueError: not two finite differences or more, or all equal but not 0.
    """
    differences = _values(differences, "differences")
    if not differences.any():
        return 0.0
    if np.ptp(differences) < 1e-9:  # points; less is a rounding error
        raise ValueError(f"all {len(differences)} differences are {differences[0]}: they have no variance")
    return float(differences.mean() / differences.std(ddof=1))


def _arms(right: np.ndarray, baseline: np.ndarray | None, seeds: str) -> list[np.ndarray]:
    """Signed rates in %, (U, R) each, that add up to the estimate; the runs of each are drawn apart."""
    if seeds not in ("fixed", "paired", "independent"):
        raise ValueError(f"seeds is fixed, paired or independent, got {seeds!r}")
    arms = [_rates(right)] if baseline is None else [_rates(right), -_rates(baseline)]
    if len({len(arm) for arm in arms}) > 1:
        raise ValueError(f"A has {len(arms[0])} units, B has {len(arms[1])}: they cannot be paired")
    runs = [arm.shape[1] for arm in arms]
    if seeds == "fixed":
        return [sum(arm.mean(axis=1, keepdims=True) for arm in arms)]
    if min(runs) < 2:
        raise ValueError(f"expected two runs or more to draw from, got {runs}")
    if seeds == "independent":
        return arms
    if len(set(runs)) > 1:
        raise ValueError(f"A has {runs[0]} runs, B has {runs[1]}: their seeds cannot be paired")
    return [sum(arms)]


def _rates(right: np.ndarray) -> np.ndarray:
    rates = np.asarray(right, dtype=float)
    if rates.ndim != 2 or not rates.size:
        raise ValueError(f"expected a non-empty array of shape (U, R), got {rates.shape}")
    if (odd := rates[~((rates >= 0) & (rates <= 1))]).size:
        raise ValueError(f"expected shares from 0 to 1, got {odd[0]}")
    return 100 * rates


def _shares(subjects: np.ndarray, weights: np.ndarray | None, units: int) -> np.ndarray:
    """(S, U) weight of each unit at its subject, elsewhere 0."""
    subjects = np.asarray(subjects)
    weights = np.ones(units) if weights is None else np.asarray(weights, dtype=float)
    if subjects.shape != (units,) or np.any(subjects != subjects):
        raise ValueError(f"expected a subject for each of {units} units, none NaN, got {subjects.shape}")
    if weights.shape != (units,) or not np.all((weights > 0) & np.isfinite(weights)):
        raise ValueError(f"expected {units} positive weights, got {weights.shape}")
    names = np.unique(subjects)
    if len(names) < 2:
        raise ValueError(f"expected two subjects or more, got {names.tolist()}")
    return (subjects == names[:, None]) * weights


def _resampled_means(sums: list[np.ndarray], totals: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """(resamples,) means of the (S, R) weighted sums, when subjects and runs are drawn with replacement."""
    random, means = np.random.default_rng(seed), np.empty(resamples)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        times = _times(random, len(totals), size)
        drawn = [(times @ arm * _times(random, arm.shape[1], size)).sum(axis=1) / arm.shape[1] for arm in sums]
        means[start : start + size] = sum(drawn) / (times @ totals)
    return means


def _times(random: np.random.Generator, number: int, size: int) -> np.ndarray:
    """(size, number) how often each of ``number`` is drawn with replacement."""
    return random.multinomial(number, np.full(number, 1 / number), size)


def _values(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.all(np.isfinite(values)):
        raise ValueError(f"expected two finite {name} or more, got {values.tolist()}")
    return values
