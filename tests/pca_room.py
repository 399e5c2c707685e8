"""Frames of a few subjects and what becomes of them: what the tests of sketches and of the PCA share."""

import dataclasses

import numpy as np
import pytest
from sklearn.decomposition import PCA

from drnn.features import pca, sketch

DIMENSIONS, COMPONENTS = 70, 6
SUBJECTS = (40, 25, 30, 35)  # frames
centred_or_not = pytest.mark.parametrize("center", [False, True], ids=["uncentred", "centred"])


def frames_of(counts=SUBJECTS, dimensions=DIMENSIONS, seed=0):
    """Frames of each subject with a mean, a falling spectrum and directions of their own."""
    random = np.random.default_rng(seed)
    directions = np.linalg.qr(random.standard_normal((dimensions, dimensions)))[0] * 0.87 ** np.arange(dimensions)
    own = [random.standard_normal((count, dimensions)) @ directions for count in counts]
    return [(x + 0.3 * random.standard_normal(dimensions) + 0.5).astype(np.float32) for x in own]


def sketches_of(subjects):
    return [sketch.Sketch.of(frames) for frames in subjects]


def fitted(sketches, training, n_components=COMPONENTS, center=False):
    return pca.fit(sketch.gram([part.rows for part in sketches]), sketches, training, n_components, center)


def oracle(frames, components, center):
    """Directions, energies, total and mean: by sklearn if centred, else by the singular value decomposition."""
    frames = frames.astype(np.float64)
    if center:
        model = PCA(components, svd_solver="full").fit(frames)
        return model.components_, model.singular_values_**2, ((frames - model.mean_) ** 2).sum(), model.mean_
    _, values, directions = np.linalg.svd(frames, full_matrices=False)
    return directions[:components], values[:components] ** 2, (frames**2).sum(), None


def same_bytes(a, b):
    fields = [field.name for field in dataclasses.fields(pca.Basis)]
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in fields if getattr(a, name) is not None)
