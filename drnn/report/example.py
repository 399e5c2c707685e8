"""An example of verdicts for docs/method.md: what the highest order gains over the LSTM and the baselines."""

from drnn.evaluation.results import Compared, Metrics
from drnn.report import others, verdicts
from drnn.report.blocks import rows, wrapped
from drnn.report.sentences import Sentences

SAY = Sentences("templates/readme.j2")
BEGIN, END = "<!-- example: written by `drnn publish` -->", "<!-- end of example -->"
COLUMNS = ["claim", "points", "95 % interval", "better", "equivalent", "worse", "verdict"]


def example(metrics: list[Metrics]) -> str:
    """Markdown: a row for each comparison, under the recipe and protocol that README's verdict is about."""
    found = verdicts.main_claim(metrics)
    if not found:
        return "\n".join([BEGIN, SAY.nothing(), END])
    ran, claimed = found
    listed = [claimed, *(one for one in ran.comparisons if _is_beside(ran, one, claimed))]
    table = rows(COLUMNS, [_row(ran, one) for one in listed])
    return "\n".join([BEGIN, *wrapped(SAY.example(ran.facts, claimed)), "", *table, END])


def _is_beside(ran: Metrics, one: Compared, claimed: Compared) -> bool:
    """Whether a comparison is of the same model, in the same place, with a baseline."""
    return one.place == claimed.place and one.better == claimed.better and one.baseline in ran.facts.baselines


def _row(ran: Metrics, one: Compared) -> list[str]:
    points, bounds, _, *chances, _, verdict = others.comparison_cells(one)
    return [others.SAY.claim(ran.facts, one), points, bounds, *chances, verdict]
