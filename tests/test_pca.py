"""The PCA of too many frames is the PCA, and a split's basis knows its training subjects alone."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from pca_room import (
    COMPONENTS,
    DIMENSIONS,
    SUBJECTS,
    centred_or_not,
    fitted,
    frames_of,
    oracle,
    same_bytes,
    sketches_of,
)
from scipy import linalg

from drnn.features import pca, sketch


@centred_or_not
@pytest.mark.parametrize("training", [(0, 1, 2, 3), (0, 2)])
def test_with_all_frames_as_landmarks_it_is_the_exact_decomposition(training, center):
    subjects = frames_of()
    basis = fitted(sketches_of(subjects), training, center=center)
    directions, energies, total, mean = oracle(np.concatenate([subjects[i] for i in training]), COMPONENTS, center)
    assert linalg.subspace_angles(basis.components.T, directions.T).max() < 1e-4
    np.testing.assert_allclose(basis.energies, energies, rtol=1e-5)
    assert basis.total == pytest.approx(total, rel=1e-5)
    assert (mean is None) == (basis.mean is None)
    if center:
        np.testing.assert_allclose(basis.mean, mean, atol=1e-5)


def test_the_mean_is_removed_from_what_the_sketches_hold():
    sketches = [sketch.compressed([part], 10) for part in sketches_of(frames_of())]
    rows, ones = (np.concatenate([getattr(part, name) for part in sketches]) for name in ("rows", "ones"))
    mean = ones @ rows / sum(SUBJECTS)
    scatter = rows.T.astype(np.float64) @ rows - sum(SUBJECTS) * np.outer(mean, mean)
    basis = fitted(sketches, range(4), center=True)
    np.testing.assert_allclose(basis.energies, np.linalg.eigvalsh(scatter)[: -COMPONENTS - 1 : -1], rtol=1e-5)
    np.testing.assert_allclose(basis.mean, mean, atol=1e-5)


@centred_or_not
@pytest.mark.parametrize("frames", [SUBJECTS, (150, 170, 160, 155)], ids=["small", "by oneDNN"])
def test_subjects_outside_the_training_set_change_no_bit(frames, center):
    subjects = frames_of(frames, dimensions=200)
    basis = fitted(sketches_of(subjects), (0, 2), center=center)
    noise = np.random.default_rng(1).uniform(-1e3, 1e3, subjects[1].shape)
    replaced = [subjects[0], noise, subjects[2], noise[:20]]
    assert same_bytes(fitted(sketches_of(replaced), (0, 2), center=center), basis)
    assert same_bytes(fitted(sketches_of([subjects[0], subjects[2]]), (0, 1), center=center), basis)


@centred_or_not
def test_the_same_frames_give_the_same_bytes(center):
    sketches = [[sketch.compressed([part], 20) for part in sketches_of(frames_of())] for _ in "ab"]
    bases = [fitted(twin, (0, 1, 3), 30, center) for twin in sketches]
    assert same_bytes(*bases)


@settings(max_examples=30, deadline=None)
@given(
    seed=strategies.integers(0, 2**31),
    components=strategies.integers(1, 30),
    center=strategies.booleans(),
    scale=strategies.sampled_from([1e-3, 1.0, 30.0]),
)
def test_components_are_orthonormal_with_their_largest_entry_positive(seed, components, center, scale):
    subjects = [x * np.float32(scale) for x in frames_of(seed=seed)]
    basis = fitted([sketch.compressed([part], 25) for part in sketches_of(subjects)], (0, 1, 2), components, center)
    assert basis.components.dtype == np.float32
    assert basis.components.shape == (components, DIMENSIONS)
    np.testing.assert_allclose(basis.components @ basis.components.T, np.eye(components), atol=1e-5)
    largest = np.abs(basis.components).argmax(axis=1)
    assert (basis.components[np.arange(components), largest] > 0).all()
    assert (np.diff(basis.energies) <= 0).all()
    assert basis.energies.sum() <= basis.total * (1 + 1e-5)


@centred_or_not
@pytest.mark.parametrize("part", [0.5, 0.9, 0.97])
def test_a_part_of_the_energy_takes_the_fewest_components_that_keep_it(part, center):
    basis = fitted(sketches_of(frames_of()), range(4), part, center)
    kept = basis.energies.cumsum() / basis.total
    assert kept[-1] >= part
    assert len(kept) == 1 or kept[-2] < part
    assert len(basis.components) == len(kept)


@pytest.mark.parametrize("frames", [0, 1, 5, 16, 40])
def test_frames_are_projected_on_several_bases_at_once(frames):
    sketches = sketches_of(frames_of())
    bases = [fitted(sketches, (0, 1)), fitted(sketches, (1, 2), 3, center=True)]
    block = frames_of((40,), seed=1)[0][:frames]
    whole = pca.projector(bases, rows=16)(block)
    for basis, coordinates in zip(bases, whole, strict=True):
        mean = 0 if basis.mean is None else basis.mean
        assert coordinates.dtype == np.float32
        np.testing.assert_allclose(coordinates, (block - mean) @ basis.components.T, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=strategies.integers(0, 2**31), cut=strategies.integers(0, 40))
def test_the_energy_kept_is_that_of_numpy_whatever_the_blocks(seed, cut):
    sketches = sketches_of(frames_of())
    bases = [fitted(sketches, (0, 1)), fitted(sketches, (0, 1), center=True)]
    frames = frames_of((40,), seed=seed)[0]
    project = pca.projector(bases)
    found = [pca.Energy(), pca.Energy()]
    for block in (frames[:cut], frames[cut:]):
        found = [a + b for a, b in zip(found, pca.energies(bases, block, project(block)), strict=True)]
    for basis, energy in zip(bases, found, strict=True):
        offsets = frames.astype(np.float64) - (0 if basis.mean is None else basis.mean)
        kept = np.square(offsets @ basis.components.T.astype(np.float64)).sum()
        assert energy.total == pytest.approx(np.square(offsets).sum(), rel=1e-6)
        assert energy.ratio == pytest.approx(kept / np.square(offsets).sum(), rel=1e-5)


@pytest.mark.parametrize("n_components", [80, 0.9999999])
def test_more_components_than_the_frames_have_are_refused(n_components):
    sketches = [sketch.compressed([part], 10) for part in sketches_of(frames_of())]
    with pytest.raises(ValueError, match=f"n_components {n_components}: .* hold 20 dimensions .* train on more"):
        fitted(sketches, (0, 1), n_components)


@pytest.mark.parametrize("rank", [1, 5, 20])
def test_more_frames_than_dimensions_do_not_make_up_for_them(rank):
    random = np.random.default_rng(0)
    frames = (random.random((300, rank)) @ random.random((rank, 500))).astype(np.float32)
    with pytest.raises(ValueError, match=f"hold {rank} dimensions"):
        fitted([sketch.Sketch.of(frames)], [0], rank + 1)
    fitted([sketch.Sketch.of(frames)], [0], rank)
