"""The figure of the verdict: its rows, its marks, its axis."""

import itertools

import numpy as np
import pytest
from report_room import fake_kth, fake_metrics, said, typed
from test_across import several
from tuned_room import fake_tuned

from drnn.report.figures import forest, style

ORDER_2 = "D"


def marks(panel):
    return [line for line in panel.lines if line.get_marker() in style.MARKS]


def labels(panel):
    return [label.get_text() for label in panel.get_yticklabels()]


def arrows(panel):
    return [line for line in panel.lines if line.get_marker() in ("<", ">")]


def matched(names=13, differences=None, widths=None):
    """Datasets with both claims at equal units and at equal parameters."""
    draw, found = np.random.default_rng(0), []
    for n in range(names):
        metrics = fake_metrics(f"data_{n}").values()
        facts = metrics["facts"]
        facts["compared"] = ["lstm", "drnn1", "drnn2"]
        facts["models"] |= {f"lstm_as_{name}": {"order": 0, "as_large_as": name} for name in ("drnn1", "drnn2")}
        own = [c for c in metrics["comparisons"] if c["protocol"] == "odd_even_567"]
        own += [own[0] | {"better": name, "baseline": f"lstm_as_{name}"} for name in ("drnn1", "drnn2")]
        for one in own:
            one["difference"] = draw.normal() if differences is None else differences[n]
            half = 2.0 if widths is None else widths[n]
            one["interval"] = [one["difference"] - half, one["difference"] + half]
        found.append(typed(metrics | {"comparisons": own}))
    return found


def test_a_row_for_each_dataset_and_recipe_with_the_claims_differences_and_the_papers():
    left, right = forest.verdict([fake_tuned(), fake_kth()]).axes
    rows = labels(left)
    assert rows[:2] == ["MSR Action3D\nas written", "MSR Action3D\ntuned"] and rows[2].startswith("KTH-1")
    assert not any("ensemble" in label or "baseline" in label for label in rows)
    assert [float(line.get_xdata()[0]) for line in marks(left)[:2]] == [2.25, 0.75]  # orders 1 and 2 to order 0
    papers = [round(float(line.get_xdata()[0]), 2) for line in left.lines if line.get_marker() == "|"]
    assert papers[:2] == [3.62, 4.25]
    assert len(marks(right)) == 3 * len(rows) and len(rows) == 3


def test_labels_of_three_lines_do_not_touch():
    one = fake_tuned().values()
    one["facts"]["titles"] = {"dataset": "recordings of some people"}
    figure = forest.verdict([typed(one | {"facts": one["facts"] | {"dataset": "mine"}})])
    figure.draw_without_rendering()
    assert all(label.count("\n") == 2 for label in labels(figure.axes[0]))
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert all(above.y0 > below.y1 for above, below in itertools.pairwise(boxes))


def test_all_datasets_have_a_row_of_their_own_at_the_end():
    left = forest.verdict(several()).axes[0]
    assert labels(left)[-1] == "all 6 datasets"
    places = left.get_yticks()
    assert places[-1] - places[-2] > 1  # set apart


def test_many_datasets_are_sorted_by_their_gain():
    points = [0.5, -2.0, 3.0, 1.0, 0.0, 2.0]
    left = forest.verdict(matched(6, points)).axes[0]
    order = [int(label.split()[-1]) for label in labels(left)[:-1]]
    assert order == list(np.argsort(points)[::-1])


def test_claims_at_equal_units_and_at_equal_parameters_have_a_panel_each_and_one_axis():
    units, parameters, accuracies = forest.verdict(matched()).axes
    titles = [panel.get_title(loc="left") for panel in (units, parameters, accuracies)]
    assert titles == ["equal units", "equal parameters", "accuracy"]
    assert len(marks(units)) == len(marks(parameters)) == 2 * 14 and len(marks(accuracies)) == 3 * 13
    assert units.get_xlim() == parameters.get_xlim()
    assert {line.get_markerfacecolor() for line in marks(parameters)} == {style.PAPER}


def test_a_column_has_order_2_alone_and_both_claims():
    (panel,) = forest.verdict(matched(), "column").axes
    assert {line.get_marker() for line in marks(panel)} == {ORDER_2} and len(marks(panel)) == 2 * 14
    assert len({line.get_markerfacecolor() for line in marks(panel)}) == 2
    assert "dRNN, order 2, equal parameters" in said(style.svg(forest.verdict(matched(), "column")))


def test_intervals_that_leave_the_axis_are_arrows_and_the_others_stay_readable():
    left = forest.verdict(matched(widths=[40.0] + [2.0] * 12)).axes[0]
    assert max(map(abs, left.get_xlim())) < 10 and len(arrows(left)) == 2 * 2
    assert not arrows(forest.verdict(matched()).axes[0])


def test_the_band_in_which_models_are_as_good_is_shaded():
    left = forest.verdict(matched()).axes[0]
    bands = [patch.get_extents().transformed(left.transData.inverted()) for patch in left.patches]
    assert [(round(band.x0, 6), round(band.x1, 6)) for band in bands] == [(-1.0, 1.0)]


def test_a_long_name_is_broken_where_its_words_begin():
    metrics = fake_metrics().values()
    metrics["facts"]["titles"] = {"dataset": "ArticularyWordRecognition"}
    assert labels(forest.verdict([typed(metrics)]).axes[0]) == ["ArticularyWord\nRecognition"]


def test_synthetic_data_is_drawn_only_where_there_is_nothing_else():
    assert labels(forest.verdict([fake_metrics("synthetic", synthetic=True)]).axes[0]) == ["synthetic"]
    mixed = forest.verdict([fake_metrics(), fake_metrics("synthetic", synthetic=True)])
    assert labels(mixed.axes[0]) == ["MSR Action3D"]


def test_a_dataset_with_one_model_alone_has_its_accuracy():
    metrics = fake_metrics().values()
    metrics["results"] = metrics["results"][:1]
    metrics["comparisons"] = []
    (panel,) = forest.verdict([typed(metrics)]).axes
    assert panel.get_title(loc="left") == "accuracy" and len(marks(panel)) == 1
    for width in style.WIDTHS:
        assert style.svg(forest.verdict([typed(metrics)], width))


@pytest.mark.parametrize("width", style.WIDTHS)
def test_of_nothing_an_empty_figure_is_drawn(width):
    assert not labels(forest.verdict([], width).axes[0])
