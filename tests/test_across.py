"""The claims over datasets: which count, what they say, and the tables that hold them."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from report_room import SAMPLE, fake_metrics, typed

from drnn.config.params import load
from drnn.evaluation.across import across
from drnn.evaluation.verdicts import over_datasets
from drnn.report import across as page
from drnn.report import data, tables, verdicts, where

PARAMS = load(Path(__file__).parents[1] / "params.yaml").model_dump(mode="json")
DIFFERENCES = {"mine": 4.0, "yours": 5.5, "theirs": 4.75, "ours": 6.0, "hers": 3.5, "his": 5.0}


def several(differences=DIFFERENCES, **facts):
    """Datasets in which order 2 leads the LSTM by so much."""
    found = []
    for name, points in differences.items():
        metrics = fake_metrics(name).values()
        metrics["facts"] |= facts
        for one in metrics["comparisons"]:
            one["difference"] = points if (one["better"], one["baseline"]) == ("drnn2", "lstm") else 0.0
        found.append(typed(metrics))
    return found


def claim_of(found):
    return next(one for one in found if (one.better, one.baseline) == ("drnn2", "lstm"))


def test_each_dataset_gives_its_difference_under_its_first_protocol():
    one = claim_of(across(several()))
    assert {name: c.difference for name, c in one.found.items()} == DIFFERENCES
    assert {c.protocol for c in one.found.values()} == {"odd_even_567"}
    assert one.belief == over_datasets(np.array(list(DIFFERENCES.values())))
    assert one.belief.verdict == "better" and one.needed <= len(DIFFERENCES)


@pytest.mark.parametrize("facts", [{"synthetic": True}, {"sample": SAMPLE}])
def test_made_up_data_and_samples_do_not_count(facts):
    assert across(several(**facts)) == []
    assert page.table(several(**facts)) is None and page.verdicts(several(**facts)) == []


def test_a_few_datasets_are_not_all():
    few = dict(list(DIFFERENCES.items())[:4])
    assert across(several(few)) == [] and len(across(several(few | {"hers": 3.5}))) == 3


def test_the_table_and_the_sentences_say_the_verdict():
    (table, said) = page.table(several()), page.verdicts(several())
    row = next(cells for cells in table.rows if cells[1] == "dRNN, order 2 is better than LSTM")
    assert row[2:4] == ["6", "+4.79"] and row[-2] == "better"
    assert any(one.startswith("Over 6 datasets, as written: dRNN, order 2 is better than LSTM: +4.79") for one in said)
    assert any("dRNN, order 1 is as good as LSTM (equivalent): 0.00 points" in one for one in said)
    undecided = page.verdicts(several(dict(zip(DIFFERENCES, (-6.0, 5.0, 3.0, 0.0, 4.0), strict=False))))
    assert any("with certainty (undecided)" in one for one in undecided)


def test_without_a_rival_of_equal_units_the_page_begins_with_the_claims_there_are():
    models = fake_metrics("mine").values()["facts"]["models"]
    part = several(models=models | {"lstm": models["lstm"] | {"units": 0.25}})
    assert verdicts.sentences(part) == page.verdicts(part) != []
    assert not where.tables(part) and where.SAY.title() not in [one.title for one in tables.sections(part, PARAMS)]
    assert where.SAY.title() in [one.title for one in tables.sections(several(), PARAMS)]


def test_claims_as_csv():
    rows = list(csv.DictReader(io.StringIO(data.claims(several()))))
    overall = [row for row in rows if row["dataset"] == data.ALL and row["claim"] == "drnn2 > lstm"]
    assert [row["verdict"] for row in overall] == ["better"] and float(overall[0]["difference"]) == pytest.approx(
        4.79, abs=0.01
    )
    mine = [row for row in rows if row["dataset"] == "mine"]
    assert len(mine) == len(several()[0].comparisons)
    for row in mine:
        assert sum(float(row[f"p_{region}"]) for region in ("better", "equivalent", "worse")) == pytest.approx(1)


def test_accuracies_as_csv():
    (metrics,) = several({"mine": 1.0})
    rows = list(csv.DictReader(io.StringIO(data.results([metrics]))))
    assert [float(row["mean"]) for row in rows] == [r.mean for r in metrics.results]
    assert {row["ensemble"] for row in rows} == {"false"} and rows[0]["over"] == "subjects"
