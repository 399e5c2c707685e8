"""docs/method.md gives an example out of the record, and the rules' own numbers."""

import csv
import re
from pathlib import Path

import pytest

from drnn.evaluation.learning import FAR_BELOW
from drnn.evaluation.verdicts import CERTAINTY, MARGIN
from drnn.report.blocks import interval, signed

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/method.md").read_text(encoding="utf-8")
PLACE = {"dataset": "msr_action3d", "protocol": "odd_even_567", "recipe": "tuned"}


@pytest.mark.parametrize(
    ("claim", "words"), [("drnn2 > lstm", "better than the LSTM"), ("drnn2 > svm", "better than a linear SVM")]
)
def test_the_example_is_the_records(claim, words):
    with (ROOT / "reports/claims.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if PLACE.items() <= row.items() and row["claim"] == claim]
    (row,) = rows
    bounds = interval([float(row["low"]), float(row["high"])], signed)
    chances = [f"{float(row[f'p_{region}']):.3f}" for region in ("better", "equivalent", "worse")]
    cells = [signed(float(row["difference"])), bounds, *chances, row["verdict"]]
    line = next(line for line in TEXT.splitlines() if line.startswith("| order 2") and words in line)
    assert [cell.strip() for cell in line.strip("|").split("|")][1:] == cells


def test_the_rules_numbers_are_those_of_the_code():
    text = " ".join(TEXT.split())
    assert MARGIN == 1 and f"at least {CERTAINTY:g}, it is the **verdict**" in text
    assert re.search(rf"more than {FAR_BELOW:g} points below the median", text)
