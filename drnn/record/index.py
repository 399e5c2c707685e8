"""The record as a page that a browser opens: its tables and figures, and no recording."""

from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import page


def index(figures: dict[str, str], metrics: list[Metrics], params: dict, predictions: dict[str, list[Run]]) -> str:
    """The text of index.html: the report without the player, for a record holds no sequences.

    Args:
        figures: SVG text by file name.
        metrics: one entry for each dataset of the record.
        params: the experiment, as in params.yaml.
        predictions: dataset → its runs.
    """
    return page.html(metrics, {}, {}, params, figures, predictions)
