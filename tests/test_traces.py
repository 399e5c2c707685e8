"""Figure 3's numbers: one trained model over one test sequence."""

import numpy as np
import pytest
import torch
import training_room

from drnn.arrays import read_arrays
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.steps import traces as traces_step
from drnn.steps.shared import weights
from drnn.steps.shared.trainings import weights_in

CPU = Machine(device="cpu")


@pytest.fixture
def trained(tmp_path):
    """Six sequences of skeletons, three of which train, of one group of columns; order 2 at every second frame."""
    draw = np.random.default_rng(0)
    sequences = [draw.normal(size=(6 + i, 60)) for i in range(6)]
    names = [f"s{i}" for i in range(6)]
    known = (sequences, names, [0, 1, 2] * 2, range(6), ["a", "b", "c"])
    features = SequenceSet.of(*known, {"train": 3, "groups": {"position": [0, 60]}})
    inputs = {"features": tmp_path / "f@0123456789.h5", "sequences": tmp_path / "s@0123456789.h5"}
    features.save(inputs["features"])
    SequenceSet.of(*known, {"skeleton": MSR_20.values()}).save(inputs["sequences"])
    recipe = Recipe(epochs=1, frame_stride=2)
    told = Training(recipe=recipe, model=SizedModel(order=2), hidden_size=5, seed=0)
    block = tmp_path / "r@0123456789.h5"
    (key,) = training_room.trained(block, inputs["features"], told)
    return features, inputs | {"trainings": block}, key


def trace(inputs, key, folder, sequence):
    asked = {"sequence": sequence, "run": {"dataset": "toy", "protocol": "half"}, "key": key}
    traces_step.run(asked, inputs, {"traces": folder / "t.h5"}, CPU)
    arrays, facts = read_arrays(folder / "t.h5")
    return arrays | {"facts": facts}


def test_a_trace_holds_the_norms_of_differences_of_the_model_s_states(trained, tmp_path):
    features, inputs, key = trained
    traced = trace(inputs, key, tmp_path, "s5")
    layer, preprocessor, _ = weights.unpacked(weights_in(inputs["trainings"], key), 3)
    x = preprocessor(SequenceSet.of([features[5]]).converted(torch.from_numpy)).frames
    states = [np.zeros(5)] * 2
    with torch.no_grad():
        for end in range(1, len(x) + 1):
            states.append(layer(x[:end, None])[1][1][0, 0].numpy())
    states = np.array(states)
    np.testing.assert_allclose(traced["dos"][:, 0], np.linalg.norm(np.diff(states, axis=0)[1:], axis=1), atol=1e-5)
    np.testing.assert_allclose(traced["dos"][:, 1], np.linalg.norm(np.diff(states, n=2, axis=0), axis=1), atol=1e-5)
    np.testing.assert_array_equal(traced["skeleton"], features[5].reshape(-1, 20, 3)[::2])
    assert traced["facts"]["action"] == "c" and traced["facts"]["key"] == key


def test_a_training_sequence_is_refused(trained, tmp_path):
    with pytest.raises(UserError, match=r"datasets\.toy\.trace_sequence: s0 is neither one of the 3 test sequences"):
        trace(*trained[1:], tmp_path, "s0")


def test_an_action_stands_for_its_first_test_sequence(trained, tmp_path):
    traced = trace(*trained[1:], tmp_path, "c")
    assert traced["facts"]["sequence"] == "s5"
