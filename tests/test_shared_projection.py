"""Projection through shared cells is the projection of the frames, the dropped descriptors among them too."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from scipy import linalg

from drnn.features import hog3d, pca, shared_projection, sketch

POSITIONS, COMPONENTS = 2, 12
CELL = POSITIONS * 250
TOLERANCE = 1e-5  # of the longest frame or cell: float32 rounding


def cells_of(frames, dimensions=30, seed=0, lost=0.0, decay=0.8):
    """A video's cells, drifting among a few directions that all videos share; a part of them have little mass."""
    random = np.random.default_rng(seed)
    directions = np.random.default_rng(99).standard_normal((dimensions, CELL)) * decay ** np.arange(dimensions)[:, None]
    drift = random.standard_normal((frames + 12, dimensions)).cumsum(axis=0) / 3 + random.standard_normal(dimensions)
    cells = (drift @ directions).astype(np.float32).reshape(-1, POSITIONS, 25, 10)
    # Two such cells of four put a descriptor's mass at the very limit of 0.1.
    masses = np.where(random.random((frames + 12, POSITIONS)) < lost, 0.01, 0.04).astype(np.float32)
    return hog3d.CellBlock(range(8, 8 + frames), cells, masses)


def frames_of(block):
    return block.descriptors().reshape(len(block.frames), -1)


def basis_of(blocks, training, components=COMPONENTS):
    sketches = [sketch.compressed([sketch.Sketch.of(frames_of(block))], 40) for block in blocks]
    return pca.fit(sketch.gram([part.rows for part in sketches]), sketches, training, components)


def videos(**changes):
    return [cells_of(60, seed=seed, **changes) for seed in range(4)]


def assert_projects(block, parts, found):
    frames = frames_of(block).astype(np.float64)
    longest = max(np.linalg.norm(frames, axis=1).max(), np.linalg.norm(block.cells.reshape(-1, CELL), axis=1).max())
    for part, coordinates in zip(parts, found, strict=True):
        assert coordinates.dtype == np.float32
        np.testing.assert_allclose(coordinates, frames @ part.components.T, atol=TOLERANCE * longest)


@settings(max_examples=25, deadline=None)
@given(
    seed=strategies.integers(0, 2**31),
    frames=strategies.integers(1, 70),
    lost=strategies.sampled_from([0.0, 0.1, 0.5, 0.8, 1.0]),
    rank=strategies.sampled_from([3, 8, 30]),
    rows=strategies.sampled_from([7, 512]),
)
def test_it_is_the_projection_of_the_frames_whatever_is_dropped(seed, frames, lost, rank, rows):
    parts = [shared_projection.shared(basis_of(videos(), training), rank) for training in ((0, 1), (1, 2, 3))]
    block = cells_of(frames, seed=seed, lost=lost)
    assert_projects(block, parts, shared_projection.projector(parts, rows)(block))


def test_frames_on_both_sides_of_the_limit_are_what_is_compared():
    dropped = cells_of(60, lost=0.5).dropped()
    assert 0.1 < dropped.mean() < 0.9 and (dropped[:, 0] != dropped[:, 1]).any()
    assert cells_of(60, lost=1.0).dropped().all() and not cells_of(60).dropped().any()


def test_what_is_dropped_is_zero_and_nothing_else_to_the_last_bit_of_the_mass():
    block = cells_of(1000)
    steps = np.random.default_rng(0).integers(-3, 4, block.masses.shape) * np.spacing(np.float32(0.025))
    block = dataclasses.replace(block, masses=(np.float32(0.025) + steps).astype(np.float32))
    np.testing.assert_array_equal(~block.descriptors().any(axis=2), block.dropped())


@pytest.mark.parametrize("level", [1, 40])
def test_cells_of_a_video_are_projected_as_its_descriptors(level):
    video = np.full((60, 40, 58), 90, np.uint8)
    video[20:40, :36, :18] += np.random.default_rng(0).integers(0, level + 1, (20, 36, 18)).astype(np.uint8)
    block = hog3d.CellBlock.joined(hog3d.stream([video[:25], video[25:41], video[41:]]))
    np.testing.assert_array_equal(block.descriptors(), hog3d.descriptors(video, range(8, 53)))
    parts = [shared_projection.shared(basis_of(videos(), range(4)), 20)]
    assert block.dropped().any() and block.masses.any()
    assert_projects(block, parts, shared_projection.projector(parts)(block))


def test_parts_are_orthonormal():
    part = shared_projection.shared(basis_of(videos(), range(4)), 8)
    assert (part.directions.shape, part.mixing.shape) == ((8, CELL), (COMPONENTS, 32))
    for rows in (part.directions, part.mixing, part.components):
        assert rows.dtype == np.float32
        np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=2e-6)


