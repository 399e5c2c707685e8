"""The claims over all datasets that ran: a table, and the sentences that the report begins with."""

from drnn.evaluation.across import Across, across
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import CERTAINTY, MARGIN
from drnn.report.blocks import Table, difference, interval, probability, signed
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY = Sentences("templates/across.j2")
COLUMNS = ["Recipe", "Claim", "Datasets", "Points", "95 % interval", "P better", "P equivalent", "P worse"]
COLUMNS += ["p, equivalence", "Verdict", "Datasets needed"]


def table(metrics: list[Metrics]) -> Table | None:
    """A row for each claim that enough datasets have with one recipe; None where there is none."""
    rows = [_row(one, _names(one, metrics)) for one in across(metrics)]
    return Table(SAY.title(), COLUMNS, rows, [SAY.note(MARGIN, CERTAINTY)], ("Claim", "Points")) if rows else None


def verdicts(metrics: list[Metrics]) -> list[str]:
    """A sentence for each claim."""
    return [SAY.verdict(_names(one, metrics), one) for one in across(metrics)]


def _row(one: Across, names: Names) -> list[str]:
    belief = one.belief
    chances = [probability(p) for p in (belief.better, belief.equivalent, belief.worse, one.equivalence)]
    points = [difference(belief.difference.estimate), interval(belief.difference[1:], signed)]
    needed = "more than 1,000" if one.needed is None else str(one.needed)
    claim = [names.recipe(one.recipe), SAY.claim(names, one), str(len(one.found))]
    return [*claim, *points, *chances, belief.verdict, needed]


def _names(one: Across, metrics: list[Metrics]) -> Names:
    """Display names of the first of the claim's datasets; models and recipes are called alike in all."""
    return next(Names(ran.facts) for ran in metrics if ran.facts.dataset in one.found)
