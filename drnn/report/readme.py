"""The results in README.md, from the committed metrics: a table, and in words what stands behind it."""

from drnn.errors import UserError
from drnn.evaluation import ENSEMBLE
from drnn.evaluation.results import Metrics
from drnn.evaluation.selection import SearchTable
from drnn.report import measured, speed, summary
from drnn.report.blocks import percent, rows, wrapped
from drnn.report.display import Names
from drnn.report.paper import Row, paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"
TUNED = "tuned"


def page(text: str, metrics: list[Metrics], searches: dict[str, SearchTable], benchmark: str) -> str:
    """README.md's text with the results, what they say and the layer's speed written anew.

    Args:
        text: of README.md.
        metrics, searches: of the record.
        benchmark: text of benchmarks/layer.md.
    """
    for block in (results(metrics), summary.summary(metrics, searches), speed.sentence(benchmark)):
        text = replaced(text, block)
    return text


def results(metrics: list[Metrics]) -> str:
    """Markdown: for each of the paper's models its accuracy and ours under the main protocol, then the baselines'.

    Where the recipe `tuned` ran, it and its ensembles have columns of their own.
    """
    ran = measured.admitted(metrics)
    used = {r.recipe for m in ran.values() for r in m.results}
    recipes = [measured.RECIPE, *(recipe for recipe in (TUNED, TUNED + ENSEMBLE) if recipe in used)]
    listed = [_model(row, ran.get(row.dataset), recipes) for row in paper().rows if row.model]
    for m in ran.values():
        names, none = Names(m.facts), ["—"] * (len(recipes) - 1)
        for found in measured.baselines(m, m.facts.protocols[0]):
            listed.append([names.dataset, names.model(found.model), "—", measured.accuracy(found), *none])
    columns = ["data", "model", "paper, %", *(SAY.column(recipe) for recipe in recipes)]
    notes = wrapped(SAY.protocols([m.facts for m in ran.values()]))
    return "\n".join([BEGIN, *rows(columns, listed), "", *notes, END])


def _model(row: Row, ran: Metrics | None, recipes: list[str]) -> list[str]:
    """A row of the paper, and what each recipe reaches under the main protocol."""
    found = [ran and measured.found_for(ran, ran.facts.protocols[0], row, recipe) for recipe in recipes]
    head = [paper().datasets[row.dataset].title, row.method, percent(row.accuracy)]
    return [*head, *(measured.accuracy(one) for one in found)]


def replaced(readme: str, block: str, name: str = "README.md") -> str:
    """The text ``readme`` of the file ``name`` with the part between the first and the last line of ``block`` anew.

    Raises:
        UserError: one of these two lines is missing.
    """
    begin, *_, end = block.splitlines()
    if begin not in readme or end not in readme:
        raise UserError(f"{name}: needs the lines {begin} and {end}, between which something is written")
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    return before + block + after
