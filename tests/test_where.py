"""Where a higher order helps: settings, correlations and their limits, failures, the table as CSV and the figure."""

import csv
import io

import numpy as np
import pytest
from report_room import SAMPLE, fake_metrics, typed
from scipy.stats import spearmanr, t

from drnn.evaluation.across import FEWEST
from drnn.evaluation.where import PROPERTIES, correlations, settings, weakest_seen
from drnn.report import data, where
from drnn.report.figures import where as where_figure
from drnn.report.figures.style import WIDTHS, svg
from drnn.report.names import SEVERAL, file_names
from drnn.report.pictures import WHERE

LENGTHS = {"mine": 30, "yours": 45, "theirs": 60, "ours": 90, "hers": 150, "his": 210}
KINDS = ("sensors", "skeletons", "sensors", "videos", "sensors", "skeletons")
PAIRS = [("drnn1", "lstm"), ("drnn2", "lstm"), ("drnn2", "lstm_large")]


def several(points=lambda length: length / 30, **facts):
    """Datasets on which order 2 gains by their length over an LSTM of as many units."""
    found = []
    for (name, length), kind in zip(LENGTHS.items(), KINDS, strict=True):
        metrics = fake_metrics(name).values()
        metrics["facts"] |= {"length": length, "noise": 1 / length, "kind": kind} | facts
        metrics["facts"]["models"]["lstm_large"] = {"order": 0, "as_large_as": "drnn2"}
        metrics["facts"]["compared"] = ["lstm", "drnn1", "drnn2"]
        pair = next(c for c in metrics["comparisons"] if (c["better"], c["baseline"]) == ("drnn2", "lstm"))
        pair["difference"] = points(length)
        metrics["comparisons"].append(pair | {"baseline": "lstm_large", "difference": 0.5})
        for result in (r for r in metrics["results"] if r["model"] in ("lstm", "drnn2")):
            result |= {"train_accuracy": 90.0, "failed": int(name == "his" and result["model"] == "lstm")}
        found.append(typed(metrics))
    return found


def test_a_setting_holds_what_a_dataset_is_like_under_its_first_protocol():
    first = settings(several())[0]
    assert first.facts.dataset == "mine" and first.recipe == "paper"
    assert {name: value(first) for name, value in PROPERTIES.items()} == {
        "length": 30, "sequences": 291, "noise": 1 / 30, "values": 583, "classes": 20, "sensors": 1,
    }  # fmt: skip
    assert {one.protocol for one in first.found.values()} == {"odd_even_567"}


def test_the_claims_are_against_order_0_of_as_many_units_or_parameters():
    assert list(settings(several())[0].found) == PAIRS


def test_values_are_those_before_differences_and_unknown_with_other_features():
    tuned = {"features": "joints", "differences": [1]}
    plain, doubled = (settings(several(settings=s))[0] for s in ({"paper": {}}, {"paper": {"differences": [1, 3]}}))
    assert plain.values == 583 and doubled.values == 583 // 3
    metrics = several(settings={"paper": {}, "tuned": tuned})[0].values()
    metrics["comparisons"] += [one | {"recipe": "tuned"} for one in metrics["comparisons"]]
    assert [one.values for one in settings([typed(metrics)])] == [583, None]


def test_a_planted_dependence_is_found_and_holm_corrects_all_of_them():
    found = {(one.pair, one.property): one for one in correlations(settings(several()))}
    planted = found[("drnn2", "lstm"), "length"]
    assert planted.rho == pytest.approx(1) and planted.datasets == len(LENGTHS)
    assert found[("drnn2", "lstm"), "noise"].rho == pytest.approx(-1)
    assert {name for pair, name in found} == {"length", "noise", "sensors"}  # the others are alike in all
    assert {pair for pair, name in found} == {("drnn2", "lstm")}  # the other differences are
    assert all(one.p <= one.p_holm <= 1 for one in found.values())


def test_a_correlation_is_that_of_scipy():
    draw = np.random.default_rng(0).normal(size=len(LENGTHS))
    points = dict(zip(LENGTHS.values(), draw, strict=True))
    found = {(one.pair, one.property): one for one in correlations(settings(several(points.get)))}
    expected = spearmanr(list(LENGTHS.values()), draw)
    one = found[("drnn2", "lstm"), "length"]
    assert (one.rho, one.p) == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("facts", [{"synthetic": True}, {"sample": SAMPLE}])
