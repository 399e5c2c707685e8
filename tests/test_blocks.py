"""A block of trainings: who shares a job makes no difference, and what was done before is not done again."""

import logging
from pathlib import Path

import numpy as np
import pytest
from training_room import trained

from drnn.arrays import read_arrays
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training, training_key
from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.steps import train
from drnn.steps.shared.trainings import waiting, weights_in

TOLD = Training(recipe=Recipe(epochs=2, batch_size=4), model=SizedModel(order=1), hidden_size=5, seed=0)


@pytest.fixture
def features(tmp_path) -> Path:
    """Six sequences that train and four that test, of 3 classes."""
    draw = np.random.default_rng(0)
    sequences = [draw.normal(size=(3 + i % 5, 4)) for i in range(10)]
    names = [f"s{i}" for i in range(10)]
    path = tmp_path / "features@0123456789.h5"
    SequenceSet.of(sequences, names, [i % 3 for i in range(10)], range(10), ["a", "b", "c"], {"train": 6}).save(path)
    return path


@pytest.fixture
def said(caplog):
    """The seeds that were trained since it was asked last."""
    caplog.set_level(logging.INFO, "drnn.steps.train")

    def said() -> list[int]:
        seeds = [int(line.split()[1].rstrip(":")) for line in caplog.messages if line.startswith("seed ")]
        caplog.clear()
        return seeds

    return said


def same(block: Path, other: Path, key: str) -> bool:
    """Whether two files have the same training, to the last bit."""
    arrays, others = (
        {name: values for name, values in read_arrays(path)[0].items() if name.startswith(key)}
        for path in (block, other)
    )
    assert arrays and arrays.keys() == others.keys()
    return all(np.array_equal(arrays[name], others[name]) for name in arrays)


def test_a_training_is_the_same_alone_and_in_a_block(tmp_path, features):
    together = tmp_path / "together/block0@aaaaaaaaaa.h5"
    keys = trained(together, features, TOLD, 0, 1, 2)
    assert len(set(keys)) == 3
    for seed, key in enumerate(keys):
        alone = tmp_path / f"alone{seed}/block0@aaaaaaaaaa.h5"
        assert trained(alone, features, TOLD, seed) == [key]
        assert same(alone, together, key)
    assert weights_in(together, keys[0]) != weights_in(together, keys[1])
    assert Scores.load(together, keys[0]).history.tolist() != Scores.load(together, keys[1]).history.tolist()


def test_a_seed_that_is_added_trains_alone_and_the_file_is_that_of_a_run_from_nothing(tmp_path, features, said):
    trained(tmp_path / "block0@aaaaaaaaaa.h5", features, TOLD, 0, 2)
    assert said() == [0, 2]
    trained(tmp_path / "block0@bbbbbbbbbb.h5", features, TOLD, 0, 1, 2)
    assert said() == [1]
    trained(tmp_path / "new/block0@bbbbbbbbbb.h5", features, TOLD, 0, 1, 2)
    assert said() == [0, 1, 2]
    contents = {path.read_bytes() for path in tmp_path.rglob("block0@bbbbbbbbbb.h5")}
    assert len(contents) == 1


def test_a_recipe_that_changes_trains_all_again(tmp_path, features, said):
    trained(tmp_path / "block0@aaaaaaaaaa.h5", features, TOLD, 0, 1)
    other = TOLD.model_copy(update={"recipe": Recipe(epochs=3, batch_size=4)})
    trained(tmp_path / "block0@bbbbbbbbbb.h5", features, other, 0, 1)
    assert said() == [0, 1, 0, 1]


def test_a_killed_block_goes_on_with_the_training_that_it_was_killed_in(tmp_path, features, said, monkeypatch):
    block = tmp_path / "train/block0@aaaaaaaaaa.h5"
    whole = tmp_path / "whole/block0@aaaaaaaaaa.h5"
    keys = trained(whole, features, TOLD, 0, 1, 2)
    said()
    begun = []

    def killed(epochs):
        begun.append(epochs)
        if len(begun) == 3:
            raise KeyboardInterrupt
        return epochs

    with monkeypatch.context() as patched:
        patched.setattr(train, "_progress", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(block, features, TOLD, 0, 1, 2)
    assert said() == [0, 1] and not block.exists()
    assert [waiting(block, key).exists() for key in keys] == [True, True, False]
    trained(block, features, TOLD, 0, 1, 2)
    assert said() == [2] and list(block.parent.iterdir()) == [block]
    assert block.read_bytes() == whole.read_bytes()


def test_what_is_cut_short_is_trained_again(tmp_path, features, said):
    old = tmp_path / "block0@aaaaaaaaaa.h5"
    trained(old, features, TOLD, 0)
    content = old.read_bytes()
    for size in (0, len(content) // 2, len(content) - 1):
        old.write_bytes(content[:size])
        trained(tmp_path / f"block0@{size:010}.h5", features, TOLD, 0)
        (tmp_path / f"block0@{size:010}.h5").unlink()
    assert said() == [0, 0, 0, 0]


def test_a_forced_job_takes_nothing_from_other_blocks(tmp_path, features, said):
    trained(tmp_path / "block0@aaaaaaaaaa.h5", features, TOLD, 0)
    forced = {"trainings": tmp_path / "block0@bbbbbbbbbb.h5"}
    told = TOLD.model_dump(exclude={"seed"}) | {"seeds": [[0]]}
    train.run(told, {"features": [features]}, forced, Machine(device="cpu", anew=True))
    assert said() == [0, 0]


def test_a_block_of_two_splits_reads_each(tmp_path, features):
    other = tmp_path / "features@9876543210.h5"
    stored = SequenceSet.load(features)
    SequenceSet(
        stored.frames * 2 + 1,
        *(getattr(stored, n) for n in ("lengths", "labels", "subjects", "names")),
        stored.classes,
        {"train": 5},
    ).save(other)
    told = TOLD.model_dump(exclude={"seed"})
    block = tmp_path / "block0@aaaaaaaaaa.h5"
    inputs = {"features": [features, other]}
    train.run(told | {"seeds": [[0], [0, 1]]}, inputs, {"trainings": block}, Machine(device="cpu"))
    sizes = [
        Scores.load(block, training_key(told, seed, path)).train_sequences
        for path, seed in ((features, 0), (other, 0), (other, 1))
    ]
    assert sizes == [6, 5, 5]
