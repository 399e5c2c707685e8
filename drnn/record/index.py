"""The record as a page that a browser opens: its tables and figures, and no recording."""

from pathlib import Path

from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import page


def index(record: Path, metrics: list[Metrics], params: dict, predictions: dict[str, list[Run]]) -> str:
    """The text of index.html: the report without the player, for a record holds no sequences.

    Args:
        record: its folder, whose figures are taken as they were published.
        metrics: one entry for each dataset of the record.
        params: the experiment, as in params.yaml.
        predictions: dataset → its runs.
    """
    paths = sorted((record / "figures").glob("*.svg"))
    figures = {path.relative_to(record).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return page.html(metrics, {}, {}, params, figures, predictions)
