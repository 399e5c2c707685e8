"""The skeleton features: each group against plain loops, and the laws that it obeys."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drnn.datasets import msr_action3d
from drnn.datasets.layouts import MSR_20
from drnn.features import skeleton

LAYOUTS = ["583", "472"]
HIP, NO_FEET, AXES = 6, [*range(17), 19], range(3)
LIMBS = [j for j in NO_FEET if j != HIP]
OUTER = [j for j in range(20) if j != HIP]


def random_walk(frames: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.normal(size=(1, 20, 3)) + draw.normal(scale=0.02, size=(frames, 20, 3)).cumsum(axis=0)


def rotation(seed: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.linalg.det(q)


# Of few and repeated values too, so that joints coincide and stand still.
sequences = st.integers(1, 9).flatmap(lambda t: arrays(np.float64, (t, 20, 3), elements=st.floats(-4, 4, width=32)))
seeds = st.integers(0, 2**32 - 1)
shifts = arrays(np.float64, 3, elements=st.floats(-5, 5))


def group(positions: np.ndarray, name: str, layout: str = "583", zone: float = 0.01) -> np.ndarray:
    return skeleton.features(positions, zone, layout)[:, skeleton.group_slices(layout)[name]]


def test_joints_are_those_of_the_dataset():
    assert MSR_20.joints == skeleton.NAMES and MSR_20.middle == [skeleton.HIP_CENTRE]
    assert [MSR_20.joints[j] for j in skeleton.FEET] == ["left foot", "right foot"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_slices_cover_the_features_in_order(layout):
    slices = skeleton.group_slices(layout)
    assert list(slices) == ["position", "angle", "offset", "velocity", "distance"]
    columns = [column for part in slices.values() for column in range(part.start, part.stop)]
    assert columns == list(range(int(layout)))
    features = skeleton.features(random_walk(4), 0.01, layout)
    assert features.shape == (4, int(layout)) and features.dtype == np.float32


@pytest.mark.parametrize("layout", LAYOUTS)
def test_position_by_loops(layout):
    p = random_walk(3)
    origin = p[:, HIP] if layout == "583" else np.zeros((3, 3))
    loops = [[p[t, j, a] - origin[t, a] for j in range(20) for a in AXES] for t in range(3)]
    np.testing.assert_allclose(group(p, "position", layout), loops, rtol=1e-6)


def test_angle_by_loops():
    p = random_walk(3)

    def between(a, b):
        return math.acos(sum(a * b) / math.sqrt(sum(a * a) * sum(b * b))) / math.pi

    loops = [
        [between(p[t, i] - p[t, HIP], p[t, j] - p[t, HIP]) for n, i in enumerate(LIMBS) for j in LIMBS[n + 1 :]]
        for t in range(3)
    ]
    np.testing.assert_allclose(group(p, "angle"), loops, rtol=1e-6)


def test_angle_to_a_joint_in_the_hip_centre_is_a_half():
    p = random_walk(1)
    p[0, 0] = p[0, HIP]
    assert (group(p, "angle")[0, :16] == 0.5).all()


def test_offset_by_loops():
    p = random_walk(4)
    loops = [[p[t, j, a] - p[max(t - 1, 0), j, a] for j in NO_FEET for a in AXES] for t in range(4)]
    np.testing.assert_allclose(group(p, "offset"), loops, rtol=1e-5)


@pytest.mark.parametrize("window", [1, 3, 5, 9])
def test_velocity_by_loops(window):
    p, zone = random_walk(7), 0.012
    v = np.zeros((7, 20, 3))
    v[1:] = p[1:] - p[:-1]
    for t in range(7):
        frames = [s for s in range(t - window // 2, t + window // 2 + 1) if 0 <= s < 7]
        histograms = []
        for j in NO_FEET:
            for a in AXES:
                values = [v[s, j, a] for s in frames]
                negative = sum(x < -zone for x in values)
                positive = sum(x > zone for x in values)
                parts = [negative, len(frames) - negative - positive, positive]
                histograms += [part / len(frames) for part in parts]
        np.testing.assert_allclose(skeleton.velocity(p, zone, window)[t], histograms, rtol=1e-12)


def test_distance_by_loops():
    p = random_walk(3)
    pairs = [(i, j) for n, i in enumerate(OUTER) for j in OUTER[n + 1 :]]
    loops = [[math.dist(p[t, i], p[t, j]) for i, j in pairs] for t in range(3)]
    np.testing.assert_allclose(group(p, "distance"), loops, rtol=1e-6)
    vectors = (p - p[:, [HIP]]).reshape(3, 60)
    np.testing.assert_allclose(group(p, "distance", "472"), vectors, rtol=1e-6)


@given(sequences, shifts)
def test_position_does_not_tell_where_the_subject_stands(p, shift):
    np.testing.assert_allclose(group(p + shift, "position"), group(p, "position"), atol=1e-5)
    moved = (p + shift).reshape(len(p), 60)
    np.testing.assert_allclose(group(p + shift, "position", "472"), moved, rtol=1e-6, atol=1e-30)


@given(sequences)
def test_angle_lies_between_0_and_1(p):
    angles = group(p, "angle")
    assert (angles >= 0).all() and (angles <= 1).all()


@given(seeds, seeds, shifts)
def test_angle_and_distance_do_not_change_with_a_rigid_motion(seed, turn, shift):
    p = random_walk(3, seed)
    moved = p @ rotation(turn) + shift
    np.testing.assert_allclose(group(moved, "distance"), group(p, "distance"), atol=1e-5)
    # arccos is steep at ±1: an error of ε in a cosine there is one of √ε in the angle.
    np.testing.assert_allclose(group(moved, "angle"), group(p, "angle"), atol=1e-5)


@given(sequences)
def test_offsets_add_up_to_the_way_from_the_first_frame(p):
    way = (p[-1] - p[0])[NO_FEET].ravel()
    np.testing.assert_allclose(group(p, "offset").sum(axis=0, dtype=np.float64), way, atol=1e-4)


@given(sequences, st.floats(0, 1), st.sampled_from([1, 3, 5, 7]))
def test_velocity_histogram_adds_up_to_1(p, zone, window):
    histograms = skeleton.velocity(p, zone, window).reshape(len(p), 18, 3, 3)
    np.testing.assert_allclose(histograms.sum(axis=-1), 1)
    assert (histograms >= 0).all()


@given(sequences, st.floats(0, 1), st.sampled_from([1, 3, 5]))
def test_time_reversal_swaps_the_negative_and_the_positive_bin(p, zone, window):
    forth = skeleton.velocity(p, zone, window).reshape(len(p), 18, 3, 3)
    back = skeleton.velocity(p[::-1], zone, window).reshape(len(p), 18, 3, 3)
    # v'_t = -v_{T-t} (from 0), for windows that are whole and without the first frame, where v is 0.
    for t in range(1 + window // 2, len(p) - window // 2):
        np.testing.assert_array_equal(back[t], forth[len(p) - t, :, :, ::-1])


@given(sequences)
def test_mirroring_an_axis_swaps_its_bins(p):
    forth = skeleton.velocity(p, 0.1).reshape(len(p), 18, 3, 3)
    mirrored = skeleton.velocity(-p, 0.1).reshape(len(p), 18, 3, 3)
    np.testing.assert_array_equal(mirrored, forth[..., ::-1])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_frame_has_finite_features_and_no_motion(layout):
    p = random_walk(1)
    assert np.isfinite(skeleton.features(p, 0.0, layout)).all()
    assert not group(p, "offset", layout).any()
    histograms = group(p, "velocity", layout).reshape(-1, 3)
    np.testing.assert_array_equal(histograms, np.tile([0, 1, 0], (54, 1)))


def test_dead_zone_is_the_median_speed_of_the_training_frames():
    walks = [random_walk(5, 1), random_walk(1, 2), random_walk(8, 3)]
    speeds = [abs(p[t, j, a] - p[t - 1, j, a]) for p in walks for t in range(1, len(p)) for j in NO_FEET for a in AXES]
    assert skeleton.dead_zone(walks) == pytest.approx(np.median(speeds), rel=1e-12)
    assert skeleton.dead_zone([random_walk(1)]) == skeleton.dead_zone([]) == 0.0


@pytest.mark.parametrize("shape", [(3, 60), (3, 19, 3), (0, 20, 3)])
def test_other_shapes_and_layouts_are_refused(shape):
    with pytest.raises(ValueError, match="positions of shape"):
        skeleton.features(np.zeros(shape), 0.01)
    with pytest.raises(ValueError, match="'500' is not one of 583, 472"):
        skeleton.features(random_walk(1), 0.01, "500")


@pytest.mark.real_data
@pytest.mark.parametrize("layout", LAYOUTS)
def test_real_features_are_finite(msr_archive, layout):
    read = msr_action3d.read(msr_archive, "exclude")
    clips = [read[i].reshape(-1, 20, 3) for i in range(len(read))]
    train = [clip for clip, subject in zip(clips, read.subjects, strict=True) if subject % 2]
    zone = skeleton.dead_zone(train)
    # Joints at rest jitter by millimetres a frame; anything else is an error of units.
    assert 0.001 < zone < 0.01
    features = np.concatenate([skeleton.features(clip, zone, layout) for clip in clips])
    assert features.shape == (22_620, int(layout)) and np.isfinite(features).all()
