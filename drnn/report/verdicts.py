"""The verdict in a sentence: what README.md and the page begin with."""

from drnn.evaluation.across import across
from drnn.evaluation.results import Compared, Metrics
from drnn.report import across as report_across
from drnn.report import claims, measured
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
TUNED = "tuned"
CLAIM = ("drnn2", "lstm")
"""The paper's claim that the verdict is about."""


def sentences(metrics: list[Metrics]) -> list[str]:
    """Over many datasets if they ran, else on the paper's dataset that did, else an answer for each dataset.

    Where no model is a rival of equal units, the claims that there are.
    """
    if said := over_all(metrics) or of_paper(metrics):
        return [said]
    return [claims.answer(ran) for ran in metrics if claims.helps(ran)] or report_across.verdicts(metrics)


def over_all(metrics: list[Metrics]) -> str:
    """At equal units, and at equal parameters; nothing where too few datasets ran."""
    found = {one.baseline: one for one in across(metrics) if one.better == CLAIM[0]}
    sizes = metrics[0].facts.models if metrics else {}
    as_large = [name for name in found if name in sizes and sizes[name].as_large_as == CLAIM[0]]
    return SAY.overall(found[CLAIM[1]], found[as_large[0]]) if CLAIM[1] in found and as_large else ""


def of_paper(metrics: list[Metrics]) -> str:
    """On the first of the paper's datasets that ran; nothing where none ran."""
    if not (main := main_claim(metrics)):
        return ""
    ran, found = main
    stated = {row.model: row.accuracy for row in paper().own_rows(ran.facts.dataset)}
    return SAY.single(ran.facts, found, stated[CLAIM[0]] - stated[CLAIM[1]])


def main_claim(metrics: list[Metrics]) -> tuple[Metrics, Compared] | None:
    """The first of the paper's datasets that ran, and the paper's claim there, tuned where it was."""
    for ran in measured.admitted(metrics).values():
        found = {c.recipe: c for c in ran.comparisons if _is_main(ran, c)}
        if recipe := next((name for name in (TUNED, measured.RECIPE) if name in found), None):
            return ran, found[recipe]
    return None


def _is_main(ran: Metrics, found: Compared) -> bool:
    return (found.better, found.baseline) == CLAIM and found.protocol == ran.facts.protocols[0]
