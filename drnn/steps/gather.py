"""The features of a split's sequences, cut out of the projected videos."""

from functools import reduce
from operator import add

import numpy as np

from drnn.datasets.store import SequenceSet
from drnn.features.pca import Energy
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps.shared.projections import projected
from drnn.steps.shared.sides import sides


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Gather the sequences of both sides; attributes say what the split's basis keeps of its subjects' energy."""
    params = dict(params)
    of_sides = sides(inputs["splits"], params.pop("split"))
    sequences = SequenceSet.load(inputs["sequences"])
    position = {name: i for i, name in enumerate(sequences.names)}
    subjects = {side: sorted({int(sequences.subjects[position[n]]) for n in names}) for side, names in of_sides.items()}
    by_subject = projected(inputs["projections"], key_of(inputs["basis"]))
    names = of_sides["train"] + of_sides["test"]
    chosen = [position[name] for name in names]
    labels, performers = sequences.labels[chosen], sequences.subjects[chosen]
    places = [sequences.attributes["places"][name] for name in names]
    of_performers = [by_subject[int(subject)] for subject in performers]
    vectors = (one.frames(*place) for one, place in zip(of_performers, places, strict=True))
    size = of_performers[0].frames(*places[0]).shape[1]
    energies = {side: reduce(add, (by_subject[s].energy for s in group), Energy()) for side, group in subjects.items()}
    kept = {side: energy.ratio for side, energy in energies.items()}
    attributes = {
        "params": params,
        "train": len(of_sides["train"]),
        "groups": {"hog3d": [0, size]},
        "energies": {"components": size, "subjects": subjects} | kept,
    }
    lengths = np.array([stop - first for _, first, stop in places])
    nothing = np.empty((0, size), np.float32)
    features = SequenceSet(nothing, lengths, labels, performers, names, sequences.classes, attributes)
    features.save_parts(outputs["features"], vectors, size)
    return f"{len(features)} sequences, {lengths.sum()} frames of {size} values"
