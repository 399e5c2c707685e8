"""The report: true rows, marked demos, escaped text, the same bytes every time."""

import re
from pathlib import Path

import pytest
from report_room import MEANS, MODELS, fake_behaviour, fake_metrics, fake_trace, row, typed

from drnn.config import params
from drnn.errors import UserError
from drnn.report import claims, measured, names, page, readme, tables
from drnn.report.blocks import signed
from drnn.report.build import build
from drnn.report.display import spaced
from drnn.report.paper import paper

ROOT = Path(__file__).parents[1]
MAIN = "odd/even subjects, 567 sequences"


@pytest.fixture(scope="module")
def experiment():
    return params.load(ROOT / "params.yaml").model_dump(mode="json")


@pytest.fixture(scope="module")
def report(experiment):
    return build([fake_metrics()], {"msr_action3d": fake_trace()}, {"msr_action3d": fake_behaviour()}, experiment)


def test_paper_yaml_holds_the_papers_numbers():
    printed = {number: [row.accuracy for row in paper().tables.accuracies(number).rows] for number in (2, 3, 4)}
    assert printed[2] == [90.7, 89.93, 93.28, 93.96, 87.78, 87.32, 91.98, 92.12]
    assert printed[3] == [81.50, 91.70, 92.70, 91.04, 93.96, 90.20, 90.0, 91.80, 81.20, 89.40, 92.12]
    assert printed[4] == [88.20, 88.89, 89.3, 89.48, 87.78, 91.40, 92.03]
    assert [row.accuracy for row in paper().text] == [93.09, 94.39, 92.17]


@pytest.mark.parametrize(("model", "order"), [("lstm", 0), ("drnn1", 1), ("drnn2", 2)])
@pytest.mark.parametrize("dataset", ["kth1", "msr_action3d"])
def test_inferred_numbers_of_parameters_follow_from_table_1(dataset, model, order):
    sizes = next(row for row in paper().tables.table1.rows if row.dataset == dataset)
    n, m, k = sizes.input, sizes.state, sizes.output
    count = (3 * m + k) * (n + k + 1) + (order + 1) * (2 * m * m + k * m) + k * m + k
    assert paper().parameters[dataset][model] == count


@pytest.mark.parametrize(("classes", "floor"), [(6, 0.5168), (20, 1.2729)])
def test_loss_floor(classes, floor):
    assert measured.loss_floor(classes) == pytest.approx(floor, abs=5e-5)


def test_table_4_shows_ours_beside_the_papers_and_the_difference(report):
    lstm = row(report["paper_tables.md"], "MSR Action3D", "LSTM")
    assert lstm[3:] == ["87.78", "61.25 ± 1.05 (1 split × 5 seeds)", "−26.53", "61.25 ± 1.05 (1 split × 5 seeds)"]
    assert row(report["paper_tables.md"], "MSR Action3D", "dRNN, order 1")[5] == "−27.90"
    assert row(report["paper_tables.md"], "MSR Action3D", "HON4D")[3:6] == ["88.89", "—", "—"]


def test_claims_show_the_papers_difference_ours_and_the_verdict(report):
    claim = row(
        report["paper_tables.md"], "MSR Action3D", "odd/even subjects, 567 sequences", "order 1 is better than the LSTM"
    )
    assert claim[3:] == [
        "+3.62",
        "+2.25",
        "−2.50 to +6.25",
        "subjects",
        "0.400",
        "0.350",
        "0.250",
        "0.171",
        "undecided",
    ]


def test_baselines_stand_beside_and_say_what_their_training_subjects_chose(report):
    text = report["paper_tables.md"]
    svm = "linear SVM (pooled features)"
    assert row(text, MAIN, "non-recurrent baseline", svm)[3:5] == ["—", "74.25 (1 split)"]
    assert "Linear SVM (pooled features) (segments [1, 2])" in text and "split 0: C 0.01 (73.25 %" in text
    assert f"Non-recurrent baseline, MSR Action3D, {MAIN}: {svm}: 74.25 (1 split)." in text


