"""The report's tables of other models and of splits."""

from pathlib import Path

import pytest
from report_room import SAMPLE, fake_kth, fake_metrics, over, row, typed
from tuned_room import add_models, fake_tuned, section, titles

from drnn.config import params
from drnn.report import beside, tables

ROOT = Path(__file__).parents[1]
DRAWN = "random splits, 5 training and 5 test subjects"
MODELS, SPLITS = "Other models under the same recipe", "How much the split matters"


@pytest.fixture(scope="module")
def experiment():
    return params.load(ROOT / "params.yaml").model_dump(mode="json")


@pytest.fixture(scope="module")
def text(experiment):
    return tables.paper_tables([fake_tuned()], experiment)


def test_other_models_stand_beside_the_highest_order_of_their_recipe(text):
    part = section(text, MODELS)
    assert "### Other models on MSR Action3D, odd/even subjects, 567 sequences, tuned" in part
    assert row(part, "dRNN, order 2")[1:3] == ["1,728,900", "82.00 ± 1.05 (1 split × 5 seeds)"]
    cells = row(part, "torch LSTM")
    assert cells[1:5] == ["1,234", "77.75 ± 1.05 (1 split × 5 seeds)", "dRNN, order 2", "+4.25"]
    assert cells[5:] == ["−2.50 to +6.25", "subjects", "0.171", "better"]
    assert row(part, "LSTM, as many parameters as dRNN, order 2")[3:] == ["—"] * 6
    assert "is better than torch LSTM" not in text


def test_a_comparison_over_splits_says_so():
    metrics = fake_metrics().values()
    add_models(metrics, "paper")
    metrics["comparisons"][-1] |= over(5)
    (table,) = beside.models([typed(metrics)])
    assert table.rows[1][5:7] == ["−1.50 to +4.25", "splits"]


def test_the_spread_over_splits_stands_beside_the_main_protocol(text):
    part = section(text, SPLITS)
    assert row(part, DRAWN, "tuned", "LSTM")[3:] == ["10", "74.50", "3.03", "70.00", "79.00", "81.25"]
    kth = beside.splits(fake_kth())
    assert kth.rows[0] == [
        "random splits, 16 training and 9 test subjects",
        "as written",
        "LSTM",
        "5",
        "81.25",
        "1.58",
        "79.25",
        "83.25",
        "—",
    ]
    assert len(kth.rows) == 3  # Schüldt's is one split


def test_of_a_sample_the_splits_stand_in_its_own_section(experiment):
    text = tables.paper_tables([fake_metrics(), fake_kth("kth1_sample", sample=SAMPLE)], experiment)
    assert SPLITS not in titles(text)
    assert f"### Accuracies over the splits of kth1 sample ({SAMPLE})" in text
