"""The positive control: which models it compares, at which sizes, and what it shares with breadth.yaml."""

from pathlib import Path

import pytest
import yaml
from results_room import facts_of

from drnn.config.params import validate
from drnn.config.sized import NamedModel
from drnn.evaluation.across import FEWEST
from drnn.evaluation.facts import ModelFacts
from drnn.plan.chosen import Experiment
from drnn.report import display

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def plans():
    """Of the control, and of what it changes."""
    breadth = str(ROOT / "breadth.yaml")
    return Experiment((breadth, str(ROOT / "controls.yaml"))).plan(), Experiment((breadth,)).plan()


def test_the_rival_has_a_quarter_of_the_units_on_enough_datasets(plans):
    control, _ = plans
    sizes = {(run.names["dataset"], run.names["model"]): run.told["hidden_size"] for run in control.runs}
    assert len(control.params.run) >= FEWEST
    for name in control.params.run:
        assert 4 * sizes[name, "lstm_quarter"] == sizes[name, "drnn2"] == control.params.datasets[name].hidden_size


def test_all_else_is_as_in_breadth_and_order_2_is_not_trained_again(plans):
    control, breadth = plans
    known = {run.key for run in breadth.runs}
    assert {run.key in known for run in control.runs if run.names["model"] == "drnn2"} == {True}
    assert {run.names["recipe"] for run in control.runs} == {"generic"}


def test_all_units_go_without_saying_so_that_no_key_changes():
    assert "units" not in NamedModel(order=2).model_dump() and NamedModel(units=0.25).model_dump()["units"] == 0.25


def test_a_model_as_large_as_a_part_is_refused():
    config = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    config["models"]["drnn2"] = {"order": 2, "units": 0.5}
    with pytest.raises(Exception, match="counts parameters at all units"):
        validate(config)


def test_the_part_is_told_in_the_models_name():
    assert display.model(ModelFacts(order=0, units=0.25)) == "LSTM, 0.25 of the units"
    assert display.model(ModelFacts(order=2)) == "dRNN, order 2"


def test_claims_are_against_order_0_of_equal_units_or_of_equal_parameters():
    models = {"lstm": {"order": 0}, "quarter": {"order": 0, "units": 0.25}, "drnn2": {"order": 2}}
    facts = facts_of(classes=["a"], models=models | {"large": {"order": 0, "as_large_as": "drnn2"}})
    found = {name: facts.claim("drnn2", name) for name in (*facts.models, "svm")}
    assert found == {"lstm": "units", "quarter": None, "drnn2": None, "large": "parameters", "svm": None}
    assert facts.claim("lstm", "quarter") is None