def test_kth_is_not_run_and_says_why(report):
    for dataset in ("KTH-1", "KTH-2"):
        assert row(report["paper_tables.md"], dataset, "dRNN, order 2")[4] == "not run (KTH is not part of this run)"


@pytest.mark.parametrize("name", ["synthetic", "msr_action3d", "kth1"])
def test_synthetic_numbers_enter_no_paper_row(experiment, name):
    text = tables.paper_tables([fake_metrics(name, synthetic=True)], experiment)
    papers, own = text[text.index("## The paper's tables") :].split(f"{spaced(name)}: made-up data, not the paper's")
    assert not any(f"{mean:.2f}" in papers for mean in MEANS.values())
    assert row(text, "MSR Action3D", "LSTM")[4] == "not run (this is the synthetic demo)"
    assert "61.25 ± 1.05" in own
    titles = [line for line in text.splitlines() if line.startswith(("# ", "### "))]
    assert all("SYNTHETIC" in line for line in titles)


def test_own_data_and_other_recipes_enter_no_paper_row(experiment):
    own, tuned = fake_metrics("mine"), fake_metrics().values()
    for entry in (*tuned["results"], *tuned["comparisons"]):
        entry["recipe"] = "tuned"
    tuned["facts"]["recipes"] = ["tuned"]
    text = tables.paper_tables([own, typed(tuned)], experiment)
    assert (
        row(text, "MSR Action3D", "LSTM")[4]
        == "not run as the paper states (no training as written is part of this run)"
    )
    assert "mine: own data, not the paper's" in text
    assert "MSR Action3D: other recipes, models and baselines" in text


def headings(page_text):
    return re.findall("<h2[^>]*>(.*?)</h2>", page_text)


@pytest.mark.parametrize("synthetic", [True, False], ids=["demo", "own"])
def test_the_page_begins_with_the_verdict_then_what_moves_then_figures_then_folded_tables(
    experiment, report, synthetic
):
    mine = {"mine": fake_trace()}, {"mine": fake_behaviour()}
    own = build([fake_metrics("mine", synthetic)], *mine, experiment)["report.html"]
    assert '<p class="lead">Does a higher order help on mine? Undecided.' in own
    assert '<p class="lead"><strong>Verdict: undecided.</strong> On MSR Action3D' in report["report.html"]
    for text in (own, report["report.html"]):
        assert text.index('class="lead"') < text.index("figures/verdict.svg") < text.index("Summary of results")
        assert headings(text)[:3] == ["Summary of results", "Look inside", "Figures"]
        outside = re.sub("<details.*?</details>", "", text, flags=re.DOTALL)
        assert "<table" not in re.sub('<table id="confusion-matrix".*?</table>', "", outside, flags=re.DOTALL)
    assert headings(own)[3].startswith("mine: ") and "The paper&#39;s tables" in headings(own)[4:]
    assert headings(report["report.html"])[3] == "The paper&#39;s tables"


def test_a_page_of_synthetic_data_says_so_once_and_a_mixed_one_at_each(experiment):
    def shown(*metrics):
        names = [ran.facts.dataset for ran in metrics]
        beside = [dict.fromkeys(names, one) for one in (fake_trace(), fake_behaviour())]
        text = build(list(metrics), *beside, experiment)["report.html"]
        text = re.sub(r"<(script|style|title|svg).*?</\1>", "", text, flags=re.DOTALL)
        return re.findall(r".*SYNTHETIC.*", text)

    (banner,) = shown(fake_metrics("mine", True))
    assert 'class="banner"' in banner
    assert all("made up" in line or "mine" in line for line in shown(fake_metrics("mine", True), fake_metrics()))


def test_a_table_of_the_page_has_model_and_accuracy_first(report):
    table = re.search(r"<h3>Table 4.*?</table>", report["report.html"], re.DOTALL)[0]
    assert re.findall("<th [^>]*>(.*?)</th>", table)[:2] == ["Method", f"Ours %, {MAIN}"] and 'class="two"' in table
    assert re.findall("<td[^>]*>(LSTM|61.25[^<]*)</td>", table)[:2] == ["LSTM", "61.25 ± 1.05 (1 split × 5 seeds)"]


