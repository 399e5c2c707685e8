"""Where a higher order helps: the differences of the datasets beside what each dataset is like."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr, t

from drnn.evaluation.across import FEWEST
from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Compared, Metrics, Result
from drnn.evaluation.verdicts import holm

Pair = tuple[str, str]
"""Claimed to be better, and its baseline."""
LEVEL = 0.05


@dataclass(frozen=True)
class Setting:
    """A dataset under its first protocol, trained by one recipe.

    Attributes:
        sequences: that train, mean over the splits.
        values: of a frame, before differences stand beside them; None: not known.
        found: the claims that an order above 0 is better than order 0, of as many units or of as many parameters.
        trained: the results of recurrent models.
    """

    facts: Facts
    recipe: str
    sequences: float | None
    values: int | None
    found: dict[Pair, Compared]
    trained: list[Result]


PROPERTIES: dict[str, Callable[[Setting], float | None]] = {
    "length": lambda one: one.facts.length,
    "sequences": lambda one: one.sequences,
    "noise": lambda one: one.facts.noise,
    "values": lambda one: one.values,
    "classes": lambda one: len(one.facts.classes),
    "sensors": lambda one: None if one.facts.kind is None else float(one.facts.kind == "sensors"),
}
"""What differences are held against. `sensors` is 1 for sensors and 0 for skeletons and videos."""


def settings(metrics: list[Metrics]) -> list[Setting]:
    """Each dataset with each recipe that a claim was tested with; ensembles are none of their own."""
    found = []
    for ran in metrics:
        facts = ran.facts
        here = [one for one in ran.comparisons if one.protocol == facts.protocols[0]]
        claims = [one for one in here if facts.claim(one.better, one.baseline)]
        for recipe in dict.fromkeys(one.recipe for one in claims if not one.is_ensemble):
            own = {(one.better, one.baseline): one for one in claims if one.recipe == recipe}
            found.append(_setting(ran, recipe, own))
    return found


def _setting(ran: Metrics, recipe: str, found: dict[Pair, Compared]) -> Setting:
    facts = ran.facts
    splits = [sides.train for sides in facts.sequences.get(facts.protocols[0], [])]
    trained = [r for r in ran.under(facts.protocols[0], recipe) if r.model in facts.models]
    return Setting(facts, recipe, float(np.mean(splits)) if splits else None, _values(facts, recipe), found, trained)


def _values(facts: Facts, recipe: str) -> int | None:
    """The inputs of the first recipe are known; another has as many values if its features are the same."""
    first, own = (facts.settings.get(name, {}) for name in (facts.recipes[0], recipe))
    alike = first.get("features") == own.get("features")
    return facts.feature_size // (1 + len(first.get("differences", []))) if alike else None


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of a claim's differences with a property, over the datasets that have both.

    Attributes:
        p, p_holm: two-sided p-value of no correlation; and corrected for all claims and properties of the recipe.
    """

    recipe: str
    pair: Pair
    property: str
    datasets: int
    rho: float
    p: float
    p_holm: float


def correlations(found: list[Setting]) -> list[Correlation]:
    """Every claim with every property that varies, where enough datasets have both."""
    whole = [one for one in found if one.facts.is_whole]
    recipes = dict.fromkeys(one.recipe for one in whole)
    return [made for recipe in recipes for made in _of_recipe([one for one in whole if one.recipe == recipe])]


def _of_recipe(found: list[Setting]) -> list[Correlation]:
    raw = []
    for pair in dict.fromkeys(pair for one in found for pair in one.found):
        for name, value in PROPERTIES.items():
            points = [(value(one), one.found[pair].difference) for one in found if pair in one.found]
            points = [point for point in points if point[0] is not None]
            if len(points) >= FEWEST and all(len(set(side)) > 1 for side in zip(*points, strict=True)):
                raw.append((pair, name, len(points), *map(float, spearmanr(points))))
    corrected = holm([p for *_, p in raw])
    return [Correlation(found[0].recipe, *one, p_holm) for one, p_holm in zip(raw, corrected, strict=True)]


def weakest_seen(datasets: int, tests: int = 1) -> float:
    """The least rank correlation of so many datasets that is significant at `LEVEL` as the first of so many tests.

    By the t-distribution with which scipy judges it: t = ρ √((n − 2) / (1 − ρ²)).
    """
    freedom = datasets - 2
    quantile = t.isf(LEVEL / tests / 2, freedom)
    return float(quantile / np.sqrt(freedom + quantile**2))
