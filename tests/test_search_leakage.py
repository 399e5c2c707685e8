"""What a search chooses and every weight behind it stay bit for bit when the test subjects' data change."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drnn.config.by_subject import FixedSubjects
from drnn.config.features import JointFeatures
from drnn.config.model import Model
from drnn.config.recipe import Recipe
from drnn.config.training import training_key
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.steps import search, split, train, training_sequences, vectors

CPU = Machine(device="cpu")
TRAIN, TEST = [1, 3, 5], [2, 4]
CLASSES = ["a", "b", "c"]
TURNED = {"rotation": 20, "tempo": 0.2, "crop": 0.1, "shift": 0.01}
SETTINGS = {
    "base": {},
    "rich": {"augmentation": TURNED, "differences": [1], "ema_decay": 0.5, "schedule": "one_cycle", "layers": 2},
    "blended": {"augmentation": TURNED | {"mix": 0.5, "joint_dropout": 0.1}, "test_copies": 2},
}


def recorded() -> SequenceSet:
    """Two performances of three actions by five subjects."""
    draw, names, sequences, labels, subjects = np.random.default_rng(0), [], [], [], []
    for subject in TRAIN + TEST:
        for label in range(len(CLASSES)):
            for take in range(2):
                wave = np.sin(np.linspace(0, 2 + 2 * label, 9 + take + subject))[:, None, None]
                body = draw.normal(size=(1, 20, 3)) + wave * draw.normal(size=(1, 20, 3))
                names.append(f"{CLASSES[label]}{subject}{take}")
                sequences.append(body)
                labels.append(label)
                subjects.append(subject)
    attributes = {"repairs": {}, "listed": len(names), "excluded": {}, "skeleton": MSR_20.values()}
    return SequenceSet.of(sequences, names, labels, subjects, CLASSES, attributes)


def with_permuted_test_labels(sequences: SequenceSet) -> SequenceSet:
    labels, tests = sequences.labels.copy(), np.isin(sequences.subjects, TEST)
    labels[tests] = np.random.default_rng(1).permutation(labels[tests])
    assert (labels != sequences.labels).any()
    return replace(sequences, labels=labels)


def with_noisy_test_frames(sequences: SequenceSet) -> SequenceSet:
    frames, of_tests = sequences.frames.copy(), np.repeat(np.isin(sequences.subjects, TEST), sequences.lengths)
    frames[of_tests] += np.random.default_rng(1).normal(size=frames[of_tests].shape).astype(np.float32)
    return replace(sequences, frames=frames)


def with_permuted_training_labels(sequences: SequenceSet) -> SequenceSet:
    labels, trains = sequences.labels.copy(), np.isin(sequences.subjects, TRAIN)
    labels[trains] = np.random.default_rng(1).permutation(labels[trains])
    return replace(sequences, labels=labels)


def divided(folder: Path, sequences: Path, name: str, train_subjects: list[int], test_subjects: list[int]) -> Path:
    rule = FixedSubjects(train_subjects=train_subjects, test_subjects=test_subjects).rule(0, {})
    parts = {"splits": {"one": {"protocol": rule, "split": 0}}}
    split.run(parts, {"sequences": sequences}, {"splits": folder / name}, CPU)
    return folder / name


def trained(folder: Path, training: Path, configuration: str, subject: int) -> tuple[Path, str]:
    """The file of one training without one subject, and the training's key."""
    name = f"{configuration}{subject}"
    rest = [one for one in TRAIN if one != subject]
    described = folder / f"{name}@0123456789.h5"
    inputs = {"sequences": training, "splits": divided(folder, training, f"without{subject}.json", rest, [subject])}
    vectors.run(JointFeatures(kind="joints").model_dump() | {"split": "one"}, inputs, {"features": described}, CPU)
    recipe = Recipe(epochs=2, batch_size=4, learning_rate=0.01, **SETTINGS[configuration]).model_dump(
        exclude={"features", "hidden_size"}
    )
    told = {"recipe": recipe, "model": Model(order=2).model_dump(), "hidden_size": 4}
    block = folder / "trained" / f"{name}@0123456789.h5"
    train.run(told | {"seeds": [[0]]}, {"features": [described]}, {"trainings": block}, CPU)
    return block, training_key(told, 0, described)


def studied(folder: Path, sequences: SequenceSet) -> dict[str, bytes]:
    """All that a search makes from the training side on, by file name."""
    everybody = folder / "everybody"
    everybody.mkdir(parents=True)
    sequences.save(everybody / "skeletons.h5")
    sides = divided(everybody, everybody / "skeletons.h5", "sides.json", TRAIN, TEST)
    training = {"sequences": folder / "training.h5"}
    inputs = {"sequences": everybody / "skeletons.h5", "splits": sides}
    training_sequences.run({"split": "one"}, inputs, training, CPU)
    names = [[configuration, "drnn2", 0, subject] for configuration in SETTINGS for subject in TRAIN]
    blocks = [trained(folder, training["sequences"], configuration, subject) for configuration, _, _, subject in names]
    runs = [[*of_run, key] for of_run, (_, key) in zip(names, blocks, strict=True)]
    facts = {"search": "mine", "chooses": "best", "dataset": "toy", "protocol": "half", "models": ["drnn2"]}
    facts |= {"seeds": [0], "base": {"epochs": 2}, "configurations": SETTINGS}
    outputs = {"search": folder / "search.json", "page": folder / "search.md"}
    search.run({"facts": facts, "runs": runs}, {"trainings": [path for path, _ in blocks]}, outputs, CPU)
    made = [path for path in sorted(folder.rglob("*")) if path.is_file() and everybody not in path.parents]
    return {str(path.relative_to(folder)): path.read_bytes() for path in made}


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> dict[str, bytes]:
    return studied(tmp_path_factory.mktemp("before") / "search", recorded())


@pytest.mark.parametrize("change", [with_permuted_test_labels, with_noisy_test_frames])
def test_what_changes_in_test_subjects_leaves_the_choice_and_every_weight(tmp_path, before, change):
    after = studied(tmp_path / "search", change(recorded()))
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] != before[name]] == []


def test_what_changes_in_training_subjects_does_not(tmp_path, before):
    after = studied(tmp_path / "search", with_permuted_training_labels(recorded()))
    assert all(after[name] != before[name] for name in before if name.startswith("trained/"))


def test_all_outputs_are_compared(before):
    trainings = len(SETTINGS) * len(TRAIN)
    assert sum(name.startswith("trained/") for name in before) == trainings
    assert sum(name.endswith(".h5") for name in before) == 2 * trainings + 1
    found = json.loads(before["search.json"])
    assert found["chosen"] in SETTINGS and len(found["runs"]) == trainings
    assert {run["subject"] for run in found["runs"]} == set(TRAIN)
    assert f"{found['chosen']} (chosen)" in before["search.md"].decode()
