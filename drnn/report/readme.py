"""The results table of README.md, from the committed metrics."""

from drnn.errors import UserError
from drnn.evaluation import ENSEMBLE
from drnn.report import measured, recipes
from drnn.report.blocks import percent

BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"
TUNED = "tuned"


def results(metrics: list[dict]) -> str:
    """Markdown: for each of the paper's models its accuracy, and ours under each protocol that ran; other methods.

    Where the recipe `tuned` ran, it and its ensembles have columns of their own.
    """
    paper, ran = measured.paper(), measured.admitted(metrics)
    used = dict.fromkeys(r["recipe"] for m in ran.values() for r in m["results"])
    beside = [recipe for recipe in (TUNED, TUNED + ENSEMBLE) if recipe in used]
    lines = []
    for number in ("table2", "table4"):
        for row in (row for row in paper["tables"][number]["rows"] if row.get("model")):
            about = paper["datasets"][row["dataset"]]["title"]
            cells = (_ours(ran.get(row["dataset"]), row, recipe) for recipe in (measured.RECIPE, *beside))
            lines.append(f"| {about} | {row['method']} | {percent(row['accuracy'])} | {' | '.join(cells)} |")
    for dataset, measurements in ran.items():
        for name, settings in measurements["facts"]["baselines"].items():
            found = [
                f"{protocol}: {measured.accuracy(result)}"
                for protocol in measurements["facts"]["protocols"]
                for result in measured.beside(measurements, protocol)
                if result["model"] == name
            ]
            cells = [paper["datasets"][dataset]["title"], measured.method(settings), "—", "; ".join(found)]
            lines.append(f"| {' | '.join(cells + ['—'] * len(beside))} |")
    ours = f"here{', as written' if beside else ''}, mean ± standard deviation"
    columns = ["data", "model", "paper, accuracy %", ours]
    columns += [recipes.head(recipe).lower() for recipe in beside]
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"
    return "\n".join([BEGIN, head, *lines, END])


def _ours(ran: dict | None, row: dict, recipe: str) -> str:
    """What a recipe reaches in a row of the paper, under each of the dataset's protocols that it ran with."""
    found = [
        f"{protocol}: {measured.accuracy(result)}"
        for protocol in (ran["facts"]["protocols"] if ran else [])
        if (result := measured.found_for(ran, protocol, row, recipe))
    ]
    return "; ".join(found) or "not run"


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
