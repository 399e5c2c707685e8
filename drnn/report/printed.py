"""The tables that a paper may print: accuracies and claims of all datasets, and the paper's own tables with ours."""

from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import CERTAINTY, MARGIN
from drnn.report import across, measured, others, tables
from drnn.report.blocks import Table, percent
from drnn.report.display import Names
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY, NOTES = Sentences("templates/tables.j2"), Sentences("templates/notes.j2")


def printed(metrics: list[Metrics]) -> dict[str, Table]:
    """Name → table, of those that have a row."""
    found = {"accuracies": accuracies(metrics), "claims": claims(metrics), "overall": across.table(metrics)}
    found |= {f"table{number}": table for number, table in tables.of_paper(metrics).items()}
    return {name: table for name, table in found.items() if table and table.rows}


def accuracies(metrics: list[Metrics]) -> Table:
    """A row for each dataset and model under the dataset's first protocol, a column for each recipe."""
    shown = [(ran, r) for ran in metrics for r in ran.under_protocol(ran.facts.protocols[0]) if not r.is_ensemble]
    recipes = list(dict.fromkeys(r.recipe for _, r in shown if not r.is_baseline))
    titles = {r.recipe: Names(ran.facts).recipe(r.recipe) for ran, r in shown}
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for ran, r in shown:
        cells = rows.setdefault((ran.facts.dataset, r.model), {"": Names(ran.facts).titled})
        cells[SAY.model()] = Names(ran.facts).model(r.model)
        cells[SAY.paper()] = percent(_stated(ran).get(r.model))
        # A baseline has no recipe; its number stands in the first column.
        cells[recipes[0] if r.is_baseline and recipes else r.recipe] = SAY.with_interval(r)
    heads = ["", SAY.model(), SAY.paper(), *recipes]
    cells = [[found.get(head, "—") for head in heads] for found in rows.values()]
    columns = [SAY.dataset(), SAY.model(), SAY.paper(), *(f"{titles[name]}, %" for name in recipes)]
    notes = [SAY.protocols([ran.facts for ran in metrics])]
    return Table(measured.marked(SAY.accuracies(), metrics), columns, cells, notes)


def _stated(ran: Metrics) -> dict[str, float]:
    """Model → the paper's accuracy, where it may stand beside ours."""
    rows = paper().own_rows(ran.facts.dataset) if measured.admitted([ran]) else []
    return {row.model: row.accuracy for row in rows if row.model}


def claims(metrics: list[Metrics]) -> Table:
    """A higher order against order 0, of as many units and of as many parameters, under each first protocol."""
    rows = []
    for ran in metrics:
        names = Names(ran.facts)
        here = [one for one in ran.comparisons if one.protocol == ran.facts.protocols[0] and not one.is_ensemble]
        for one in here:
            if ran.facts.claim(one.better, one.baseline):
                place = [names.titled, names.recipe(one.recipe), names.model(one.better), names.model(one.baseline)]
                points, bounds, _, *chances, _, verdict = others.comparison_cells(one)
                rows.append([*place, points, bounds, *chances, verdict])
    columns = [SAY.dataset(), SAY.recipe(), SAY.model(), SAY.over(), "Points", "95 % interval"]
    columns += ["P better", "P equivalent", "P worse", "Verdict"]
    return Table(measured.marked(SAY.claims(), metrics), columns, rows, [NOTES.tested(MARGIN, CERTAINTY)])
