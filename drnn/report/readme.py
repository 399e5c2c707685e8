"""The results table of README.md, from the committed metrics."""

from drnn.errors import UserError
from drnn.report import measured
from drnn.report.blocks import percent

BEGIN, END = "<!-- results: written by `drnn publish` -->", "<!-- end of results -->"


def results(metrics: list[dict]) -> str:
    """Markdown: for each of the paper's models its accuracy, and ours under each protocol that ran; other methods."""
    paper, ran = measured.paper(), measured.admitted(metrics)
    lines = []
    for number in ("table2", "table4"):
        for row in (row for row in paper["tables"][number]["rows"] if row.get("model")):
            about = paper["datasets"][row["dataset"]]["title"]
            found = [
                f"{protocol}: {measured.accuracy(result)}"
                for protocol in (ran[row["dataset"]]["facts"]["protocols"] if row["dataset"] in ran else [])
                if (result := measured.found_for(ran[row["dataset"]], protocol, row))
            ]
            ours = "; ".join(found) or "not run"
            lines.append(f"| {about} | {row['method']} | {percent(row['accuracy'])} | {ours} |")
    for dataset, measurements in ran.items():
        for name, settings in measurements["facts"]["baselines"].items():
            found = [
                f"{protocol}: {measured.accuracy(result)}"
                for protocol in measurements["facts"]["protocols"]
                for result in measured.beside(measurements, protocol)
                if result["model"] == name
            ]
            method = measured.METHODS[settings["method"]]
            lines.append(f"| {paper['datasets'][dataset]['title']} | {method} | — | {'; '.join(found)} |")
    head = "| data | model | paper, accuracy % | here, mean ± standard deviation |\n|---|---|---|---|"
    return "\n".join([BEGIN, head, *lines, END])


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
