"""The PCA of one split, fitted to its training subjects alone."""

from drnn.arrays import read_arrays
from drnn.datasets.splits import split
from drnn.errors import UserError
from drnn.features import pca
from drnn.features.shared_projection import shared
from drnn.machine import Machine
from drnn.steps.shared.bases import save_basis
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import load_sketches


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Fit ``params["n_components"]`` to the training subjects of split ``params["split"]`` of a protocol."""
    one_thread()
    sketches, subjects = [], []
    for sketch, about in load_sketches(inputs["sketches"]):
        if sketch:
            sketches.append(sketch)
            subjects.append(about["subject"])
    alike = [0] * len(subjects)  # a subject is its own sequence here, and of no class
    sides = split(subjects, {"subject": subjects}, alike, params["protocol"], params["split"])
    arrays, _ = read_arrays(inputs["gram"])
    training = [subjects.index(subject) for subject in sides["train"]]
    try:
        basis = pca.fit(arrays["gram"], sketches, training, params["n_components"], params["center"])
        parts = None if params["center"] else shared(basis, params["directions"])
    except ValueError as error:
        raise UserError(f"subjects {sides['train']} train: {error}") from None
    save_basis(outputs["basis"], parts or basis, sides)
    kept = basis.energies.sum() / basis.total
    return f"{len(basis.components)} components keep {kept:.2%} of the training subjects' energy, by their sketches"
