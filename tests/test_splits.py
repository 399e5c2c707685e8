"""Splits: by subject, without loss, and drawn the same every time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drnn.datasets.splits import split
from drnn.errors import UserError

SUBJECTS = [subject for subject in range(1, 11) for _ in range(3)]
NAMES = [f"a01_s{subject:02}_e{i % 3 + 1:02}" for i, subject in enumerate(SUBJECTS)]
FIXED = {"train_subjects": [1, 3, 5, 7, 9], "test_subjects": [2, 4, 6, 8, 10], "seed": 0, "leave_out": []}
DRAWN = {"train_subjects": 5, "test_subjects": None, "seed": 0, "leave_out": []}


def subjects_of(names: list[str]) -> set[int]:
    return {int(name[5:7]) for name in names}


def test_subjects_go_where_the_protocol_says():
    sides = split(NAMES, SUBJECTS, FIXED, 0)
    assert subjects_of(sides["train"]) == {1, 3, 5, 7, 9}
    assert subjects_of(sides["test"]) == {2, 4, 6, 8, 10}


@given(st.integers(1, 9), st.integers(0, 1000), st.integers(0, 100))
def test_a_draw_divides_the_subjects_and_keeps_every_sequence(count, seed, number):
    sides = split(NAMES, SUBJECTS, DRAWN | {"train_subjects": count, "seed": seed}, number)
    assert len(subjects_of(sides["train"])) == count
    assert not subjects_of(sides["train"]) & subjects_of(sides["test"])
    assert sorted(sides["train"] + sides["test"]) == sorted(NAMES)


@pytest.mark.parametrize("protocol", [FIXED, DRAWN], ids=["fixed", "drawn"])
def test_sequences_keep_their_order(protocol):
    for names in split(NAMES, SUBJECTS, protocol, 0).values():
        assert names == sorted(names)


@pytest.mark.parametrize("protocol", [FIXED, DRAWN], ids=["fixed", "drawn"])
def test_sequences_that_are_left_out_take_no_part(protocol):
    left_out = [NAMES[0], NAMES[4]]
    sides = split(NAMES, SUBJECTS, protocol | {"leave_out": left_out}, 0)
    assert set(NAMES) - set(sides["train"] + sides["test"]) == set(left_out)


def test_leaving_a_sequence_out_leaves_the_draw():
    assert split(NAMES, SUBJECTS, DRAWN | {"leave_out": NAMES[:3]}, 0)["test"] == [
        name for name in split(NAMES, SUBJECTS, DRAWN, 0)["test"] if name not in NAMES[:3]
    ]


def test_a_subject_in_neither_list_takes_no_part():
    sides = split(NAMES, SUBJECTS, FIXED | {"train_subjects": [1], "test_subjects": [2]}, 0)
    assert subjects_of(sides["train"] + sides["test"]) == {1, 2}


def test_a_draw_is_the_same_every_time():
    assert split(NAMES, SUBJECTS, DRAWN, 3) == split(NAMES, SUBJECTS, DRAWN, 3)


def test_the_order_of_the_sequences_does_not_enter_the_draw():
    backwards = split(NAMES[::-1], SUBJECTS[::-1], DRAWN, 3)
    assert {side: sorted(names) for side, names in backwards.items()} == split(NAMES, SUBJECTS, DRAWN, 3)


def test_splits_differ_by_number_and_by_seed():
    drawn = [split(NAMES, SUBJECTS, DRAWN | {"seed": seed}, number) for seed in (0, 1) for number in range(5)]
    assert len({tuple(sides["train"]) for sides in drawn}) > 7  # of 252 halves, two may be alike


@pytest.mark.parametrize("side", ["train_subjects", "test_subjects"])
def test_a_subject_without_sequences_is_named(side):
    with pytest.raises(UserError, match=f"{side}: subject 11 has no sequence in the dataset"):
        split(NAMES, SUBJECTS, FIXED | {side: [11, 12]}, 0)


def test_a_side_whose_sequences_are_all_left_out_is_refused():
    out = [name for name in NAMES if "_s02_" in name]
    with pytest.raises(UserError, match=r"empty split: test_subjects \[2\]"):
        split(NAMES, SUBJECTS, FIXED | {"test_subjects": [2], "leave_out": out}, 0)


@pytest.mark.parametrize("count", [10, 11])
def test_a_draw_that_leaves_no_test_subject_is_refused(count):
    with pytest.raises(UserError, match=f"empty split: {count} of 10 subjects train"):
        split(NAMES, SUBJECTS, DRAWN | {"train_subjects": count}, 0)


def test_a_name_left_out_that_no_sequence_has_is_refused_unless_it_was_excluded_before():
    gone = FIXED | {"leave_out": ["a01_s01_e99"]}
    with pytest.raises(UserError, match=r"leave_out: the dataset has no sequence 'a01_s01_e99'; correct the name"):
        split(NAMES, SUBJECTS, gone, 0)
    assert split(NAMES, SUBJECTS, gone, 0, excluded=["a01_s01_e99"]) == split(NAMES, SUBJECTS, FIXED, 0)
