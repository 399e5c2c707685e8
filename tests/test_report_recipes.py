"""The report with further trainings: recipes told apart, ensembles, and claims with every recipe."""

import re
from pathlib import Path

import pytest
from report_room import fake_kth, fake_metrics, row, typed
from test_across import several
from tuned_room import ENSEMBLE, add, add_splits, fake_tuned, section, titles

from drnn.config import params
from drnn.report import beside, claims, data, measured, readme, recipes, tables
from drnn.report.blocks import markdown
from drnn.report.sentences import Sentences

ROOT = Path(__file__).parents[1]
MAIN, DRAWN = "odd/even subjects, 567 sequences", "random splits, 5 training and 5 test subjects"
NOTES = Sentences("templates/notes.j2")
NEW = ["The paper, as written, and tuned", "Other models under the same recipe", "How much the split matters"]


@pytest.fixture(scope="module")
def experiment():
    return params.load(ROOT / "params.yaml").model_dump(mode="json")


@pytest.fixture(scope="module")
def text(experiment):
    return tables.paper_tables([fake_tuned()], experiment)


def test_the_new_sections_follow_the_papers_tables(text):
    assert titles(text)[:6] == ["Summary of results", "The paper's tables", NEW[0], "The paper's claims", *NEW[1:]]


def test_the_paper_as_written_and_tuned_stand_side_by_side(text):
    part = section(text, NEW[0])
    assert row(part, "Method")[2::2] == ["As written %", "Tuned %", "As written, ensemble %"]
    cells = row(part, "LSTM")
    assert cells[1:6] == [
        "87.78",
        "61.25 ± 1.05 (1 split × 5 seeds)",
        "−26.53",
        "81.25 ± 1.05 (1 split × 5 seeds)",
        "−6.53",
    ]
    assert cells[6:] == ["64.25 (1 split)", "85.25 (1 split)"]
    assert all(note in part for note in (NOTES.paper(), NOTES.tuned(), NOTES.ensembles()))


def test_recipes_that_are_there_for_an_ensemble_alone_stand_in_no_table(experiment):
    metrics = fake_tuned().values()
    metrics["facts"]["ensembles"] = {"tuned_streams": ["tuned", "tuned_bones"]}
    for recipe in ("tuned_bones", "tuned_bones_ensemble"):
        add(metrics, recipe, 7.25)
    add(metrics, "tuned_streams_ensemble", 27.25, **ENSEMBLE)
    ran = typed(metrics)
    text = tables.paper_tables([ran], experiment)
    part = section(text, NEW[0])
    columns = ["As written %", "Tuned %", "As written, ensemble %", "Tuned streams, ensemble %"]
    assert [name for name in row(part, "Method")[2:] if name.endswith("%")][:3] == columns[:3]
    assert row(part, "Method")[-1] == columns[3] and row(part, "LSTM")[-1].startswith("88.50")
    note = "Tuned streams: one classifier of all seeds of 2 recipes: tuned, tuned bones. accuracies.csv has each"
    assert note in part and text.count("tuned bones") == 1 and "Tuned bones" not in text
    recipes_of = {line.split(",")[2] for line in data.results([ran]).splitlines()}
    assert {"tuned", "tuned_bones", "tuned_streams"} <= recipes_of


def test_another_recipe_is_a_column_of_its_own_name(experiment):
    metrics = fake_metrics().values()
    add(metrics, "mine | <b>", 1.0)
    (table,) = recipes.compared([typed(metrics)])
    assert table.columns[4:6] == ["Mine | <b> %", "Mine | <b>, difference"] and len(table.columns) == 6
    whole = tables.paper_tables([typed(metrics)], experiment)
    assert "Mine \\| &lt;b> %" in whole and "<b>" not in whole


def test_no_tuned_number_stands_in_the_papers_own_tables(text):
    part = section(text, "The paper's tables")
    assert not any(mean in part for mean in ("81.25", "83.50", "82.00", "64.25", "85.25"))


def test_the_claims_have_a_row_for_every_recipe_and_protocol_that_was_compared(text):
    part = section(text, "The paper's claims")
    assert row(part, "Dataset")[:4] == ["Dataset", "Protocol", "Recipe", "Claim"]
    tuned = row(part, "MSR Action3D", "odd/even subjects, 557 sequences", "tuned", "order 1 is better than the LSTM")
    assert tuned[4:6] == ["+3.62", "+2.25"] and tuned[-2:] == ["0.012", "better"]
    drawn = row(part, "MSR Action3D", DRAWN, "tuned")
    assert drawn[3:6] == ["order 2 is better than the LSTM", "+4.25", "+4.50"]
    orders = claims.orders([fake_tuned()]).rows
    assert len([cells for cells in orders if cells[0] == "MSR Action3D"]) == 3 * 2 + 3 * 2 + 1
    assert "ensemble" not in part


def test_what_was_not_run_under_the_main_protocol_says_so():
    metrics = fake_metrics().values()
    add_splits(metrics, "tuned")
    assert beside.splits(typed(metrics)).rows[0][-1] == "not run"
    (table,) = recipes.compared([typed(metrics)])
    assert table.rows[0][4:] == ["not run", "—"]