def test_the_files_beside_a_figure_are_those_of_the_report(report):
    files = re.findall(r'<a href="([^"#]+)" download>', report["report.html"])
    assert len(files) == 3 + 2 * 5 and set(files) <= report.keys()


def test_tables_begin_with_what_was_run(report):
    text = report["paper_tables.md"]
    numbers = re.findall(r"### Table (\d)", text)
    assert numbers == ["1", "4", "2", "3"]
    for title in ("Table 1", "Table 4", "Is a higher order better"):
        part = text[text.index(f"### {title}") :].partition("\n### ")[0]
        states = ["not run" in line for line in part.splitlines() if line.startswith("| ")][2:]
        assert states == sorted(states) and not states[0]


def test_the_summary_of_own_data_is_a_line_for_each_protocol_and_recipe():
    lines = claims.verdicts([fake_metrics("mine")])
    assert lines[0].startswith(
        "Does a higher order help on mine? Undecided. dRNN, order 2 against LSTM of as many units"
    )
    assert lines[0].endswith("the test is of other people than those who train.")
    assert lines[1:3] == [
        f"mine, odd/even subjects, {count} sequences, as written: LSTM: 61.25 ± 1.05 % (1 split × 5 seeds); "
        "dRNN, order 1: 63.50 ± 1.05 % (1 split × 5 seeds); dRNN, order 2: 62.00 ± 1.05 % (1 split × 5 seeds)."
        for count in (567, 557)
    ]
    assert lines[3] == f"mine, {MAIN}, non-recurrent baseline: linear SVM (pooled features): 74.25 % (1 split)."


def test_the_page_sets_code_and_lets_long_names_break():
    assert page.shown("`grid_8x7` & <b>") == "<code>grid_8x7</code> &amp; &lt;b&gt;"
    assert page.shown("recipes.paper.learning_rate") == "recipes.<wbr>paper.<wbr>learning_<wbr>rate"


def test_zero_has_no_sign_and_small_numbers_no_power_of_ten():
    assert [signed(value) for value in (0.0, -0.001, 0.01)] == ["0.00", "0.00", "+0.01"]
    other = fake_metrics("mine").values()
    other["facts"]["baselines"]["svm"]["chosen"] = [{"protocol": "p", "split": 0, "C": 1e-5, "left_out": 70.0}]
    assert "C 0.00001" in tables.paper_tables([typed(other)], {"datasets": {}, "seeds": [0]})


def test_a_model_of_another_order_enters_no_paper_row(experiment):
    other = fake_metrics().values()
    other["facts"]["models"] = MODELS | {"drnn2": {"order": 3, "parameters": 1}}
    assert row(tables.paper_tables([typed(other)], experiment), "MSR Action3D", "dRNN, order 2")[4] == "not run"


def test_mixed_devices_and_versions_are_said(experiment):
    mixed = fake_metrics().values()
    mixed["facts"]["devices"] = ["cpu", "cuda"]
    mixed["facts"]["versions"]["torch"] = ["2.12.0", "2.13.0"]
    text = tables.paper_tables([typed(mixed)], experiment)
    assert "Mixed devices: the runs in this table were made on cpu, cuda." in text
    assert "torch 2.12.0, 2.13.0" in text
    assert "Mixed" not in tables.paper_tables([fake_metrics()], experiment)


def test_text_from_data_is_escaped(report):
    page_text = report["report.html"]
    assert page_text.count("<script") == page_text.count("</script>") == 3 + 5  # blocks of data, and scripts
    assert "<script>alert" not in page_text and "\\u003cscript\\u003ealert(1)" in page_text
    assert "&lt;script&gt;alert(2)" in page_text
    assert "<script" not in "".join(text for name, text in report.items() if not name.endswith((".csv", ".html")))


