"""The store of sequences: what is saved is loaded, byte by byte the same, and nothing less is accepted."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drnn.datasets.store import SequenceSet
from drnn.errors import UserError


def sequence_set(lengths=(3, 1, 7), values: int = 4) -> SequenceSet:
    draw = np.random.default_rng(0)
    frames = [draw.normal(size=(length, values)).astype(np.float32) for length in lengths]
    names = [f"sequence{i}" for i in range(len(lengths))]
    labels, subjects = draw.integers(0, 2, len(lengths)), draw.integers(1, 9, len(lengths))
    return SequenceSet.of(frames, names, labels, subjects, ["wave", "kick ½"], {"made": {"by": [1, 2.5, None]}})


def assert_same(one: SequenceSet, other: SequenceSet) -> None:
    assert (one.names, one.classes, one.attributes) == (other.names, other.classes, other.attributes)
    for name in ("labels", "subjects", "frames", "lengths"):
        a, b = getattr(one, name), getattr(other, name)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@given(lengths=st.lists(st.integers(1, 30), min_size=1, max_size=20), values=st.integers(1, 5))
@settings(max_examples=50, deadline=None)
def test_what_is_saved_is_loaded(lengths, values):
    saved = sequence_set(lengths, values)
    with tempfile.TemporaryDirectory() as folder:
        saved.save(Path(folder) / "set.h5")
        loaded = SequenceSet.load(Path(folder) / "set.h5")
    assert_same(loaded, saved)
    assert loaded.lengths.tolist() == lengths
    assert [len(loaded[i]) for i in range(len(loaded))] == lengths


def test_frames_of_any_shape_become_rows():
    skeletons = np.arange(2 * 20 * 3).reshape(2, 20, 3)
    made = SequenceSet.of([skeletons], ["a"], [0], [1], ["wave"])
    assert made.frames.dtype == np.float32
    np.testing.assert_array_equal(made[0].reshape(2, 20, 3), skeletons)


def test_the_same_content_makes_the_same_bytes(tmp_path):
    sequence_set().save(tmp_path / "one.h5")
    sequence_set().save(tmp_path / "other.h5")
    SequenceSet.load(tmp_path / "one.h5").save(tmp_path / "again.h5")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_the_order_of_attributes_leaves_the_bytes(tmp_path):
    for name, attributes in (("one", {"a": 1, "b": 2}), ("other", {"b": 2, "a": 1})):
        SequenceSet.of([np.ones((1, 1))], ["a"], [0], [1], ["wave"], attributes).save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_file_cut_short_is_refused_wherever_it_was_cut(tmp_path):
    path = tmp_path / "set.h5"
    sequence_set().save(path)
    content = path.read_bytes()
    for size in range(0, len(content), 97):
        path.write_bytes(content[:size])
        with pytest.raises(UserError, match=r"set\.h5: is not whole .* delete it and run again"):
            SequenceSet.load(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "set.h5").write_text("a page of a web site")
    with pytest.raises(UserError, match=r"set\.h5: is not whole"):
        SequenceSet.load(tmp_path / "set.h5")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"set\.h5"):
        SequenceSet.load(tmp_path / "set.h5")


def test_a_selection_has_its_own_order():
    whole = sequence_set()
    part = whole.select(["sequence2", "sequence0"])
    assert part.names == ["sequence2", "sequence0"]
    assert part.labels.tolist() == whole.labels[[2, 0]].tolist()
    assert part.subjects.tolist() == whole.subjects[[2, 0]].tolist()
    np.testing.assert_array_equal(part.frames, np.concatenate([whole[2], whole[0]]))
    assert (part.classes, part.attributes) == (whole.classes, whole.attributes)


def test_the_sides_are_views_of_the_sequences_that_train_and_of_the_others():
    whole = replace(sequence_set(), attributes={"train": 2})
    train, test = whole.sides()
    assert (train.names, test.names) == (["sequence0", "sequence1"], ["sequence2"])
    assert (len(train), len(test), train.classes) == (2, 1, whole.classes)
    for side, chosen in ((train, [0, 1]), (test, [2])):
        assert_same(side, whole.select([whole.names[i] for i in chosen]))
        assert np.shares_memory(side.frames, whole.frames)


def test_tensors_share_the_memory_of_the_arrays_and_know_the_same_of_the_sequences():
    whole = sequence_set()
    tensors = whole.converted(torch.from_numpy)
    assert tensors.frames.data_ptr() == whole.frames.ctypes.data
    assert (tensors.names, tensors.classes, tensors.attributes) == (whole.names, whole.classes, whole.attributes)
    for index in range(len(whole)):
        np.testing.assert_array_equal(tensors[index], whole[index])
    assert_same(tensors.converted(np.asarray), whole)


def test_an_unknown_name_is_refused():
    with pytest.raises(UserError, match="sequence9 is not in the set of 3 sequences"):
        sequence_set().select(["sequence1", "sequence9"])
