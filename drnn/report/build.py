"""The whole report: the content of every file, from metrics, traces and behaviour."""

from collections.abc import Iterator

from drnn.errors import UserError
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import architecture, behaviour_figures, choices, data, figures, forest, page, tables, where_figure
from drnn.report.followed import Followed, Trace
from drnn.report.measured import all_synthetic
from drnn.report.names import SEVERAL, file_names


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
        predictions: dataset → its runs, for the page; None: its confusion matrices name no sequences.

    Raises:
        UserError: a dataset has metrics but no trace or no behaviour.
    """
    numbers = {"metrics.json": data.accuracies(metrics)}
    numbers |= {"accuracies.csv": data.results(metrics), "claims.csv": data.claims(metrics)}
    numbers["where.csv"] = data.where(metrics)
    drawn = {"figures/verdict.svg": forest.svg(metrics)}
    drawn |= {"figures/where.svg": where_figure.svg(metrics)} if len(metrics) >= SEVERAL else {}
    drawn |= {"figures/figure1.svg": architecture.architecture(all_synthetic(metrics))}
    for ran in metrics:
        name = ran.facts.dataset
        if name not in traces or name not in behaviours:
            missing = "behaviour" if name in traces else "trace"
            raise UserError(f"{name}: has metrics but no {missing}; run its traces before the report")
        drawn |= {f"figures/{name}_{kind}.svg": svg for kind, svg in _figures(ran, traces[name], behaviours[name])}
        numbers |= {f"data/{kind}/{name}.csv": csv for kind, csv in _data(ran, traces[name], behaviours[name])}
    files = drawn | numbers
    files["paper_tables.md"] = tables.paper_tables(metrics, params)
    files["discrepancies.md"] = choices.discrepancies(params)
    files["report.html"] = page.html(metrics, traces, behaviours, params, drawn, predictions or {})
    return {name: files[name] for name in file_names([m.facts.dataset for m in metrics])}


def _figures(ran: Metrics, trace: Trace, followed: Followed) -> Iterator[tuple[str, str]]:
    yield "loss", figures.loss_curves(ran)
    yield "dos", figures.dos_norms(ran.facts, trace, drawn=False)
    yield "dos_drawn", figures.dos_norms(ran.facts, trace, drawn=True)
    yield "confusion", figures.confusion(ran)
    yield "gains", behaviour_figures.class_gains(ran)
    yield "behaviour", behaviour_figures.against_motion(followed, ran.facts)


def _data(ran: Metrics, trace: Trace, followed: Followed) -> Iterator[tuple[str, str]]:
    yield "loss", data.losses(ran)
    yield "dos", data.norms(trace)
    yield "confusion", data.confusions(ran)
    yield "gains", data.class_gains(ran)
    yield "behaviour", data.behaviour(followed)
