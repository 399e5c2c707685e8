"""Splits: nothing on both sides, everything tested as often as the protocol says, drawn the same every time."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from drnn.config.protocol import EXAMPLES, FORMS, Protocol, form_of
from drnn.datasets.splits import split
from drnn.errors import UserError

SUBJECTS = [subject for subject in range(1, 11) for _ in range(3)]
NAMES = [f"a01_s{subject:02}_e{i % 3 + 1:02}" for i, subject in enumerate(SUBJECTS)]
LABELS = [i % 3 for i in range(len(NAMES))]
VIEWS = [i % 3 + 1 for i in range(len(NAMES))]
GROUPS = {"subject": SUBJECTS, "view": VIEWS, "given": ["train" if s < 6 else "test" for s in SUBJECTS]}
MEMBERS = {"subject": list(range(1, 11)), "view": [1, 2, 3], "sequence": len(NAMES)}
FIXED = {"train_subjects": [1, 3, 5, 7, 9], "test_subjects": [2, 4, 6, 8, 10]}
DRAWN = {"train_subjects": 5, "splits": 10}


def protocol_of(block: dict):
    return TypeAdapter(Protocol).validate_python(block)


def divided(block: dict, number: int = 0, names=NAMES, groups=GROUPS, labels=LABELS, members=MEMBERS, excluded=()):
    """A split of a protocol, as its block of params.yaml says it."""
    return split(names, groups, labels, protocol_of(block).rule(number, members), number, excluded)


def all_of(block: dict, groups=GROUPS, labels=LABELS, members=MEMBERS, names=NAMES) -> list[dict[str, list[str]]]:
    count = protocol_of(block).count(members)
    return [divided(block, number, names, groups, labels, members) for number in range(count)]


def subjects_of(names: list[str]) -> set[int]:
    return {SUBJECTS[NAMES.index(name)] for name in names}


def views_of(names: list[str]) -> set[int]:
    return {VIEWS[NAMES.index(name)] for name in names}


@st.composite
def recordings(draw) -> tuple[list[str], dict[str, list], list[int]]:
    """Names, groups and labels of 8 to 40 sequences: three subjects or more, at least two sequences of each class."""
    count = draw(st.integers(8, 40))
    subjects = [1, 2, 3, *draw(st.lists(st.integers(1, 8), min_size=count - 3, max_size=count - 3))]
    labels = [0, 1, 0, 1, *draw(st.lists(st.integers(0, 3), min_size=count - 4, max_size=count - 4))]
    sides = ["train", "train", "test", "test"]
    sides += draw(st.lists(st.sampled_from(["train", "test"]), min_size=count - 4, max_size=count - 4))
    names = [f"s{i:02}" for i in draw(st.permutations(range(count)))]
    return names, {"subject": subjects, "given": sides}, labels


def members_of(groups: dict[str, list]) -> dict:
    return {"subject": sorted(set(groups["subject"])), "sequence": len(groups["subject"])}


def test_subjects_go_where_the_protocol_says():
    sides = divided(FIXED)
    assert subjects_of(sides["train"]) == {1, 3, 5, 7, 9}
    assert subjects_of(sides["test"]) == {2, 4, 6, 8, 10}


@given(st.integers(1, 9), st.integers(0, 1000), st.integers(0, 100))
def test_a_draw_divides_the_subjects_and_keeps_every_sequence(count, seed, number):
    sides = divided({"train_subjects": count, "seed": seed}, number)
    assert len(subjects_of(sides["train"])) == count
    assert not subjects_of(sides["train"]) & subjects_of(sides["test"])
    assert sorted(sides["train"] + sides["test"]) == sorted(NAMES)


@given(recordings(), st.sampled_from(["subject", "sequence"]))
def test_leave_one_out_tests_each_once_and_trains_on_no_other_of_it(found, group):
    names, groups, labels = found
    column = dict(zip(names, groups["subject"] if group == "subject" else names, strict=True))
    tested = Counter()
    for sides in all_of({"leave_one_out": group}, groups, labels, members_of(groups), names):
        assert len({column[name] for name in sides["test"]}) == 1
        assert not {column[name] for name in sides["test"]} & {column[name] for name in sides["train"]}
        assert sorted(sides["train"] + sides["test"]) == sorted(names)
        tested.update(sides["test"])
    assert tested == Counter(names)


@given(recordings(), st.sampled_from(["subject", "sequence"]), st.integers(2, 3), st.integers(0, 99))
def test_folds_test_every_sequence_once_and_share_nothing_with_what_trains(found, group, k, seed):
    names, groups, labels = found
    column = dict(zip(names, groups["subject"] if group == "subject" else names, strict=True))
    tested = Counter()
    for sides in all_of({"folds": {"of": group, "k": k, "seed": seed}}, groups, labels, names=names):
        assert not {column[name] for name in sides["test"]} & {column[name] for name in sides["train"]}
        assert sorted(sides["train"] + sides["test"]) == sorted(names)
        tested.update(sides["test"])
    assert tested == Counter(names)


@given(recordings(), st.integers(2, 5), st.integers(0, 99))
def test_folds_of_sequences_have_equal_shares_of_each_class(found, k, seed):
    names, groups, labels = found
    label = dict(zip(names, labels, strict=True))
    folds = all_of({"folds": {"of": "sequence", "k": k, "seed": seed}}, groups, labels, names=names)
    for one in set(labels):
        counts = [sum(label[name] == one for name in sides["test"]) for sides in folds]
        assert max(counts) - min(counts) <= 1


@given(recordings(), st.integers(0, 99))
def test_resamples_start_with_the_given_split_and_keep_its_numbers_of_each_class(found, seed):
    names, groups, labels = found
    label, given_side = (dict(zip(names, column, strict=True)) for column in (labels, groups["given"]))
    first, *others = all_of({"resamples": {"k": 4, "seed": seed}}, groups, labels, names=names)
    assert first == {side: [name for name in names if given_side[name] == side] for side in ("train", "test")}
    assert first == divided({"given": True}, 0, names, groups, labels)
    for sides in others:
        assert not set(sides["train"]) & set(sides["test"])
        for side in ("train", "test"):
            assert Counter(map(label.get, sides[side])) == Counter(map(label.get, first[side]))


def test_resamples_differ_by_number_and_by_seed():
    drawn = [sides for seed in (0, 1) for sides in all_of({"resamples": {"k": 5, "seed": seed}})[1:]]
    assert len({tuple(sides["train"]) for sides in drawn}) == len(drawn)


def test_a_side_of_neither_takes_no_part():
    groups = GROUPS | {"given": ["", *GROUPS["given"][1:]]}
    for block in ({"given": True}, {"resamples": {"k": 3}}):
        for sides in all_of(block, groups):
            assert NAMES[0] not in sides["train"] + sides["test"]


def test_folds_may_be_lists():
    block = {"folds": {"of": "subject", "lists": [[1, 2], [3, 4, 5], [6, 7, 8, 9, 10]]}}
    assert [subjects_of(sides["test"]) for sides in all_of(block)] == [{1, 2}, {3, 4, 5}, {6, 7, 8, 9, 10}]
    assert subjects_of(divided(block, 0)["train"]) == set(range(3, 11))


def test_sides_may_be_views_which_people_share():
    sides = divided({"train": {"view": [1, 2]}, "test": {"view": [3]}})
    assert (views_of(sides["train"]), views_of(sides["test"])) == ({1, 2}, {3})
    assert subjects_of(sides["train"]) == subjects_of(sides["test"]) == set(SUBJECTS)


def test_of_several_groups_all_must_hold():
    sides = divided({"train": {"subject": [1, 2], "view": [1]}, "test": {"subject": [3], "view": [3]}})
    assert sides == {"train": [NAMES[0], NAMES[3]], "test": [NAMES[8]]}


def test_several_splits_are_each_as_given():
    block = {"splits": [{"train": [1, 2], "test": [3]}, {"train": {"view": [1]}, "test": {"view": [2, 3]}}]}
    first, second = all_of(block)
    assert (subjects_of(first["train"]), subjects_of(first["test"])) == ({1, 2}, {3})
    assert (views_of(second["train"]), views_of(second["test"])) == ({1}, {2, 3})


def test_leaving_a_view_out_tests_each():
    assert [views_of(sides["test"]) for sides in all_of({"leave_one_out": "view"})] == [{1}, {2}, {3}]


ALL = [
    FIXED,
    DRAWN,
    {"leave_one_out": "subject"},
    {"leave_one_out": "sequence", "leave_out": [NAMES[0], NAMES[4]]},
    {"folds": {"of": "subject", "k": 3}},
    {"folds": {"of": "sequence", "k": 3}},
    {"train": {"view": [1, 2]}, "test": {"view": [3]}},
    {"splits": [{"train": [1, 2], "test": [3]}]},
    {"given": True},
    {"resamples": {"k": 3}},
]


@pytest.mark.parametrize("block", ALL, ids=[form_of(block) for block in ALL])
def test_sequences_keep_their_order_and_those_left_out_take_no_part(block):
    out = {NAMES[0], NAMES[4]}
    for sides in all_of(block | {"leave_out": sorted(out)}):
        for names in sides.values():
            assert names == sorted(names) and not out & set(names)


@pytest.mark.parametrize("block", ALL[1:], ids=[form_of(block) for block in ALL[1:]])
def test_a_draw_is_the_same_every_time_and_whatever_the_order_of_the_sequences(block):
    backwards = {group: values[::-1] for group, values in GROUPS.items()}
    for number, sides in enumerate(all_of(block)):
        turned = divided(block, number, NAMES[::-1], backwards, LABELS[::-1])
        assert {side: sorted(names) for side, names in turned.items()} == sides == divided(block, number)


def test_leaving_a_sequence_out_leaves_the_draw():
    assert divided(DRAWN | {"leave_out": NAMES[:3]})["test"] == [
        name for name in divided(DRAWN)["test"] if name not in NAMES[:3]
    ]


def test_a_subject_in_neither_list_takes_no_part():
    sides = divided({"train_subjects": [1], "test_subjects": [2]})
    assert subjects_of(sides["train"] + sides["test"]) == {1, 2}


def test_splits_differ_by_number_and_by_seed():
    drawn = [sides for seed in (0, 1) for sides in all_of(DRAWN | {"splits": 5, "seed": seed})]
    assert len({tuple(sides["train"]) for sides in drawn}) > 7  # of 252 halves, two may be alike


def test_another_number_of_splits_leaves_each_as_it_is():
    for block in (DRAWN, {"resamples": {"k": 3}}):
        key = "splits" if block is DRAWN else "resamples"
        more = block | {key: 20 if block is DRAWN else {"k": 20}}
        assert protocol_of(more).rule(2, MEMBERS) == protocol_of(block).rule(2, MEMBERS)


@pytest.mark.parametrize("side", ["train_subjects", "test_subjects"])
def test_a_subject_without_sequences_is_named(side):
    with pytest.raises(UserError, match=f"{side.split('_')[0]}: subject 11 has no sequence in the dataset"):
        divided(FIXED | {side: [11, 12]})


def test_a_side_whose_sequences_are_all_left_out_is_refused():
    out = [name for name in NAMES if "_s02_" in name]
    with pytest.raises(UserError, match=r"empty split: no sequence is left to test"):
        divided(FIXED | {"test_subjects": [2], "leave_out": out})


@pytest.mark.parametrize("count", [10, 11])
def test_a_draw_that_leaves_no_test_subject_is_refused(count):
    with pytest.raises(UserError, match=f"empty split: {count} of 10 subjects train"):
        divided({"train_subjects": count})


def test_a_name_left_out_that_no_sequence_has_is_refused_unless_it_was_excluded_before():
    gone = FIXED | {"leave_out": ["a01_s01_e99"]}
    with pytest.raises(UserError, match=r"leave_out: the dataset has no sequence 'a01_s01_e99'; correct the name"):
        divided(gone)
    assert divided(gone, excluded=["a01_s01_e99"]) == divided(FIXED)


NOBODY = {"subject": [0] * len(NAMES)}


@pytest.mark.parametrize(
    ("block", "groups", "message"),
    [
        (
            {"given": True},
            {"subject": SUBJECTS},
            "do not say a sequence's given; take a protocol that divides subjects",
        ),
        ({"resamples": {"k": 3}}, {"subject": SUBJECTS}, "have no given split whose numbers could be kept"),
        ({"train_subjects": 5}, NOBODY, "do not say the subject of a01_s01_e01; take another protocol"),
        ({"folds": {"k": 3}}, NOBODY, "do not say the subject of a01_s01_e01; take another protocol"),
        ({"folds": {"of": "stage", "k": 3}}, GROUPS, "a sequence's stage; they know given, sequence, subject, view"),
        ({"train": {"stage": [1]}, "test": {"stage": [2]}}, GROUPS, "a sequence's stage; they know given, sequence"),
        ({"folds": {"k": 11}}, GROUPS, "empty split: 11 folds of 10; make fewer"),
        ({"folds": {"lists": [[1, 2], [3, 11]]}}, GROUPS, "folds: subject 11 has no sequence in the dataset"),
        ({"folds": {"lists": [[1, 2], [3, 4]]}}, GROUPS, "folds: subject 5 is in no fold; put it into one"),
    ],
)
def test_what_the_recordings_do_not_say_is_refused_with_a_remedy(block, groups, message):
    with pytest.raises(UserError, match=message):
        divided(block, groups=groups)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"subject": [1, 2, 3]}, "the plan was made for 1, 2, 3, the usable recordings have 1, 2, 3, 4, 5"),
        ({"sequence": 29}, "the plan was made for 29, the usable recordings have 30; correct"),
    ],
)
def test_members_that_the_recordings_do_not_have_are_refused(members, message):
    (group,) = members
    with pytest.raises(UserError, match=message):
        divided({"leave_one_out": group}, members=members)


def test_every_example_is_a_protocol_and_every_form_has_one():
    import yaml

    assert {form_of(yaml.safe_load(example)) for example in EXAMPLES} == set(FORMS)
    for example in EXAMPLES:
        assert type(protocol_of(yaml.safe_load(example))) is FORMS[form_of(yaml.safe_load(example))]
