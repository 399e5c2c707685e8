"""Sequences that are no skeletons: what features, steps and the report do with them."""

import json

import numpy as np
import pytest
import training_room
from report_room import fake_behaviour, fake_metrics, fake_trace, said, source

from drnn.arrays import read_arrays
from drnn.config.params import read_yaml, validate
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets.repair import repair_values
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.features import values
from drnn.machine import Machine
from drnn.report import player
from drnn.report.figures import norms, style
from drnn.steps import behaviour, traces, vectors

CPU = Machine(device="cpu")


def test_values_stay_as_they_are_and_each_have_a_group():
    described, fitted = values.prepare({"kind": "values"}, [np.ones((2, 7))])
    frames = np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)
    np.testing.assert_array_equal(described(frames), frames)
    assert list(fitted["groups"].values()) == [[n, n + 1] for n in range(7)]
    assert described(np.ones((3, 5, 3))).shape == (3, 15)


def test_a_value_is_filled_from_its_own_column():
    nan = np.nan
    frames = np.array([[nan, nan, nan], [1.0, nan, nan], [nan, 2.0, nan], [3.0, np.inf, nan], [nan, nan, nan]])
    found, counts = repair_values(frames)
    np.testing.assert_array_equal(found, [[1, 2, 0], [2, 2, 0], [3, 2, 0]])
    assert counts == (3, 2)
    assert repair_values(np.full((3, 2), nan))[1] == (0, 3)


@pytest.fixture
def sequences(tmp_path):
    """Eight sequences of five values, of which six train, and who does."""
    draw = np.random.default_rng(0)
    names = [f"s{n}" for n in range(8)]
    found = SequenceSet.of([draw.normal(size=(6 + n, 5)) for n in range(8)], names, [0, 1] * 4, [0] * 8, ["a", "b"])
    found.save(tmp_path / "sequences@0123456789.h5")
    (tmp_path / "split@0123456789.json").write_text(json.dumps({"one": {"train": names[:6], "test": names[6:]}}))
    return {"sequences": tmp_path / "sequences@0123456789.h5", "splits": tmp_path / "split@0123456789.json"}


@pytest.mark.parametrize("kind", ["joints", "skeleton"])
def test_features_of_joints_are_refused(sequences, tmp_path, kind):
    block = {"kind": kind, "size": True, "view": True, "smoothing": 1, "layout": "583", "velocity_window": 5}
    block["split"] = "one"
    with pytest.raises(UserError, match=f"features of kind {kind}: needs a skeleton, and these sequences are other"):
        vectors.run(block, sequences, {"features": tmp_path / "f.h5"}, CPU)


def test_a_model_of_values_is_followed_without_a_pose(sequences, tmp_path):
    inputs = {"features": tmp_path / "f@0123456789.h5"}
    vectors.run({"kind": "values", "split": "one"}, sequences, inputs, CPU)
    told = Training(recipe=Recipe(epochs=1), model=SizedModel(order=2), hidden_size=5, seed=0)
    block = tmp_path / "r@0123456789.h5"
    (key,) = training_room.trained(block, inputs["features"], told)
    inputs |= {"trainings": block, "sequences": sequences["sequences"]}
    run = {"dataset": "toy", "model": "m", "protocol": "half", "recipe": "plain", "split": "0", "seed": "0"}
    traces.run({"sequence": None, "run": run, "key": key}, inputs, {"traces": tmp_path / "t.h5"}, CPU)
    behaviour.run({"run": run, "key": key}, inputs, {"behaviour": tmp_path / "b.h5"}, CPU)
    traced, facts = read_arrays(tmp_path / "t.h5")
    assert facts["sequence"] == "s6" and traced.keys() == {"dos", "scores"}
    followed, facts = read_arrays(tmp_path / "b.h5")
    assert facts["motion"] == "features" and "joints" not in followed


def test_the_report_draws_no_pose_and_says_so():
    trace = fake_trace()
    for name in ("skeleton", "bones", "head", "centre"):
        object.__setattr__(trace, name, None)
    svg = style.svg(norms.norms(source(fake_metrics(), trace), trace=trace))
    assert norms.NOTHING_TO_DRAW in said(svg) and "<image" not in svg
    followed = fake_behaviour(motion="features")
    ran = fake_metrics()
    name = ran.facts.dataset
    (shown,) = player.players([ran], {name: trace}, {name: followed}, {}, 10**6)
    assert "no pose is drawn" in shown["about"] and shown["head"] is None and shown["pictures"] is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "features",
            "joints",
            "features: joints is of kind joints; the recordings of natops need features of kind values",
        ),
        ("baselines", ["dtw"], "baselines: dtw centres joints, and natops has none; set its centre to false"),
        ("path", "natops.zip", "path: unknown key"),
    ],
)
def test_what_needs_joints_is_refused_of_a_set_without(key, value, said):
    params = read_yaml("breadth.yaml")
    params["features"]["joints"] = params["features"]["joints_rough"]
    params["baselines"]["dtw"] = params["baselines"]["dtw_posed"]
    params["datasets"]["natops"] = params["datasets"]["natops"] | {key: value}
    with pytest.raises(UserError, match=said):
        validate(params)
