"""Every figure by its name: of all datasets, and of each."""

from collections.abc import Callable

from matplotlib.figure import Figure

from drnn.evaluation.results import Metrics
from drnn.report.figures.behaviour import behaviour
from drnn.report.figures.confusion import confusion
from drnn.report.figures.forest import verdict
from drnn.report.figures.gains import gains
from drnn.report.figures.layer import layer
from drnn.report.figures.loss import loss
from drnn.report.figures.norms import norms
from drnn.report.figures.source import Source
from drnn.report.figures.style import svg
from drnn.report.figures.where import where
from drnn.report.measured import all_synthetic, shown
from drnn.report.names import SEVERAL

OF_ALL: dict[str, Callable[[list[Metrics], str], Figure]] = {
    "verdict": verdict,
    "figure1": lambda metrics, width: layer(width),
    "where": where,
}
OF_DATASET: dict[str, Callable[[Source, str], Figure]] = {
    "loss": loss,
    "dos": norms,
    "confusion": confusion,
    "gains": gains,
    "behaviour": behaviour,
}
OF_TABLES = ("dos", "gains", "behaviour")
"""Kinds of a dataset that are drawn from tables in data/, besides the metrics."""


def of_all(metrics: list[Metrics]) -> dict[str, Callable[[list[Metrics], str], Figure]]:
    """The figures of all datasets; where a higher order helps takes several to say."""
    return {name: draw for name, draw in OF_ALL.items() if name != "where" or len(metrics) >= SEVERAL}


def svgs(metrics: list[Metrics], tables: dict[str, dict[str, str]]) -> dict[str, str]:
    """The files of all figures but those that draw a recording, by their names in a report or in a record.

    Args:
        metrics: of the datasets.
        tables: dataset → kind → text of the table, of `OF_TABLES` at least.
    """
    metrics = shown(metrics)
    synthetic = all_synthetic(metrics)
    drawn = {f"figures/{name}.svg": svg(draw(metrics, "page"), synthetic) for name, draw in of_all(metrics).items()}
    drawn["figures/verdict_column.svg"] = svg(verdict(metrics, "column"), synthetic)  # for narrow screens
    for ran in metrics:
        facts, source = ran.facts, Source(ran, tables[ran.facts.dataset])
        for kind, draw in OF_DATASET.items():
            drawn[f"figures/{facts.dataset}_{kind}.svg"] = svg(draw(source, "page"), facts.synthetic)
    return drawn
