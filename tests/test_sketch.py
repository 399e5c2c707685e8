"""A sketch stands for more frames than it has rows, and loses little that a basis would keep."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, strategies
from pca_room import COMPONENTS, DIMENSIONS, centred_or_not, fitted, frames_of, oracle, sketches_of
from scipy import linalg

from drnn.features import sketch


@centred_or_not
def test_sketches_of_full_rank_lose_nothing(center):
    subjects = frames_of()
    chunks = [[sketch.compressed([sketch.Sketch.of(chunk)], 50) for chunk in np.array_split(x, 2)] for x in subjects]
    basis = fitted([sketch.compressed(parts, 100) for parts in chunks], (0, 1, 2), center=center)
    directions, energies, total, _ = oracle(np.concatenate(subjects[:3]), COMPONENTS, center)
    assert linalg.subspace_angles(basis.components.T, directions.T).max() < 1e-4
    np.testing.assert_allclose(basis.energies, energies, rtol=1e-5)
    assert basis.total == pytest.approx(total, rel=1e-5)


def test_sketches_of_low_rank_keep_nearly_all_of_the_energy_that_can_be_kept():
    subjects = frames_of()
    together = np.concatenate(subjects)
    basis = fitted([sketch.compressed([part], 12) for part in sketches_of(subjects)], range(4))
    best = oracle(together, COMPONENTS, False)[1].sum()
    assert 0.999 * best < np.square(together @ basis.components.T).sum() <= best * (1 + 1e-6)


def test_a_landmark_counts_for_the_frames_it_stands_for():
    subjects = frames_of()
    repeated = [np.repeat(subjects[0], 3, axis=0), subjects[1]]
    few = [sketch.Sketch.of(subjects[0], frames=3 * len(subjects[0])), sketch.Sketch.of(subjects[1])]
    for center in (False, True):
        all_frames, landmarks = fitted(sketches_of(repeated), (0, 1), center=center), fitted(few, (0, 1), center=center)
        np.testing.assert_allclose(landmarks.components, all_frames.components, atol=1e-4)
        assert landmarks.total == pytest.approx(all_frames.total, rel=1e-5)


@centred_or_not
def test_the_size_of_blocks_makes_no_difference(center, monkeypatch):
    subjects = frames_of()
    found = []
    for columns, piece in ((4000, 250), (7, 11)):
        monkeypatch.setattr(sketch, "COLUMNS", columns)
        monkeypatch.setattr(sketch, "PIECE", piece)
        sketches = [sketch.compressed([part], 100) for part in sketches_of(subjects)]
        found.append(fitted(sketches, range(4), center=center))
    np.testing.assert_allclose(found[0].components, found[1].components, atol=1e-4)
    np.testing.assert_allclose(found[0].energies, found[1].energies, rtol=1e-6)


def test_tiles_hold_each_pair_once_and_give_the_same_bits_as_all_pairs_together():
    rows = [part.rows for part in sketches_of(frames_of((7, 5, 9, 4, 6)))]
    whole, places = sketch.gram(rows), sketch.slices(rows)
    pairs = [pair for tile in sketch.tiles(5, side=2) for pair in tile]
    assert sorted(pairs) == [(i, j) for i in range(5) for j in range(i + 1)]
    for tile in sketch.tiles(5, side=2):
        assert len({place for pair in tile for place in pair}) <= 4
        for (i, j), product in sketch.products(rows, tile).items():
            np.testing.assert_array_equal(product, whole[places[i], places[j]])


def test_merged_sketches_stand_for_all_and_few_stay_as_they_are():
    subjects = frames_of((12,) * 20)
    sketches = [sketch.compressed([part], 12) for part in sketches_of(subjects)]
    assert sketch.merged(sketches, 20) == sketches
    few = sketch.merged(sketches, 6)
    assert len(few) == 6 and max(len(part.rows) for part in few) <= 12
    assert sum(part.frames for part in few) == pytest.approx(240)
    together = np.concatenate(subjects)
    best = oracle(together, COMPONENTS, False)[1].sum()
    assert 0.99 * best < np.square(together @ fitted(few, range(6)).components.T).sum() <= best * (1 + 1e-6)


def test_rows_may_be_datasets_of_half_precision(tmp_path):
    h5py = pytest.importorskip("h5py")
    sketches = sketches_of(frames_of())
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        stored = [
            dataclasses.replace(part, rows=file.create_dataset(str(i), data=part.rows.astype(np.float16)))
            for i, part in enumerate(sketches)
        ]
        basis = fitted(stored, (0, 1, 3))
    np.testing.assert_allclose(basis.energies, fitted(sketches, (0, 1, 3)).energies, rtol=1e-3)


@given(count=strategies.integers(0, 20000), wanted=strategies.integers(0, 2000))
def test_landmarks_are_evenly_spread(count, wanted):
    chosen = sketch.landmark_frames(count, wanted)
    assert len(chosen) == min(count, wanted)
    if len(chosen):
        gaps = np.diff(chosen, prepend=-1, append=count)
        assert gaps.min() >= 1 and gaps[1:-1].max(initial=0) - gaps[1:-1].min(initial=count) <= 1
        assert max(gaps[0] - 1, gaps[-1] - 1) <= count / len(chosen)


def test_a_sketch_has_no_more_rows_than_its_frames_have_dimensions():
    random = np.random.default_rng(0)
    frames = (random.random((60, 5)) @ random.random((5, DIMENSIONS))).astype(np.float32)
    found = sketch.compressed([sketch.Sketch.of(frames[:30]), sketch.Sketch.of(frames[30:])], 20)
    assert found.rows.shape == (5, DIMENSIONS)
    assert (found.frames, found.energy) == (60, pytest.approx(np.square(frames).sum(), rel=1e-5))
    np.testing.assert_allclose(found.ones @ found.rows, frames.sum(axis=0), rtol=1e-4)
    np.testing.assert_allclose(found.rows.T @ found.rows, frames.T @ frames, rtol=1e-4)


def test_a_subject_without_frames_is_refused():
    with pytest.raises(ValueError, match="no frames"):
        sketch.Sketch.of(np.empty((0, DIMENSIONS)))
