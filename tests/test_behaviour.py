"""One trained model over all test sequences: what the step saves, and what the report makes of it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
import training_room
from report_room import fake_behaviour, fake_metrics, typed

from drnn.arrays import read_arrays, write_arrays
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets.layouts import MSR_20
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.report import behaviour, gains
from drnn.report.followed import Followed
from drnn.steps import behaviour as behaviour_step
from drnn.steps.shared import weights as saved_weights
from drnn.steps.shared.trainings import weights_in

CPU = Machine(device="cpu")
LENGTHS = [7, 8, 9, 10, 11, 1, 2]  # the first four train


@pytest.fixture
def follow(tmp_path):
    """Follow a model trained on sequences of skeletons: their set, its weights and what was saved."""
    draw = np.random.default_rng(0)
    sequences = [draw.normal(size=(length, 60)) for length in LENGTHS]
    names, labels = [f"s{i}" for i in range(7)], [0, 1, 2, 0, 2, 1, 0]
    features = SequenceSet.of(
        sequences, names, labels, range(7), ["a", "b", "c"], {"train": 4, "skeleton": MSR_20.values()}
    )
    stored, block = tmp_path / "f@0123456789.h5", tmp_path / "r@0123456789.h5"
    features.save(stored)

    def follow(joints=stored, layer="drnn", order=2, **recipe):
        model = SizedModel(layer=layer, order=order)
        told = Training(recipe=Recipe(epochs=1, **recipe), model=model, hidden_size=5, seed=0)
        (key,) = training_room.trained(block, stored, told)
        inputs = {"features": stored, "trainings": block} | ({"sequences": joints} if joints else {})
        run = {"dataset": "toy", "model": "followed", "protocol": "half", "recipe": "plain", "split": "0", "seed": "0"}
        outputs = {"behaviour": tmp_path / "b.h5"}
        behaviour_step.run({"run": run, "key": key}, inputs, outputs, CPU)
        arrays, facts = read_arrays(outputs["behaviour"])
        assert facts["key"] == key
        return features, weights_in(block, key), arrays | {"facts": facts}

    return follow


def one(preprocessor, sequence: np.ndarray) -> torch.Tensor:
    """(T, n) what the model sees of one sequence."""
    return preprocessor(SequenceSet.of([sequence]).converted(torch.from_numpy)).frames


def test_the_frames_of_all_test_sequences_are_concatenated(follow):
    _, _, saved = follow()
    assert saved["offsets"].tolist() == [0, 11, 12, 14]
    assert saved["names"].tolist() == ["s4", "s5", "s6"] and saved["labels"].tolist() == [2, 1, 0]
    assert saved["classes"].tolist() == ["a", "b", "c"]
    assert (saved["motion"].shape, saved["dos"].shape, saved["gates"].shape) == ((14,), (14, 2), (14, 3))
    assert ((saved["gates"] > 0) & (saved["gates"] < 1)).all()
    facts = saved["facts"]
    assert facts["motion"] == "joints" and facts["model"] == "followed"


@pytest.mark.parametrize("order", [1, 3])
def test_energies_are_mean_squares_of_the_models_derivatives_of_states(follow, order):
    features, weights, saved = follow(order=order, frame_stride=2)
    layer, seen, _ = saved_weights.unpacked(weights, 3)
    for place, (first, end) in enumerate(pairwise(saved["offsets"])):
        with torch.no_grad():
            norms = layer(one(seen, features[4 + place])[:, None], return_dos=True)[2][:, 0].numpy()
        np.testing.assert_allclose(saved["dos"][first:end], norms**2 / 5, rtol=1e-4, atol=1e-7)


def test_motion_is_the_joints_squared_displacement_between_the_frames_that_the_model_sees(follow):
    features, _, saved = follow(frame_stride=2)
    joints = features[4].reshape(-1, 20, 3)[::2]
    moved = [[np.sum((b[j] - a[j]) ** 2) for j in range(20)] for a, b in pairwise(joints)]
    expected = [0.0, *(np.mean(each) for each in moved)]
    np.testing.assert_allclose(saved["motion"][:6], expected, rtol=1e-6)
    assert saved["motion"][saved["offsets"][:-1]].tolist() == [0, 0, 0]


@pytest.mark.parametrize("both_ways", [False, True])
def test_scores_are_y_at_each_frame_of_each_sequence_by_itself(follow, both_ways):
    features, weights, saved = follow(frame_stride=2, bidirectional=both_ways, logit_scale=3)
    layer, seen, _ = saved_weights.unpacked(weights, 3)
    assert saved["scores"].dtype == np.float16 and saved["scores"].shape == (6 + 1 + 1, 3)
    with torch.no_grad():
        z = layer(one(seen, features[4])[:, None])[0][:, 0].unflatten(1, (-1, 3)).mean(1)
    np.testing.assert_allclose(saved["scores"][:6], (3 * z).softmax(1).numpy(), atol=1e-3)


def test_joints_are_the_frames_that_the_model_sees_and_without_them_there_are_none(follow):
    features, _, saved = follow(frame_stride=2)
    np.testing.assert_array_equal(saved["joints"][:6], features[4].reshape(-1, 20, 3)[::2])
    assert saved["bones"].shape == (19, 2) and saved["facts"]["units"] == 5
    assert not {"joints", "bones"} & follow(joints=None)[2].keys()


def test_without_joints_motion_is_the_mean_squared_change_of_the_features(follow):
    features, _, saved = follow(joints=None)
    np.testing.assert_allclose(saved["motion"][1:11], (np.diff(features[4], axis=0) ** 2).mean(1), rtol=1e-5)
    assert saved["facts"]["motion"] == "features"


def test_order_0_and_several_layers_and_directions_are_followed(follow):
    assert follow(order=0)[2]["dos"].shape == (14, 0)
    assert follow(layers=2, bidirectional=True, differences=[1])[2]["gates"].shape == (14, 3)


def test_a_layer_of_torch_is_refused(follow):
    with pytest.raises(UserError, match="followed: only the layer drnn has gates to follow"):
        follow(layer="gru", order=0)


def test_joints_of_other_frames_are_refused(follow, tmp_path):
    longer = [np.zeros((length + 1, 60)) for length in LENGTHS]
    other = SequenceSet.of(longer, [f"s{i}" for i in range(7)], [0] * 7, range(7), ["a"], {"skeleton": MSR_20.values()})
    other.save(tmp_path / "other@0123456789.h5")
    with pytest.raises(UserError, match="s4: has joints of 12 frames and features of 11"):
        follow(joints=tmp_path / "other@0123456789.h5")


def test_what_was_saved_is_read_as_it_is_and_a_file_that_is_not_whole_is_refused(follow, tmp_path):
    _, _, saved = follow()
    path = tmp_path / "b.h5"
    followed = Followed.load(path)
    np.testing.assert_array_equal(followed.dos, saved["dos"])
    assert (followed.facts.model, followed.facts.split, followed.facts.units) == ("followed", 0, 5)
    arrays, facts = read_arrays(path)
    del arrays["gates"]
    write_arrays(path, arrays, facts)
    with pytest.raises(UserError, match=r"b\.h5: is not whole .*gates.*; delete it and run the workflow again"):
        Followed.load(path)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(UserError, match=r"b\.h5: is not whole"):
        Followed.load(path)


def test_time_runs_from_the_first_frame_of_each_sequence_to_its_last():
    followed = replace(fake_behaviour(lengths=(3, 5)), motion=np.array([0, 1, 2, 0, 1, 2, 3, 4.0]))
    mean, low, high = behaviour.over_time(followed)["motion"] * 13 / 8
    np.testing.assert_allclose(mean, np.linspace(0, 3, behaviour.POINTS), atol=1e-12)
    np.testing.assert_allclose(low, np.linspace(0, 2.5, behaviour.POINTS), atol=1e-12)
    np.testing.assert_allclose(high, np.linspace(0, 3.5, behaviour.POINTS), atol=1e-12)


def test_parts_hold_equally_many_frames_by_motion_without_the_first_ones():
    motion = np.array([0, *range(20, 0, -1)], dtype=float)
    dos = np.array([[100.0], *([float(v)] for v in range(20, 0, -1))])
    followed = replace(fake_behaviour(lengths=(21,), order=1), motion=motion, dos=dos)
    means = behaviour.by_motion(followed)["order 1"]
    np.testing.assert_allclose(means * dos.mean(), np.arange(1.5, 20, 2))


def test_correlations_are_spearmans_within_each_sequence_and_over_all_frames():
    motion = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 0, 7, 7, 7.0])
    dos = np.array([[9, 1, 4, 9, 16, 9, 4, 3, 2, 1, 0, 0, 0, 1, 2, 3]]).T
    followed = replace(fake_behaviour(lengths=(5, 5, 2, 4), order=1), motion=motion, dos=dos)
    found = behaviour.correlations(followed)["order 1"]
    assert found.sequences == 2  # too short is the third, and the fourth moves always the same
    np.testing.assert_allclose(found.within, [0, -0.5, 0.5], atol=1e-12)
    assert -1 < found.frames < 1


def test_gains_are_of_the_highest_order_and_order_1_over_order_0_largest_first():
    ran = fake_metrics()
    found = gains.gains(ran)
    assert (found.baseline, found.models) == ("lstm", ["drnn2", "drnn1"])
    lstm, drnn1, drnn2 = (np.array(ran.results[n].per_class) for n in range(3))
    order = np.argsort(lstm - drnn2, kind="stable")
    assert [row[0] for row in found.rows] == [ran.facts.classes[c] for c in order]
    np.testing.assert_allclose([row[2] for row in found.rows], np.stack([drnn2 - lstm, drnn1 - lstm], 1)[order])


def test_gains_leave_out_what_was_not_tested_and_torchs_own_layers():
    ran = fake_metrics().values()
    for result in ran["results"]:
        result["confusion"][3] = [0.0] * 20
    ran["facts"]["models"] = {"drnn2": {"order": 2, "layer": "drnn"}, "lstm": {"order": 0, "layer": "lstm"}}
    assert gains.gains(typed(ran)) is None and gains.table(typed(ran)) is None
    ran["facts"]["models"]["lstm"]["layer"] = "drnn"
    found = gains.gains(typed(ran))
    assert found.untested == ["action 3"] and len(found.rows) == 19 and found.models == ["drnn2"]
