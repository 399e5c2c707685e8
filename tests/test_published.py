"""Numbers of others stand beside ours with who published them, and never beside made-up data or a sample."""

import pytest
from report_room import SAMPLE, fake_metrics, typed

from drnn.datasets.source import known
from drnn.report import published
from drnn.report.others import results


def of_source(source, **facts):
    metrics = fake_metrics("mine").values()
    metrics["facts"] |= {"source": source} | facts
    return typed(metrics)


def test_the_numbers_are_of_known_sources_and_say_who_published_them():
    found = published.published()
    assert set(found) <= set(known())
    assert all(one.by and 0 < one.accuracy < 100 for rows in found.values() for one in rows)


def test_a_dataset_shows_them_with_their_protocol():
    tables = [table for section in results([of_source("nw_ucla")]) for table in section.tables]
    (theirs,) = [table for table in tables if table.title.startswith("Published by others")]
    assert theirs.rows[-1] == ["AGC-LSTM", "93.30", "Si et al., CVPR 2019", "views 1 2"]
    assert published.table(of_source("weizmann").facts).rows[0][-1] == "their own, perhaps other splits"


@pytest.mark.parametrize("facts", [{"synthetic": True}, {"sample": SAMPLE}])
def test_made_up_data_and_samples_have_none(facts):
    assert published.table(of_source("nw_ucla", **facts).facts) is None


def test_other_sources_have_none():
    assert published.table(of_source("utd_mhad").facts) is None
