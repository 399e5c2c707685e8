"""What README.md says of the committed record: the verdict in a sentence, and a small table of accuracies."""

from drnn.errors import UserError
from drnn.evaluation.across import Across, across
from drnn.evaluation.results import Compared, Metrics, Result
from drnn.report import measured, speed
from drnn.report.blocks import percent, rows, wrapped
from drnn.report.display import Names
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"
VERDICT_BEGIN, VERDICT_END = "<!-- verdict: written by `drnn publish` -->", "<!-- end of verdict -->"
TUNED = "tuned"
CLAIM = ("drnn2", "lstm")
"""The paper's claim that the verdict is about."""


def page(text: str, metrics: list[Metrics], benchmark: str) -> str:
    """README.md's text with the verdict, the results and the layer's speed written anew.

    Args:
        text: of README.md.
        metrics: of the record.
        benchmark: text of benchmarks/layer.md.
    """
    for block in (verdict(metrics), results(metrics), speed.sentence(benchmark)):
        text = replaced(text, block)
    return text


def verdict(metrics: list[Metrics]) -> str:
    """Markdown: one sentence, over all datasets if there are enough, else on the paper's dataset that ran."""
    return "\n".join([VERDICT_BEGIN, *wrapped(_verdict(metrics)), VERDICT_END])


def _verdict(metrics: list[Metrics]) -> str:
    overall = [one for one in across(metrics) if (one.better, one.baseline) == CLAIM]
    if overall:
        return SAY.overall(_largest(overall))
    for ran in measured.admitted(metrics).values():
        found = {c.recipe: c for c in ran.comparisons if _is_main(ran, c)}
        if recipe := next((name for name in (TUNED, measured.RECIPE) if name in found), None):
            stated = {row.model: row.accuracy for row in paper().own_rows(ran.facts.dataset)}
            return SAY.single(ran.facts, found[recipe], stated[CLAIM[0]] - stated[CLAIM[1]])
    return SAY.nothing()


def _is_main(ran: Metrics, found: Compared) -> bool:
    return (found.better, found.baseline) == CLAIM and found.protocol == ran.facts.protocols[0]


def _largest(overall: list[Across]) -> Across:
    """The claim with the recipe that most datasets have."""
    return max(overall, key=lambda one: len(one.found))


def results(metrics: list[Metrics]) -> str:
    """Markdown: a row for each dataset and model that was run, under the dataset's main protocol.

    Where the recipe `tuned` ran, it has a column of its own. What of the paper was not run stands below, in a line.
    """
    ran = measured.admitted(metrics)
    used = {r.recipe for m in ran.values() for r in m.results}
    recipes = [measured.RECIPE, *([TUNED] if TUNED in used else [])]
    listed = [row for m in ran.values() for row in _rows(m, recipes)]
    columns = ["data", "model", "paper, %", *(SAY.column(recipe) for recipe in recipes)]
    missing = [about.title for name, about in paper().datasets.items() if name not in ran]
    notes = wrapped(SAY.notes([m.facts for m in ran.values()], missing))
    return "\n".join([BEGIN, *rows(columns, listed), "", *notes, END])


def _rows(ran: Metrics, recipes: list[str]) -> list[list[str]]:
    """The paper's models, then the baselines."""
    protocol, names = ran.facts.protocols[0], Names(ran.facts)
    listed = []
    for row in paper().own_rows(ran.facts.dataset):
        found = [measured.found_for(ran, protocol, row, recipe) for recipe in recipes]
        listed.append([names.dataset, row.method, percent(row.accuracy), *map(_cell, found)])
    for found in measured.baselines(ran, protocol):
        listed.append([names.dataset, names.model(found.model), "—", _cell(found), *["—"] * (len(recipes) - 1)])
    return listed


def _cell(found: Result | None) -> str:
    """One number and one interval."""
    return SAY.cell(found) if found else "not run"


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
