"""The paper's results beside ours by recipe: trained as the paper is written, tuned, and as ensembles of the seeds."""

from drnn.evaluation.results import Metrics
from drnn.report import measured
from drnn.report.blocks import Table, difference, percent
from drnn.report.display import Names, capital
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY, NOTES = Sentences("templates/tables.j2"), Sentences("templates/notes.j2")
EXPLAINED = ("paper", "tuned")
"""Recipes of which a note says what they are."""


def compared(metrics: list[Metrics]) -> list[Table]:
    """One table for each dataset of the paper that ran with another recipe than the paper's too."""
    ran = measured.admitted(metrics)
    return [_compared(name, ran[name]) for name in paper().datasets if name in ran and measured.further(ran[name])]


def _compared(name: str, ran: Metrics) -> Table:
    protocol, names = ran.facts.protocols[0], Names(ran.facts)
    plain, joined = [measured.RECIPE, *measured.further(ran)], measured.ensembles(ran, protocol)
    heads = {recipe: capital(names.recipe(recipe)) for recipe in (*plain, *joined)}
    columns = ["Method", "Paper %"]
    for recipe in plain:
        columns += [f"{heads[recipe]} %", f"{heads[recipe]}, difference"]
    columns += [f"{heads[recipe]} %" for recipe in joined]
    rows = []
    for row in paper().own_rows(name):
        cells = [row.method, percent(row.accuracy)]
        for recipe in plain:
            found = measured.found_for(ran, protocol, row, recipe)
            cells += [measured.accuracy(found), difference(found.mean - row.accuracy) if found else "—"]
        joint = (measured.found_for(ran, protocol, row, recipe) for recipe in joined)
        rows.append(cells + [measured.accuracy(found) for found in joint])
    notes = [getattr(NOTES, recipe)() for recipe in plain if recipe in EXPLAINED]
    notes += [NOTES.ensembles()] if joined else []
    notes += [NOTES.of_recipes(ran.facts, name, recipes) for name, recipes in ran.facts.ensembles.items()]
    notes += measured.mixture([ran])
    return Table(SAY.recipes_of(ran.facts, protocol), columns, rows, notes, ("Method", f"{heads[measured.RECIPE]} %"))
