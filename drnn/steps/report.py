"""Metrics, predictions, traces and behaviour become the paper's tables and figures."""

from drnn.evaluation.predictions import read_predictions
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.files import write_text
from drnn.machine import Machine
from drnn.report.build import build
from drnn.report.followed import Followed, Trace


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Write every file of the report."""
    metrics = [read(Metrics, path) for path in inputs["metrics"]]
    datasets = [m.facts.dataset for m in metrics]
    traces = dict(zip(datasets, map(Trace.load, inputs["traces"]), strict=True))
    behaviours = dict(zip(datasets, map(Followed.load, inputs["behaviour"]), strict=True))
    predictions = dict(zip(datasets, map(read_predictions, inputs["predictions"]), strict=True))
    files = build(metrics, traces, behaviours, params["experiment"], predictions)
    for name, path in outputs.items():
        write_text(path, files[name])
    return f"{outputs['report.html']}"
