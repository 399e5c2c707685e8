"""A power cut, a video replaced: what is needed runs again, and the documentation says so."""

import pytest
from chapters import kth_list, power_cut, recordings
from life import lived, on_the_page

pytestmark = pytest.mark.slow
NO_LIST = "set DRNN_DATA_MIRROR to a folder that holds KTH's 00sequences.txt"


@pytest.mark.parametrize(
    "chapter",
    [power_cut, pytest.param(recordings, marks=[pytest.mark.long, pytest.mark.skipif(not kth_list(), reason=NO_LIST)])],
    ids=lambda chapter: chapter.__name__,
)
def test_every_situation_runs_what_it_needs_and_the_page_shows_it(chapter, tmp_path):
    rows = list(lived(chapter, tmp_path))
    assert [(row.situation, row.ran) for row in rows] == [(row.situation, row.needed) for row in rows]
    assert on_the_page(chapter, rows), "run `python tests/lifecycle/life.py --out docs/life-cycle.md`"
