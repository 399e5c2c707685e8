"""How large the differences of the paper's claims are, in the units of effect sizes, and over splits."""

from drnn.evaluation.results import Compared, Metrics
from drnn.report import claims, measured
from drnn.report.blocks import Table, interval, percent, probability, signed
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY, NOTES = Sentences("templates/tables.j2"), Sentences("templates/notes.j2")
SIZES = ["Effect (h)", "Odds ratio"]
SPLITS = ["d_z over splits", "Over splits: points", "Over splits: p"]


def table(metrics: list[Metrics]) -> Table | None:
    """A row for each claim that was tested; None where none was."""
    ran, rows = measured.admitted(metrics), []
    names = [name for name in paper().datasets if name in ran]
    tested = [(name, one) for name in names for one in claims.claimed(ran[name]) if one.found]
    drawn = any(one.found.effect.dz is not None or one.found.over_splits for _, one in tested)
    several = claims.several_recipes(metrics)
    for name, one in tested:
        rows.append([paper().datasets[name].title, *claims.place(ran[name], one, several), one.claim.words])
        rows[-1] += _cells(one.found, drawn)
    columns = ["Dataset", *claims.place_columns(several), "Claim", *SIZES, *(SPLITS if drawn else [])]
    notes = [NOTES.effects(), *([NOTES.over_splits()] if drawn else [])]
    title = measured.marked(SAY.effects_title(), metrics)
    return Table(title, columns, rows, notes + measured.mixture(list(ran.values()))) if rows else None


def _cells(found: Compared, drawn: bool) -> list[str]:
    size, over = found.effect, found.over_splits
    odds = f"{percent(size.odds_ratio[0])} ({interval(size.odds_ratio[1:])})" if size.odds_ratio else "—"
    cells = [signed(size.cohens_h), odds]
    if drawn:
        cells += [signed(size.dz)]
        cells += [f"{signed(over.mean)} ({interval(over.interval, signed)})" if over else "—"]
        cells += [probability(over.p if over else None)]
    return cells