def test_page_is_self_contained_and_its_ids_are_unique(report):
    page_text = report["report.html"]
    ids = re.findall(r'\bid="([^"]+)"', page_text)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', page_text)) | set(re.findall(r"url\(#([^)]+)\)", page_text))
    assert targets <= set(ids)
    assert not re.search(r'(src|href)="(https?:)?//', page_text.replace('xlink:href="#', ""))


def test_page_shows_the_rows_of_the_markdown(report):
    for cell in row(report["paper_tables.md"], "MSR Action3D", "LSTM"):
        assert f">{cell}</td>" in report["report.html"]


def test_every_promised_file_is_built_and_the_same_again(report, experiment):
    assert list(report) == names.file_names(["msr_action3d"])
    assert (
        build([fake_metrics()], {"msr_action3d": fake_trace()}, {"msr_action3d": fake_behaviour()}, experiment)
        == report
    )


def test_synthetic_figures_are_stamped(experiment):
    beside = {"synthetic": fake_trace()}, {"synthetic": fake_behaviour()}, experiment
    demo = build([fake_metrics("synthetic", True)], *beside)
    own = build([fake_metrics("synthetic")], *beside)
    for name in filter(re.compile("figures/").match, names.file_names(["synthetic"])):
        assert "SYNTHETIC" in demo[name]
        assert "SYNTHETIC" not in own[name]
    assert "SYNTHETIC" in re.search(r"<title>(.*?)</title>", demo["report.html"])[1]


@pytest.mark.parametrize(("setting", "value"), [("epochs", 5), ("learning_rate", 1e-2), ("loss", "every_frame")])
def test_a_recipe_that_departs_from_what_the_paper_states_enters_no_paper_row(experiment, setting, value):
    changed = fake_metrics("msr_action3d").values()
    changed["facts"]["settings"]["paper"][setting] = value
    text = tables.paper_tables([typed(changed)], experiment)
    assert f"not run as the paper states ({setting} is {value}" in text
    assert "61.25 ± 1.05" in text[text.index("MSR Action3D: other recipes, models and baselines") :]


def test_another_size_than_table_1_s_enters_no_paper_row(experiment):
    smaller = fake_metrics("msr_action3d").values()
    smaller["facts"]["hidden_size"] = 100
    assert "not run as the paper states (hidden_size is 100, not 400)" in tables.paper_tables(
        [typed(smaller)], experiment
    )


def test_another_source_under_a_name_of_the_paper_enters_no_paper_row(experiment):
    disguised = fake_metrics("kth1").values()
    disguised["facts"]["source"] = "msr_action3d"
    assert "its source is msr_action3d, not kth" in tables.paper_tables([typed(disguised)], experiment)


def test_the_readme_shows_a_model_only_with_the_order_of_its_row():
    values = fake_metrics("msr_action3d").values()
    assert readme.results([typed(values)]).count("not run") == 0
    values["facts"]["models"] |= {"drnn2": {"order": 3, "parameters": 1}}
    assert readme.results([typed(values)]).count("not run") == 1


def test_the_readme_without_its_marks_is_an_error():
    with pytest.raises(UserError, match="needs the lines"):
        readme.replaced("# no marks", readme.results([]))


def test_a_protocol_that_tests_other_recordings_says_that_it_tests_no_other_people(experiment):
    values = fake_metrics("mine", synthetic=False).values()
    said = tables.paper_tables([typed(values)], experiment)
    assert "not other people" not in said
    values["facts"]["tests"] = {"odd_even_567": "sequence", "odd_even_557": "camera_view"}
    said = " ".join(tables.paper_tables([typed(values)], experiment).split())
    assert f"{MAIN} (1 split): 291 to train, 275 to test, other recordings, not other people;" in said
    assert "291 to train, 275 to test, other recordings (by camera view), not other people." in said
    note = f"{MAIN}, odd/even subjects, 557 sequences: tests other recordings, not other people, who may be on both"
    assert said.count(note[0].upper() + note[1:]) == 2  # accuracies and comparisons
