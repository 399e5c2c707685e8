"""The seeds of a model as one classifier, from the scores of trainings to the table of predictions."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.evaluation import BASELINE
from drnn.evaluation import ensembles as module
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import Run, read_predictions
from drnn.evaluation.results import Metrics, to_json
from drnn.evaluation.scores import Scores, save_scores
from drnn.evaluation.typed import read
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps import metrics as step

CLASSES = 3


def ensembles(runs: list[Run], scores: list[np.ndarray], *more) -> list[Run]:
    return module.ensembles(runs, dict(zip(runs, scores, strict=True)).__getitem__, *more)


def run_of(seed: int, recipe="paper", split=0, model="lstm", names=("a", "b"), labels=None) -> Run:
    labels = labels or (0,) * len(names)
    return Run("p", recipe, model, split, seed, f"key{seed}", names, (1,) * len(names), labels, (0,) * len(names))


def logarithms(*rows: list[float]) -> np.ndarray:
    return np.log(np.array(rows, dtype=np.float32))


def test_one_confident_seed_outvotes_two_unsure_ones():
    unsure, confident = [0.5, 0.4, 0.1], [0.05, 0.9, 0.05]  # mean 0.35, 0.57, 0.08; two of three seeds say class 0
    plain = [0.1, 0.2, 0.7]
    scores = [logarithms(unsure, plain), logarithms(unsure, plain), logarithms(confident, plain)]
    (joined,) = ensembles([run_of(seed) for seed in range(3)], scores)
    assert joined.predicted == (1, 2)
    expected = hashlib.sha256(b"key0key1key2").hexdigest()[:10]
    assert joined.identity == ("p", "paper_ensemble", "lstm", 0, 0, expected)


def test_neither_one_seed_nor_a_split_with_one_seed_makes_an_ensemble():
    one = logarithms([0.5, 0.4, 0.1], [0.5, 0.4, 0.1])
    assert ensembles([run_of(0)], [one]) == []
    uneven = [run_of(0), run_of(1), run_of(0, split=1)]
    assert ensembles(uneven, [one] * 3) == []
    even = [*uneven, run_of(1, split=1), run_of(0, model="drnn1")]
    assert [(r.model, r.split) for r in ensembles(even, [one] * 5)] == [("lstm", 0), ("lstm", 1)]


def test_other_methods_and_recipes_are_never_joined():
    one = logarithms([0.5, 0.4, 0.1], [0.5, 0.4, 0.1])
    runs = [run_of(seed, recipe=BASELINE) for seed in range(2)] + [run_of(0), run_of(1, recipe="tuned")]
    assert ensembles(runs, [one] * 4) == []


def test_sequences_are_matched_by_name_and_others_are_refused():
    sure = logarithms([0.9, 0.05, 0.05], [0.05, 0.05, 0.9])
    (joined,) = ensembles([run_of(0), run_of(1, names=("b", "a"))], [sure, sure[::-1]])
    assert joined.predicted == (0, 2)
    for other, scores in ((run_of(1, names=("a", "c")), sure), (run_of(1), sure[:, :2])):
        with pytest.raises(UserError, match=r"seed 1.*other test sequences or classes than seed 0"):
            ensembles([run_of(0), other], [sure, scores])


def test_seeds_of_several_recipes_are_one_ensemble_of_each_model_that_all_of_them_trained():
    unsure, confident = logarithms([0.5, 0.4, 0.1]), logarithms([0.05, 0.9, 0.05])
    plain = run_of(0, names=("a",))
    runs = [replace(plain, recipe=recipe, model=model) for recipe in ("other", "paper") for model in ("lstm", "drnn1")]
    runs = [replace(run, key=f"{run.recipe}{run.model}") for run in runs][:3]  # `paper` did not train drnn1
    (joined,) = ensembles(runs, [unsure, unsure, confident], {"both": ["paper", "other"], "gone": ["paper", "none"]})
    expected = hashlib.sha256(b"otherlstmpaperlstm").hexdigest()[:10]
    assert joined.identity == ("p", "both_ensemble", "lstm", 0, 0, expected) and joined.predicted == (1,)
    assert ensembles(runs, [unsure, unsure, confident]) == []


def test_recipes_of_other_splits_are_no_ensemble():
    one = logarithms([0.5, 0.4, 0.1], [0.5, 0.4, 0.1])
    runs = [run_of(0), run_of(0, split=1), run_of(0, recipe="tuned")]
    assert ensembles(runs, [one] * 3, {"both": ["paper", "tuned"]}) == []
    runs.append(run_of(0, recipe="tuned", split=1))
    assert [run.split for run in ensembles(runs, [one] * 4, {"both": ["paper", "tuned"]})] == [0, 1]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.data())
def test_an_ensemble_depends_neither_on_the_order_of_runs_nor_on_seeds_that_agree(data):
    seeds = data.draw(st.integers(2, 4))
    y = data.draw(arrays(float, (seeds, 2, CLASSES), elements=st.floats(0.01, 1)))
    runs, scores = [run_of(seed) for seed in range(seeds)], list(np.log(y / y.sum(axis=2, keepdims=True)))
    order = data.draw(st.permutations(range(seeds)))
    expected = ensembles(runs, scores)
    assert ensembles([runs[n] for n in order], [scores[n] for n in order]) == expected
    (same,) = ensembles(runs, [scores[0]] * seeds)
    top = np.sort(scores[0], axis=1)
    clear = top[:, -1] - top[:, -2] > 1e-9
    assert np.array_equal(np.array(same.predicted)[clear], scores[0].argmax(1)[clear])


# The step: scores on disk, ensembles in the predictions, everything recomputed from these


def saved(path: Path, y: list[list[float]], parameters: int) -> Path:
    """What a training leaves: six test sequences of three subjects, with the probabilities given."""
    facts = {"device": "cpu", "versions": {"torch": "2"}, "input_size": 4, "parameters": parameters}
    facts |= {"length": 5, "noise": 0.25, "train_accuracy": parameters / 300}
    names, subjects = np.array([f"s{n}" for n in range(6)]), np.array([1, 1, 2, 2, 3, 3])
    found = Scores(names, subjects, np.arange(6) % 3, logarithms(*y), 12, facts, np.array([1.0, 0.5]))
    save_scores(path, {key_of(path): found})
    return path


@pytest.fixture
def made(tmp_path):
    """The step's files for the recipes `paper`, two seeds, and `tuned`, one seed and another size of the state."""
    right = np.full((6, 3), 0.01) + 0.97 * np.eye(3)[np.arange(6) % 3]
    wrong = np.full((6, 3), 0.3) + 0.1 * np.eye(3)[(np.arange(6) + 1) % 3]
    runs = [[model, recipe, seed] for recipe, seed in (("paper", 0), ("paper", 1), ("tuned", 0)) for model in "lm"]
    paths = []
    for n, (model, recipe, seed) in enumerate(runs):
        y = wrong if seed == 0 or model == "l" else right
        size = {"paper": 100, "tuned": 40}[recipe] + (model == "m")
        paths.append(saved(tmp_path / f"seed{seed}@{n:010}.h5", y.tolist(), size))
    sequences = SequenceSet.of(np.zeros((6, 2, 4)), [f"s{n}" for n in range(6)], np.arange(6) % 3, [1] * 6, list("abc"))
    attributes = {"repairs": {}, "listed": 6, "excluded": {}}
    replace(sequences, attributes=attributes).save(tmp_path / "sequences@0123456789.h5")
    facts = {"dataset": "d", "models": {"l": {"order": 0}, "m": {"order": 1}}, "baselines": {}, "compared": ["l", "m"]}
    facts |= {"synthetic": False, "hidden_size": 4, "protocols": ["p"], "recipes": ["paper"], "source": "d"}
    facts |= {"settings": {}, "keys": {}}
    params = {
        "facts": facts,
        "runs": [["p", r, m, 0, s, key_of(path)] for (m, r, s), path in zip(runs, paths, strict=True)],
    }
    outputs = {"predictions": tmp_path / "predictions.csv", "metrics": tmp_path / "metrics.json"}
    inputs = {"trainings": paths, "sequences": tmp_path / "sequences@0123456789.h5"}
    said = step.run(params, inputs, outputs, Machine(device="cpu"))
    return said, outputs


