"""What decides a comparison, and which comparisons make a family."""

from dataclasses import replace

import numpy as np
import pytest
import results_room
from hypothesis import given, settings
from hypothesis import strategies as st
from results_room import summarised

from drnn.errors import UserError
from drnn.evaluation import BASELINE
from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import Run, by_split
from drnn.evaluation.verdicts import holm, over_splits

TESTED = 20
SEQUENCES = [{"train": 40, "test": TESTED}, {"train": 80, "test": TESTED}, {"train": 40, "test": TESTED}]
"""Shares 0.5, 0.25 and 0.5."""


def runs_of(model: str, *right: int, recipe="paper", seeds=1) -> list[Run]:
    """A run for each split and seed that recognises the first so many of its sequences."""
    names, subjects = tuple(f"s{n:02}" for n in range(TESTED)), tuple(n % 5 for n in range(TESTED))
    runs = []
    for split, count in enumerate(right):
        predicted = tuple(int(n >= count) for n in range(TESTED))
        where = [("p", recipe, model, split, seed, f"k{split}{seed}") for seed in range(seeds)]
        runs += [Run(*one, names, subjects, (0,) * TESTED, predicted) for one in where]
    return runs


def facts_of(orders: dict[str, int], **changes) -> Facts:
    models = {name: {"order": order} for name, order in orders.items()}
    return results_room.facts_of(**{"models": models, "sequences": {"p": SEQUENCES}} | changes)


def compared(runs: list[Run], facts: Facts) -> list[dict]:
    """The comparisons as they stand in the file."""
    return summarised(runs, facts)["comparisons"]


COUNTS = st.lists(st.integers(0, TESTED), min_size=3, max_size=3)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(COUNTS, COUNTS)
def test_exchanging_the_models_turns_a_comparison_round(a, b):
    both = runs_of("x", *a) + runs_of("y", *b)
    (one,), (other,) = (compared(both, facts_of(orders)) for orders in ({"x": 0, "y": 1}, {"y": 0, "x": 1}))
    assert one["over"] == other["over"] == "splits" and one["splits"] == 3
    assert one["difference"] == pytest.approx(-other["difference"], abs=1e-5)
    assert one["p"] == pytest.approx(other["p"], abs=1e-5)
    assert one["p_better"] == pytest.approx(other["p_worse"], abs=1e-5)


def test_with_three_splits_their_differences_decide():
    better, worse = runs_of("y", 18, 12, 14, seeds=2), runs_of("x", 8, 11, 13, seeds=2)  # +50, +5, +5 points
    (found,) = compared(better + worse, facts_of({"x": 0, "y": 1}))
    expected = over_splits(np.array([50, 5, 5]), 1.25 / 3)
    assert (found["over"], found["p"]) == ("splits", pytest.approx(expected.p, abs=1e-5))
    assert found["interval"] == pytest.approx(expected.difference[1:], abs=1e-5)
    assert found["verdict"] == "undecided"
    (alone,) = compared([run for run in better + worse if run.split == 0], facts_of({"x": 0, "y": 1}))
    assert (alone["over"], alone["verdict"]) == ("subjects", "better")


def test_a_difference_that_is_there_in_every_split_is_better_and_the_other_way_worse():
    runs = runs_of("y", 18, 17, 19) + runs_of("x", 4, 4, 4)  # +70, +65, +75
    (found,) = compared(runs, facts_of({"x": 0, "y": 1}))
    assert found["verdict"] == "better" and found["interval"][0] > 0
    (found,) = compared(runs, facts_of({"x": 1, "y": 0}))
    assert found["verdict"] == "worse" and found["p_worse"] > 0.95


def test_holm_goes_over_the_family():
    counts = {"x": (8, 11, 13), "y": (12, 12, 14), "z": (19, 17, 18)}
    runs = [run for name, right in counts.items() for run in runs_of(name, *right)]
    found = compared(runs, facts_of({"x": 0, "y": 1, "z": 2}))
    assert [c["p_holm"] for c in found] == pytest.approx(holm([c["p"] for c in found]), abs=1e-5)


def test_without_the_numbers_of_sequences_three_splits_are_an_error():
    runs = runs_of("y", 18, 12, 14) + runs_of("x", 8, 11, 13)
    with pytest.raises(UserError, match="p: the facts lack the numbers of sequences of split 2"):
        summarise(runs, facts_of({"x": 0, "y": 1}, sequences={}))


def test_other_models_are_a_family_of_their_own_with_the_baselines():
    orders = {"x": 0, "y": 1, "torch": 0, "deep": 4}
    main = runs_of("x", 10) + runs_of("y", 17)
    runs = main + runs_of("torch", 12) + runs_of("deep", 15) + runs_of("svm", 9, recipe=BASELINE)
    changes = {"compared": ["x", "y"], "baselines": {"svm": {"method": "pooled_svm"}}}
    claim, *others = compared(runs, facts_of(orders, **changes))
    assert [claim] == compared(main, facts_of(orders, **changes))  # other models change nothing in the claims
    assert [(c["better"], c["baseline"]) for c in others] == [("y", "svm"), ("y", "torch"), ("y", "deep")]
    assert [c["p_holm"] for c in others] == pytest.approx(holm([c["p"] for c in others]), abs=1e-5)
    assert claim["p_holm"] == claim["p"]


def test_models_that_no_claim_is_about_are_compared_with_nothing_where_they_are_alone():
    facts = facts_of({"x": 0, "torch": 0}, compared=["x"])
    assert compared(runs_of("torch", 12), facts) == []
    assert [c["baseline"] for c in compared(runs_of("x", 3) + runs_of("torch", 12), facts)] == ["torch"]


def test_without_a_list_all_models_are_compared():
    runs = runs_of("x", 10) + runs_of("y", 17)
    assert compared(runs, facts_of({"x": 0, "y": 1})) == compared(runs, facts_of({"x": 0, "y": 1}, compared=["x", "y"]))


def test_each_recipe_is_compared_within_itself():
    tuned = [replace(run, recipe="tuned") for run in runs_of("x", 10) + runs_of("y", 17)]
    found = compared(runs_of("y", 17) + tuned, facts_of({"x": 0, "y": 1}))
    assert [(c["recipe"], c["better"], c["baseline"]) for c in found] == [("tuned", "y", "x")]


def test_a_result_says_what_each_split_reached():
    runs = runs_of("x", 10, 12, 15, seeds=2)
    (found,) = summarise(runs, facts_of({"x": 0})).results
    assert found.by_split == pytest.approx([50, 60, 75]) and found.mean == pytest.approx(np.mean([50, 60, 75]))
    one = replace(runs[0], seed=2, predicted=(0,) * TESTED)
    assert by_split([*runs, one], [0]) == pytest.approx([(50 + 50 + 100) / 3])
