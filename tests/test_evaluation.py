"""Predictions survive the file; metrics and statistics agree with counting by hand and with their laws."""

import json
from dataclasses import replace

import numpy as np
import pytest
import results_room
from hypothesis import given, settings
from hypothesis import strategies as st
from results_room import facts_of
from sklearn.metrics import confusion_matrix

from drnn.errors import UserError
from drnn.evaluation import BASELINE
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import Run, read_predictions, write_predictions
from drnn.evaluation.results import Metrics, to_json
from drnn.evaluation.typed import read
from drnn.evaluation.verdicts import holm
from drnn.steps.metrics import curve

SKILL = {"lstm": 0.3, "drnn1": 0.6, "drnn2": 0.95}
MODELS = {name: {"order": order, "parameters": 10} for order, name in enumerate(SKILL)}
FACTS = {"classes": ["wave", "clap", "walk"], "models": MODELS}
TOY = facts_of(**FACTS)


def make_run(model: str, split: int = 0, seed: int = 0, size: int = 60) -> Run:
    random = np.random.default_rng([len(model), int(model[-1] == "2"), split, seed])
    labels = np.arange(size) % 3
    wrong = random.random(size) > SKILL[model]
    predicted = (labels + wrong * random.integers(1, 3, size)) % 3
    names = tuple(f"s{split}_{i:03d}" for i in range(size))
    values = (tuple(int(v) for v in column) for column in (np.arange(size) % 5, labels, predicted))
    return Run("p", "paper", model, split, seed, f"k{split}{seed}", names, *values)


def make_runs(sizes=(60, 48), seeds=3) -> list[Run]:
    return [make_run(m, i, s, size) for i, size in enumerate(sizes) for m in SKILL for s in range(seeds)]


def summarised(runs: list[Run], **changes) -> dict:
    return results_room.summarised(runs, facts_of(**FACTS | changes))


def test_predictions_round_trip(tmp_path):
    odd = replace(make_run("lstm"), protocol='a, "b"', names=("x,y", *map(str, range(59))))
    runs = [*make_runs()[::-1], odd]
    path = tmp_path / "predictions.csv"
    write_predictions(path, runs)
    assert read_predictions(path) == runs
    content = path.read_bytes()
    assert content.startswith(b"protocol,,,") and content.count(b"\nsequence,subject,label,predicted,") == 1
    assert b"\r" not in content
    with pytest.raises(ValueError, match="twice"):
        write_predictions(path, [odd, odd])
    with pytest.raises(ValueError, match="x,y has another subject or label than in another run"):
        write_predictions(path, [odd, replace(odd, seed=1, labels=odd.labels[::-1])])


def test_a_sequence_has_one_row_whatever_runs_test_it(tmp_path):
    first, second = make_run("lstm"), make_run("drnn1")
    part = {name: getattr(second, name)[40:] for name in ("names", "subjects", "labels", "predicted")}
    runs = [first, replace(second, **part)]
    path = tmp_path / "predictions.csv"
    write_predictions(path, runs)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 7 + 60
    assert read_predictions(path) == runs


