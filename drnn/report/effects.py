"""How large the differences of the paper's claims are, in the units of effect sizes, and over splits."""

from drnn.report import claims, measured, methods
from drnn.report.blocks import Table, interval, percent, probability, signed

SIZES = ["Effect (h)", "Odds ratio"]
SPLITS = ["d_z over splits", "Over splits: points", "Over splits: p"]


def table(metrics: list[dict]) -> Table | None:
    """A row for each claim that was tested; None where none was."""
    ran, rows = measured.admitted(metrics), []
    names = [name for name in measured.paper()["datasets"] if name in ran]
    tested = [(name, one) for name in names for one in claims.claimed(ran[name]) if one.found]
    drawn = any(one.found["effect"]["dz"] is not None or one.found["over_splits"] for _, one in tested)
    several = claims.several_recipes(metrics)
    for name, one in tested:
        rows.append([measured.paper()["datasets"][name]["title"], one.protocol, *([one.recipe] if several else [])])
        rows[-1] += [one.claim["words"], *_cells(one.found, drawn)]
    columns = ["Dataset", "Protocol", *(["Recipe"] if several else []), "Claim", *SIZES, *(SPLITS if drawn else [])]
    notes = [methods.EFFECTS, *([methods.OVER_SPLITS] if drawn else [])]
    title = measured.marked("How large are the differences?", metrics)
    return Table(title, columns, rows, notes + measured.mixture(list(ran.values()))) if rows else None


def _cells(found: dict, drawn: bool) -> list[str]:
    size, over = found["effect"], found["over_splits"]
    ratio = size["odds_ratio"]
    odds = f"{percent(ratio[0])} ({interval(ratio[1:])})" if ratio else "—"
    cells = [signed(size["cohens_h"]), odds]
    if drawn:
        cells += [signed(size["dz"])]
        cells += [f"{signed(over['mean'])} ({interval(over['interval'], signed)})" if over else "—"]
        cells += [probability(over["p"]) if over else "—"]
    return cells
