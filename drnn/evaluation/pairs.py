"""Models compared in pairs, on the test sequences and splits that both were run on.

A comparison has two intervals. One is over test sequences, for the subjects and runs at hand. The other is over
subjects, and over runs where both have two or more: it says what to expect of other people and seeds. It decides
the verdict, with McNemar's test after Holm's correction for all claims of a family. Of fewer than five subjects there
is no such interval: they cannot say what to expect of others, so the verdict is "undecided".

With three splits or more another test decides. A sequence that several splits test is several units to the bootstrap
and to McNemar's test, though it is no new evidence, and splits share most of their training sequences. The corrected
resampled t-test (``effects.over_splits``) takes one difference a split and widens its error for what the splits
share. Its two-sided p, corrected by Holm for the same family, and its interval then decide the verdict.
"""

import itertools
from collections.abc import Iterable

import numpy as np

from drnn.evaluation.comparison import UNDECIDED, Comparison, detectable_difference, holm, judge
from drnn.evaluation.effects import FEWEST, effect, over_splits
from drnn.evaluation.predictions import Run, by_split, units
from drnn.evaluation.resampling import Interval, seed_interval, subject_interval
from drnn.evaluation.results import Compared, OverSplits
from drnn.evaluation.statistics import mcnemar, paired_difference, recognised

MARGIN = 1.0
"""Smallest difference of accuracies that matters, in points: a claim of one fails where there is certainly less."""
NEVER = 100.0
"""Stands for the difference, in points, that McNemar's test can find among too few sequences to find any."""

FEWEST_SUBJECTS = 5
"""Of fewer test subjects a bootstrap is no interval: two have three samples, and may agree by chance."""

Runs = dict[str, list[Run]]
"""Name of a model → its runs, of one protocol and recipe."""
Place = tuple[str, str]
"""Protocol and recipe."""
Shares = dict[int, float]
"""Split → its test sequences / training sequences."""


def neighbours(place: Place, runs: Runs, orders: dict[str, int], shares: Shares) -> list[Compared]:
    """Every model against those of the next lower order, and those of the highest order against order 0.

    Args:
        place: protocol and recipe of the runs.
        runs: of all models.
        orders: of the models that the paper's claims are about; the others are not compared here.
        shares: of every split, where there are three or more.
    """
    present = [name for name in orders if name in runs]
    levels = sorted({orders[name] for name in present})
    steps = [(high, low) for low, high in itertools.pairwise(levels)]
    if len(levels) > 2 and levels[0] == 0:
        steps.append((levels[-1], 0))
    at = {level: [name for name in present if orders[name] == level] for level in levels}
    pairs = (pair for high, low in steps for pair in itertools.product(at[high], at[low]))
    return _family(place, (((high, runs[high]), (low, runs[low])) for high, low in pairs), shares)


def against(place: Place, runs: Runs, others: Runs, orders: dict[str, int], shares: Shares) -> list[Compared]:
    """Those of the highest order against each baseline, and against each model that ``orders`` does not have.

    A family of its own: these pairs are no claim of the paper, and how many there are must not weaken its claims.

    Args:
        place, runs, orders, shares: as in ``neighbours``.
        others: runs of the non-recurrent baselines.
    """
    present = [name for name in orders if name in runs]
    highest = [name for name in present if orders[name] == max(orders[one] for one in present)]
    beside = [*others.items(), *((name, of) for name, of in runs.items() if name not in orders)]
    return _family(place, (((name, runs[name]), other) for name, other in itertools.product(highest, beside)), shares)


def _family(
    place: Place, pairs: Iterable[tuple[tuple[str, list[Run]], tuple[str, list[Run]]]], shares: Shares
) -> list[Compared]:
    """A comparison of each pair that has splits in common, and the verdicts of all."""
    found = []
    for (better, ours), (baseline, theirs) in pairs:
        if common := {run.split for run in ours} & {run.split for run in theirs}:
            names = {"protocol": place[0], "recipe": place[1], "better": better, "baseline": baseline}
            found.append(names | _comparison(ours, theirs, sorted(common), shares))
    deciding = {str(n): one["over_splits"].p if one["over_splits"] else one["p"] for n, one in enumerate(found)}
    corrected = holm(deciding).values()
    return [Compared(**one, p_holm=p, verdict=_verdict(one, p)) for one, p in zip(found, corrected, strict=True)]


def _comparison(better: list[Run], baseline: list[Run], splits: list[int], shares: Shares) -> dict:
    """The fields of a comparison but for what its family decides."""
    right_a, weights, subjects = units(better, splits)
    right_b, *_ = units(baseline, splits)
    difference, low, high = paired_difference(right_a, right_b, weights)
    only_better, only_baseline, p = mcnemar(recognised(right_a), recognised(right_b))
    accuracies = by_split(better, splits), by_split(baseline, splits)
    differences = np.round(accuracies[0] - accuracies[1], 9)  # a sum of cancelling differences may end at 1e-17
    several = over_splits(differences, [shares[split] for split in splits]) if len(splits) >= FEWEST else None
    return {
        "difference": difference,
        "interval": [low, high],
        "interval_subjects": over_subjects(right_a, weights, subjects, baseline=right_b),
        "by_seeds": _by_seeds(right_a, right_b, weights),
        "only_better": only_better,
        "only_baseline": only_baseline,
        "p": p,
        "detectable": _detectable(len(subjects), 100 * (only_better + only_baseline) / len(subjects)),
        "effect": effect(tuple(a.mean() for a in accuracies), (only_better, only_baseline), differences),
        "over_splits": several,
    }


def over_subjects(
    right: np.ndarray, weights: np.ndarray, subjects: np.ndarray, baseline: np.ndarray | None = None
) -> list[float] | None:
    """The ends of an accuracy's interval, or of its difference to a baseline's, over subjects and, if they can, runs.

    Runs are drawn, too, where each side has two or more. None for fewer than five subjects.

    Args:
        right, weights, subjects: (U, R), (U,) and (U,) of ``predictions.units``.
        baseline: (U, R_b) as ``right``.
    """
    if len(np.unique(subjects)) < FEWEST_SUBJECTS:
        return None
    fewest = min(side.shape[1] for side in (right, baseline) if side is not None)
    seeds = "independent" if fewest > 1 else "fixed"
    return list(subject_interval(right, subjects, baseline=baseline, seeds=seeds, weights=weights)[1:])


def _by_seeds(right_a: np.ndarray, right_b: np.ndarray, weights: np.ndarray) -> float | None:
    """To ± how many points the difference is known, as far as it depends on the seeds; None with one of a model."""
    if min(right_a.shape[1], right_b.shape[1]) < 2:
        return None
    accuracies = (100 * np.average(right, axis=0, weights=weights) for right in (right_a, right_b))
    return seed_interval(*accuracies).half_width


def _detectable(sequences: int, discordance: float) -> float:
    try:
        return detectable_difference(sequences, discordance)
    except ValueError:  # too few sequences
        return NEVER


def _verdict(found: dict, p: float) -> str:
    """By the corrected t-test over the splits where there is one, else by McNemar's and the interval over subjects."""
    several: OverSplits | None = found["over_splits"]
    if several:
        estimate, (low, high), lead = several.mean, several.interval, several.t
    elif found["interval_subjects"]:
        estimate, (low, high) = found["difference"], found["interval_subjects"]
        lead = found["only_better"] - found["only_baseline"]
    else:
        return UNDECIDED
    # With few subjects a bootstrap's ends can miss the estimate by a hair.
    return judge(Comparison(Interval(estimate, min(low, estimate), max(high, estimate)), p, lead), MARGIN)
