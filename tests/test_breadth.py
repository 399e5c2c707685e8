"""The experiment over many datasets: what it compares, how often, and at which sizes."""

from pathlib import Path

import pytest

from drnn.config.params import load
from drnn.plan.experiment import Plan

FILE = Path(__file__).parents[1] / "breadth.yaml"


@pytest.fixture(scope="module")
def plan():
    return Plan(load(FILE))


def test_every_set_has_five_splits_three_seeds_and_both_kinds_of_claims(plan):
    assert len(plan.params.run) >= 12 and plan.untested() == []
    for name in plan.params.run:
        dataset = plan.params.datasets[name]
        runs = [run.names for run in plan.runs if run.names["dataset"] == name]
        main = [run for run in runs if run["protocol"] == dataset.protocols[0]]
        assert {run["recipe"] for run in main} == {"generic"}
        for model in ("lstm", "drnn1", "drnn2", "lstm_as_drnn1", "lstm_as_drnn2", "torch_lstm"):
            own = [(run["split"], run["seed"]) for run in main if run["model"] == model]
            assert len({split for split, _ in own}) >= 5 and len({seed for _, seed in own}) >= 3, (name, model)


def test_models_of_equal_size_are_named_after_what_they_equal(plan):
    models = plan.params.models
    assert {name: models[name].as_large_as for name in models if models[name].as_large_as} == {
        "lstm_as_drnn1": "drnn1",
        "lstm_as_drnn2": "drnn2",
    }
