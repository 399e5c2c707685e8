"""The steps as the workflow calls them: their refusals, their files, and a training that learns."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from drnn.cli.steps import run_job
from drnn.config.by_subject import DrawnSubjects
from drnn.config.features import SkeletonFeatures
from drnn.config.model import Model
from drnn.config.recipe import Recipe
from drnn.config.training import training_key
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.datasets.synthetic import synthesise
from drnn.errors import UserError
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.plan.jobs import Job, Jobs
from drnn.steps import train as train_step
from drnn.steps import vectors
from drnn.steps.shared.trainings import weights_in
from drnn.training import device as devices

ROOT = Path(__file__).parent.parent
CPU = Machine(device="cpu")
PARAMS = {
    "recipe": Recipe(epochs=2, batch_size=4).model_dump(),
    "model": Model(order=1).model_dump(),
    "hidden_size": 6,
    "seeds": [[0]],
}
ACTIONS = ("a01", "a06", "a11", "a16")  # different limbs, different patterns


def small_set() -> SequenceSet:
    """Six sequences that train and four that test, of 3 classes."""
    draw = np.random.default_rng(0)
    sequences = [draw.normal(size=(3 + i % 5, 4)) for i in range(10)]
    labels = [i % 3 for i in range(10)]
    names = [f"sequence{i}" for i in range(10)]
    return SequenceSet.of(sequences, names, labels, range(1, 11), ["a", "b", "c"], {"train": 6})


def train(folder: Path, features: SequenceSet, **changes) -> tuple[str, Scores, bytes]:
    """What the step says, its scores and its weights."""
    block = folder / "block0@0123456789.h5"
    path = folder / "features@9876543210.h5"
    features.save(path)
    told = PARAMS | changes | {"recipe": Recipe(**PARAMS["recipe"] | changes.pop("recipe", {})).model_dump()}
    said = train_step.run(told, {"features": [path]}, {"trainings": block}, CPU)
    told.pop("seeds")
    key = training_key(told, 0, path)
    return said, Scores.load(block, key), weights_in(block, key)


def with_noise(features: SequenceSet) -> SequenceSet:
    frames = features.frames.copy()
    of_tests = frames[features.starts[6] :]
    of_tests[:] = np.random.default_rng(1).normal(5, 50, of_tests.shape)
    return replace(features, frames=frames)


def with_other_test_labels(features: SequenceSet) -> SequenceSet:
    return replace(features, labels=np.where(np.arange(10) < 6, features.labels, (features.labels + 1) % 3))


@pytest.mark.parametrize("change", [with_noise, with_other_test_labels])
def test_the_test_sequences_do_not_enter_the_weights(tmp_path, change):
    _, scores, weights = train(tmp_path, small_set())
    _, others, after = train(tmp_path, change(small_set()))
    assert after == weights
    np.testing.assert_array_equal(others.history, scores.history)


def test_the_training_sequences_do(tmp_path):
    features = small_set()
    before = train(tmp_path, features)[2]
    assert train(tmp_path, replace(features, frames=features.frames * 1.5 + 1))[2] != before


def test_scores_are_log_probabilities_of_every_class_for_every_test_sequence(tmp_path):
    features = small_set()
    said, scores, _ = train(tmp_path, features)
    assert scores.names.tolist() == features.names[6:]
    assert scores.labels.tolist() == features.labels[6:].tolist()
    assert scores.subjects.tolist() == features.subjects[6:].tolist()
    np.testing.assert_allclose(np.exp(scores.scores).sum(1), np.ones(4), atol=1e-6)
    assert scores.scores.shape == (4, 3)
    assert f"test accuracy {scores.accuracy:.2%}" in said


def test_scores_come_with_their_history_and_facts(tmp_path):
    _, scores, weights = train(tmp_path, small_set())
    layer = torch.load(io.BytesIO(weights), weights_only=True)["layer"]
    assert scores.history.shape == (2,)
    assert scores.train_sequences == 6
    assert scores.facts["input_size"] == 4
    assert scores.facts["parameters"] == sum(value.numel() for value in layer.values())
    assert scores.facts["length"] == int(np.median(small_set().lengths[:6]))


def test_the_training_accuracy_is_that_of_the_training_sequences_when_tested(tmp_path):
    features = small_set()
    trained = [features[index] for index in range(6)]
    names = [f"sequence{i}" for i in range(12)]
    twice = SequenceSet.of(trained * 2, names, [i % 3 for i in range(6)] * 2, [1] * 12, ["a", "b", "c"], {"train": 6})
    _, scores, _ = train(tmp_path, twice, recipe={"epochs": 30, "learning_rate": 0.01})
    assert 1 / 3 < scores.facts["train_accuracy"] == scores.accuracy


def command(tmp_path: Path, key: str = "", device: str = "cpu") -> subprocess.CompletedProcess:
    """`drnn train` on the small set, with the right key or another one."""
    features = tmp_path / "features@9876543210.h5"
    small_set().save(features)
    outputs = {"trainings": "{root}/block0@{key}.h5"}
    job = Jobs(str(tmp_path)).add("train", PARAMS, {"features": [str(features)]}, key=key, outputs=outputs)
    job.write_order()
    whole = [sys.executable, "-m", "drnn", *job.command.split(), "--device", device]
    return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_a_step_with_the_key_of_other_code_is_refused_in_one_line(tmp_path):
    done = command(tmp_path, key="0" * 10)
    assert done.returncode == 1
    assert done.stderr.startswith("error: train: its key is now ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*block0*"))


def test_a_step_with_its_own_key_writes_its_files(tmp_path):
    done = command(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("train: 1 trainings; test accuracy ")
    assert len(list(tmp_path.glob("*block0*"))) == 1


def test_a_device_that_is_not_there_is_refused_in_one_line(tmp_path):
    done = command(tmp_path, device="nonsense")
    assert done.returncode == 1
    assert done.stderr.startswith("error: device 'nonsense': ")
    assert done.stderr.count("\n") == 1


def test_every_execution_is_logged(tmp_path, monkeypatch):
    monkeypatch.setenv("DRNN_EXECUTION_LOG", str(tmp_path / "executions.log"))
    small_set().save(tmp_path / "skeletons@9876543210.h5")
    rule = {"splits": {"one": {"protocol": DrawnSubjects(train_subjects=5).rule(0, {}), "split": 0}}}
    inputs = {"sequences": str(tmp_path / "skeletons@9876543210.h5")}
    job = Jobs(str(tmp_path)).add("split", rule, inputs, outputs={"splits": "{root}/half@{key}.json"})
    for _ in range(2):
        run_job(job, CPU)
    assert (tmp_path / "executions.log").read_text() == f"split {job.outputs['splits']}\n" * 2


def test_an_order_tells_a_command_the_whole_job(tmp_path):
    names = {"dataset": "toy", "features": "own", "protocol": "half", "split": 0}
    inputs, holders = {"basis": "a@0123456789.h5"}, {"projections": ["b@0123456789.h5", "c@0123456789.h5"]}
    job = Jobs(str(tmp_path)).add("features", {"reader": "kth"}, inputs, module="gather", holders=holders, **names)
    job.write_order()
    assert Path(job.order) == tmp_path / f"jobs/features@{job.key}.json"
    assert Job.ordered(job.order) == job


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> SequenceSet:
    """Features of four synthetic actions; subjects 1 to 5 train, 6 to 10 test."""
    folder = tmp_path_factory.mktemp("synthetic")
    chosen = [(name[:11], frames) for name, frames in synthesise(10, 4, seed=0) if name.startswith(ACTIONS)]
    names, frames = zip(*chosen, strict=True)
    labels, subjects = [ACTIONS.index(name[:3]) for name in names], [int(name[5:7]) for name in names]
    SequenceSet.of(frames, names, labels, subjects, ACTIONS, {"skeleton": MSR_20.values()}).save(
        folder / "skeletons.h5"
    )
    sides = {"train": [n for n in names if n[5:7] <= "05"], "test": [n for n in names if n[5:7] > "05"]}
    (folder / "splits.json").write_text(json.dumps({"one": sides}))
    inputs = {"sequences": folder / "skeletons.h5", "splits": folder / "splits.json"}
    vectors.run(SkeletonFeatures().model_dump() | {"split": "one"}, inputs, {"features": folder / "features.h5"}, CPU)
    return SequenceSet.load(folder / "features.h5")


def accuracy(folder: Path, features: SequenceSet) -> float:
    recipe = {"epochs": 20, "learning_rate": 3e-3, "batch_size": 16, "loss": "every_frame", "input_dropout": 0.5}
    _, scores, _ = train(folder, features, recipe=recipe, hidden_size=32)
    return scores.accuracy


def test_true_labels_are_learnt(tmp_path, synthetic):
    assert accuracy(tmp_path, synthetic) > 0.8


def test_shuffled_labels_are_not(tmp_path, synthetic):
    shuffled = replace(synthetic, labels=np.random.default_rng(0).permutation(synthetic.labels))
    assert accuracy(tmp_path, shuffled) < 0.45  # chance is 0.25, with a deviation of 0.05 over 80 sequences


@pytest.mark.parametrize("name", ["nonsense", "", "cuda:99", "cpu:x"])
def test_a_device_that_is_not_there_is_named_with_a_remedy(name):
    with pytest.raises(UserError, match=f"device '{name}': .*use auto, cpu or cuda") as refused:
        devices.choose(name)
    assert "\n" not in str(refused.value)