def test_ensembles_enter_the_predictions_from_which_everything_is_recomputed(made):
    _, outputs = made
    metrics = read(Metrics, outputs["metrics"])
    runs = read_predictions(outputs["predictions"])
    assert [run.model for run in runs if run.recipe == "paper_ensemble"] == ["l", "m"]
    assert not [run for run in runs if run.recipe == "tuned_ensemble"]
    means = {(r.recipe, r.model): r.mean for r in metrics.results}
    assert means["paper", "m"] == 50 and means["paper_ensemble", "m"] == 100 and means["paper_ensemble", "l"] == 0
    assert to_json(summarise(runs, metrics.facts)) == outputs["metrics"].read_text()


def test_a_model_has_the_parameters_that_each_recipe_gives_it(made):
    facts = json.loads(made[1]["metrics"].read_text())["facts"]
    assert facts["parameters"] == {"paper": {"l": 100, "m": 101}, "tuned": {"l": 40, "m": 41}}
    assert facts["models"]["m"]["parameters"] == 101


def test_results_say_how_well_their_trainings_learnt_and_ensembles_do_not(made):
    metrics = json.loads(made[1]["metrics"].read_text())
    told = {(r["recipe"], r["model"]): (r.get("train_accuracy"), r.get("failed")) for r in metrics["results"]}
    assert told["paper", "l"] == (33.333333, 0) and told["tuned", "m"] == (13.666667, 0)
    assert told["paper_ensemble", "l"] == (None, None)


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [({"pictures": {"width": 160}}, "videos"), ({"skeleton": {"names": []}}, "skeletons"), ({}, "sensors")],
)
def test_the_kind_of_recordings_is_seen_in_their_file(attributes, kind):
    assert step._kind(attributes) == kind


def test_the_step_counts_trainings_and_ensembles_apart(made):
    assert made[0] == "6 runs, 2 ensembles"
