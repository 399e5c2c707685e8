"""The results in README.md, from the committed metrics: a table, and in words what stands behind it."""

from drnn.errors import UserError
from drnn.evaluation import ENSEMBLE
from drnn.evaluation.results import Metrics
from drnn.report import measured
from drnn.report.blocks import percent, rows
from drnn.report.display import Names
from drnn.report.paper import Row, paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"
TUNED = "tuned"


def results(metrics: list[Metrics]) -> str:
    """Markdown: for each of the paper's models its accuracy, and ours under each protocol that ran; then baselines.

    Where the recipe `tuned` ran, it and its ensembles have columns of their own.
    """
    ran = measured.admitted(metrics)
    used = {r.recipe for m in ran.values() for r in m.results}
    recipes = [measured.RECIPE, *(recipe for recipe in (TUNED, TUNED + ENSEMBLE) if recipe in used)]
    listed = []
    for row in (row for row in paper().rows if row.model):
        listed += _model(row, ran.get(row.dataset), recipes)
    for dataset, m in ran.items():
        listed += _baselines(paper().datasets[dataset].title, m, len(recipes))
    columns = ["data", "split", "model", "paper, %", *(SAY.column(recipe) for recipe in recipes)]
    return "\n".join([BEGIN, *rows(columns, listed), END])


def _model(row: Row, ran: Metrics | None, recipes: list[str]) -> list[list[str]]:
    """A row of the paper under each of the dataset's protocols; one if it was not run."""
    head = paper().datasets[row.dataset].title
    if ran is None:
        return [[head, "—", row.method, percent(row.accuracy), *["not run"] * len(recipes)]]
    listed = []
    for protocol in ran.facts.protocols:
        found = [measured.found_for(ran, protocol, row, recipe) for recipe in recipes]
        cells = [measured.accuracy(one) if one or n == 0 else "—" for n, one in enumerate(found)]
        listed.append([head, Names(ran.facts).protocol(protocol), row.method, percent(row.accuracy), *cells])
    return listed


def _baselines(title: str, ran: Metrics, recipes: int) -> list[list[str]]:
    """The non-recurrent baselines, under each protocol."""
    names = Names(ran.facts)
    return [
        [title, names.protocol(protocol), names.model(found.model), "—", measured.accuracy(found)]
        + ["—"] * (recipes - 1)
        for protocol in ran.facts.protocols
        for found in measured.baselines(ran, protocol)
    ]


def replaced(readme: str, block: str) -> str:
    """``readme`` with the block that has the same first and last line exchanged for ``block``.

    Raises:
        UserError: one of these two lines is missing.
    """
    begin, *_, end = block.splitlines()
    if begin not in readme or end not in readme:
        raise UserError(f"README.md: needs the lines {begin} and {end}, between which something is written")
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    return before + block + after
