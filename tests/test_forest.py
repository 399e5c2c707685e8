"""The figure of the verdict: its rows, its marks, and the files that `drnn figure` writes."""

from pathlib import Path

import pytest
from report_room import fake_kth, fake_metrics, typed
from test_across import several
from tuned_room import fake_tuned

from drnn.errors import UserError
from drnn.record.figure import figure
from drnn.report import forest

RECORD = Path(__file__).parents[1] / "reports"
HEADS = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}


def marks(panel):
    return [line for line in panel.lines if line.get_marker() in ("o", "s", "D")]


def test_a_row_for_each_dataset_and_recipe_with_the_claims_differences_and_the_papers():
    left, right = forest.verdict([fake_tuned(), fake_kth()]).axes
    labels = [label.get_text() for label in left.get_yticklabels()]
    assert labels[:2] == ["MSR Action3D\nas written", "MSR Action3D\ntuned"] and labels[2].startswith("KTH-1")
    assert not any("ensemble" in label or "baseline" in label for label in labels)
    assert [float(line.get_xdata()[0]) for line in marks(left)[:2]] == [2.25, 0.75]  # orders 1 and 2 to order 0
    papers = [round(float(line.get_xdata()[0]), 2) for line in left.lines if line.get_marker() == "|"]
    assert papers[:2] == [3.62, 4.25]
    assert len(marks(right)) == 3 * len(labels) and len(labels) == 3


def test_all_datasets_have_a_row_at_the_end():
    left, _ = forest.verdict(several()).axes
    assert left.get_yticklabels()[-1].get_text() == "all 6 datasets\nas written"


def test_a_column_has_the_differences_alone():
    assert len(forest.verdict([fake_metrics()], "column").axes) == 1


def test_synthetic_data_is_drawn_and_stamped_only_where_there_is_nothing_else():
    assert "SYNTHETIC" in forest.svg([fake_metrics("synthetic", synthetic=True)])
    mixed = forest.verdict([fake_metrics(), fake_metrics("synthetic", synthetic=True)])
    assert len(mixed.axes[0].get_yticklabels()) == 1


def test_a_dataset_with_one_model_alone_has_its_accuracy():
    metrics = fake_metrics().values()
    metrics["results"] = metrics["results"][:1]
    metrics["comparisons"] = []
    left, right = forest.verdict([typed(metrics)]).axes
    assert not marks(left) and len(marks(right)) == 1


@pytest.mark.parametrize("form", HEADS)
def test_the_record_is_drawn_as_a_file_the_same_again(form, tmp_path):
    said = [figure("column", form, tmp_path / name, RECORD) for name in ("one", "other")]
    content = (tmp_path / "one").read_bytes()
    assert content.startswith(HEADS[form]) and content == (tmp_path / "other").read_bytes()
    assert "3.3 inches" in said[0]


def test_without_a_record_it_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="is not a whole record"):
        figure("page", "pdf", tmp_path / "figure.pdf", tmp_path)
