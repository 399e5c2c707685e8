"""The file that a search reads: it holds the training subjects' sequences, and nothing of the others."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from drnn.config.by_subject import FixedSubjects
from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.steps import split, training_sequences

CPU = Machine(device="cpu")
PROTOCOL = FixedSubjects(train_subjects=[1, 3, 5], test_subjects=[2, 4], leave_out=["a0_s1_e1"])


def recorded() -> SequenceSet:
    """Two performances of three actions by five subjects, some repaired, one of a test subject excluded."""
    draw, names, sequences, labels, subjects = np.random.default_rng(0), [], [], [], []
    for subject in range(1, 6):
        for label in range(3):
            for take in range(2):
                names.append(f"a{label}_s{subject}_e{take}")
                sequences.append(draw.normal(size=(4 + label + take, 60)))
                labels.append(label)
                subjects.append(subject)
    repairs = {name: {"interpolated": n, "cut": 0} for n, name in enumerate(names) if n % 2}
    attributes = {"repairs": repairs, "listed": len(names) + 1, "excluded": {"a2_s2_e9": "no usable frame"}}
    return SequenceSet.of(sequences, names, labels, subjects, ["x", "y", "z"], attributes)


def of_tests(sequences: SequenceSet) -> np.ndarray:
    return np.isin(sequences.subjects, PROTOCOL.test_subjects)


def with_permuted_test_labels(sequences: SequenceSet) -> SequenceSet:
    labels = sequences.labels.copy()
    labels[of_tests(sequences)] = np.random.default_rng(1).permutation(labels[of_tests(sequences)])
    assert (labels != sequences.labels).any()
    return replace(sequences, labels=labels)


def with_noisy_test_frames(sequences: SequenceSet) -> SequenceSet:
    frames, chosen = sequences.frames.copy(), np.repeat(of_tests(sequences), sequences.lengths)
    frames[chosen] += np.random.default_rng(1).normal(size=frames[chosen].shape).astype(np.float32)
    return replace(sequences, frames=frames)


def with_renamed_tests(sequences: SequenceSet) -> SequenceSet:
    new = {n: f"new_{n}" if is_test else n for n, is_test in zip(sequences.names, of_tests(sequences), strict=True)}
    repairs = {new[name]: repair for name, repair in sequences.attributes["repairs"].items()}
    return replace(sequences, names=list(new.values()), attributes=sequences.attributes | {"repairs": repairs})


def with_other_repairs_of_tests(sequences: SequenceSet) -> SequenceSet:
    repairs = {name: one for name, one in sequences.attributes["repairs"].items() if name[3:5] in ("s1", "s3", "s5")}
    return replace(sequences, attributes={"repairs": repairs, "listed": 99, "excluded": {}})


def without_tests_of_one(sequences: SequenceSet) -> SequenceSet:
    """One test sequence less, which moves all that stand behind it."""
    return sequences.select([name for name in sequences.names if name != "a1_s2_e0"])


def made(folder: Path, sequences: SequenceSet) -> Path:
    """The step's output."""
    folder.mkdir()
    sequences.save(folder / "skeletons.h5")
    inputs = {"sequences": folder / "skeletons.h5", "splits": folder / "splits.json"}
    parts = {"splits": {"one": {"protocol": PROTOCOL.rule(0, {}), "split": 0}}}
    split.run(parts, inputs, {"splits": inputs["splits"]}, CPU)
    training_sequences.run({"split": "one"}, inputs, {"sequences": folder / "training.h5"}, CPU)
    return folder / "training.h5"


CHANGES = [
    with_permuted_test_labels,
    with_noisy_test_frames,
    with_renamed_tests,
    with_other_repairs_of_tests,
    without_tests_of_one,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_in_test_sequences_leaves_every_byte(tmp_path, change):
    before, after = made(tmp_path / "a", recorded()), made(tmp_path / "b", change(recorded()))
    assert after.read_bytes() == before.read_bytes()


def test_what_changes_in_training_sequences_is_seen(tmp_path):
    other = replace(recorded(), frames=recorded().frames + 1)
    assert made(tmp_path / "a", recorded()).read_bytes() != made(tmp_path / "b", other).read_bytes()


def test_the_training_subjects_sequences_are_there_as_they_were(tmp_path):
    found, all_ = SequenceSet.load(made(tmp_path / "a", recorded())), recorded()
    expected = [
        name
        for name, is_test in zip(all_.names, of_tests(all_), strict=True)
        if not is_test and name not in PROTOCOL.leave_out
    ]
    assert found.names == expected and set(found.subjects.tolist()) == {1, 3, 5}
    again = all_.select(expected)
    for name in ("labels", "subjects", "frames", "lengths"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))
    kept = {name: one for name, one in all_.attributes["repairs"].items() if name in expected}
    assert found.attributes == {"repairs": kept, "listed": len(expected), "excluded": {}}


def test_no_name_of_a_test_sequence_is_in_the_file(tmp_path):
    path, all_ = made(tmp_path / "a", recorded()), recorded()
    hidden = [name for name, is_test in zip(all_.names, of_tests(all_), strict=True) if is_test] + ["a2_s2_e9"]
    texts = [path.read_bytes()]
    with h5py.File(path) as file:
        assert set(file) == {"frames", "lengths", "labels", "subjects"}
        texts += [bytes(file.attrs[name]) for name in file.attrs]
        texts += [file[name][()].tobytes() for name in file]
    assert any(json.dumps(name).encode() in text for text in texts for name in SequenceSet.load(path).names)
    assert not [name for name in hidden if any(name.encode() in text for text in texts)]
