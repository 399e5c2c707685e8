"""Models compared in pairs, on the test sequences and splits that both were run on.

With three splits or more, what is known of a difference comes from the splits (``verdicts.over_splits``): a sequence
that several splits test is no new evidence, and splits share most of their training sequences. Else it comes from a
bootstrap over the test subjects; of fewer than five, over the test sequences, which speaks of these people alone.
So does it where each split leaves one sequence out, and where the people of the test sequences train, too.
"""

import itertools
from collections.abc import Iterable
from typing import Literal

import numpy as np

from drnn.evaluation.predictions import Run, Units, by_split, units
from drnn.evaluation.resampling import Interval, cluster_interval
from drnn.evaluation.results import Compared
from drnn.evaluation.verdicts import FEWEST_CLUSTERS, Belief, holm, over_clusters, over_splits

FEWEST_SPLITS = 3
"""Fewer have a variance of little meaning."""

Over = Literal["splits", "subjects", "sequences"]
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


def matched(place: Place, runs: Runs, sizes: dict[str, str], shares: Shares) -> list[Compared]:
    """Every model against that which was given as many parameters: the claims at equal size.

    Args:
        place, runs, shares: as in ``neighbours``.
        sizes: name of a model → that whose number of parameters it has.
    """
    pairs = ((larger, name) for name, larger in sizes.items() if name in runs and larger in runs)
    return _family(place, (((larger, runs[larger]), (name, runs[name])) for larger, name in pairs), shares)


def against(
    place: Place, runs: Runs, others: Runs, orders: dict[str, int], known: list[Compared], shares: Shares
) -> list[Compared]:
    """Those of the highest order against each baseline, and against each model that ``orders`` does not have.

    A family of its own: these pairs are no claim of the paper, and how many there are must not weaken its claims.

    Args:
        place, runs, orders, shares: as in ``neighbours``.
        others: runs of the non-recurrent baselines.
        known: comparisons that are made elsewhere.
    """
    present = [name for name in orders if name in runs]
    highest = [name for name in present if orders[name] == max(orders[one] for one in present)]
    beside = [*others.items(), *((name, of) for name, of in runs.items() if name not in orders)]
    done = {(one.better, one.baseline) for one in known}
    pairs = ((name, other) for name, other in itertools.product(highest, beside) if (name, other[0]) not in done)
    return _family(place, (((name, runs[name]), other) for name, other in pairs), shares)


def _family(
    place: Place, pairs: Iterable[tuple[tuple[str, list[Run]], tuple[str, list[Run]]]], shares: Shares
) -> list[Compared]:
    """A comparison of each pair that has splits in common."""
    found = []
    for (better, ours), (baseline, theirs) in pairs:
        if common := sorted({run.split for run in ours} & {run.split for run in theirs}):
            over, belief = believed(ours, theirs, common, shares)
            seeds = min(len({run.seed for run in runs}) for runs in (ours, theirs))
            found.append(((better, baseline), over, (len(common), seeds), belief))
    corrected = holm([belief.p for *_, belief in found])
    return [_compared(place, *one, p_holm) for one, p_holm in zip(found, corrected, strict=True)]


def _compared(
    place: Place, pair: tuple[str, str], over: Over, counts: tuple[int, int], belief: Belief, p_holm: float
) -> Compared:
    return Compared(
        protocol=place[0],
        recipe=place[1],
        better=pair[0],
        baseline=pair[1],
        over=over,
        splits=counts[0],
        seeds=counts[1],
        difference=belief.difference.estimate,
        interval=[belief.difference.low, belief.difference.high],
        p_better=belief.better,
        p_equivalent=belief.equivalent,
        p_worse=belief.worse,
        p=belief.p,
        p_holm=p_holm,
        verdict=belief.verdict,
    )


def believed(better: list[Run], baseline: list[Run], splits: list[int], shares: Shares) -> tuple[Over, Belief]:
    """What is known of the difference of two models, and what that speaks of.

    Args:
        better, baseline: runs of the two.
        splits: that both have.
        shares: as in ``neighbours``.
    """
    if len(splits) >= FEWEST_SPLITS and not _of_one(better, splits):
        differences = by_split(better, splits) - by_split(baseline, splits)
        share = float(np.mean([shares[split] for split in splits]))
        return "splits", over_splits(np.round(differences, 9), share)  # cancelling differences may end at 1e-17
    ours = units(better, splits)
    over, interval = interval_of(ours, units(baseline, splits).right)
    clusters = len(np.unique(ours.subjects if over == "subjects" else ours.names))
    return over, over_clusters(interval, clusters)


def _of_one(runs: list[Run], splits: list[int]) -> bool:
    """Whether every split tests a single sequence: the accuracies of splits are then 0 or 100 %."""
    return all(len(run.names) == 1 for run in runs if run.split in splits)


def interval_of(found: Units, baseline: np.ndarray | None = None) -> tuple[Literal["subjects", "sequences"], Interval]:
    """The mean accuracy of units, or its difference to a baseline's, and what its interval speaks of.

    Runs are drawn, too, where each side has two or more.

    Args:
        found: the units.
        baseline: (U, R_b) of the same units.
    """
    enough = len(np.unique(found.subjects)) >= FEWEST_CLUSTERS
    clusters = found.subjects if enough else found.names
    fewest = min(side.shape[1] for side in (found.right, baseline) if side is not None)
    interval = cluster_interval(found.right, clusters, baseline=baseline, draw_runs=fewest > 1, weights=found.weights)
    return "subjects" if enough else "sequences", interval
