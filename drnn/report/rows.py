"""The accuracies as DVC shows them: its table of metrics has a row for each file, so each accuracy is a file."""

import csv
import io
import json

from drnn.evaluation import ENSEMBLE


def rows(accuracies: str) -> dict[str, str]:
    """File → JSON of one accuracy in % with its interval, of how many splits and seeds, and its label if it has one.

    Args:
        accuracies: text of accuracies.csv.
    """
    return {_name(row): json.dumps(_cells(row)) + "\n" for row in csv.DictReader(io.StringIO(accuracies))}


def _name(row: dict[str, str]) -> str:
    recipe = row["recipe"] + (ENSEMBLE if row["ensemble"] == "true" else "")
    return f"accuracies/{row['dataset']}/{row['protocol']}/{recipe}/{row['model']}.json"


def _cells(row: dict[str, str]) -> dict[str, float | int | str]:
    """By names whose order is that of the table, for DVC sorts its columns."""
    found: dict[str, float | int | str] = {
        "accuracy": round(float(row["mean"]), 2),
        "interval_from": round(float(row["low"]), 2),
        "interval_to": round(float(row["high"]), 2),
        "seeds": int(row["seeds"]),
        "splits": int(row["splits"]),
    }
    return found | ({"label": row["label"]} if row["label"] else {})
