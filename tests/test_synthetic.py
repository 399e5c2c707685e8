"""The synthetic dataset: reproducible, a plausible figure, and a task that only motion solves."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from drnn.datasets import synthetic
from drnn.datasets.layouts import MSR_20
from drnn.datasets.synthetic import ACTIONS, BONES, FRAMES, JITTER, JOINTS, ROOT, draw_subject, perform, synthesise


class Recordings:
    """200 · repetitions performances by ten subjects."""

    def __init__(self, repetitions: int):
        self.names, self.positions = zip(*synthesise(10, repetitions, seed=0), strict=True)
        self.labels = np.array([int(name[1:3]) for name in self.names])
        self.subjects = np.array([int(name[5:7]) for name in self.names])

    def cross_subject_accuracy(self, feature) -> float:
        """Of a linear model on ``feature(positions)``, trained on the odd subjects, on the even ones."""
        features = np.array([np.ravel(feature(positions)) for positions in self.positions])
        train = self.subjects % 2 == 1
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
        model.fit(features[train], self.labels[train])
        return model.score(features[~train], self.labels[~train])


@pytest.fixture(scope="module", params=[2, 4], ids=["2 repetitions", "4 repetitions"])
def recordings(request):
    return Recordings(request.param)


def relative(positions):
    return positions - positions[:, [ROOT]]


def motion(positions):
    """Speed, direction of rotation and orientation of each joint's movement."""
    velocity = np.diff(positions, axis=0)
    covariance = np.einsum("tja,tjb->jab", velocity, velocity) / len(velocity)
    energy = np.trace(covariance, axis1=1, axis2=2)[:, None] + 1e-4
    rotation = np.cross(velocity[:-1], velocity[1:]).mean(axis=0)
    shape = covariance[:, *np.triu_indices(3)]
    return np.concatenate([np.abs(velocity).mean(axis=0), rotation / energy, shape / energy], axis=1)


def bone_lengths(positions):
    parents, joints = np.transpose(BONES)
    return np.linalg.norm(positions[:, joints] - positions[:, parents], axis=-1)


@pytest.fixture
def subject():
    return draw_subject(np.random.default_rng(0))


def assert_same(some, others):
    assert some.keys() == others.keys()
    for name in some:
        np.testing.assert_array_equal(some[name], others[name])


def test_the_seed_decides_every_value():
    assert_same(dict(synthesise(2, 1, seed=5)), dict(synthesise(2, 1, seed=5)))
    for (_, some), (_, others) in zip(synthesise(2, 1, seed=5), synthesise(2, 1, seed=6), strict=True):
        assert some.shape != others.shape or not np.array_equal(some, others)


def test_more_subjects_and_repetitions_leave_the_others_unchanged():
    few, many = dict(synthesise(2, 1, seed=0)), dict(synthesise(3, 2, seed=0))
    assert len(many) == 3 * 2 * len(ACTIONS)
    assert_same(few, {name: many[name] for name in few})


def test_names_are_those_of_msr_action3d():
    names = [name for name, _ in synthesise(2, 2, seed=0)]
    assert names[0] == "a01_s01_e01_skeleton3D.txt"
    assert names[-1] == "a20_s02_e02_skeleton3D.txt"
    assert len(set(names)) == len(names) == 80


def test_every_performance_is_finite_and_of_the_promised_shape(recordings):
    for positions in recordings.positions:
        assert positions.dtype == np.float64
        assert positions.shape[1:] == (20, 3)
        assert FRAMES[0] <= len(positions) <= FRAMES[1]
        assert np.isfinite(positions).all()


def test_the_figure_stands_upright_before_the_camera(recordings):
    first = {joint: np.mean([p[0, j] for p in recordings.positions], axis=0) for j, joint in enumerate(JOINTS)}
    heights = [first[joint][1] for joint in ("head", "neck", "hip centre", "left knee", "left ankle")]
    assert heights == sorted(heights, reverse=True)
    assert first["right shoulder"][0] > first["left shoulder"][0]
    assert first["left foot"][2] < first["left ankle"][2] < 3
    assert all(p[..., 2].min() > 1 and p[..., 2].max() < 4 for p in recordings.positions)


@pytest.mark.parametrize("action", range(len(ACTIONS)), ids=[" ".join(action) for action in ACTIONS])
def test_bones_keep_their_length(action, subject):
    exact = bone_lengths(perform(action, subject, np.random.default_rng(1), jitter=0))
    measured = bone_lengths(perform(action, subject, np.random.default_rng(1)))
    np.testing.assert_allclose(exact, np.broadcast_to(exact[0], exact.shape), atol=1e-5)
    np.testing.assert_allclose(measured, exact, atol=8 * JITTER)


def test_jitter_is_all_that_jitter_changes(subject):
    exact, measured = (perform(6, subject, np.random.default_rng(1), jitter) for jitter in (0, JITTER))
    assert np.std(measured - exact) == pytest.approx(JITTER, rel=0.1)


def test_subjects_differ_in_build_and_manner():
    some, other = (draw_subject(np.random.default_rng(seed)) for seed in (0, 1))
    lengths = [np.linalg.norm(subject.offsets, axis=1) for subject in (some, other)]
    assert np.abs(lengths[0] - lengths[1]).max() > 0.01
    assert (some.tempo, some.amplitude) != (other.tempo, other.amplitude)
    assert not np.array_equal(some.posture, other.posture)


def test_all_actions_start_from_the_same_stance_and_end_in_movement(subject):
    performances = [perform(a, subject, np.random.default_rng(1), jitter=0) for a in range(len(ACTIONS))]
    for positions in performances:
        np.testing.assert_array_equal(positions[0], performances[0][0])
        assert np.ptp(positions[-8:], axis=0).max() > 0.05


def test_length_is_drawn_apart_from_the_action(subject):
    lengths = {len(perform(action, subject, np.random.default_rng(3))) for action in range(len(ACTIONS))}
    assert len(lengths) == 1


def test_reversed_in_time_one_circle_is_the_other():
    phase = np.linspace(-np.pi, np.pi, 9)
    clockwise, anticlockwise = (synthetic.movement("left arm", p, phase) for p in ("clockwise", "anticlockwise"))
    np.testing.assert_allclose(clockwise[::-1], anticlockwise, atol=1e-12)


STILL = {
    "length": len,
    "mean pose": lambda positions: relative(positions).mean(axis=0),
    "first frame": lambda positions: relative(positions)[0],
    "last frame": lambda positions: relative(positions)[-1],
}


@pytest.mark.parametrize("feature", STILL.values(), ids=STILL.keys())
def test_no_still_picture_tells_the_action(recordings, feature):
    assert recordings.cross_subject_accuracy(feature) < 0.25  # chance: 0.05


def test_motion_tells_the_action_of_unseen_subjects(recordings):
    assert recordings.cross_subject_accuracy(motion) > 0.85


def test_the_figure_has_the_joints_of_msr_action3d_in_their_order():
    assert tuple(JOINTS) == MSR_20.joints
    assert {frozenset((JOINTS[a], JOINTS[b])) for a, b in BONES} == {frozenset(bone) for bone in MSR_20.bones}
