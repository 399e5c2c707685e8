"""What the figure of the verdict shows: a row for each dataset and recipe, and one for all datasets together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from drnn.evaluation.across import FEWEST, across
from drnn.evaluation.resampling import Interval
from drnn.evaluation.results import Metrics
from drnn.report import measured
from drnn.report.display import Names
from drnn.report.paper import paper

UNITS, PARAMETERS, ACCURACY = "units", "parameters", "accuracy"
"""What a mark shows: a difference to order 0 of as many units or parameters (`Facts.claim`); or an accuracy."""


class Mark(NamedTuple):
    """A number of a model with its interval, and the paper's."""

    name: str
    order: int
    value: Interval
    paper: float | None = None


@dataclass(frozen=True)
class Row:
    """A dataset with a recipe, or all datasets with it; differences in points, accuracies in %."""

    dataset: str
    recipe: str
    marks: dict[str, list[Mark]]
    overall: bool = False

    @property
    def gain(self) -> float:
        """The difference of the highest order to order 0 of as many units; none is least."""
        marks = self.marks[UNITS]
        return max(marks, key=lambda mark: mark.order).value.estimate if marks else float("-inf")


def rows(metrics: list[Metrics]) -> list[Row]:
    """Of real data, or of made-up data where there is nothing else; many datasets by their gain, the largest first."""
    synthetic = measured.all_synthetic(metrics)
    shown = [ran for ran in metrics if synthetic or not ran.facts.synthetic]
    found = [row for ran in shown for row in _of_dataset(ran)]
    if len(shown) >= FEWEST:
        found.sort(key=lambda row: -row.gain)
    return found + _over_all(metrics)


def _of_dataset(ran: Metrics) -> Iterator[Row]:
    """A row for each recipe under the first protocol; ensembles have none."""
    facts, names = ran.facts, Names(ran.facts)
    protocol = facts.protocols[0]
    own = [r for r in ran.under_protocol(protocol) if not (r.is_ensemble or r.is_baseline)]
    stated = {row.model: row.accuracy for row in paper().own_rows(facts.dataset)} if measured.admitted([ran]) else {}
    for recipe in dict.fromkeys(r.recipe for r in own):
        marks: dict[str, list[Mark]] = {UNITS: [], PARAMETERS: [], ACCURACY: []}
        for one in ran.comparisons:
            if one.place == (protocol, recipe) and (kind := facts.claim(one.better, one.baseline)):
                known = kind == UNITS and {one.better, one.baseline} <= stated.keys()
                claimed = stated[one.better] - stated[one.baseline] if known else None
                marks[kind].append(_mark(ran, one.better, Interval(one.difference, *one.interval), claimed))
        for r in own:
            if r.recipe == recipe and r.model in facts.claimed:
                marks[ACCURACY].append(_mark(ran, r.model, Interval(r.mean, *r.interval), stated.get(r.model)))
        if marks[ACCURACY]:
            yield Row(names.titled, names.recipe(recipe), marks)


def _over_all(metrics: list[Metrics]) -> list[Row]:
    """A row for each recipe that several datasets have."""
    of = {ran.facts.dataset: ran for ran in metrics}
    found: dict[str, Row] = {}
    for one in across(metrics):
        ran = of[next(iter(one.found))]
        if kind := ran.facts.claim(one.better, one.baseline):
            empty: dict[str, list[Mark]] = {UNITS: [], PARAMETERS: [], ACCURACY: []}
            row = Row(f"all {len(one.found)} datasets", Names(ran.facts).recipe(one.recipe), empty, overall=True)
            found.setdefault(one.recipe, row).marks[kind].append(_mark(ran, one.better, one.belief.difference))
    return list(found.values())


def _mark(ran: Metrics, model: str, value: Interval, stated: float | None = None) -> Mark:
    return Mark(Names(ran.facts).model(model), ran.facts.models[model].order, value, stated)
