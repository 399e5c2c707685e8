"""Skeletons become feature vectors; what is fitted is fitted on the training sequences alone."""

import json
from dataclasses import replace
from importlib import import_module

from drnn.datasets.store import SequenceSet
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Compute ``params``'s features for the sequences of a split; attributes name which of them train."""
    kind = import_module(f"drnn.features.{params['kind']}")
    sides = json.loads(inputs["split"].read_text(encoding="utf-8"))
    skeletons = SequenceSet.load(inputs["sequences"]).select(sides["train"] + sides["test"])
    positions = [skeletons[i].reshape(-1, 20, 3) for i in range(len(skeletons))]
    described, fitted = kind.prepare(params, positions[: len(sides["train"])])
    vectors = [described(p) for p in positions]
    attributes = {"params": params, "train": len(sides["train"])} | fitted
    features = SequenceSet.of(vectors, skeletons.names, skeletons.labels, skeletons.subjects, skeletons.classes)
    replace(features, attributes=attributes).save(outputs["features"])
    return f"{len(features)} sequences, {features.frames.shape[0]} frames of {features.frames.shape[1]} values"
