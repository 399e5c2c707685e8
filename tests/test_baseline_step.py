"""Non-recurrent baselines, as the workflow calls them: what they read, write and may see."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from drnn.baselines import dtw
from drnn.config.baselines import Dtw, PooledSvm
from drnn.config.params import validate
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.steps import baseline

CPU = Machine(device="cpu")
TRAIN, SUBJECTS, CLASSES = 12, (1, 2, 3, 4), 3


def moving(joints: int = 20) -> SequenceSet:
    """Sequences of joints that rise and fall once, twice or three times; subjects 1 to 3 train, 4 tests."""
    random, sequences, labels, subjects = np.random.default_rng(0), [], [], []
    for subject in SUBJECTS:
        for label in (*range(CLASSES), 0):
            t = np.linspace(0, np.pi * (label + 1), 12 + subject)
            wave = np.sin(t)[:, None, None] * np.arange(joints)[:, None]
            sequences.append((wave + random.normal(0, 0.1, (len(t), joints, 3))).reshape(len(t), -1))
            labels.append(label)
            subjects.append(subject)
    names = [f"s{subject}_{n}" for n, subject in enumerate(subjects)]
    return SequenceSet.of(
        sequences, names, labels, subjects, ["one", "two", "three"], {"train": TRAIN, "skeleton": MSR_20.values()}
    )


def classified(folder: Path, method: str, sequences: SequenceSet) -> Scores:
    """What the step writes, given the joints and who trains, or the features."""
    folder.mkdir(exist_ok=True)
    sequences.save(folder / "sequences.h5")
    names = {"train": sequences.names[:TRAIN], "test": sequences.names[TRAIN:]}
    (folder / "splits.json").write_text(json.dumps({"one": names}))
    joints = {"sequences": folder / "sequences.h5", "splits": folder / "splits.json"}
    inputs = joints if method == "dtw" else {"features": folder / "sequences.h5"}
    block = Dtw(method="dtw") if method == "dtw" else PooledSvm(method="pooled_svm", segments=[1, 2])
    params = block.model_dump() | ({"split": "one"} if method == "dtw" else {})
    said = baseline.run(params, inputs, {"scores": folder / "scores@0123456789.h5"}, CPU)
    assert "test accuracy" in said
    return Scores.load(folder / "scores@0123456789.h5", "0123456789")


@pytest.mark.parametrize("method", ["dtw", "pooled_svm"])
def test_the_movements_of_an_unknown_subject_are_recognised(tmp_path, method):
    written = classified(tmp_path, method, moving())
    assert written.names.tolist() == moving().names[TRAIN:] and set(written.subjects) == {4}
    assert written.scores.shape == (4, CLASSES) and written.train_sequences == TRAIN
    np.testing.assert_array_equal(written.predicted, written.labels)
    assert 90 < written.facts["chosen"]["left_out"] <= 100


@pytest.mark.parametrize("method", ["dtw", "pooled_svm"])
def test_what_is_chosen_does_not_depend_on_test_subjects(tmp_path, method):
    before = classified(tmp_path / "a", method, moving())
    labels = moving().labels.copy()
    labels[TRAIN:] = labels[TRAIN:][::-1]
    permuted = classified(tmp_path / "b", method, replace(moving(), labels=labels))
    np.testing.assert_array_equal(before.scores, permuted.scores)
    frames = moving().frames.copy()
    of_tests = frames[moving().starts[TRAIN] :]
    of_tests += 3 * np.random.default_rng(1).normal(size=of_tests.shape)
    noisy = classified(tmp_path / "c", method, replace(moving(), frames=frames))
    assert before.facts == permuted.facts == noisy.facts
    assert not np.array_equal(before.scores, noisy.scores)


def test_the_plan_gives_each_method_what_it_reads(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    jobs = {job.names["baseline"]: job for job in Plan.load("paper", ["msr_action3d"]).jobs.of("baseline")}
    assert jobs["dtw"].inputs.keys() == {"sequences"} and jobs["dtw"].holders.keys() == {"splits"}
    assert jobs["svm"].inputs.keys() == {"features"}
    assert jobs["dtw"].code == ("drnn.steps.baseline", "drnn.baselines.dtw")


def test_baselines_leave_the_trainings_as_they_are():
    config = yaml.safe_load((Path(__file__).parent.parent / "params.yaml").read_text()) | {"run": ["msr_action3d"]}
    with_them = Plan(validate(config)).jobs
    config["datasets"]["msr_action3d"]["baselines"] = []
    without = Plan(validate(config)).jobs
    assert [job.key for job in without.of("train")] == [job.key for job in with_them.of("train")]
    assert not without.of("baseline")


@pytest.mark.parametrize("method", ["dtw", "pooled_svm"])
def test_where_no_subject_is_known_sequences_are_left_out(tmp_path, method):
    known = moving()
    unknown = replace(known, subjects=np.zeros_like(known.subjects))
    found = classified(tmp_path, method, unknown).facts["chosen"]
    assert found["by"] == {"dtw": "sequence", "pooled_svm": "fold"}[method] and found["left_out"] > 50


def test_values_without_a_skeleton_are_warped_as_they_are_and_cannot_be_centred(tmp_path):
    values = replace(moving(), attributes={"train": TRAIN})
    train, test = values.sides()
    scores, _ = dtw.classify(train, test, centre=False)
    np.testing.assert_array_equal(scores.argmax(1), test.labels)
    with pytest.raises(UserError, match="the baseline dtw with centre: true: needs a skeleton"):
        dtw.classify(train, test, centre=True)
