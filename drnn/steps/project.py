"""The videos of some subjects, each described frame projected on the bases of all splits."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import add, itemgetter

import numpy as np

from drnn.arrays import Writer, writing
from drnn.features import pca, shared_projection
from drnn.features.hog3d import CellBlock
from drnn.features.pca import Energy
from drnn.features.shared_projection import Shared
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps.shared.bases import load_basis
from drnn.steps.shared.described import cells
from drnn.steps.shared.one_thread import one_thread

Projection = Callable[[CellBlock], tuple[list[np.ndarray], list[Energy]]]


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Project the videos of ``params["subjects"]``; a basis goes by the key in its file's name.

    The result for one basis does not depend on the others. In memory are the bases, the cells of some frames, and the
    coordinates of one video.
    """
    one_thread()
    keys = list(map(key_of, inputs["bases"]))
    bases = list(map(load_basis, inputs["bases"]))
    project = _projection(bases)
    about: dict[str, dict] = {}
    with writing(outputs["projections"], about) as writer:
        for subject in params["subjects"]:
            pieces = cells(inputs["recordings"], params["reader"], subject, params["grid"])
            about[str(subject)] = _projected(pieces, keys, project, writer)
    videos = sum(len(one["first"]) for one in about.values())
    return f"{videos} videos of {len(about)} subjects on {len(keys)} bases"


def _projected(
    pieces: Iterable[tuple[str, CellBlock]], keys: list[str], project: Projection, writer: Writer
) -> dict[str, dict]:
    """Write a subject's videos; the first described frame of each, and what each basis keeps of their energy."""
    first: dict[str, int] = {}
    energies = [Energy()] * len(keys)
    for name, of_video in groupby(pieces, key=itemgetter(0)):
        parts = []
        for _, block in of_video:
            first.setdefault(name, block.frames.start)
            coordinates, kept = project(block)
            parts.append(coordinates)
            energies = list(map(add, energies, kept))
        for key, values in zip(keys, zip(*parts, strict=True), strict=True):
            writer.add(f"{key}.{name}", np.concatenate(values))
    sums = {key: [energy.kept, energy.total] for key, energy in zip(keys, energies, strict=True)}
    return {"first": first, "energies": sums}


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
