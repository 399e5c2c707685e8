"""The tables on KTH: two datasets and two protocols, and samples that claim nothing."""

import re
from pathlib import Path

import pytest
from report_room import SAMPLE, fake_kth, fake_metrics, row, typed

from drnn.config import params
from drnn.evaluation.across import across
from drnn.evaluation.facts import Pictures
from drnn.report import measured, readme, tables

ROOT = Path(__file__).parents[1]
PARTLY = "599 videos, 20 of them verified"
DRAWN, FIXED = "random splits, 16 training and 9 test subjects", "the split of Schüldt et al."
OURS = f"Ours %, {DRAWN}", "Difference", f"Ours %, {FIXED}"


@pytest.fixture(scope="module")
def experiment():
    return params.load(ROOT / "params.yaml").model_dump(mode="json")


@pytest.fixture(scope="module")
def whole(experiment):
    """The tables on all of the paper's data."""
    return tables.paper_tables([fake_metrics(), fake_kth("kth1"), fake_kth("kth2")], experiment)


@pytest.fixture(scope="module")
def sampled(experiment):
    return tables.paper_tables([fake_metrics(), fake_kth("kth1_sample", sample=SAMPLE)], experiment)


def table(text, start):
    """One table of the Markdown, with its notes."""
    return next(part for part in text.split("\n### ") if part.startswith(start))


@pytest.mark.parametrize("which", ["Table 2", "Table 3"])
def test_the_tables_of_kth_name_the_main_protocol_and_show_the_other_beside_it(whole, which):
    text = table(whole, which)
    assert tuple(row(text, "Dataset")[4:]) == OURS
    method = "dRNN, order 2" + (" (of Table 2)" if which == "Table 3" else "")
    for dataset, difference in (("KTH-1", "−11.96"), ("KTH-2", "−10.12")):
        cells = row(text, dataset, method)[4:]
        assert cells == ["82.00 ± 1.05 (5 splits × 1 seed)", difference, "82.00 (1 split × 1 seed)"]


def test_a_dataset_without_the_other_protocol_takes_its_column_away(experiment):
    plain = fake_kth("kth2").values()
    plain["facts"]["protocols"] = ["random_16_9"]
    text = tables.paper_tables([fake_kth("kth1"), typed(plain)], experiment)
    assert row(table(text, "Table 2"), "Dataset")[4:] == [f"Ours %, {DRAWN}", "Difference"]


def test_without_a_common_main_protocol_no_column_is_named_after_one(experiment):
    other = fake_kth("kth2").values()
    other["facts"]["protocols"] = ["schuldt", "random_16_9"]
    text = table(tables.paper_tables([fake_kth("kth1"), typed(other)], experiment), "Table 2")
    assert row(text, "Dataset")[4:] == ["Ours %", "Difference"]
    assert row(text, "KTH-2", "LSTM + HOG3D")[4] == "81.25 (1 split × 1 seed)"


def test_one_dataset_of_a_table_is_enough_for_its_columns(experiment):
    text = table(tables.paper_tables([fake_kth("kth2")], experiment), "Table 2")
    assert tuple(row(text, "Dataset")[4:]) == OURS
    assert row(text, "KTH-1", "LSTM + HOG3D")[4:] == ["not run (KTH-1 is not part of this run)", "—", "—"]


def test_table_1_takes_the_sizes_from_either_dataset_of_kth(experiment):
    text = table(tables.paper_tables([fake_kth("kth2")], experiment), "Table 1")
    assert row(text, "KTH", "parameters, dRNN, order 2")[3] == "961,248"


def test_the_sequences_stand_once_under_table_2_and_table_3_refers_to_it(whole):
    counts = f"Sequences of KTH-1: {DRAWN} (5 splits): 383–384 train, 215–216 test; {FIXED}: 383 train, 216 test."
    assert whole.count(counts) == 1
    assert counts in table(whole, "Table 2")
    assert "Protocols, sequences and recipe: as in Table 2." in table(whole, "Table 3")


