"""The whole report: the content of every file, from metrics, traces and behaviour."""

from drnn.errors import UserError
from drnn.evaluation.predictions import Run
from drnn.report import architecture, behaviour_figures, choices, data, figures, page, tables
from drnn.report.measured import all_synthetic
from drnn.report.names import file_names


def build(
    metrics: list[dict], traces: dict, behaviours: dict, params: dict, predictions: dict[str, list[Run]] | None = None
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
    drawn = {"figures/figure1.svg": architecture.architecture(all_synthetic(metrics))}
    for measured in metrics:
        facts = measured["facts"]
        name, about = facts["dataset"], (facts["synthetic"], facts.get("sample"))
        if name not in traces or name not in behaviours:
            missing = "behaviour" if name in traces else "trace"
            raise UserError(f"{name}: has metrics but no {missing}; run its traces before the report")
        drawn[f"figures/{name}_loss.svg"] = figures.loss_curves(measured)
        drawn[f"figures/{name}_dos.svg"] = figures.dos_norms(traces[name], False, *about)
        drawn[f"figures/{name}_dos_drawn.svg"] = figures.dos_norms(traces[name], True, *about)
        drawn[f"figures/{name}_confusion.svg"] = figures.confusion(measured)
        drawn[f"figures/{name}_gains.svg"] = behaviour_figures.class_gains(measured)
        drawn[f"figures/{name}_behaviour.svg"] = behaviour_figures.against_motion(behaviours[name], facts)
        numbers[f"data/loss/{name}.csv"] = data.losses(measured)
        numbers[f"data/dos/{name}.csv"] = data.norms(traces[name])
        numbers[f"data/confusion/{name}.csv"] = data.confusions(measured)
        numbers[f"data/gains/{name}.csv"] = data.class_gains(measured)
        numbers[f"data/behaviour/{name}.csv"] = data.behaviour(behaviours[name])
    files = drawn | numbers
    files["paper_tables.md"] = tables.paper_tables(metrics, params)
    files["discrepancies.md"] = choices.discrepancies(params)
    files["report.html"] = page.html(metrics, traces, behaviours, params, drawn, predictions or {})
    return {name: files[name] for name in file_names([m["facts"]["dataset"] for m in metrics])}
