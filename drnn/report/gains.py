"""What the derivatives of states gain for each class: recognition with them, less recognition without."""

from dataclasses import dataclass

import numpy as np

from drnn.report import measured
from drnn.report.blocks import Table, difference, percent

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


def recipe_of(facts: dict) -> str:
    """The recipe that the figures show: the paper's if it is among those of the run, else the first."""
    return measured.RECIPE if measured.RECIPE in facts["recipes"] else facts["recipes"][0]


def gains(ran: dict) -> Gains | None:
    """The gains on a dataset, of the first model of an order; None without one of order 0 or one of a higher order."""
    facts = ran["facts"]
    protocol, recipe = facts["protocols"][0], recipe_of(facts)
    here = {r["model"]: r for r in ran["results"] if (r["protocol"], r["recipe"]) == (protocol, recipe)}
    known = {name: facts["models"][name] for name in facts.get("compared", facts["models"]) if name in here}
    order = {name: model["order"] for name, model in known.items() if model.get("layer", "drnn") == "drnn"}
    first = {n: next(name for name in order if order[name] == n) for n in set(order.values())}
    if 0 not in first or len(first) < 2:
        return None
    shown = sorted({max(first), 1} & set(first), reverse=True)
    tested = np.sum(here[first[0]]["confusion"], axis=1) > 0
    baseline = here[first[0]]["per_class"]
    others = [here[first[n]]["per_class"] for n in shown]
    rows = [
        (name, baseline[c], [other[c] - baseline[c] for other in others])
        for c, name in enumerate(facts["classes"])
        if tested[c]
    ]
    untested = [name for name, seen in zip(facts["classes"], tested, strict=True) if not seen]
    by_gain = sorted(rows, key=lambda row: -row[2][0])
    each = np.mean(here[first[0]]["test_sequences"]) / max(len(rows), 1)
    return Gains(protocol, recipe, first[0], [first[n] for n in shown], shown, by_gain, untested, float(each))


def table(ran: dict) -> Table | None:
    """The classes that gain most and that lose most; None where nothing can be compared."""
    found = gains(ran)
    if found is None:
        return None
    up = [row for row in found.rows if row[2][0] > 0][:MOST]
    down = [row for row in found.rows if row[2][0] < 0][-MOST:]
    columns = ["Class", f"{found.baseline} (order 0) %"]
    columns += [f"Points by {name} (order {n})" for name, n in zip(found.models, found.orders, strict=True)][::-1]
    rows = [[name, percent(accuracy), *map(difference, points[::-1])] for name, accuracy, points in up + down]
    better, worse = (sum(sign * row[2][0] > 0 for row in found.rows) for sign in (1, -1))
    notes = [
        f"{found.models[0]} beside {found.baseline}, {found.protocol}, recipe “{found.recipe}”, means over the runs: "
        f"{better} of {len(found.rows)} classes gain, {worse} lose. At most {MOST} of either are shown. In one run a "
        f"class has {found.tested:.1f} test sequences on average, so one of them is worth about "
        f"{100 / found.tested:.1f} points."
    ]
    notes += [f"Without a test sequence: {', '.join(found.untested)}."] if found.untested else []
    title = f"Classes that gain and lose most on {measured.named(ran['facts'])}"
    return Table(measured.marked(title, [ran]), columns, rows, notes)
