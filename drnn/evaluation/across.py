"""The claims over all datasets: each dataset gives one difference, and all of them a verdict."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from drnn.evaluation.results import Compared, Metrics
from drnn.evaluation.verdicts import Belief, datasets_needed, equivalence, over_datasets

FEWEST = 5
"""Of fewer datasets the signed-rank test decides nothing, whatever they say."""


@dataclass(frozen=True)
class Across:
    """The claim that ``better`` is better than ``baseline``, over datasets.

    Attributes:
        found: dataset → its comparison under its first protocol.
        belief: what is known of the difference on other datasets.
        equivalence: p-value of two one-sided signed-rank tests that it is within the margin.
        needed: datasets that a verdict would take if further ones differed as these do; None: too many.
    """

    recipe: str
    better: str
    baseline: str
    found: dict[str, Compared]
    belief: Belief
    equivalence: float
    needed: int | None


def across(metrics: list[Metrics]) -> list[Across]:
    """Every claim that enough datasets have with one recipe; none of made-up data or samples counts."""
    claims: dict[tuple[str, str, str], dict[str, Compared]] = {}
    for ran in (ran for ran in metrics if ran.facts.is_whole):
        for one in ran.comparisons:
            if one.protocol == ran.facts.protocols[0] and not one.is_ensemble:
                claims.setdefault((one.recipe, one.better, one.baseline), {})[ran.facts.dataset] = one
    return [_across(claim, found) for claim, found in claims.items() if len(found) >= FEWEST]


def _across(claim: tuple[str, str, str], found: dict[str, Compared]) -> Across:
    return Across(*claim, found, *_weighed(tuple(one.difference for one in found.values())))


@cache
def _weighed(differences: tuple[float, ...]) -> tuple[Belief, float, int | None]:
    """Belief, equivalence and datasets needed: a second's work, which tables, figures and sentences all ask for."""
    of_datasets = np.array(differences)
    return over_datasets(of_datasets), equivalence(of_datasets), datasets_needed(of_datasets)
