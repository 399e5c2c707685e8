"""What tells the record's results and the benchmarks' figures beside the record: written by template, never by hand."""

import json
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.report import data, speed
from drnn.report import readme as front
from drnn.report.example import example
from drnn.report.rows import rows

LAYER, METHOD = "docs/layer.md", "docs/method.md"


OWN = "own"
"""Folder in the record for the records of other experiments than params.yaml."""
BREADTH = Path(OWN, "breadth")
"""The record of breadth.yaml, which README's verdict is about where it is there."""


def pages(readme: Path, metrics: list[Metrics], record: Path) -> dict[Path, str]:
    """README.md, the pages beside it and the record's files for DVC, and what each should hold.

    Args:
        readme: README.md; benchmarks/ lies beside it, too.
        metrics: of the record.
        record: its folder.

    Raises:
        UserError: a page is missing, or lacks the marks between which something is written.
    """
    benchmark = _text(readme.parent / speed.PAGE)
    layer, method = readme.parent / LAYER, readme.parent / METHOD
    shown = {record / name: text for name, text in rows(data.results(metrics)).items()}
    return shown | {
        readme: front.page(_text(readme), metrics, _breadth(record), benchmark),
        layer: front.replaced(_text(layer), speed.table(benchmark), LAYER),
        method: front.replaced(_text(method), example(metrics), METHOD),
    }


def _breadth(record: Path) -> list[Metrics]:
    """The metrics of the record over many datasets; none where it is not there."""
    short = record / BREADTH / "metrics.json"
    names = json.loads(_text(short)) if short.is_file() else []
    return [read(Metrics, record / BREADTH / f"metrics/{name}.json", "publish breadth.yaml again") for name in names]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); restore it from git") from None
