"""The features of a split's sequences, cut out of the projected videos."""

import json
from dataclasses import replace
from functools import reduce
from operator import add

from drnn.datasets.store import SequenceSet
from drnn.features.pca import Energy
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.steps.shared.projections import load_projection


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Gather the sequences of both sides; attributes say what the split's basis keeps of its subjects' energy."""
    sides = json.loads(inputs["split"].read_text(encoding="utf-8"))
    sequences = SequenceSet.load(inputs["sequences"])
    position = {name: i for i, name in enumerate(sequences.names)}
    subjects = {side: sorted({int(sequences.subjects[position[n]]) for n in names}) for side, names in sides.items()}
    loaded = [load_projection(path, key_of(inputs["basis"])) for path in inputs["projections"]]
    projected = {one.subject: one for one in loaded}
    names = sides["train"] + sides["test"]
    chosen = [position[name] for name in names]
    labels, performers = sequences.labels[chosen], sequences.subjects[chosen]
    places = [sequences.attributes["places"][name] for name in names]
    vectors = [projected[int(subject)].frames(*place) for subject, place in zip(performers, places, strict=True)]
    features = SequenceSet.of(vectors, names, labels, performers, sequences.classes)
    energies = {side: reduce(add, (projected[s].energy for s in group), Energy()) for side, group in subjects.items()}
    kept = {side: energy.ratio for side, energy in energies.items()}
    attributes = {
        "params": params,
        "train": len(sides["train"]),
        "groups": {"hog3d": [0, features.frames.shape[1]]},
        "energies": {"components": features.frames.shape[1], "subjects": subjects} | kept,
    }
    replace(features, attributes=attributes).save(outputs["features"])
    return f"{len(features)} sequences, {len(features.frames)} frames of {features.frames.shape[1]} values"
