"""docs/trust.md has every test of the matrix, with all its cases, each right."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from matrix import PAGE, modules, said

pytestmark = pytest.mark.slow


def test_the_page_has_every_case_and_each_is_right():
    words = ["-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", "-m", "slow or not slow", *modules()]
    listed = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout
    there = Counter(said(line) for line in listed.splitlines() if "::" in line)
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text("utf-8"), re.M)
    shown = {name: tuple(map(int, counts)) for name, *counts in rows}
    again = "run `python tests/trust/matrix.py --out docs/trust.md`"
    assert shown == {name: (count, count, 0, 0, 0) for name, count in there.items()}, again
