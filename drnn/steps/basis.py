"""The PCA of one split, fitted to its training subjects alone."""

from pathlib import Path

import numpy as np

from drnn.arrays import reading
from drnn.datasets.splits import split
from drnn.errors import UserError
from drnn.features import pca
from drnn.features.shared_projection import shared
from drnn.features.sketch import Sketch, assembled, gram, merged
from drnn.machine import Machine
from drnn.steps.shared.bases import save_basis
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import MOST_SHARED, load_sketches, pair_of

MOST_FITTED, MERGED = 30, 16
"""Training subjects whose sketches are fitted to as they are; those of more are merged until so many are left."""


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Fit ``params["n_components"]`` to the training subjects of split ``params["split"]`` of a protocol."""
    one_thread()
    subjects, sketches = load_sketches(inputs["sketches"])
    alike = [0] * len(subjects)  # a subject is its own sequence here, and of no class
    sides = split(subjects, {"subject": subjects}, alike, params["protocol"], params["split"])
    training = [sketches[subjects.index(subject)] for subject in sides["train"]]
    if len(training) > MOST_FITTED:
        training = merged(training, MERGED)
    if len(training) == len(sides["train"]) and len(subjects) <= MOST_SHARED:
        matrix = _shared(inputs["gram"], sides["train"], training)
    else:
        matrix = gram([sketch.rows for sketch in training])
    try:
        basis = pca.fit(matrix, training, range(len(training)), params["n_components"], params["center"])
        parts = None if params["center"] else shared(basis, params["directions"])
    except ValueError as error:
        raise UserError(f"subjects {sides['train']} train: {error}") from None
    save_basis(outputs["basis"], parts or basis, sides)
    kept = basis.energies.sum() / basis.total
    return f"{len(basis.components)} components keep {kept:.2%} of the training subjects' energy, by their sketches"


def _shared(path: Path, subjects: list[int], sketches: list[Sketch]) -> np.ndarray:
    """The products of these subjects' sketches, from the file in which those of all subjects are."""
    with reading(path) as found:

        def product(i: int, j: int) -> np.ndarray:
            first, second = subjects[i], subjects[j]
            if first >= second:
                return found[pair_of(first, second)][()]
            return found[pair_of(second, first)][()].T

        return assembled(product, [len(sketch.rows) for sketch in sketches])
