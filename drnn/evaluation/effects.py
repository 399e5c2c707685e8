"""How large a difference between two models is, and whether it is there in split after split."""

import math
from collections.abc import Sequence

import numpy as np

from drnn.evaluation.comparison import cohens_h, odds_ratio
from drnn.evaluation.resampling import cohens_dz, corrected_t
from drnn.evaluation.results import Effect, OverSplits

FEWEST = 3
"""With fewer splits their differences decide nothing."""


def effect(accuracies: tuple[float, float], counts: tuple[int, int], differences: np.ndarray) -> Effect:
    """The size of a difference in units that do not depend on the data set.

    Args:
        accuracies: mean accuracy of A and of B, in %.
        counts: units that only A, and only B, recognised, from ``statistics.mcnemar``.
        differences: (J,) accuracy of A less that of B in each of J splits, in points.

    Returns:
        Its odds ratio, with the ends of the 95 % interval as [ratio, low, high], is None where B alone recognised
        nothing, for JSON holds no infinity; d_z of the differences is None with one split, or where all are equal
        and not 0.
    """
    ratio = odds_ratio(*counts) if any(counts) else None
    return Effect(
        cohens_h=cohens_h(*np.clip(accuracies, 0, 100).tolist()),
        odds_ratio=list(ratio) if ratio and all(map(math.isfinite, ratio)) else None,
        dz=_dz(differences),
    )


def over_splits(differences: np.ndarray, shares: Sequence[float]) -> OverSplits | None:
    """The corrected resampled t-test of the splits' differences; see ``resampling.corrected_t``.

    Args:
        differences: (J,) accuracy of A less that of B in each split, in points; seeds averaged first.
        shares: (J,) test sequences / training sequences of each split; their mean corrects.

    Returns:
        None for fewer than `FEWEST` splits, or where all differences are equal and not 0: they have no variance.
    """
    if len(differences) < FEWEST or _dz(differences) is None:
        return None
    statistic, p, (mean, low, high) = corrected_t(differences, float(np.mean(shares)))
    return OverSplits(mean=mean, interval=[low, high], p=p, t=statistic, splits=len(differences))


def _dz(differences: np.ndarray) -> float | None:
    try:
        return cohens_dz(differences)
    except ValueError:  # one split, or no variance
        return None
