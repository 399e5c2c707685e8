"""What changes in test sequences leaves features, `auto` sizes, weights and choices of baselines bit-identical."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_baseline_step import TRAIN as MOVING_TRAIN
from test_baseline_step import classified, moving
from test_splits import ALL, GROUPS, LABELS, MEMBERS, NAMES, SUBJECTS, protocol_of
from test_steps import CPU, train

from drnn.config.params import load
from drnn.config.protocol import form_of
from drnn.config.recipe import Recipe
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.steps import split, vectors

GENERIC = load(Path(__file__).parents[1] / "breadth.yaml").recipes["generic"].model_dump() | {"augmentation": None}
TRAIN, TEST = 8, 6


def curves(test_frames: int = 12, label_shift: int = 0, noise: float = 0.0) -> SequenceSet:
    """Eight sequences that train and six that test, of which length, labels and values may be others."""
    draw, other = np.random.default_rng(0), np.random.default_rng(1)
    sequences = [draw.normal(size=(10 + n % 4, 3)) for n in range(TRAIN)]
    sequences += [other.normal(0, 1 + noise, size=(test_frames, 3)) for _ in range(TEST)]
    labels = [n % 2 for n in range(TRAIN)] + [(n + label_shift) % 2 for n in range(TEST)]
    names = [f"s{n}" for n in range(TRAIN + TEST)]
    return SequenceSet.of(sequences, names, labels, range(TRAIN + TEST), ["a", "b"], {"train": TRAIN})


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    return train(tmp_path_factory.mktemp("before"), curves(), recipe=GENERIC)


@pytest.mark.parametrize("change", [{"label_shift": 1}, {"noise": 5.0}, {"test_frames": 300}])
def test_sizes_and_weights_of_the_generic_recipe_follow_from_what_trains(tmp_path, before, change):
    assert {name for name, value in GENERIC.items() if value == "auto"} == {"frame_stride", "epochs", "batch_size"}
    _, scores, weights = train(tmp_path, curves(**change), recipe=GENERIC)
    _, expected, expected_weights = before
    assert weights == expected_weights
    np.testing.assert_array_equal(scores.history, expected.history)
    assert len(scores.history) == Recipe(**GENERIC).sized(TRAIN, 11).epochs
    assert scores.facts == expected.facts


def bodies(noisy: list[str] = ()) -> SequenceSet:
    """Skeletons that move, of all subjects, views and sides; noise in place of some of them."""
    draw, other = np.random.default_rng(0), np.random.default_rng(1)
    walks = {name: draw.normal(0, 0.02, (6, 20, 3)).cumsum(0) for name in NAMES}
    walks |= {name: other.normal(0, 5, (6, 20, 3)) for name in noisy}
    known = {"skeleton": MSR_20.values(), "groups": {"view": GROUPS["view"]}, "given": GROUPS["given"]}
    return SequenceSet.of(list(walks.values()), NAMES, LABELS, SUBJECTS, ["a", "b", "c"], known)


def described(folder: Path, sequences: SequenceSet, block: dict) -> tuple[list[str], SequenceSet]:
    """The sequences that test in the first split of a protocol, and all features; their dead zone is fitted."""
    folder.mkdir(exist_ok=True)
    inputs = {"sequences": folder / "s@0123456789.h5", "splits": folder / "p@0123456789.json"}
    sequences.save(inputs["sequences"])
    told = {"splits": {"first": {"protocol": protocol_of(block).rule(0, MEMBERS), "split": 0}}}
    split.run(told, inputs, {"splits": inputs["splits"]}, CPU)
    params = {"kind": "skeleton", "layout": "583", "velocity_window": 5, "split": "first"}
    vectors.run(params, inputs, {"features": folder / "f@0123456789.h5"}, CPU)
    tested = json.loads(inputs["splits"].read_text(encoding="utf-8"))["first"]["test"]
    return tested, SequenceSet.load(folder / "f@0123456789.h5")


@pytest.mark.parametrize("block", ALL, ids=[form_of(block) for block in ALL])
def test_under_every_protocol_noise_in_what_tests_leaves_what_is_learnt(tmp_path, block):
    tested, expected = described(tmp_path / "before", bodies(), block)
    again, found = described(tmp_path / "after", bodies(noisy=tested), block)
    assert again == tested
    (training, testing), (training_before, testing_before) = found.sides(), expected.sides()
    assert set(testing.names) == set(tested) and not np.array_equal(testing.frames, testing_before.frames)
    np.testing.assert_array_equal(training.frames, training_before.frames)
    _, scores, weights = train(tmp_path, found)
    _, scores_before, weights_before = train(tmp_path, expected)
    assert weights == weights_before
    np.testing.assert_array_equal(scores.history, scores_before.history)


def test_longer_training_sequences_have_other_sizes():
    recipe = Recipe(**GENERIC)
    assert recipe.sized(TRAIN, 300).frame_stride != recipe.sized(TRAIN, 11).frame_stride


@pytest.mark.parametrize("known", [True, False], ids=["subjects", "no subjects"])
@pytest.mark.parametrize("method", ["dtw", "pooled_svm"])
def test_baselines_choose_and_score_by_what_trains(tmp_path, method, known):
    sequences = moving()
    if not known:
        sequences = replace(sequences, subjects=np.zeros_like(sequences.subjects))
    labels = sequences.labels.copy()
    labels[MOVING_TRAIN:] = labels[MOVING_TRAIN:][::-1]
    expected = classified(tmp_path / "before", method, sequences)
    found = classified(tmp_path / "after", method, replace(sequences, labels=labels))
    assert (found.labels != expected.labels).any()
    assert found.facts == expected.facts
    np.testing.assert_array_equal(found.scores, expected.scores)
