"""The whole report: the content of every file, from metrics, traces and behaviour."""

from drnn.errors import UserError
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import choices, data, page
from drnn.report.figures.every import svgs
from drnn.report.figures.norms import norms
from drnn.report.figures.source import Source
from drnn.report.figures.style import svg
from drnn.report.followed import Followed, Trace
from drnn.report.names import file_names
from drnn.report.tables import paper_tables


def build(
    metrics: list[Metrics],
    traces: dict[str, Trace],
    behaviours: dict[str, Followed],
    params: dict,
    predictions: dict[str, list[Run]] | None = None,
) -> dict[str, str]:
    """Every file of the report, by its name in `file_names`.

    Args:
        metrics: one entry for each dataset that ran, in the report's order.
        traces: dataset → the trace of one test sequence.
        behaviours: dataset → what a trained model does over all test sequences.
        params: the experiment, as in params.yaml.
        predictions: dataset → its runs; without them gains have no intervals, and the page names no sequences.

    Raises:
        UserError: a dataset has metrics but no trace or no behaviour.
    """
    tables, recordings = {}, {}
    for ran in metrics:
        name = ran.facts.dataset
        if name not in traces or name not in behaviours:
            missing = "behaviour" if name in traces else "trace"
            raise UserError(f"{name}: has metrics but no {missing}; run its traces before the report")
        tables[name] = _tables(ran, traces[name], behaviours[name], (predictions or {}).get(name, []))
        figure = norms(Source(ran, tables[name]), trace=traces[name])
        recordings[f"figures/{name}_dos_drawn.svg"] = svg(figure, ran.facts.synthetic)
    drawn = svgs(metrics, tables) | recordings
    numbers = {"metrics.json": data.accuracies(metrics)}
    numbers |= {"accuracies.csv": data.results(metrics), "claims.csv": data.claims(metrics)}
    numbers["where.csv"] = data.where(metrics)
    numbers |= {f"data/{kind}/{name}.csv": csv for name, found in tables.items() for kind, csv in found.items()}
    files = drawn | numbers
    files["paper_tables.md"] = paper_tables(metrics, params)
    files["discrepancies.md"] = choices.discrepancies(params)
    files["report.html"] = page.html(metrics, traces, behaviours, params, drawn, predictions or {})
    return {name: files[name] for name in file_names([m.facts.dataset for m in metrics])}


def _tables(ran: Metrics, trace: Trace, followed: Followed, runs: list[Run]) -> dict[str, str]:
    """A dataset's files in data/, by kind."""
    return {
        "loss": data.losses(ran),
        "dos": data.norms(trace),
        "confusion": data.confusions(ran),
        "gains": data.class_gains(ran, runs),
        "behaviour": data.behaviour(followed),
    }
