"""What the derivatives of states gain for each class: recognition with them, less recognition without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import as_tested
from drnn.evaluation.pairs import interval_of
from drnn.evaluation.predictions import Run, units
from drnn.evaluation.results import Bounds, Metrics
from drnn.report import measured
from drnn.report.blocks import Table, difference, percent
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY = Sentences("templates/behaviour.j2")
MOST = 3  # classes named on either side of the table


RECIPES = 2
"""So many recipes are shown beside each other at most."""


class ClassGain(NamedTuple):
    """What the derivatives of states gain for a class.

    Attributes:
        accuracy: of the model of order 0, in %.
        points: gain of each of the other models.
        tested: how many different sequences of the class are tested; None: not known.
        intervals: 95 % intervals of ``points``, over other subjects or sequences and other seeds; None: not known.
    """

    name: str
    accuracy: float
    points: list[float]
    tested: int | None = None
    intervals: list[Bounds] | None = None


@dataclass(frozen=True)
class Gains:
    """Accuracies of each class with the first protocol and a recipe.

    Attributes:
        protocol, recipe: of the runs.
        baseline: name of the model of order 0.
        models: names of the model of the highest order and, if that is another, of the one of order 1.
        rows: of each class that was tested; the largest gain of the first model first.
        untested: classes of which no test sequence is.
        tested: test sequences of a class in one run, on average over the other classes.
    """

    protocol: str
    recipe: str
    baseline: str
    models: list[str]
    rows: list[ClassGain]
    untested: list[str]
    tested: float


def recipe_of(facts: Facts) -> str:
    """The recipe that the figures show: the paper's if it is among those of the run, else the first."""
    return measured.RECIPE if measured.RECIPE in facts.recipes else facts.recipes[0]


def recipes_of(ran: Metrics) -> list[str]:
    """The recipes that figures show beside each other under the first protocol, that of ``recipe_of`` first."""
    first, found = recipe_of(ran.facts), dict.fromkeys(r.recipe for r in ran.results if not r.is_baseline)
    here = [name for name in found if name in ran.facts.recipes and ran.under(ran.facts.protocols[0], name)]
    return [first, *(name for name in here if name != first)][:RECIPES]


def gains(ran: Metrics, runs: Sequence[Run] = (), recipe: str | None = None) -> Gains | None:
    """The gains on a dataset, of the first model of an order; None without one of order 0 or one of a higher order.

    Args:
        ran: the dataset's metrics.
        runs: the predictions behind them; without any there are no intervals.
        recipe: of the models; None: that of ``recipe_of``.
    """
    facts = ran.facts
    protocol, recipe = facts.protocols[0], recipe or recipe_of(facts)
    here = {r.model: r for r in ran.under(protocol, recipe)}
    first: dict[int, str] = {}
    for name in (name for name in facts.claimed if name in here and facts.models[name].layer == "drnn"):
        first.setdefault(facts.models[name].order, name)
    if 0 not in first or len(first) < 2:
        return None
    lowest, shown = first[0], [first[n] for n in sorted({max(first), 1} & set(first), reverse=True)]
    tested = np.sum(here[lowest].confusion, axis=1) > 0
    of = {name: [as_tested(r, facts) for r in runs if _is(r, protocol, recipe, name)] for name in (lowest, *shown)}
    rows = []
    for c, name in enumerate(facts.classes):
        if tested[c]:
            accuracy = here[lowest].per_class[c]
            points = [here[other].per_class[c] - accuracy for other in shown]
            rows.append(ClassGain(name, accuracy, points, *_weighed(of, c)))
    untested = [name for name, seen in zip(facts.classes, tested, strict=True) if not seen]
    each = np.mean(here[lowest].test_sequences) / max(len(rows), 1)
    by_gain = sorted(rows, key=lambda row: -row.points[0])
    return Gains(protocol, recipe, lowest, shown, by_gain, untested, float(each))


def _is(run: Run, *place: str) -> bool:
    return (run.protocol, run.recipe, run.model) == place


def _weighed(of: dict[str, list[Run]], label: int) -> tuple[int | None, list[Bounds] | None]:
    """How many sequences of a class are tested, and the intervals of the gains of all but the first model."""
    lowest, *others = ([run for run in map(partial(_of_class, label), runs) if run] for runs in of.values())
    if not lowest or not all(others):
        return None, None
    splits = sorted({run.split for run in lowest})
    base = units(lowest, splits).right
    intervals = [interval_of(units(runs, splits), base)[1] for runs in others]
    return len({name for run in lowest for name in run.names}), [[one.low, one.high] for one in intervals]


def _of_class(label: int, run: Run) -> Run | None:
    """The part of a run that is about the sequences of a class; None without any."""
    kept = [n for n, true in enumerate(run.labels) if true == label]
    fields = ("names", "subjects", "labels", "predicted")
    return replace(run, **{name: tuple(getattr(run, name)[n] for n in kept) for name in fields}) if kept else None


def table(ran: Metrics) -> Table | None:
    """The classes that gain most and that lose most; None where nothing can be compared."""
    found, names = gains(ran), Names(ran.facts)
    if found is None:
        return None
    up = [row for row in found.rows if row.points[0] > 0][:MOST]
    down = [row for row in found.rows if row.points[0] < 0][-MOST:]
    columns = ["Class", f"{names.model(found.baseline)} %"]
    columns += [f"Points by {names.model(name)}" for name in found.models[::-1]]
    rows = [[name, percent(accuracy), *map(difference, points[::-1])] for name, accuracy, points, *_ in up + down]
    better, worse = (sum(sign * row.points[0] > 0 for row in found.rows) for sign in (1, -1))
    notes = [SAY.gains(ran.facts, found, better, worse, MOST)]
    notes += [SAY.untested(found.untested)] if found.untested else []
    return Table(measured.marked(SAY.gains_title(ran.facts), [ran]), columns, rows, notes, tuple(columns[:2]))
