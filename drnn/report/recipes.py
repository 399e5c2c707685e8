"""The paper's results beside ours by recipe: trained as the paper is written, tuned, and as ensembles of the seeds."""

from drnn.evaluation import ENSEMBLE
from drnn.report import measured, methods
from drnn.report.blocks import Table, difference, percent

TITLE = "The paper, as written, and tuned"
HEADS = {"paper": "As written", "tuned": "Tuned"}
"""Recipe → head of its columns; any other has its name there."""


def head(recipe: str) -> str:
    """What a column of a recipe, or of its ensembles, is called."""
    plain = recipe.removesuffix(ENSEMBLE)
    return HEADS.get(plain, plain) + (", ensemble" if measured.is_ensemble(recipe) else "")


def compared(metrics: list[dict]) -> list[Table]:
    """One table for each dataset of the paper that ran with another recipe than the paper's too."""
    ran = measured.admitted(metrics)
    return [
        _compared(name, ran[name])
        for name in measured.paper()["datasets"]
        if name in ran and measured.further(ran[name])
    ]


def _compared(name: str, ran: dict) -> Table:
    protocol = ran["facts"]["protocols"][0]
    plain, joined = [measured.RECIPE, *measured.further(ran)], measured.ensembles(ran, protocol)
    columns = ["Method", "Paper %"]
    for recipe in plain:
        columns += [f"{head(recipe)} %", f"{head(recipe)}, difference"]
    columns += [f"{head(recipe)} %" for recipe in joined]
    rows = []
    for row in measured.own_rows(name):
        cells = [row["method"], percent(row["accuracy"])]
        for recipe in plain:
            found = measured.found_for(ran, protocol, row, recipe)
            cells += [measured.accuracy(found), difference(found["mean"] - row["accuracy"]) if found else "—"]
        joint = (measured.found_for(ran, protocol, row, recipe) for recipe in joined)
        rows.append(cells + [measured.accuracy(found) for found in joint])
    notes = [methods.RECIPES[recipe] for recipe in plain if recipe in methods.RECIPES]
    notes += [methods.ENSEMBLES] if joined else []
    title = f"{TITLE}: {measured.paper()['datasets'][name]['title']}, {protocol}"
    return Table(title, columns, rows, notes + measured.mixture([ran]))


def sentences(name: str, ran: dict) -> list[str]:
    """What ensembles, and other recipes than the paper's, reach on a dataset of the paper: one sentence for each."""
    title, protocol = measured.paper()["datasets"][name]["title"], ran["facts"]["protocols"][0]
    lines = []
    for recipe in [*measured.further(ran), *measured.ensembles(ran, protocol)]:
        ours = [
            f"{row['method']}: {measured.accuracy(found)}"
            for row in measured.own_rows(name)
            if (found := measured.found_for(ran, protocol, row, recipe))
        ]
        lines += [f"{head(recipe)}, {title}, {protocol}: {'; '.join(ours)}."] if ours else []
    return lines