def test_made_up_data_and_samples_do_not_count(facts):
    assert correlations(settings(several(**facts))) == [] and where.tables(several(**facts)) == []


def test_fewer_datasets_have_no_correlation():
    assert correlations(settings(several()[: FEWEST - 1])) == []


@pytest.mark.parametrize("tests", [1, 20])
def test_the_weakest_correlation_that_is_seen_is_just_significant(tests):
    rho, count = weakest_seen(13, tests), 13
    statistic = rho * np.sqrt((count - 2) / (1 - rho**2))
    assert 2 * t.sf(statistic, count - 2) == pytest.approx(0.05 / tests)
    assert weakest_seen(13) == pytest.approx(0.553, abs=1e-3)


def test_the_tables_and_the_sentence_say_it():
    settings_table, table, failures = where.tables(several())
    assert settings_table.rows[0][:8] == ["mine", "as written", "sensors", "291", "30", "583", "20", "3.3"]
    row = next(cells for cells in table.rows if "frames" in cells[2] and "order 2, less LSTM" in cells[1])
    assert row[3:6] == ["6", "+1.00", "below 0.001"]
    (said,) = where.limits(several())
    assert said.startswith("With 6 datasets one correlation is significant at 5 % from ±0.81 on.")
    assert "2 of 3 are significant" in said and "a correlation is no cause" in said
    assert "none is significant" in where.limits(several({30: 1, 45: 3, 60: 2, 90: 4, 150: 1, 210: 2}.get))[0]
    assert [row[1:] for row in failures.rows] == [
        ["LSTM", "30", "1", "3.33", "his: 1"],
        ["dRNN, order 2", "30", "0", "0.00", "—"],
    ]


def test_where_as_csv():
    rows = list(csv.DictReader(io.StringIO(data.where(several(remark="a re-encoded copy")))))
    assert [row["dataset"] for row in rows] == list(LENGTHS) and rows[0]["label"] == "a re-encoded copy"
    assert [float(row["drnn2 > lstm"]) for row in rows] == [length / 30 for length in LENGTHS.values()]
    assert [row["failed lstm"] for row in rows] == ["0"] * 5 + ["1"] and "failed drnn1" not in rows[0]
    bare = list(csv.DictReader(io.StringIO(data.where(several(length=None, noise=None, kind=None)))))
    assert {(row["length"], row["noise"], row["kind"]) for row in bare} == {("", "", "")}


@pytest.mark.parametrize(
    ("facts", "label"),
    [({}, ""), ({"remark": "a copy"}, "a copy"), ({"synthetic": True, "sample": SAMPLE}, f"synthetic, {SAMPLE}")],
)
def test_every_row_is_labelled_as_its_dataset_is(facts, label):
    for text in (data.claims(several(**facts)), data.results(several(**facts)), data.where(several(**facts))):
        labels = {row["label"] for row in csv.DictReader(io.StringIO(text)) if row["dataset"] == "mine"}
        assert labels == {label}


def test_a_claim_over_all_datasets_names_those_that_have_a_label():
    found = several()
    labelled = found[2].values()
    labelled["facts"]["remark"] = "a copy"
    rows = list(csv.DictReader(io.StringIO(data.claims([*found[:2], typed(labelled), *found[3:]]))))
    assert {row["label"] for row in rows if row["dataset"] == data.ALL} == {"theirs: a copy"}


def test_training_accuracies_are_empty_where_they_are_not_known():
    rows = list(csv.DictReader(io.StringIO(data.results(several()))))
    known = {row["model"]: (row["train_accuracy"], row["failed"]) for row in rows if row["dataset"] == "his"}
    assert known == {"lstm": ("90.0", "1"), "drnn1": ("", ""), "drnn2": ("90.0", "0"), "svm": ("", "")}


def test_several_datasets_have_a_figure_and_fewer_have_none():
    names = list(LENGTHS)
    assert SEVERAL == FEWEST
    assert WHERE in file_names(names) and WHERE not in file_names(names[: SEVERAL - 1])


def test_the_figure_is_the_same_again_and_draws_every_dataset():
    drawn = svg(where_figure.where(several()))
    assert drawn == svg(where_figure.where(several())) and drawn.startswith("<?xml")
    assert all(svg(where_figure.where(several(), width)) for width in WIDTHS)
    assert drawn != svg(where_figure.where(several(lambda length: -length / 30)))
    assert svg(where_figure.where(several(length=None, noise=None, kind=None))) != drawn
