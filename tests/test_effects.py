"""Sizes of differences, the test over splits, and which comparisons make a family."""

import math
from dataclasses import replace

import numpy as np
import pytest
import results_room
from hypothesis import given, settings
from hypothesis import strategies as st
from results_room import summarised
from scipy import stats

from drnn.errors import UserError
from drnn.evaluation import BASELINE
from drnn.evaluation.comparison import holm
from drnn.evaluation.effects import effect, over_splits
from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import Run, by_split

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


def test_effect_sizes_by_hand():
    found = effect((75, 50), (12, 4), np.array([20.0, 30.0]))
    assert found.cohens_h == pytest.approx(2 * (math.pi / 3 - math.pi / 4))
    assert found.odds_ratio[0] == 3 and found.odds_ratio[1] < 1 < 3 < found.odds_ratio[2]  # 12 : 4, p 0.077
    assert found.dz == pytest.approx(25 / math.sqrt(50))


@pytest.mark.parametrize(("counts", "ratio"), [((0, 0), None), ((5, 0), None), ((0, 5), 0.0)])
def test_an_odds_ratio_that_is_undefined_or_infinite_is_none(counts, ratio):
    found = effect((60, 60), counts, np.zeros(1)).odds_ratio
    assert found == ratio or found[0] == ratio


@pytest.mark.parametrize(("differences", "dz"), [([5.0], None), ([5.0, 5.0], None), ([0.0, 0.0], 0.0)])
def test_one_split_or_equal_differences_have_no_dz(differences, dz):
    assert effect((60, 55), (3, 1), np.array(differences)).dz == dz


def test_the_test_over_splits_by_hand():
    found = over_splits(np.array([2.0, 4.0, 6.0]), [0.5, 0.25, 0.75])
    t = 4 / math.sqrt((1 / 3 + 0.5) * 4)
    assert (found.t, found.mean, found.splits) == (pytest.approx(t), 4, 3)
    assert found.p == pytest.approx(2 * stats.t.sf(t, 2))
    half = stats.t.isf(0.025, 2) * math.sqrt((1 / 3 + 0.5) * 4)
    assert found.interval == pytest.approx([4 - half, 4 + half])


@pytest.mark.parametrize("differences", [[2.0, 4.0], [2.0], [3.0, 3.0, 3.0]])
def test_there_is_no_test_over_two_splits_or_over_equal_differences(differences):
    assert over_splits(np.array(differences), [0.5] * len(differences)) is None


COUNTS = st.lists(st.integers(0, TESTED), min_size=3, max_size=3)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(COUNTS, COUNTS)
def test_every_comparison_can_be_written_and_exchanging_the_models_turns_its_effects_round(a, b):
    both = runs_of("x", *a) + runs_of("y", *b)
    (one,), (other,) = (compared(both, facts_of(orders)) for orders in ({"x": 0, "y": 1}, {"y": 0, "x": 1}))
    assert one["effect"]["cohens_h"] == pytest.approx(-other["effect"]["cohens_h"], abs=1e-5)
    assert (one["over_splits"] is None) == (other["over_splits"] is None)
    if one["over_splits"]:
        assert one["over_splits"]["mean"] == pytest.approx(-other["over_splits"]["mean"], abs=1e-5)
        assert one["over_splits"]["p"] == pytest.approx(other["over_splits"]["p"], abs=1e-5)


def test_with_several_splits_the_corrected_test_decides_and_not_mcnemars():
    better, worse = runs_of("y", 18, 12, 14, seeds=2), runs_of("x", 8, 11, 13, seeds=2)  # +50, +5, +5 points
    (found,) = compared(better + worse, facts_of({"x": 0, "y": 1}))
    assert found["p"] == pytest.approx(2 / 2**12, abs=1e-6) and found["interval_subjects"][0] > 0  # 12 : 0
    differences = np.array([50, 5, 5])
    t = 20 / math.sqrt((1 / 3 + 1.25 / 3) * differences.var(ddof=1))
    assert found["over_splits"]["t"] == pytest.approx(t, abs=1e-5)
    assert found["p_holm"] == pytest.approx(2 * stats.t.sf(t, 2), abs=1e-5) and found["p_holm"] > 0.05
    assert found["verdict"] == "undecided"
    once = [run for run in better + worse if run.split == 0]
    (alone,) = compared(once, facts_of({"x": 0, "y": 1}))
    assert alone["over_splits"] is None and alone["verdict"] == "holds"


def test_a_difference_that_is_there_in_every_split_holds():
    runs = runs_of("y", 18, 17, 19) + runs_of("x", 4, 4, 4)  # +70, +65, +75
    (found,) = compared(runs, facts_of({"x": 0, "y": 1}))
    assert found["verdict"] == "holds" and found["over_splits"]["interval"][0] > 0


def test_holm_goes_over_the_ps_that_decide():
    counts = {"x": (8, 11, 13), "y": (12, 12, 14), "z": (19, 17, 18)}
    runs = [run for name, right in counts.items() for run in runs_of(name, *right)]
    found = compared(runs, facts_of({"x": 0, "y": 1, "z": 2}))
    expected = holm({str(n): c["over_splits"]["p"] for n, c in enumerate(found)})
    assert [c["p_holm"] for c in found] == pytest.approx(list(expected.values()), abs=1e-5)


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
    expected = holm({c["baseline"]: c["p"] for c in others})
    assert [c["p_holm"] for c in others] == pytest.approx(list(expected.values()), abs=1e-5)
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
