"""HOG3D: against the authors' own output, against the float64 definition, and the laws that it obeys."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drnn import compiled
from drnn.datasets import video as decoding
from drnn.features import hog3d
from drnn.features import hog3d_reference as reference

TOLERANCE = 2e-6  # float32 rounding; descriptors are below 1
GRIDS = ["dense_3scale", "grid_8x7"]


def noise(frames: int, height: int = 40, width: int = 48, seed: int = 0, levels: int = 256) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, levels, (frames, height, width)).astype(np.uint8)


def by_definition(video: np.ndarray, frames, grid: str) -> np.ndarray:
    places = hog3d.positions(video.shape[2], video.shape[1], grid)
    boxes = [[(x, y, t - 8, side, side, 16) for x, y, side in places] for t in frames]
    return np.array([[reference.describe(video, box) for box in row] for row in boxes])


# Of few levels too, so that sub-blocks are flat and gradients equal.
videos = st.builds(
    noise,
    frames=st.integers(16, 20),
    height=st.integers(36, 52),
    width=st.integers(36, 60),
    seed=st.integers(0, 2**32 - 1),
    levels=st.sampled_from([1, 2, 3, 256]),
)


@pytest.mark.parametrize("grid", GRIDS)
def test_there_are_56_positions_inside_the_frames_of_kth(grid):
    x, y, side = hog3d.positions(160, 120, grid).T
    assert len(x) == 56
    assert (x >= 0).all() and (y >= 0).all() and (x + side <= 160).all() and (y + side <= 120).all()


def test_dense_boxes_have_three_sizes():
    sides, counts = np.unique(hog3d.positions(160, 120)[:, 2], return_counts=True)
    np.testing.assert_allclose(sides, [36, 36 * 2**0.5, 72])
    assert counts.tolist() == [7 * 5, 5 * 3, 3 * 2]


@pytest.mark.parametrize(
    ("width", "height", "count"), [(36, 36, 1), (53, 36, 1), (54, 36, 2), (90, 72, 4 * 3 + 2 * 1 + 1 * 1)]
)
def test_a_box_that_just_fits_is_there(width, height, count):
    assert len(hog3d.positions(width, height)) == count


def test_votes_add_up_to_the_norm_and_do_not_tell_opposite_directions_apart():
    g = np.random.default_rng(0).normal(size=(200, 3))
    votes = reference.quantise(g)
    assert (votes >= 0).all()
    np.testing.assert_allclose(votes.sum(axis=1), np.linalg.norm(g, axis=1))
    np.testing.assert_array_equal(reference.quantise(-g), votes)
    assert not reference.quantise(np.zeros((1, 3))).any()


def test_a_gradient_along_an_axis_votes_for_this_axis_alone():
    votes = reference.quantise(reference.AXES)
    np.testing.assert_allclose(votes, np.diag([3**0.5] * 10), atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(videos, st.sampled_from(GRIDS), st.data())
def test_fast_form_equals_the_definition(video, grid, data):
    last = len(video) - 8
    frames = data.draw(st.lists(st.integers(8, last), min_size=1, max_size=2))
    fast = hog3d.descriptors(video, frames, grid)
    assert fast.dtype == np.float32
    np.testing.assert_allclose(fast, by_definition(video, frames, grid), atol=TOLERANCE)


@pytest.mark.parametrize("grid", GRIDS)
def test_fast_form_equals_the_definition_at_the_size_of_kth(grid):
    video = noise(17, 120, 160)
    fast = hog3d.descriptors(video, [9], grid)
    np.testing.assert_allclose(fast, by_definition(video, [9], grid), atol=TOLERANCE)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_flat_video_has_zeros(grid):
    assert not hog3d.descriptors(np.full((20, 40, 48), 90, np.uint8), [8, 12], grid).any()


def test_a_descriptor_of_little_mass_is_dropped_and_one_of_more_is_not():
    video = np.full((40, 40, 48), 90, np.uint8)
    video[20, 10, 10] += 1  # gradients of 1/255 here and there: Σ‖h‖ < 0.1
    assert not hog3d.descriptors(video, [20]).any()
    video[20, 10:15, 10:15] += 40
    fast = hog3d.descriptors(video, [20])
    assert fast.any()
    np.testing.assert_allclose(fast, by_definition(video, [20], "dense_3scale"), atol=TOLERANCE)


def test_brightness_does_not_matter_and_negatives_look_the_same():
    video = noise(18, levels=200)
    expected = hog3d.descriptors(video, [9])
    np.testing.assert_array_equal(hog3d.descriptors(video + np.uint8(55), [9]), expected)
    np.testing.assert_allclose(hog3d.descriptors(255 - video, [9]), expected, atol=TOLERANCE)


def test_what_moves_by_the_spacing_of_the_grid_moves_to_the_next_position():
    scene = noise(17, 36, 108)
    here, there = scene[:, :, :90], scene[:, :, 18:]
    # At 0, 18, 36 and 54; the last box of a frame sees its replicated border.
    np.testing.assert_array_equal(hog3d.descriptors(there, [8])[:, :2], hog3d.descriptors(here, [8])[:, 1:3])


def test_a_row_does_not_depend_on_the_frames_beside_it():
    video = noise(90)
    alone = {t: hog3d.descriptors(video, [t])[0] for t in (8, 9, 40, 71, 82)}
    together = hog3d.descriptors(video, [82, 8, 40, 9, 71, 8])
    for row, t in zip(together, [82, 8, 40, 9, 71, 8], strict=True):
        np.testing.assert_array_equal(row, alone[t])


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("length", [1, 3, 5, 13, 16, 29, 64])
def test_blocks_of_any_length_give_the_same_bytes(grid, length):
    video = noise(41)
    blocks = list(hog3d.stream((video[i : i + length] for i in range(0, 41, length)), grid))
    assert [t for block in blocks for t in block.frames] == list(range(8, 41 - 8 + 1))
    streamed = np.concatenate([block.descriptors() for block in blocks])
    np.testing.assert_array_equal(streamed, hog3d.descriptors(video, range(8, 34), grid))


def test_features_are_four_shared_cells():
    video = noise(40)
    (block,) = hog3d.stream([video])
    d = block.descriptors().reshape(len(block.frames), -1, 25, 4, 10)
    for k in range(4):
        np.testing.assert_array_equal(d[:, :, :, k], block.cells[4 * k : 4 * k + len(d)])


@pytest.mark.parametrize("frames", [0, 3, 15])
def test_a_short_video_has_no_descriptor(frames):
    assert list(hog3d.stream([noise(frames)])) == []
    assert hog3d.descriptors(noise(frames), []).shape == (0, 1, 1000)


def test_one_window_has_one_descriptor():
    assert [list(block.frames) for block in hog3d.stream([noise(16)])] == [[8]]


def test_descriptors_of_boxes_are_those_of_the_grid():
    video = noise(20)
    (x, y, side) = hog3d.positions(48, 40)[0]
    at = hog3d.descriptors_at(video, [(x, y, 1, side, side, 16)])
    np.testing.assert_allclose(at, hog3d.descriptors(video, [9])[:, 0], atol=TOLERANCE)
    assert hog3d.descriptors_at(video, []).shape == (0, 1000) and at.dtype == np.float32


@pytest.mark.parametrize("t", [0, 7, 33, 41, -1])
def test_frames_without_a_whole_window_are_refused(t):
    with pytest.raises(ValueError, match=rf"frame {t} has no descriptor.*for frames 8 to 32"):
        hog3d.descriptors(noise(40), [12, t])
    with pytest.raises(ValueError, match="which is none"):
        hog3d.descriptors(noise(10), [5])


@pytest.mark.parametrize("box", [(-1, 0, 0, 36, 36, 16), (13, 0, 0, 36, 36, 16), (0, 0, 5, 36, 36, 16), (0,) * 6])
def test_boxes_beyond_the_video_are_refused(box):
    with pytest.raises(ValueError, match="empty or not inside the video"):
        hog3d.descriptors_at(noise(20), [box])


def test_other_videos_and_grids_are_refused():
    with pytest.raises(ValueError, match="is not one of dense_3scale, grid_8x7"):
        hog3d.descriptors(noise(20), [8], "sparse")
    with pytest.raises(ValueError, match="too small for a box"):
        hog3d.descriptors(noise(20, 30, 48), [8])
    for video in (noise(20).astype(float), noise(20)[0]):
        with pytest.raises(ValueError, match=r"is not \(T, H, W\) uint8"):
            hog3d.descriptors(video, [8])
    (block,) = hog3d.stream([noise(20)])
    with pytest.raises(ValueError, match="not all in the block"):
        block.descriptors([7])


def test_an_install_without_a_place_for_the_cache_works(monkeypatch):
    njit = compiled.numba.njit

    def without_a_place(**options):
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(compiled.numba, "njit", without_a_place)
    assert compiled.compiled(lambda x: x + 1)(1) == 2


@pytest.fixture(scope="module")
def golden() -> Path:
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    folder = Path(mirror or "") / "hog3d_golden"
    if not mirror or not folder.is_dir():
        pytest.skip("set DRNN_DATA_MIRROR to a folder that holds hog3d_golden/")
    return folder


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "grid"),
    [("hog3d_person15_walking_d1", "dense_3scale"), ("hog3d_grid8x7_person01_boxing_d1", "grid_8x7")],
)
def test_golden_descriptors(golden, name, grid):
    expected = np.load(golden / f"{name}.npz")
    video = decoding.read_grey(golden.parent / "kth" / "videos" / str(expected["video"]))
    assert len(video) == expected["n_frames"]
    assert hashlib.sha256(video.tobytes()).hexdigest() == expected["gray_sha"]
    np.testing.assert_allclose(hog3d.positions(160, 120, grid), expected["boxes"], atol=1e-12)
    fast = hog3d.descriptors(video, expected["frames"], grid)
    assert abs(fast - expected["descriptors"]).max() <= TOLERANCE


def sample_box(x, y, t, sigma, tau) -> tuple:
    """The authors' rule: a side of 16·sigma, at least 20, and a length of 4·tau, at least 16."""
    side, length = max(20, 16 * sigma), max(16, 4 * tau)
    return x - side / 2, y - side / 2, t - length / 2, side, side, length