HEADER = """protocol,,,p
recipe,,,r
model,,,m
split,,,0
seed,,,0
key,,,k
sequence,subject,label,predicted"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("protocol,model\n", "line 1: 2 columns; expected 4"),
        ("sequence,subject,label,predicted\na,1,2,0\n", "its first lines begin with"),
        ("HEADER\na,1,2,x\n", "line 8: predicted is 'x'"),
        ("HEADER\na,1,2,2\nb,1,2\n", "line 9: 3 columns"),
        ("HEADER\na,1,2,2\na,1,2,1\n", "line 9: sequence a occurs twice"),
        ("HEADER\na,1,2,\n", "tests no sequence"),
        ('HEADER\n"a,1,2,2\n', "is not CSV"),
        ("HEADER\n\xff\n", "line 8: is not UTF-8"),
        ("", "its first lines begin with"),
        (None, "no such file"),
    ],
)
def test_a_bad_table_is_an_error_with_file_and_line(tmp_path, content, said):
    path = tmp_path / "predictions.csv"
    if content is not None:
        path.write_text(content.replace("HEADER", HEADER), encoding="latin-1")
    with pytest.raises(UserError, match=said) as caught:
        read_predictions(path)
    assert str(path) in str(caught.value)


def test_results_agree_with_counting():
    runs = make_runs()
    metrics = summarised(runs)
    assert metrics["facts"] == TOY.values() and [result["model"] for result in metrics["results"]] == list(SKILL)
    result, of_model = metrics["results"][1], [run for run in runs if run.model == "drnn1"]
    right = [sum(a == b for a, b in zip(r.labels, r.predicted, strict=True)) / len(r.names) for r in of_model]
    assert result["accuracies"] == pytest.approx([100 * share for share in right], abs=1e-6)
    expected = [100 * np.mean(right), 100 * np.std(right, ddof=1)]
    assert [result["mean"], result["std"]] == pytest.approx(expected, abs=1e-6)
    counts = [result[name] for name in ("runs", "splits", "seeds", "test_sequences")]
    assert counts == [6, 2, 3, [48, 60]]
    low, high = result["interval"]
    assert result["over"] == "subjects" and low < result["mean"] < high
    expected = np.mean([confusion_matrix(r.labels, r.predicted, normalize="true") for r in of_model], axis=0)
    np.testing.assert_allclose(result["confusion"], expected, atol=1e-6)
    np.testing.assert_allclose(result["per_class"], 100 * expected.diagonal(), atol=1e-4)


def test_comparisons_are_neighbours_and_the_highest_with_order_0():
    summary = summarised(make_runs())
    comparisons = summary["comparisons"]
    pairs = [(c["better"], c["baseline"]) for c in comparisons]
    assert pairs == [("drnn1", "lstm"), ("drnn2", "drnn1"), ("drnn2", "lstm")]
    assert comparisons[2]["verdict"] == "better" and comparisons[2]["interval"][0] > 0
    corrected = holm([c["p"] for c in comparisons])
    assert [c["p_holm"] for c in comparisons] == pytest.approx(corrected, abs=1e-5)
    for c in comparisons:
        low, high = c["interval"]
        assert c["over"] == "subjects" and low < c["difference"] < high
        assert c["p_better"] + c["p_equivalent"] + c["p_worse"] == pytest.approx(1, abs=1e-5)
    means = {r["model"]: r["mean"] for r in summary["results"]}
    assert comparisons[2]["difference"] == pytest.approx(means["drnn2"] - means["lstm"], abs=1e-5)
    # models of equal order are not compared
    models = {"lstm": {"order": 0}, "drnn1": {"order": 0}, "drnn2": {"order": 1}}
    pairs = [(c["better"], c["baseline"]) for c in summarised(make_runs(), models=models)["comparisons"]]
    assert pairs == [("drnn2", "lstm"), ("drnn2", "drnn1")]


def test_only_common_splits_are_compared():
    first, second = [make_run("lstm", s) for s in (0, 1)], [make_run("drnn1", s) for s in (1, 2)]
    alone = summarised([first[1], second[0]])["comparisons"]
    assert summarised(first + second)["comparisons"] == alone != []
    assert summarised([first[0], second[1]])["comparisons"] == []


def test_a_class_that_one_run_does_not_test_does_not_lower_its_rate():
    first, second = make_run("lstm", 0, size=6), make_run("lstm", 1, size=2)
    first = replace(first, predicted=first.labels)
    assert summarised([first, second])["results"][0]["per_class"][2] == 100


def test_one_prediction_changes_the_metrics_and_nothing_else_does():
    runs = make_runs()
    text = to_json(summarise(runs, TOY))
    assert text == to_json(summarise(list(runs), TOY)) and text.endswith("}\n")
    predicted = ((runs[0].predicted[0] + 1) % 3, *runs[0].predicted[1:])
    assert text != to_json(summarise([replace(runs[0], predicted=predicted), *runs[1:]], TOY))


@settings(max_examples=5, deadline=None, derandomize=True)
@given(st.permutations(make_runs((12,), 2)))
def test_the_order_of_runs_does_not_matter(runs):
    expected, metrics = summarised(make_runs((12,), 2)), summarised(runs)
    for one in (expected, metrics):
        one["results"] = {r["model"]: r | {"accuracies": sorted(r["accuracies"])} for r in one["results"]}
    assert metrics == expected


def test_the_file_holds_rounded_numbers_lists_of_them_on_one_line_and_what_was_given_in_its_order():
    curve = {"protocol": "p", "recipe": "r", "model": "m", "mean": [0.12345678, -1e-9], "low": [], "high": []}
    text = to_json(Metrics(facts=facts_of(classes=["x", "[\n1]"], curves=[curve]), results=[], comparisons=[]))
    assert '"mean": [0.123457, 0.0]' in text and '"classes": [\n   "x",\n   "[\\n1]"\n  ]' in text
    given = [*results_room.FACTS]
    assert list(json.loads(text)["facts"]) == given


def test_a_file_of_metrics_is_read_as_it_was_written(tmp_path):
    path, metrics = tmp_path / "metrics.json", summarise(make_runs(), TOY)
    path.write_text(to_json(metrics), encoding="utf-8")
    assert to_json(read(Metrics, path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda text: text[:200], "all of it: Invalid JSON"),
        (lambda text: text.replace('"hidden_size": 4,', ""), "facts.hidden_size: Field required"),
        (lambda text: text.replace('"hidden_size": 4', '"hidden_size": []'), "facts.hidden_size: Input should be a"),
        (lambda text: text.replace('"seeds": 3', '"seed": 3', 1), r"results.0.seeds: Field required"),
        (lambda text: text.replace('"feature_size"', '"future": 1, "feature_size"'), "facts.future: Extra inputs"),
    ],
)
def test_a_file_that_is_not_whole_is_an_error_with_file_field_and_remedy(tmp_path, alter, said):
    path = tmp_path / "metrics.json"
    path.write_text(alter(to_json(summarise(make_runs(), TOY))), encoding="utf-8")
    with pytest.raises(UserError, match=rf"metrics\.json: {said}.*; delete it and run the workflow again"):
        read(Metrics, path)
    path.unlink()
    with pytest.raises(UserError, match=r"metrics\.json: cannot be read .*; delete it"):
        read(Metrics, path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda runs: [*runs[:-1], make_run("drnn2", 1, 2, 47)], "drnn2, split 1, seed 2.*lacks 1 .*s1_047"),
        (lambda runs: [replace(runs[0], model="gru"), *runs[1:]], "not one of lstm"),
        (lambda runs: [*runs, replace(runs[0], key="other")], "occurs twice"),
        (lambda runs: runs[1:], "split 0, seed 0 is missing"),
        (lambda runs: [replace(runs[0], predicted=(3,) * 60), *runs[1:]], "prediction 3"),
        (lambda runs: [replace(runs[0], labels=(1,) * 60), *runs[1:]], "elsewhere 1"),
    ],
)
def test_incomplete_or_inconsistent_runs_are_an_error(change, said):
    with pytest.raises(UserError, match=said):
        summarise(change(make_runs()), TOY)


def baseline(name: str, skill: float) -> list[Run]:
    """Runs of a baseline, one for each split of `make_runs`."""
    draw = np.random.default_rng(0)
    runs = [make_run("lstm", split, 0, size) for split, size in enumerate((60, 48))]
    guesses = [tuple(y if draw.random() < skill else (y + 1) % 3 for y in run.labels) for run in runs]
    of_method = {"recipe": BASELINE, "model": name}
    return [replace(run, predicted=guess, **of_method) for run, guess in zip(runs, guesses, strict=True)]


def test_the_highest_order_is_compared_with_every_baseline():
    baselines = {"dtw": {"method": "dtw"}, "svm": {"method": "pooled_svm"}}
    metrics = summarised(make_runs() + baseline("dtw", 1.0) + baseline("svm", 0.2), baselines=baselines)
    assert [r["model"] for r in metrics["results"] if r["recipe"] == BASELINE] == ["dtw", "svm"]
    against = [c for c in metrics["comparisons"] if c["baseline"] in baselines]
    assert [(c["recipe"], c["better"], c["baseline"]) for c in against] == [
        ("paper", "drnn2", "dtw"),
        ("paper", "drnn2", "svm"),
    ]
    assert [c["verdict"] for c in against] == ["worse", "better"]
    among_models = [c for c in metrics["comparisons"] if c not in against]
    assert among_models == summarised(make_runs())["comparisons"]  # baselines change nothing between models
    one = summarised(make_runs() + baseline("svm", 0.2), baselines=baselines)
    assert "dtw" not in [c["baseline"] for c in one["comparisons"]]
    with pytest.raises(UserError, match="the baseline is not one of dtw"):
        summarised(baseline("svm", 0.2), baselines={"dtw": {"method": "dtw"}})


@pytest.mark.parametrize("number", [1, 2, 4])
def test_of_fewer_than_five_subjects_the_interval_speaks_of_other_sequences(number):
    people = tuple(n % number for n in range(60))
    metrics = summarised([replace(run, subjects=people) for run in make_runs(sizes=(60,))])
    assert {one["over"] for one in metrics["results"] + metrics["comparisons"]} == {"sequences"}
    assert metrics["comparisons"][2]["verdict"] == "better"


def test_two_test_sequences_decide_nothing():
    for found in summarised(make_runs(sizes=(2,)))["comparisons"]:
        assert found["over"] == "sequences" and found["verdict"] == "undecided"


def test_three_splits_decide_however_few_subjects_there_are():
    runs = [replace(run, subjects=(1,) * len(run.names)) for run in make_runs(sizes=(60, 48, 54))]
    sequences = {"p": [{"train": 60, "test": size} for size in (60, 48, 54)]}
    found = summarised(runs, sequences=sequences)["comparisons"][2]
    assert found["over"] == "splits" and found["verdict"] == "better"


def test_where_people_train_too_an_interval_speaks_of_other_sequences():
    runs = make_runs((60, 48), seeds=2)  # five subjects
    new = summarised(runs)
    shared = summarised(runs, tests={"p": "sequence"})
    for part in ("results", "comparisons"):
        assert {found["over"] for found in new[part]} == {"subjects"}
        assert {found["over"] for found in shared[part]} == {"sequences"}
    assert [found["mean"] for found in new["results"]] == [found["mean"] for found in shared["results"]]


def test_sequences_left_out_one_by_one_are_no_splits_with_a_variance_but_sequences():
    runs = [make_run(model, split, 0, size=1) for split in range(12) for model in SKILL]
    sides = {"p": [{"train": 11, "test": 1}] * 12}
    found = summarised(runs, sequences=sides, tests={"p": "sequence"})
    assert {one["over"] for one in found["comparisons"]} == {"sequences"}
    several = [make_run(model, split, 0, size=2) for split in range(6) for model in SKILL]
    sides = {"p": [{"train": 10, "test": 2}] * 6}
    found = summarised(several, sequences=sides, tests={"p": "sequence"})
    assert {one["over"] for one in found["comparisons"]} == {"splits"}


def test_runs_of_different_numbers_of_epochs_have_one_curve():
    found = curve([np.array([4.0, 2.0]), np.array([2.0, 1.0, 0.5])])
    assert found == {"mean": [3.0, 1.5, 0.5], "low": [2.0, 1.0, 0.5], "high": [4.0, 2.0, 0.5]}
