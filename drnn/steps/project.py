"""One subject's videos, each described frame projected on the bases of all splits."""

from collections.abc import Callable
from operator import add

import numpy as np

from drnn.arrays import write_arrays
from drnn.features import pca, shared_projection
from drnn.features.hog3d import CellBlock
from drnn.features.pca import Energy
from drnn.features.shared_projection import Shared
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps.shared.bases import load_basis
from drnn.steps.shared.described import cells, decode
from drnn.steps.shared.one_thread import one_thread

Projection = Callable[[CellBlock], tuple[list[np.ndarray], list[Energy]]]


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Project the videos of subject ``params["subject"]``; a basis goes by the key in its file's name.

    The result for one basis does not depend on the others.
    """
    one_thread()
    keys = list(map(key_of, inputs["bases"]))
    bases = list(map(load_basis, inputs["bases"]))
    project = _projection(bases)
    decoded = decode(inputs["recordings"], params["reader"], params["subject"])
    places, energies, end = {}, [Energy()] * len(keys), 0
    coordinates = [[np.empty((0, len(basis)), np.float32)] for basis in bases]
    for name, block in cells(decoded, params["grid"]):
        of_video, kept = project(block)
        places[name] = [end, block.frames.start, block.frames.stop]
        end += len(block.frames)
        for of_basis, values in zip(coordinates, of_video, strict=True):
            of_basis.append(values)
        energies = list(map(add, energies, kept))
    arrays = {key: np.concatenate(values) for key, values in zip(keys, coordinates, strict=True)}
    sums = {key: [energy.kept, energy.total] for key, energy in zip(keys, energies, strict=True)}
    about = {"subject": params["subject"], "places": places, "energies": sums}
    write_arrays(outputs["projection"], arrays, about)
    return f"{end} frames of {len(places)} videos on {len(keys)} bases"


def _projection(bases: list) -> Projection:
    """By the shared directions of cells, or, for bases with a mean, frame by frame."""
    if all(isinstance(basis, Shared) for basis in bases):
        by_cells = shared_projection.projector(bases)

        def project(block: CellBlock):
            coordinates = by_cells(block)
            return coordinates, shared_projection.energies(block, coordinates)

        return project
    by_frames = pca.projector(bases)

    def project_frames(block: CellBlock):
        frames = block.descriptors().reshape(len(block.frames), -1)
        coordinates = by_frames(frames)
        return coordinates, pca.energies(bases, frames, coordinates)

    return project_frames