# In 9 rows from 1 to 6 of the 100 cells differ, where the authors' decoder gave a few pixels another grey level:
# row 62 is met by one pixel, (61, 12) of frame 34, being one level lower. No IDCT or colour conversion of today's
# FFmpeg gives these pixels, and every other one that was tried loses the 184 rows.
OTHER_GREY = {45, 47, 49, 57, 62, 63, 64, 98, 117}
# In 3 rows the last four frames are the last of the video, where the authors' gradient along t is undefined.
LAST_FRAME = {193, 194, 195}


@pytest.fixture(scope="module")
def sample(golden):
    rows = np.loadtxt(golden / "kth.features")
    video = decoding.read_grey(golden / "walk-simple.avi")
    boxes = [sample_box(*row[[0, 1, 2, 6, 7]]) for row in rows]
    return video, boxes, rows[:, 8:]


@pytest.mark.real_data
def test_sample_rows_of_the_authors(sample):
    video, boxes, expected = sample
    error = abs(hog3d.descriptors_at(video, boxes) - expected)
    agreeing = error.max(axis=1) <= TOLERANCE
    assert agreeing.sum() == 184 and set(np.flatnonzero(~agreeing)) == OTHER_GREY | LAST_FRAME
    cells = error.reshape(len(boxes), 25, 4, 10).max(axis=3) > TOLERANCE
    assert all(cells[row].sum() <= 6 and error[row].max() < 0.021 for row in OTHER_GREY)
    assert all(not cells[row, :, :3].any() and cells[row, :, 3].all() for row in LAST_FRAME)


@pytest.mark.real_data
def test_one_pixel_of_another_grey_explains_a_sample_row(sample):
    video, boxes, expected = sample
    changed = video.copy()
    changed[34, 12, 61] -= 1
    assert abs(hog3d.descriptors_at(changed, boxes[62:63]) - expected[62]).max() <= TOLERANCE


@pytest.mark.real_data
def test_sample_positions_of_the_authors_are_those_inside_the_video(golden, sample):
    video, boxes, _ = sample
    sizes = np.array(video.shape)[[2, 1, 0]]
    points = [sample_box(*row) for row in np.loadtxt(golden / "walk-simple.pos")]
    inside = [b for b in map(np.array, points) if (b[:3] >= 0).all() and (b[:3] + b[3:] <= sizes).all()]
    assert len(inside) == len(boxes) == 196
