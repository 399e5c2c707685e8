"""Models compared in pairs, on the test sequences and splits that both were run on.

A comparison has two intervals. One is over test sequences, for the subjects and runs at hand. The other is over
subjects, and over runs where both have two or more: it says what to expect of other people and seeds, and it decides
the verdict, with McNemar's test after Holm's correction for all claims of a family.
"""

import itertools
from collections.abc import Iterable

import numpy as np

from drnn.evaluation.comparison import Comparison, detectable_difference, holm, judge
from drnn.evaluation.predictions import Run, units
from drnn.evaluation.resampling import Interval, seed_interval, subject_interval
from drnn.evaluation.statistics import mcnemar, paired_difference, recognised

MARGIN = 1.0
"""Smallest difference of accuracies that matters, in points: a claim of one fails where there is certainly less."""
NEVER = 100.0
"""Stands for the difference, in points, that McNemar's test can find among too few sequences to find any."""

Runs = dict[str, list[Run]]
"""Name of a model → its runs, of one protocol and recipe."""


def neighbours(runs: Runs, orders: dict[str, int]) -> list[dict]:
    """Every model against those of the next lower order, and those of the highest order against order 0."""
    present = [name for name in orders if name in runs]
    levels = sorted({orders[name] for name in present})
    steps = [(high, low) for low, high in itertools.pairwise(levels)]
    if levels[0] == 0 and len(levels) > 2:
        steps.append((levels[-1], 0))
    at = {level: [name for name in present if orders[name] == level] for level in levels}
    return _family((runs, runs), (pair for high, low in steps for pair in itertools.product(at[high], at[low])))


def against(runs: Runs, others: Runs, orders: dict[str, int]) -> list[dict]:
    """Those of the highest order against each other method."""
    highest = max(orders[name] for name in runs)
    return _family((runs, others), itertools.product((name for name in runs if orders[name] == highest), others))


def _family(sides: tuple[Runs, Runs], pairs: Iterable[tuple[str, str]]) -> list[dict]:
    """A comparison of each pair that has splits in common, and the verdicts of all."""
    found = []
    for better, baseline in pairs:
        both = sides[0][better], sides[1][baseline]
        if common := {run.split for run in both[0]} & {run.split for run in both[1]}:
            found.append({"better": better, "baseline": baseline} | _comparison(*both, sorted(common)))
    corrected = holm({str(n): one["p"] for n, one in enumerate(found)}).values()
    return [one | {"p_holm": p, "verdict": _verdict(one, p)} for one, p in zip(found, corrected, strict=True)]


def _comparison(better: list[Run], baseline: list[Run], splits: list[int]) -> dict:
    (right_a, weights, subjects), (right_b, *_) = units(better, splits), units(baseline, splits)
    difference, low, high = paired_difference(right_a, right_b, weights)
    only_better, only_baseline, p = mcnemar(recognised(right_a), recognised(right_b))
    return {
        "difference": difference,
        "interval": [low, high],
        "interval_subjects": _over_subjects(right_a, right_b, weights, subjects),
        "by_seeds": _by_seeds(right_a, right_b, weights),
        "only_better": only_better,
        "only_baseline": only_baseline,
        "p": p,
        "detectable": _detectable(len(subjects), 100 * (only_better + only_baseline) / len(subjects)),
    }


def _over_subjects(
    right_a: np.ndarray, right_b: np.ndarray, weights: np.ndarray, subjects: np.ndarray
) -> list[float] | None:
    """The ends of the difference's interval over subjects, and over runs where both have two or more."""
    if len(np.unique(subjects)) < 2:
        return None
    seeds = "independent" if min(right_a.shape[1], right_b.shape[1]) > 1 else "fixed"
    return list(subject_interval(right_a, subjects, baseline=right_b, seeds=seeds, weights=weights)[1:])


def _by_seeds(right_a: np.ndarray, right_b: np.ndarray, weights: np.ndarray) -> float | None:
    """To ± how many points the difference is known, as far as it depends on the seeds; None with one of a model."""
    if min(right_a.shape[1], right_b.shape[1]) < 2:
        return None
    accuracies = (100 * np.average(right, axis=0, weights=weights) for right in (right_a, right_b))
    return seed_interval(*accuracies, paired=False).half_width


def _detectable(sequences: int, discordance: float) -> float:
    try:
        return detectable_difference(sequences, discordance)
    except ValueError:  # too few sequences
        return NEVER


def _verdict(found: dict, p: float) -> str:
    low, high = found["interval_subjects"] or found["interval"]
    # With few subjects a bootstrap's ends can miss the estimate by a hair.
    ends = min(low, found["difference"]), max(high, found["difference"])
    lead = found["only_better"] - found["only_baseline"]
    return judge(Comparison(Interval(found["difference"], *ends), p, lead), MARGIN)
