"""The report as data: a small file of accuracies, and what each figure draws, for `dvc metrics` and `dvc plots`."""

import csv
import io
import json
from collections.abc import Iterable


def accuracies(metrics: list[dict]) -> str:
    """JSON: dataset → protocol → recipe → model → mean and standard deviation of the accuracies in %, runs."""
    found: dict = {}
    for measured in metrics:
        for r in measured["results"]:
            path = found.setdefault(measured["facts"]["dataset"], {}).setdefault(r["protocol"], {})
            path.setdefault(r["recipe"], {})[r["model"]] = {name: r[name] for name in ("mean", "std", "runs")}
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def losses(measured: dict) -> str:
    """Figure 2 as CSV: the training loss after each epoch, mean and range over the runs."""
    head = ["epoch", "protocol", "recipe", "model", "mean", "low", "high"]
    return _csv(
        head,
        (
            [epoch, curve["protocol"], curve["recipe"], curve["model"], *values]
            for curve in measured["facts"]["curves"]
            for epoch, values in enumerate(zip(curve["mean"], curve["low"], curve["high"], strict=True), 1)
        ),
    )


def confusions(measured: dict) -> str:
    """Figures 4 and 5 as CSV, of every model: the share of each true action that was recognised as each."""
    classes = measured["facts"]["classes"]
    return _csv(
        ["protocol", "recipe", "model", "true", "recognised", "rate"],
        (
            [r["protocol"], r["recipe"], r["model"], true, recognised, rate]
            for r in measured["results"]
            for true, rates in zip(classes, r["confusion"], strict=True)
            for recognised, rate in zip(classes, rates, strict=True)
        ),
    )


def norms(trace: dict) -> str:
    """Figure 3 as CSV: ‖dⁿs_t‖₂ at each frame t of a sequence, n counted by `derivative`."""
    facts = trace["facts"]
    return _csv(
        ["t", "sequence", "model", "derivative", "norm"],
        (
            [t, facts["sequence"], facts["model"], n, float(value)]
            for n, column in enumerate(trace["dos"].T, 1)
            for t, value in enumerate(column, 1)
        ),
    )


def _csv(head: list[str], rows: Iterable[list]) -> str:
    """A table with LF, floats with at most 6 decimals."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([round(v, 6) if isinstance(v, float) else v for v in row] for row in rows)
    return text.getvalue()
