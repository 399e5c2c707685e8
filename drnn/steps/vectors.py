"""Sequences become feature vectors; what is fitted is fitted on the training sequences alone."""

from dataclasses import replace
from importlib import import_module

from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.steps.shared.sides import sides


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Compute ``params``'s features for the sequences of a split; attributes name which of them train."""
    kind = import_module(f"drnn.features.{params['kind']}")
    params = dict(params)
    names = sides(inputs["splits"], params.pop("split"))
    train = len(names["train"])
    chosen = SequenceSet.load(inputs["sequences"]).select(names["train"] + names["test"])
    skeleton = chosen.skeleton_for(f"features of kind {params['kind']}") if kind.NEEDS_SKELETON else None
    sequences = [chosen.posed(i) for i in range(len(chosen))]
    described, fitted = kind.prepare(params, sequences[:train], skeleton)
    vectors = [described(sequence) for sequence in sequences]
    attributes = {"params": params, "train": train} | fitted
    features = SequenceSet.of(vectors, chosen.names, chosen.labels, chosen.subjects, chosen.classes)
    replace(features, attributes=attributes).save(outputs["features"])
    return f"{len(features)} sequences, {features.frames.shape[0]} frames of {features.frames.shape[1]} values"