def test_the_summary_tells_the_recipes_apart(text):
    points = section(text, "Summary of results").splitlines()
    for head, mean in (
        ("As written", "61.25 ± 1.05 (1 split × 5 seeds), paper 87.78"),
        ("Tuned", "81.25 ± 1.05 (1 split × 5 seeds)"),
        ("As written, ensemble", "64.25 (1 split)"),
        ("Tuned, ensemble", "85.25 (1 split)"),
    ):
        assert any(p.startswith(f"- {head}, MSR Action3D, {MAIN}: LSTM: {mean};") for p in points)
    (said,) = (point for point in points if point.startswith("- Tuned, on MSR Action3D: "))
    assert said.count(": better") == 3
    assert any("on MSR Action3D, as written: undecided. +2.25 points" in point for point in points)


def test_a_verdict_over_splits_names_their_interval():
    lines = claims.verdicts([fake_kth()])
    assert any("+2.25 points, 95 % interval over splits −1.50 to +4.25." in s for s in lines)


def test_ensembles_stand_in_no_table_of_other_results(text):
    assert "ensemble" not in section(text, "MSR Action3D: other recipes, models and baselines")
    own = fake_metrics("mine").values()
    add(own, "paper_ensemble", 3.0)
    assert "ensemble" not in markdown("", "", tables.sections([typed(own)], {"datasets": {}, "seeds": [0]}))


def test_the_readme_has_a_row_for_each_model_that_ran_and_a_column_for_the_tuned_recipe():
    text = readme.results([fake_tuned()])
    assert row(text, "data")[3:] == ["as written, %", "tuned, %"]
    assert f"MSR Action3D: {MAIN}." in text and "Not run: KTH-1, KTH-2." in " ".join(text.split())
    assert row(text, "MSR Action3D", "LSTM")[2:] == ["87.78", "61.25 (54.75 to 68.00)", "81.25 (54.75 to 68.00)"]
    assert "ensemble" not in text and not any(";" in line for line in text.splitlines() if line.startswith("|"))
    other = fake_metrics().values()
    add(other, "mine", 1.0)
    assert readme.results([typed(other)]) == readme.results([fake_metrics()])


def test_the_readmes_verdict_is_one_short_sentence_with_its_figure():
    matched = [with_matched(one) for one in several()]
    for metrics, breadth in (([fake_tuned()], []), ([fake_metrics()], []), ([], matched), ([], [])):
        begin, *lines, figure, end = readme.verdict(metrics, breadth).splitlines()
        assert begin.startswith("<!--") and end.startswith("<!--") and figure.startswith("![")
        words = [word for word in " ".join(lines).split() if re.search(r"\w", word)]
        assert len(words) <= 25, words
    tuned = " ".join(readme.verdict([fake_tuned()], []).split())
    assert "**Verdict: better.** On MSR Action3D, tuned, order 2 leads" in tuned and "(reports/figures" in tuned
    assert "**Verdict: undecided.** On MSR Action3D, as written" in " ".join(
        readme.verdict([fake_metrics()], []).split()
    )
    overall = " ".join(readme.verdict([fake_tuned()], matched).split())
    assert "**Verdict: better.** Over 6 datasets, order 2 gains +4.79 points" in overall
    assert overall.count("of equal parameters") == 1 and "(reports/own/breadth/figures/verdict.svg)" in overall
    assert "none yet" in readme.verdict([], [])


def with_matched(ran):
    """The metrics with an LSTM as large as order 2."""
    metrics = ran.values()
    metrics["facts"]["models"]["wide"] = {"order": 0, "as_large_as": "drnn2"}
    pair = {"better": "drnn2", "baseline": "wide", "difference": 0.5}
    metrics["comparisons"].append(metrics["comparisons"][0] | pair)
    return typed(metrics)


def test_without_further_trainings_the_report_has_none_of_it(experiment):
    text = tables.paper_tables([fake_metrics()], experiment)
    assert not set(NEW) & set(titles(text)) and "Tuned" not in text and ", ensemble" not in text
    assert row(section(text, "The paper's claims"), "Dataset")[:3] == ["Dataset", "Protocol", "Claim"]
    assert "tuned" not in readme.results([fake_metrics()])
    bare = fake_metrics().values()
    bare["facts"]["baselines"] = {}
    bare["results"] = [r for r in bare["results"] if r["recipe"] != "baseline"]
    assert not any("Other" in title for title in titles(tables.paper_tables([typed(bare)], experiment)))


def test_a_recipe_named_paper_with_another_size_of_its_own_enters_no_row():
    metrics = fake_metrics().values()
    metrics["facts"]["settings"]["paper"]["hidden_size"] = None
    assert measured.departures(typed(metrics).facts) == []
    metrics["facts"]["settings"]["paper"]["hidden_size"] = 100
    assert measured.departures(typed(metrics).facts) == ["hidden_size is 100, not 400"]
