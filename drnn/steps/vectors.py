"""Sequences become feature vectors; what is fitted is fitted on the training sequences alone."""

import json
from dataclasses import replace
from importlib import import_module

from drnn.datasets.store import SequenceSet
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Compute ``params``'s features for the sequences of a split; attributes name which of them train."""
    kind = import_module(f"drnn.features.{params['kind']}")
    sides = json.loads(inputs["split"].read_text(encoding="utf-8"))
    chosen = SequenceSet.load(inputs["sequences"]).select(sides["train"] + sides["test"])
    skeleton = chosen.skeleton_for(f"features of kind {params['kind']}") if kind.NEEDS_SKELETON else None
    sequences = [chosen.posed(i) for i in range(len(chosen))]
    described, fitted = kind.prepare(params, sequences[: len(sides["train"])], skeleton)
    vectors = [described(sequence) for sequence in sequences]
    attributes = {"params": params, "train": len(sides["train"])} | fitted
    features = SequenceSet.of(vectors, chosen.names, chosen.labels, chosen.subjects, chosen.classes)
    replace(features, attributes=attributes).save(outputs["features"])
    return f"{len(features)} sequences, {features.frames.shape[0]} frames of {features.frames.shape[1]} values"
