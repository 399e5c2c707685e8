"""docs/method.md gives the rules' own numbers; its example is written, and checked, with the record."""

import re
from pathlib import Path

from drnn.evaluation.learning import FAR_BELOW
from drnn.evaluation.verdicts import CERTAINTY, MARGIN

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/method.md").read_text(encoding="utf-8")


def test_the_rules_numbers_are_those_of_the_code():
    text = " ".join(TEXT.split())
    assert MARGIN == 1 and f"at least {CERTAINTY:g}, it is the **verdict**" in text
    assert re.search(rf"more than {FAR_BELOW:g} points below the median", text)
