"""The accuracies as DVC shows them: its table of metrics has a row for each file, so each accuracy is a file."""

import csv
import io
import json

from drnn.evaluation import ENSEMBLE

NUMBERS = ("mean", "low", "high")
COUNTS = ("splits", "seeds")


def rows(accuracies: str) -> dict[str, str]:
    """File → JSON of one accuracy in % with its interval, of how many splits and seeds, and its label if it has one.

    Args:
        accuracies: text of accuracies.csv.
    """
    return {_name(row): json.dumps(_numbers(row)) + "\n" for row in csv.DictReader(io.StringIO(accuracies))}


def _name(row: dict[str, str]) -> str:
    recipe = row["recipe"] + (ENSEMBLE if row["ensemble"] == "true" else "")
    return f"accuracies/{row['dataset']}/{row['protocol']}/{recipe}/{row['model']}.json"


def _numbers(row: dict[str, str]) -> dict[str, float | int | str]:
    found: dict[str, float | int | str] = {name: round(float(row[name]), 2) for name in NUMBERS}
    found |= {name: int(row[name]) for name in COUNTS}
    return found | ({"label": row["label"]} if row["label"] else {})
