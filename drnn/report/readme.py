"""What README.md says of the committed record: the verdict in a sentence, and a small table of accuracies."""

from drnn.errors import UserError
from drnn.evaluation.results import Metrics, Result
from drnn.report import measured, speed, verdicts
from drnn.report.blocks import percent, rows, wrapped
from drnn.report.display import Names
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"
VERDICT_BEGIN, VERDICT_END = "<!-- verdict: written by `drnn publish` -->", "<!-- end of verdict -->"
FIGURE = "![Differences to order 0 with 95 % intervals, and accuracies]({folder}/figures/verdict.svg)"


def page(text: str, metrics: list[Metrics], breadth: list[Metrics], benchmark: str) -> str:
    """README.md's text with the verdict, the results and the layer's speed written anew.

    Args:
        text: of README.md.
        metrics: of the record.
        breadth: of the record over many datasets.
        benchmark: text of benchmarks/layer.md.
    """
    for block in (verdict(metrics, breadth), results(metrics), speed.sentence(benchmark)):
        text = replaced(text, block)
    return text


def verdict(metrics: list[Metrics], breadth: list[Metrics]) -> str:
    """Markdown: one sentence and its figure, over many datasets if they ran, else on the paper's dataset that did."""
    said = verdicts.over_all(breadth)
    figure = FIGURE.format(folder="reports/own/breadth" if said else "reports")
    sentence = said or verdicts.of_paper(metrics) or SAY.nothing()
    return "\n".join([VERDICT_BEGIN, *wrapped(sentence), "", figure, VERDICT_END])


def results(metrics: list[Metrics]) -> str:
    """Markdown: a row for each dataset and model that was run, under the dataset's main protocol.

    Where the recipe `tuned` ran, it has a column of its own. What of the paper was not run stands below, in a line.
    """
    ran = measured.admitted(metrics)
    used = {r.recipe for m in ran.values() for r in m.results}
    recipes = [measured.RECIPE, *([verdicts.TUNED] if verdicts.TUNED in used else [])]
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
