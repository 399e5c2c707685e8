"""Months in one checkout, lived again: every situation runs what it needs, and the documentation says so."""

import pytest
from chapters import checkout
from life import lived, on_the_page

pytestmark = pytest.mark.slow


def test_every_situation_runs_what_it_needs_and_the_page_shows_it(tmp_path):
    rows = list(lived(checkout, tmp_path))  # raises where a file differs from that of a run from nothing
    assert [(row.situation, row.ran) for row in rows] == [(row.situation, row.needed) for row in rows]
    assert on_the_page(checkout, rows), "run `python tests/lifecycle/life.py --out docs/life-cycle.md`"