def test_with_directions_enough_it_is_the_basis_itself():
    blocks = videos(dimensions=10)
    basis = basis_of(blocks, range(4))
    part = shared_projection.shared(basis, 4 * COMPONENTS)
    assert len(part.directions) == 10  # no more than there are
    np.testing.assert_allclose(part.components, basis.components, atol=1e-4)
    found = shared_projection.projector([part])(blocks[0])[0]
    expected = pca.projector([basis])(frames_of(blocks[0]))[0]
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_fewer_directions_lose_little_of_the_energy_and_more_lose_less():
    blocks = videos()
    basis = basis_of(blocks, range(4))
    frames = np.concatenate([frames_of(block) for block in blocks])
    kept = [np.square(frames @ shared_projection.shared(basis, r).components.T).sum() for r in (4, 6, 8, 12)]
    best = np.square(frames @ basis.components.T).sum()
    losses = 1 - np.array(kept) / best
    assert (np.diff(losses) < 0).all()
    assert losses[2] < 1e-2 and -1e-6 < losses[3] < 1e-3


def test_directions_go_to_the_components_of_much_energy():
    blocks = videos()
    basis = basis_of(blocks, range(4))
    frames = np.concatenate([frames_of(block) for block in blocks])
    flat = dataclasses.replace(basis, energies=np.ones(COMPONENTS))
    by_energy, evenly = (np.square(frames @ shared_projection.shared(b, 5).components.T).sum() for b in (basis, flat))
    assert by_energy > evenly * 1.001


def test_strong_components_stay_what_they_are():
    basis = basis_of(videos(), range(4))
    part = shared_projection.shared(basis, 10)
    assert linalg.subspace_angles(part.components[:3].T, basis.components[:3].T).max() < 0.05
    assert ((part.components * basis.components).sum(axis=1) > 0).all()


def test_subjects_outside_the_training_set_and_other_splits_change_no_bit():
    blocks, noise = videos(), [cells_of(25, seed=seed, decay=1.0) for seed in (8, 9)]
    tested = cells_of(600, seed=5, lost=0.5)  # enough for the products to go to oneDNN
    one = shared_projection.shared(basis_of(blocks, (0, 2)), 10)
    replaced = [blocks[0], noise[0], blocks[2], noise[1]]
    for others, training in ((replaced, (0, 2)), ([blocks[0], blocks[2]], (0, 1))):
        twin = shared_projection.shared(basis_of(others, training), 10)
        for field in dataclasses.fields(twin):
            np.testing.assert_array_equal(getattr(twin, field.name), getattr(one, field.name))
    alone = shared_projection.projector([one])(tested)[0]
    another = shared_projection.shared(basis_of(noise, (0, 1)), 20)
    np.testing.assert_array_equal(shared_projection.projector([one, another])(tested)[0], alone)
    np.testing.assert_array_equal(shared_projection.projector([another, one])(tested)[1], alone)


@settings(max_examples=20, deadline=None)
@given(seed=strategies.integers(0, 2**31), lost=strategies.sampled_from([0.0, 0.5, 1.0]))
def test_the_energy_is_that_of_the_frames(seed, lost):
    block = cells_of(40, seed=seed, lost=lost)
    part = shared_projection.shared(basis_of(videos(), range(4)), 10)
    (energy,) = shared_projection.energies(block, shared_projection.projector([part])(block))
    frames = frames_of(block).astype(np.float64)
    assert energy.total == pytest.approx(np.square(frames).sum(), rel=1e-6)
    assert energy.kept == pytest.approx(np.square(frames @ part.components.T).sum(), rel=1e-4, abs=1e-6)


def test_other_bases_are_refused():
    basis = basis_of(videos(), range(4))
    with pytest.raises(ValueError, match="a mean has no shared parts"):
        shared_projection.shared(dataclasses.replace(basis, mean=np.zeros(4 * CELL, np.float32)), 10)
    with pytest.raises(ValueError, match="1999 dimensions is not one of HOG3D frames"):
        shared_projection.shared(dataclasses.replace(basis, components=basis.components[:, 1:]), 10)


@pytest.mark.parametrize("rank", [-1, 0, 2])
def test_too_few_directions_are_refused(rank):
    with pytest.raises(ValueError, match=f"{rank} shared directions cannot make 12 components: 3 can"):
        shared_projection.shared(basis_of(videos(), range(4)), rank)


def test_components_that_the_directions_leave_out_are_refused():
    basis = basis_of(videos(), range(4))
    weak = dataclasses.replace(basis, energies=basis.energies * np.where(np.arange(COMPONENTS) < 6, 1, 1e-12))
    other = np.zeros((COMPONENTS, 4 * CELL), np.float32)
    other[np.arange(COMPONENTS), np.arange(COMPONENTS) * 40] = 1
    with pytest.raises(ValueError, match="do not tell 12 components apart"):
        shared_projection.shared(dataclasses.replace(weak, components=other), 6)


def test_cells_of_another_grid_are_refused():
    part = shared_projection.shared(basis_of(videos(), range(4)), 10)
    block = cells_of(20)
    other = hog3d.CellBlock(block.frames, block.cells[:, :1], block.masses[:, :1])
    with pytest.raises(ValueError, match="250 dimensions and a basis for 500: of other grids"):
        shared_projection.projector([part])(other)


def test_blocks_that_do_not_follow_each_other_are_refused():
    with pytest.raises(ValueError, match=r"blocks of \[\] do not join"):
        hog3d.CellBlock.joined(hog3d.stream([]))
    first, second = cells_of(20), cells_of(20)
    with pytest.raises(ValueError, match=r"\[range\(8, 28\), range\(8, 28\)\] do not join"):
        hog3d.CellBlock.joined([first, second])
