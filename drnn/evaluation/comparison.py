"""What a comparison of two models amounts to: size of the effect, power of the test, verdict on the claim.

``resampling`` gives the intervals, ``statistics`` McNemar's test. Accuracies, shares and rates are in %; differences,
A less B, in percentage points; p-values, the level of significance and power from 0 to 1.
"""

from itertools import accumulate
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_effectsize

from drnn.evaluation.resampling import Interval
from drnn.evaluation.statistics import SIGNIFICANCE

HOLDS, DOES_NOT_HOLD, UNDECIDED = "holds", "does not hold", "undecided"
POWER = 0.8


class Comparison(NamedTuple):
    """The numbers that decide whether A is better than B."""

    difference: Interval
    """Of the accuracies with its 95 % interval, in points."""
    p: float
    """Of a test of the same difference, after ``holm``; two-sided, or one-sided in favour of A."""
    lead: float
    """Above 0 if that test favours A: ``only_a - only_b`` of McNemar's, or t."""


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """p-values adjusted for testing them all (Holm 1979), in the order given.

    The i-th smallest of m becomes (m - i + 1) p, at least the one before it and at most 1. If every claim below 0.05
    is accepted, the chance of any false alarm is at most 0.05, however the tests depend on each other.

    Raises:
        ValueError: a p-value is not from 0 to 1.
    """
    if odd := {name: p for name, p in p_values.items() if not 0 <= p <= 1}:
        raise ValueError(f"p-values are from 0 to 1, got {odd}")
    # statsmodels' multipletests gives the same and collects garbage at each call, a tenth of a second.
    order = sorted(p_values, key=p_values.get)
    stepped = [p_values[name] * (len(order) - rank) for rank, name in enumerate(order)]
    adjusted = dict(zip(order, accumulate(stepped, max), strict=True))
    return {name: min(adjusted[name], 1.0) for name in p_values}


def cohens_h(accuracy_a: float, accuracy_b: float) -> float:
    """Cohen's h (1988) of two accuracies in %: 2 asin √a - 2 asin √b, from -π to π; 0.2 is small, 0.8 is large.

    Raises:
        ValueError: an accuracy is not from 0 to 100.
    """
    if not (0 <= accuracy_a <= 100 and 0 <= accuracy_b <= 100):
        raise ValueError(f"accuracies are from 0 to 100 %, got {accuracy_a} and {accuracy_b}")
    return float(proportion_effectsize(accuracy_a / 100, accuracy_b / 100))


def odds_ratio(only_a: int, only_b: int) -> Interval:
    """Odds that A, not B, recognised a unit that one of them did, with the exact 95 % interval.

    The ends are those of the share of ``only_a`` (Clopper & Pearson 1934) as odds, share / (1 - share). The interval
    excludes 1 exactly when ``statistics.mcnemar`` has p < 0.05. Estimate and upper end are inf if ``only_b`` is 0.

    Args:
        only_a, only_b: units only A, only B recognised, from ``statistics.mcnemar``.

    Raises:
        ValueError: a count is negative, or both are 0.
    """
    if min(only_a, only_b) < 0 or only_a + only_b == 0:
        raise ValueError(f"expected counts with a sum above 0, got {only_a} and {only_b}")
    ends = binomtest(only_a, only_a + only_b).proportion_ci(1 - SIGNIFICANCE, "exact")
    low, high = (float(share / (1 - share)) if share < 1 else np.inf for share in ends)
    return Interval(only_a / only_b if only_b else np.inf, low, high)


def mcnemar_power(units: int, discordance: float, difference: float, significance: float = SIGNIFICANCE) -> float:
    """Chance that McNemar's exact two-sided test finds a true difference, before the discordant units are counted.

    Their number is binomial; given it, the share that A wins is. Both are summed over exactly. Connor's (1987) normal
    approximation promises a few points more for small samples. Units count as independent: sequences of one subject
    are not quite, and the true power is rather less.

    Args:
        units: test sequences.
        discordance: share of units that only one model recognises, in %.
        difference: share only A recognises less that only B recognises, in points; its sign does not matter.
        significance: the test rejects below it; Holm's first step has 0.05 / (number of claims).

    Raises:
        ValueError: no unit, a discordance outside 0 to 100, a larger difference, or a level not between 0 and 1.
    """
    if not (units >= 1 and 0 <= abs(difference) <= discordance <= 100 and 0 < significance < 1):
        found = f"{units} units, discordance {discordance} %, difference {difference} points, level {significance}"
        raise ValueError(f"expected units ≥ 1, |difference| ≤ discordance ≤ 100 and a level from 0 to 1, got {found}")
    if not discordance:
        return 0.0
    counts = np.arange(units + 1)
    most = binom.ppf(significance / 2, counts, 0.5) - 1  # rejects if one model wins this many or fewer
    share = (1 + difference / discordance) / 2
    found = binom.cdf(most, counts, share) + binom.sf(counts - most - 1, counts, share)
    return float(np.sum(binom.pmf(counts, units, discordance / 100) * found))


def detectable_difference(
    units: int, discordance: float, power: float = POWER, significance: float = SIGNIFICANCE
) -> float:
    """Smallest true difference, in points, that McNemar's test finds with the given power; see ``mcnemar_power``.

    A difference cannot exceed the discordance. If none up to the observed one suffices, the discordance grows with
    the difference: one model then wins every discordant unit.

    Args:
        units, discordance, significance: as in ``mcnemar_power``, as observed.
        power: from ``significance`` to 1, exclusive.

    Raises:
        ValueError: as ``mcnemar_power``, no such power, or too few units to find any difference.
    """
    if not significance < power < 1:
        raise ValueError(f"expected a power between {significance} and 1, got {power}")

    def lacking(difference: float) -> float:
        return mcnemar_power(units, max(discordance, difference), difference, significance) - power

    if lacking(100) < 0:
        raise ValueError(f"{units} units are too few: no difference has p < {significance}")
    return float(brentq(lacking, 0, 100))


def judge(found: Comparison, margin: float) -> str:
    """Verdict on "A is better than B"; the first rule that applies decides.

    1. "does not hold" if ``high < margin``: even the upper end is less than what matters. This includes that B is
       better, and that A is better for certain but by too little. p plays no part: it cannot show that a difference
       is small. This is one of the two one-sided tests of equivalence (Schuirmann 1987), at 2.5 %.
    2. "holds" if ``low > 0``, ``p < 0.05`` and ``lead > 0``: interval and test favour A.
    3. "undecided" otherwise.

    Args:
        found: the numbers.
        margin: smallest difference that matters in practice, in points, 0 or more; 0 if every gain does.

    Raises:
        ValueError: a number is NaN, the estimate lies outside its interval, p is not from 0 to 1, or the margin is
            negative.
    """
    estimate, low, high = found.difference
    if not (low <= estimate <= high and 0 <= found.p <= 1 and found.lead == found.lead and margin >= 0):
        raise ValueError(f"expected low ≤ estimate ≤ high, p from 0 to 1, a margin ≥ 0, got {found}, margin {margin}")
    if high < margin:
        return DOES_NOT_HOLD
    return HOLDS if low > 0 and found.p < SIGNIFICANCE and found.lead > 0 else UNDECIDED
