"""Which trainings failed, by the written rule, and how well the others learnt."""

import pytest
from results_room import facts_of, summarised

from drnn.evaluation.learning import FAR_BELOW, learnt
from drnn.evaluation.predictions import Run

LEARNT = [98.0, 99.0, 97.0]


def curve(model, accuracies, protocol="p", recipe="paper"):
    losses = {"mean": [1.0], "low": [1.0], "high": [1.0]}
    return {"protocol": protocol, "recipe": recipe, "model": model, "train_accuracies": accuracies} | losses


def learnt_of(*curves):
    return learnt(facts_of(curves=list(curves)).curves)


def test_a_training_failed_that_lies_far_below_the_median_of_its_like():
    found = learnt_of(curve("lstm", [98.0, 98.0 - FAR_BELOW - 0.1, 98.0]), curve("drnn2", [99.0, 98.0, 98.0]))
    assert {place[2]: one.failed for place, one in found.items()} == {"lstm": 1, "drnn2": 0}
    assert found["p", "paper", "drnn2"].accuracy == pytest.approx(98 + 1 / 3)


def test_exactly_at_the_bound_it_has_not_failed():
    assert learnt_of(curve("lstm", [98.0, 98.0, 98.0 - FAR_BELOW]))["p", "paper", "lstm"].failed == 0


def test_each_protocol_and_recipe_has_a_median_of_its_own():
    found = learnt_of(curve("lstm", LEARNT), curve("lstm", [20.0, 25.0], recipe="poor"), curve("lstm", [50.0], "q"))
    assert [one.failed for one in found.values()] == [0, 0, 0]


def test_what_was_not_recorded_is_not_known():
    assert learnt_of(curve("lstm", [])) == {}


def test_results_say_it_where_it_is_known():
    place = ("s1", "s2"), (1, 2), (0, 1), (0, 1)
    runs = [Run("p", "paper", model, 0, 0, "0123abcd", *place) for model in ("lstm", "drnn2")]
    models = {"lstm": {"order": 0}, "drnn2": {"order": 2}}
    facts = facts_of(models=models, curves=[curve("lstm", [70.0]), curve("drnn2", [100.0, 100.0])])
    found = {result["model"]: result for result in summarised(runs, facts)["results"]}
    assert (found["lstm"]["train_accuracy"], found["lstm"]["failed"]) == (70.0, 1)
    bare = summarised(runs, facts_of(models=models))["results"]
    assert not any({"train_accuracy", "failed"} & result.keys() for result in bare)
