"""The life of a checkout, lived again: every situation runs what it needs, and the documentation says so."""

import pytest
from chapters import CHAPTERS, kth_list, recordings
from engine_room import ROOT
from life import lived, section

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.__name__)
def test_every_situation_runs_what_it_needs_and_the_page_shows_it(chapter, tmp_path):
    if chapter is recordings and not kth_list():
        pytest.skip("DRNN_DATA_MIRROR is not set to a folder that holds 00sequences.txt")
    rows = list(lived(chapter, tmp_path))  # raises where a file differs from that of a run from nothing
    assert [(row.situation, row.ran) for row in rows] == [(row.situation, row.needed) for row in rows]
    page = (ROOT / "docs/life-cycle.md").read_text()
    assert section(chapter, rows) in page, "run `python tests/lifecycle/life.py --out docs/life-cycle.md`"