@pytest.mark.parametrize("name", ["kth1", "kth1_sample"])
@pytest.mark.parametrize("label", [SAMPLE, PARTLY])
def test_a_sample_has_its_accuracies_in_its_own_section_alone(experiment, name, label):
    part = fake_kth(name, sample=label, means={"lstm": 77.01, "drnn1": 78.02, "drnn2": 79.03})
    text = tables.paper_tables([fake_metrics(), part], experiment)
    kinds = {SAMPLE: "a sample of the recordings", PARTLY: "recordings not verified as published"}
    title = {"kth1": "KTH-1"}.get(name, "kth1 sample")
    own = f"## {title} ({label}): {kinds[label]}, not the paper's protocol\n"
    before, rest = text.split(own)
    section, after = rest.split("\n## ", 1)
    for mean in ("77.01", "78.02", "79.03"):
        assert mean in section and mean not in before + after
    assert all(f"{title} ({label})" in line for line in section.splitlines() if line.startswith("### "))
    assert "own data, not the paper" not in text


def test_a_remark_on_the_recordings_stands_beside_every_result_and_the_results_count(experiment):
    copy, ran = "a re-encoded copy", fake_kth("other")
    pictures = Pictures(width=180, height=144, rate=25, positions=99)
    ran = ran.model_copy(update={"facts": ran.facts.model_copy(update={"remark": copy, "pictures": pictures})})
    text = tables.paper_tables([fake_metrics(), ran], experiment)
    headings = [line for line in text.splitlines() if line.startswith(("## other", "### Accuracies on other"))]
    assert len(headings) == 2 and all(f"other ({copy})" in line for line in headings)
    summary = text.split("## The paper's tables")[0].splitlines()
    about = [line for line in summary if re.search(r"\bother\b(?! data)", line) and "dRNN" in line]
    assert about and all(f"other ({copy})" in line for line in about)
    assert "Videos of 180 × 144 pixels at 25 frames a second: 99 positions in each are described." in text
    assert all("other" in claim.found for claim in across([fake_metrics(), ran]))


def test_the_summary_says_of_a_sample_that_it_ran_and_proves_no_claim(sampled):
    points = sampled.split("## The paper's tables")[0].splitlines()
    (line,) = (point for point in points if "kth1 sample (" in point)
    assert line.startswith(
        f"- kth1 sample ({SAMPLE}) ran from the recordings to this report: this proves the path, not"
    )


@pytest.mark.parametrize(
    ("label", "said"), [(SAMPLE, "it is a sample, 20 of 599 videos"), (PARTLY, f"its recordings are {PARTLY}")]
)
def test_a_sample_under_a_name_of_the_paper_stands_in_no_row(experiment, label, said):
    metrics = [fake_kth("kth1", sample=label)]
    text = tables.paper_tables(metrics, experiment)
    assert row(text, "KTH-1", "LSTM + HOG3D")[4] == f"not run as the paper states ({said})"
    assert "| KTH-1" not in readme.results(metrics) and "Not run: KTH-1" in readme.results(metrics)


def test_what_is_missing_says_what_there_is_of_kth():
    missing = measured.missing
    assert missing("kth2", [fake_metrics()]) == "not run (KTH is not part of this run)"
    assert missing("kth2", [fake_kth("kth1")]) == "not run (KTH-2 is not part of this run)"
    parts = [fake_kth(name, sample=SAMPLE) for name in ("kth1_sample", "kth2_sample")]
    assert missing("kth1", parts) == "not run (KTH only as a sample: kth1 sample; kth2 sample)"
    assert missing("kth2", [fake_kth("kth1"), *parts]) == "not run (KTH-2 is not part of this run)"
    assert missing("msr_action3d", parts) == "not run (MSR Action3D is not part of this run)"
    assert missing("kth1", [fake_kth("synthetic_kth1", synthetic=True)]) == "not run (this is the synthetic demo)"


def test_the_data_of_kth_says_what_was_shortened_and_what_the_pca_keeps(whole):
    (said,) = (line for line in whole.splitlines() if line.startswith("KTH-1 (6 actions)"))
    assert "were shortened: 2 sequences, by 1,065 frames in all." in said and "Frames without" not in said
    assert f"{DRAWN} (5 splits): 383–384 to train, 215–216 to test;" in said
    assert f"{DRAWN} (450 components, mean of 5 splits): 96.20 % on training, 85.00 % on test subjects" in said
    assert f"{FIXED} (450 components): 96.10 % on training, 84.20 % on test subjects" in said


def test_the_seeds_of_each_dataset_are_said_where_they_differ(whole, experiment):
    seeds = ", ".join(map(str, range(10)))
    assert f"Seeds: {seeds} (MSR Action3D); 0 (KTH-1, KTH-2)." in whole
    assert f"Seeds: {seeds}.\n" in tables.paper_tables([fake_metrics()], experiment)
