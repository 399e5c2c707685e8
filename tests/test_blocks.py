"""A block of trainings: who shares a job makes no difference, and what was done before is not done again."""

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_room import trained

from drnn.arrays import read_arrays
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training, training_key
from drnn.datasets import store
from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.steps import train
from drnn.steps.shared.trainings import waiting, weights_in

ROOT = Path(__file__).parent.parent
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


TURNED = {"rotation": 20, "tempo": 0.2, "crop": 0.1, "shift": 0.01, "noise": 0.01}


@pytest.mark.parametrize("changes", [{}, {"augmentation": TURNED, "differences": [1], "bucket_by_length": True}])
def test_features_that_stay_in_their_file_give_the_same_training(tmp_path, monkeypatch, changes):
    draw = np.random.default_rng(0)
    sequences = [draw.normal(size=(9 + i % 5, 60)) for i in range(10)]
    path = tmp_path / "features@0123456789.h5"
    names = [f"s{i}" for i in range(10)]
    SequenceSet.of(sequences, names, [i % 3 for i in range(10)], range(10), ["a", "b", "c"], {"train": 7}).save(path)
    told = TOLD.model_copy(update={"recipe": Recipe(epochs=2, batch_size=3, normalisation="zscore", **changes)})
    (key,) = trained(tmp_path / "read/block0@aaaaaaaaaa.h5", path, told)
    monkeypatch.setattr(store, "IN_MEMORY", 0)
    assert isinstance(SequenceSet.opened(path).frames, store.StoredFrames)
    trained(tmp_path / "left/block0@aaaaaaaaaa.h5", path, told)
    assert same(tmp_path / "read/block0@aaaaaaaaaa.h5", tmp_path / "left/block0@aaaaaaaaaa.h5", key)


PEAK = """
import resource, sys
from pathlib import Path
import numpy as np
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets import store
sys.path.insert(0, "tests")
from training_room import trained
folder, count = Path(sys.argv[1]), int(sys.argv[2])
store.IN_MEMORY = 0
names = list(map(str, range(count)))
lengths, labels = np.full(count, 100), np.arange(count) % 3
known = (lengths, labels, labels, names, ["a", "b", "c"], {"train": count - 64})
random = np.random.default_rng(0)
parts = (random.normal(size=(100, 64)).astype(np.float32) for _ in names)
features = folder / "features@0123456789.h5"
store.SequenceSet(np.empty((0, 64), np.float32), *known).save_parts(features, parts, 64)
told = Training(recipe=Recipe(epochs=1), model=SizedModel(order=1), hidden_size=4, seed=0)
trained(folder / "block0@0123456789.h5", features, told)
print(features.stat().st_size, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_the_memory_of_a_training_does_not_grow_with_its_data(tmp_path):
    sizes, peaks = [], []
    for count in (300, 3000):
        folder = tmp_path / str(count)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(folder), str(count)], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        size, peak = map(int, done.stdout.split()[-2:])
        sizes.append(size)
        peaks.append(peak)
    assert sizes[1] > 9.5 * sizes[0]
    assert peaks[1] - peaks[0] < 0.2 * (sizes[1] - sizes[0]) < 30e6
