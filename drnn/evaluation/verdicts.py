"""Verdicts: is A better than B, worse, or as good in practice, and how sure is that?

A difference is A's accuracy less B's, in percentage points. Within ± `MARGIN` two models count as equally good
(region of practical equivalence; Kruschke 2018). What is known of the difference is a distribution: of a dataset's
mean over its splits or subjects, or over datasets. A verdict needs a probability of `CERTAINTY`.

Source: Benavoli, Corani, Demšar & Zaffalon (2017), Time for a change.
"""

from typing import NamedTuple

import baycomp
import numpy as np
from scipy.stats import t, wilcoxon
from statsmodels.stats.multitest import multipletests

from drnn.evaluation.resampling import Interval

MARGIN = 1.0
"""Points; set beforehand."""
CERTAINTY = 0.95
BETTER, WORSE, EQUIVALENT, UNDECIDED = "better", "worse", "equivalent", "undecided"
SAMPLES = 50_000
FEWEST_CLUSTERS = 5
"""Of fewer subjects or sequences a bootstrap is no interval: two have three samples, and may agree by chance."""
MOST_DATASETS = 1000


class Belief(NamedTuple):
    """What is known of a difference.

    Attributes:
        difference: with its 95 % interval, in points.
        better, equivalent, worse: probability that it is above the margin, within it, below it.
        p: two-sided p-value of no difference, by the frequentist test that goes with it.
    """

    difference: Interval
    better: float
    equivalent: float
    worse: float
    p: float

    @property
    def verdict(self) -> str:
        """The region that holds at least `CERTAINTY`, or `UNDECIDED`."""
        regions = {BETTER: self.better, EQUIVALENT: self.equivalent, WORSE: self.worse}
        return next((name for name, p in regions.items() if p >= CERTAINTY), UNDECIDED)


def over_splits(differences: np.ndarray, test_share: float) -> Belief:
    """Of one dataset, from its splits: the Bayesian correlated t-test (Corani & Benavoli 2015).

    Its posterior is Student's t around the mean, with the variance of the corrected resampled t-test. n_test / n_train
    stands for ρ / (1 − ρ), the correlation of splits that share training sequences. Of random draws that is Nadeau &
    Bengio's estimate (2003); of k folds, or subjects left out one by one, it is 1 / (k − 1), the source's ρ = 1 / k.

    Args:
        differences: (J,) of each split, seeds averaged first.
        test_share: n_test / n_train, of one split.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    differences = _checked(differences)
    scale = np.sqrt((1 / len(differences) + test_share) * differences.var(ddof=1))
    return _student(differences.mean(), scale, len(differences) - 1)


def over_clusters(interval: Interval, clusters: int) -> Belief:
    """Of one dataset, from the 95 % bootstrap interval of a difference over its subjects, or sequences, and seeds.

    :func:`drnn.evaluation.resampling.cluster_interval` widens the interval as t widens the normal. So it is read as
    one of Student's t.

    Args:
        interval: of the difference.
        clusters: subjects or sequences that the bootstrap drew from; fewer than `FEWEST_CLUSTERS` decide nothing.
    """
    if clusters < FEWEST_CLUSTERS:
        return Belief(interval, 0.0, 0.0, 0.0, 1.0)
    freedom = clusters - 1
    return _student(interval.estimate, interval.half_width / t.isf(0.025, freedom), freedom)


def over_datasets(differences: np.ndarray, samples: int = SAMPLES) -> Belief:
    """Over datasets: the Bayesian signed-rank test, beside the mean and its interval by Student's t.

    Args:
        differences: (D,) mean difference of each dataset.
        samples: of the posterior.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.
    """
    differences = _checked(differences)
    interval = _student(differences.mean(), differences.std(ddof=1) / np.sqrt(len(differences)), len(differences) - 1)
    test = baycomp.SignedRankTest(
        np.zeros(len(differences)), differences, rope=MARGIN, nsamples=samples, random_state=0
    )
    worse, equivalent, better = test.probs()
    return Belief(interval.difference, float(better), float(equivalent), float(worse), signed_rank(differences))


def signed_rank(differences: np.ndarray) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test over datasets (1945); 1 if all differences are 0."""
    differences = _checked(differences)
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0


def equivalence(differences: np.ndarray) -> float:
    """p-value of two one-sided signed-rank tests (Schuirmann 1987): is the difference within the margin?"""
    differences = _checked(differences)
    above = wilcoxon(differences + MARGIN, alternative="greater").pvalue
    below = wilcoxon(differences - MARGIN, alternative="less").pvalue
    return float(max(above, below))


def holm(p_values: list[float]) -> list[float]:
    """p-values adjusted for testing them all (Holm 1979), in the order given.

    The i-th smallest of m becomes (m - i + 1) p, at least the one before it and at most 1. If every claim below 0.05
    is accepted, the chance of any false alarm is at most 0.05, however the tests depend on each other.

    Raises:
        ValueError: a p-value is not from 0 to 1.
    """
    if odd := [p for p in p_values if not 0 <= p <= 1]:
        raise ValueError(f"p-values are from 0 to 1, got {odd[0]}")
    return multipletests(p_values, method="holm")[1].tolist() if len(p_values) else []


def datasets_needed(differences: np.ndarray) -> int | None:
    """Datasets that a verdict would take if further ones differed as these do; None for more than `MOST_DATASETS`.

    Args:
        differences: (D,) mean difference of each dataset.
    """
    differences = _checked(differences)
    for count in range(2, MOST_DATASETS + 1):
        scale = differences.std(ddof=1) / np.sqrt(count)
        if _student(differences.mean(), scale, count - 1).verdict != UNDECIDED:
            return count
    return None


def _student(mean: float, scale: float, freedom: int) -> Belief:
    """The belief that is Student's t; without spread all of it lies at the mean."""
    spread = t(freedom, mean, max(scale, 1e-9))  # points; less is a rounding error
    interval = Interval(float(mean), *map(float, spread.interval(0.95)))
    better = float(spread.sf(MARGIN))
    worse = float(spread.cdf(-MARGIN))
    p = float(2 * t.sf(abs(mean) / max(scale, 1e-9), freedom))
    return Belief(interval, better, 1 - better - worse, worse, p)


def _checked(differences: np.ndarray) -> np.ndarray:
    differences = np.asarray(differences, dtype=float)
    if differences.ndim != 1 or len(differences) < 2 or not np.isfinite(differences).all():
        raise ValueError(f"expected two finite differences or more, got {differences.tolist()}")
    return differences
