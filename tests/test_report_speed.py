"""The layer's speed in prose: ratios from the benchmark's table, each with its size, whatever form the table has."""

from pathlib import Path

import pytest

from drnn.errors import UserError
from drnn.report import speed
from drnn.report.speed import Ratio, Size

PAGE = (Path(__file__).parents[1] / speed.PAGE).read_text(encoding="utf-8")
SMALL, LARGE = Size(3, 16, 2, 8, 50), Size(583, 400, 20, 32, 50)
LONG = """## Training step: forward, loss, backward, Adam

|  |  | CPU ms | CPU, ratio to nn.LSTM |
| --- | ---: | ---: | ---: |
| last frame, MSR n=583 m=400 k=20, B=32 T=50 | nn.LSTM | 118.9 | 1.00 |
| last frame, MSR n=583 m=400 k=20, B=32 T=50 | order 2 | 104.1 | 0.89 |
| last frame, MSR n=583 m=400 k=20, B=32 T=50 | order 2, literal loop | 166.5 | 1.39 |
| every frame, MSR n=583 m=400 k=20, B=32 T=50 | order 2 | 204.1 | 0.95 |

## Memory

|  |  | MiB |
| --- | --- | ---: |
| MSR n=583 m=400 k=20, B=32 T=50 | order 2 | 74 |
"""
WIDE = """## Training step: forward, loss of the last frame, backward, Adam

| n→m, k, B, T | operations of order 0, 2 | nn.LSTM, ms | order 0 | order 2 | order 2, literal loop |
| --- | ---: | ---: | ---: | ---: | ---: |
| 3→16, 2, 8, 50 | 0.9, 1.4 | 1.2 | **2.10** | **4.25** | **9.00** |
| 583→400, 20, 32, 50 | 0.9, 1.4 | 118.9 | 0.59 | 0.89 | **1.39** |

## Training step, loss of every frame

| n→m, k, B, T | nn.LSTM, ms | order 2 |
| --- | ---: | ---: |
| 583→400, 20, 32, 50 | 118.9 | 0.95 |
"""


def test_a_table_with_a_row_for_each_layer_is_read():
    assert [ratio for ratio in speed.ratios(LONG) if ratio.layer == "order 2"] == [
        Ratio("last frame", "order 2", LARGE, 0.89),
        Ratio("every frame", "order 2", LARGE, 0.95),
    ]
    assert Ratio("last frame", "order 2, literal loop", LARGE, 1.39) in speed.ratios(LONG)


def test_a_table_with_a_column_for_each_layer_is_read():
    found = speed.ratios(WIDE)
    assert (
        Ratio("last frame", "order 2", SMALL, 4.25) in found and Ratio("every frame", "order 2", LARGE, 0.95) in found
    )
    assert "583 inputs, 400 units, 32 sequences of 50 frames | 0.89 | 0.95 | — | 1.39 |" in speed.table(WIDE)


def test_the_sentence_names_the_least_and_the_greatest_ratio_with_their_sizes():
    said = " ".join(speed.sentence(WIDE).split())
    assert "between 0.89 and 4.25 of the time" in said
    assert "least is with 583 inputs, 400 units, 32 sequences of 50 frames" in said
    assert "greatest with 3 inputs, 16 units, 8 sequences of 50 frames" in said
    assert "takes 0.89 of the time" in " ".join(speed.sentence(LONG).split())


def test_the_committed_page_is_read():
    assert len({ratio.size for ratio in speed.ratios(PAGE)}) > 1


@pytest.mark.parametrize("page", ["", "# no table", LONG.replace("order 2", "order 5"), LONG.replace("ratio", "times")])
def test_a_page_without_the_ratio_is_an_error_with_a_remedy(page):
    with pytest.raises(UserError, match=r"benchmarks/layer\.md: holds no ratio .*; run `python benchmarks/layer\.py"):
        speed.ratios(page)
