"""What the derivatives of states gain for each class: recognition with them, less recognition without."""

from dataclasses import dataclass

import numpy as np

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics
from drnn.report import measured
from drnn.report.blocks import Table, difference, percent
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY = Sentences("templates/behaviour.j2")
MOST = 3  # classes named on either side of the table


@dataclass(frozen=True)
class Gains:
    """Accuracies of each class with the first protocol and the recipe of the figures.

    Attributes:
        protocol, recipe: of the runs.
        baseline: name of the model of order 0.
        models: names of the model of the highest order and, if that is another, of the one of order 1.
        orders: those of ``models``.
        rows: of each class that was tested its name, the baseline's accuracy in %, and the gain of each of
            ``models`` in points; the largest gain of the first model first.
        untested: classes of which no test sequence is.
        tested: test sequences of a class in one run, on average over the other classes.
    """

    protocol: str
    recipe: str
    baseline: str
    models: list[str]
    orders: list[int]
    rows: list[tuple[str, float, list[float]]]
    untested: list[str]
    tested: float


def recipe_of(facts: Facts) -> str:
    """The recipe that the figures show: the paper's if it is among those of the run, else the first."""
    return measured.RECIPE if measured.RECIPE in facts.recipes else facts.recipes[0]


def gains(ran: Metrics) -> Gains | None:
    """The gains on a dataset, of the first model of an order; None without one of order 0 or one of a higher order."""
    facts = ran.facts
    protocol, recipe = facts.protocols[0], recipe_of(facts)
    here = {r.model: r for r in ran.under(protocol, recipe)}
    first: dict[int, str] = {}
    for name in (name for name in facts.claimed if name in here and facts.models[name].layer == "drnn"):
        first.setdefault(facts.models[name].order, name)
    if 0 not in first or len(first) < 2:
        return None
    shown = sorted({max(first), 1} & set(first), reverse=True)
    lowest = here[first[0]]
    tested = np.sum(lowest.confusion, axis=1) > 0
    others = [here[first[n]].per_class for n in shown]
    rows = [
        (name, lowest.per_class[c], [other[c] - lowest.per_class[c] for other in others])
        for c, name in enumerate(facts.classes)
        if tested[c]
    ]
    untested = [name for name, seen in zip(facts.classes, tested, strict=True) if not seen]
    by_gain = sorted(rows, key=lambda row: -row[2][0])
    each = np.mean(lowest.test_sequences) / max(len(rows), 1)
    return Gains(protocol, recipe, first[0], [first[n] for n in shown], shown, by_gain, untested, float(each))


def table(ran: Metrics) -> Table | None:
    """The classes that gain most and that lose most; None where nothing can be compared."""
    found, names = gains(ran), Names(ran.facts)
    if found is None:
        return None
    up = [row for row in found.rows if row[2][0] > 0][:MOST]
    down = [row for row in found.rows if row[2][0] < 0][-MOST:]
    columns = ["Class", f"{names.model(found.baseline)} %"]
    columns += [f"Points by {names.model(name)}" for name in found.models[::-1]]
    rows = [[name, percent(accuracy), *map(difference, points[::-1])] for name, accuracy, points in up + down]
    better, worse = (sum(sign * row[2][0] > 0 for row in found.rows) for sign in (1, -1))
    notes = [SAY.gains(ran.facts, found, better, worse, MOST)]
    notes += [SAY.untested(found.untested)] if found.untested else []
    return Table(measured.marked(SAY.gains_title(ran.facts), [ran]), columns, rows, notes, tuple(columns[:2]))
