"""Metrics, predictions, traces and behaviour become the paper's tables and figures."""

import json
from pathlib import Path

from drnn.arrays import read_arrays
from drnn.evaluation.predictions import read_predictions
from drnn.files import write_text
from drnn.report.build import build


def run(params: dict, inputs: dict, outputs: dict, machine) -> str:
    """Write every file of the report."""
    metrics = [json.loads(Path(path).read_text()) for path in inputs["metrics"]]
    datasets = [m["facts"]["dataset"] for m in metrics]
    traces = dict(zip(datasets, map(_load, inputs["traces"]), strict=True))
    behaviours = dict(zip(datasets, map(_load, inputs["behaviour"]), strict=True))
    predictions = dict(zip(datasets, map(read_predictions, inputs["predictions"]), strict=True))
    files = build(metrics, traces, behaviours, params["experiment"], predictions)
    for name, path in outputs.items():
        write_text(path, files[name])
    return f"{outputs['report.html']}"


def _load(path: str | Path) -> dict:
    arrays, facts = read_arrays(path)
    return arrays | {"facts": facts}
