"""Joints as all bodies would show them to the camera: what makes no difference, and what stays as it was."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from drnn.config.features import JointFeatures
from drnn.datasets import msr_action3d
from drnn.datasets.layouts import LAYOUTS, MSR_20
from drnn.errors import UserError
from drnn.features import joints, skeleton

PLAIN = {"size": False, "view": False, "smoothing": 1}
LEFT_HIP, RIGHT_HIP, HIP, HEAD = MSR_20.find(["left hip", "right hip", "hip centre", "head"], "test")
drawing = settings(deadline=None)  # scipy's first call takes its time
lengths, seeds = st.integers(1, 15), st.integers(0, 2**32 - 1)
angles = st.floats(-3, 3)


def body(frames: int, seed: int = 0, turning: float = 0.0) -> np.ndarray:
    """(T, 20, 3) metres: upright, hips 0.2 m apart, moving; ``turning`` as it moves, by so much at most."""
    draw = np.random.default_rng(seed)
    p = draw.normal(scale=0.3, size=(1, 20, 3)) + draw.normal(scale=0.02, size=(frames, 20, 3)).cumsum(axis=0)
    p[:, HIP] = 0
    p[:, HEAD] = draw.normal((0, 0.7, 0), 0.02, size=(frames, 3))
    p[:, LEFT_HIP], p[:, RIGHT_HIP] = [-0.1, -0.1, 0.02], [0.1, -0.1, -0.02]
    about_y = Rotation.from_euler("y", draw.uniform(-turning, turning, (frames, 1))).as_matrix()
    return p @ about_y.transpose(0, 2, 1) + [0.3, 0.1, 2.5]


def turned(positions: np.ndarray, angle: float) -> np.ndarray:
    """The same person where it stands, turned about the vertical axis."""
    centre = positions[0, HIP]
    return (positions - centre) @ Rotation.from_euler("y", angle).as_matrix().T + centre


def seen(positions: np.ndarray, **changes) -> np.ndarray:
    return joints.features(positions, MSR_20, **PLAIN | changes).reshape(-1, 20, 3)


def test_the_order_of_the_papers_features_is_that_of_the_dataset():
    assert MSR_20.joints == skeleton.NAMES and skeleton.places(MSR_20) == list(range(20))
    assert skeleton.HIP_CENTRE == HIP and MSR_20.middle == [HIP]


@drawing
@given(lengths, seeds, st.booleans(), st.booleans(), st.sampled_from([1, 3, 5]))
def test_the_hip_centre_is_0(length, seed, size, view, smoothing):
    found = seen(body(length, seed), size=size, view=view, smoothing=smoothing)
    assert found.shape == (length, 20, 3) and found.dtype == np.float32
    assert not found[:, HIP].any() and np.isfinite(found).all()


@drawing
@given(lengths, seeds, arrays(np.float64, 3, elements=st.floats(-5, 5)))
def test_standing_anywhere_makes_no_difference(length, seed, place):
    p, block = body(length, seed), JointFeatures(kind="joints").model_dump(exclude={"kind", "vectors"})
    np.testing.assert_allclose(seen(p + place, **block), seen(p, **block), atol=1e-5)


@drawing
@given(lengths, seeds)
def test_size_makes_the_median_distance_of_the_head_1(length, seed):
    found = seen(body(length, seed), size=True)
    assert np.median(np.linalg.norm(found[:, HEAD], axis=1)) == pytest.approx(1, rel=1e-5)


@drawing
@given(lengths, seeds, st.floats(0.1, 10))
def test_a_body_of_another_size_makes_no_difference_with_size(length, seed, factor):
    p = body(length, seed)
    np.testing.assert_allclose(seen(factor * p, size=True), seen(p, size=True), atol=1e-4)
    np.testing.assert_allclose(seen(factor * p), factor * seen(p), rtol=1e-4, atol=1e-5)


@drawing
@given(lengths, seeds, angles)
def test_a_person_turned_about_the_vertical_axis_makes_no_difference_with_view(length, seed, angle):
    p = body(length, seed)
    np.testing.assert_allclose(seen(turned(p, angle), view=True), seen(p, view=True), atol=1e-5)


@drawing
@given(lengths, seeds, angles)
def test_view_turns_the_hips_parallel_to_the_image_and_keeps_heights_and_distances(length, seed, angle):
    p = turned(body(length, seed, turning=0.5), angle)
    found, plain = seen(p, view=True), seen(p)
    np.testing.assert_array_equal(found[..., 1], plain[..., 1])
    np.testing.assert_allclose(np.linalg.norm(found, axis=2), np.linalg.norm(plain, axis=2), atol=1e-5)
    hips = found[:, RIGHT_HIP] - found[:, LEFT_HIP]
    if length == 1:
        assert hips[0, 2] == pytest.approx(0, abs=1e-5) and hips[0, 0] > 0


def test_view_turns_all_frames_by_one_angle():
    p = body(9, turning=0.5)
    plain, found = seen(p)[..., [0, 2]].reshape(-1, 2), seen(p, view=True)[..., [0, 2]].reshape(-1, 2)
    turn, *_ = np.linalg.lstsq(plain, found, rcond=None)
    np.testing.assert_allclose(plain @ turn, found, atol=1e-5)
    np.testing.assert_allclose(turn @ turn.T, np.eye(2), atol=1e-5)


def test_smoothing_over_one_frame_leaves_them_as_they_are():
    p = body(9)
    np.testing.assert_array_equal(seen(p), (p - p[:, [HIP]]).astype(np.float32))


@drawing
@given(lengths, seeds, st.sampled_from([1, 3, 5, 9]))
def test_smoothing_keeps_what_stands_still(length, seed, window):
    still = np.repeat(body(1, seed), length, axis=0)
    np.testing.assert_allclose(seen(still, smoothing=window), seen(still), atol=1e-6)


def test_smoothing_is_a_triangle_over_so_many_frames_with_repeated_ends():
    p = body(11)
    frames, loops = seen(p).astype(np.float64), []
    for t in range(11):
        shifts = {-2: 1, -1: 2, 0: 3, 1: 2, 2: 1}
        loops.append(sum(weight * frames[min(max(t + by, 0), 10)] for by, weight in shifts.items()) / 9)
    np.testing.assert_allclose(seen(p, smoothing=5), loops, atol=1e-6)


def test_one_frame_is_enough():
    everything = JointFeatures(kind="joints").model_dump(exclude={"kind", "vectors"})
    assert seen(body(1), **everything).shape == (1, 20, 3)


def test_nothing_is_fitted():
    params = JointFeatures(kind="joints").model_dump()
    described, fitted = joints.prepare(params, [body(5, 1)], MSR_20)
    other, _ = joints.prepare(params, [body(3, 2)] * 4, MSR_20)
    assert fitted == {"groups": {"position": [0, 60]}}
    np.testing.assert_array_equal(described(body(7)), other(body(7)))
    np.testing.assert_array_equal(described(body(7)), joints.features(body(7), MSR_20, True, True, 5))


def test_bones_lead_from_one_joint_to_the_other():
    found = {}
    for vectors in ("joints", "bones", "both"):
        described, fitted = joints.prepare(JointFeatures(kind="joints", vectors=vectors).model_dump(), [], MSR_20)
        found[vectors] = described(body(7))
        assert fitted["groups"] == GROUPS[vectors]
    places = found["joints"].reshape(7, 20, 3)
    expected = [places[:, MSR_20.joints.index(b)] - places[:, MSR_20.joints.index(a)] for a, b in MSR_20.bones]
    np.testing.assert_array_equal(found["bones"], np.hstack(expected))
    np.testing.assert_array_equal(found["both"], np.hstack([found["joints"], found["bones"]]))


GROUPS = {
    "joints": {"position": [0, 60]},
    "bones": {"bone": [0, 57]},
    "both": {"position": [0, 60], "bone": [60, 117]},
}


def test_a_skeleton_without_bones_has_its_joints():
    described, _ = joints.prepare(JointFeatures(kind="joints").model_dump(), [], replace(MSR_20, bones=()))
    assert described(body(7)).shape == (7, 60)


@pytest.mark.parametrize("smoothing", [2, 4])
def test_an_even_window_is_refused(smoothing):
    with pytest.raises(ValueError, match=f"smoothing must be odd, not {smoothing}"):
        JointFeatures(kind="joints", smoothing=smoothing)


@pytest.mark.real_data
def test_real_joints_are_finite_upright_and_of_one_size(msr_archive):
    read = msr_action3d.read(msr_archive, "exclude")
    clips = [read[i].reshape(-1, 20, 3) for i in range(0, len(read), 10)]
    for clip in clips:
        found = joints.features(clip, MSR_20).reshape(-1, 20, 3)
        assert np.isfinite(found).all() and len(found) == len(clip)
        assert np.median(np.linalg.norm(found[:, HEAD], axis=1)) == pytest.approx(1, abs=0.1)
    upright = [np.median(joints.features(clip, MSR_20).reshape(-1, 20, 3)[:, HEAD, 1]) for clip in clips]
    assert np.median(upright) > 0.9


def moving_body() -> np.ndarray:
    """(9, 20, 3) a body of which features were computed before the joints had these names."""
    draw = np.random.default_rng(7)
    return draw.normal(0, 0.02, (9, 20, 3)).cumsum(0) + draw.normal(0, 0.3, (20, 3)) + [0, 0, 2.5]


def test_the_names_of_the_sides_change_no_number():
    positions = moving_body()
    found = joints.features(positions, MSR_20)[4, [0, 1, 2, 17, 38, 59]]
    np.testing.assert_allclose(found, [-0.41872, -0.56266, -1.16501, -2.63884, -4.32898, 0.27788], atol=1e-5)
    described = skeleton.features(positions[:, skeleton.places(MSR_20)], 0.01)[4, [0, 59, 60, 195, 250, 300, 412, 582]]
    before = [-0.01534, -0.09534, 0.41378, 0.71437, 0.0, 0.4, 0.38921, 0.6106]
    np.testing.assert_allclose(described, before, atol=1e-5)


def test_the_papers_features_find_the_joints_of_another_camera_by_name():
    positions, shuffled = moving_body(), [LAYOUTS["kinect2_25"].joints.index(KINECT.get(n, n)) for n in MSR_20.joints]
    other = np.zeros((9, 25, 3))
    other[:, shuffled] = positions
    block = {"layout": "583", "velocity_window": 5}
    own, _ = skeleton.prepare(block, [positions], MSR_20)
    theirs, _ = skeleton.prepare(block, [other], LAYOUTS["kinect2_25"])
    np.testing.assert_array_equal(own(positions), theirs(other))


KINECT = {"neck": "shoulder centre"}


@pytest.mark.parametrize(
    ("layout", "missing"), [("sbu_15", "spine, hip centre, left wrist"), ("coco_17", "neck, spine")]
)
def test_the_papers_features_refuse_what_lacks_their_joints_by_name(layout, missing):
    with pytest.raises(UserError, match=f"features of kind skeleton, .*: the skeleton has no {missing}"):
        skeleton.prepare({"layout": "583", "velocity_window": 5}, [], LAYOUTS[layout])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_joints_of_any_layout_are_centred_of_one_size_and_seen_from_the_front(layout):
    known = LAYOUTS[layout]
    positions = np.random.default_rng(0).normal(size=(1, len(known.joints), 3)).repeat(3, 0)
    found = joints.features(positions, known, smoothing=1).reshape(3, -1, 3)
    left, right = known.find(known.hips, "test")
    (head,) = known.find([known.head], "test")
    np.testing.assert_allclose(found[:, known.middle].mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found[:, head], axis=1), 1, rtol=1e-5)
    across = found[:, right] - found[:, left]
    assert (across[:, 0] > 0).all() and np.abs(across[:, 2]).max() < 1e-5


@pytest.mark.real_data
def test_the_actors_of_msr_action3d_raise_their_right_hand(msr_archive):
    read = msr_action3d.read(msr_archive, "exclude")
    places = MSR_20.find(["left hand", "right hand", "left shoulder", "right shoulder"], "test")
    for action in ("high arm wave", "forward punch", "high throw"):
        clips = [read.posed(i)[:, places] for i in np.flatnonzero(read.labels == read.classes.index(action))]
        paths = np.mean([np.linalg.norm(np.diff(clip, axis=0), axis=2).sum(0) for clip in clips], axis=0)
        assert paths[1] > 2 * paths[0]
    shoulders = np.concatenate([read.posed(i)[:, places] for i in range(len(read))])
    assert (shoulders[:, 3] - shoulders[:, 2])[:, 0].mean() > 0.3
