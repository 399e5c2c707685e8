"""The sequences of a protocol's training subjects alone: all that a search may look at."""

from dataclasses import replace

from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.steps.shared.sides import sides


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Take the sequences that train; of the others nothing is left, neither labels nor names nor repairs."""
    names = sides(inputs["splits"], params["split"])["train"]
    sequences = SequenceSet.load(inputs["sequences"]).select(names)
    repairs = {name: done for name, done in sequences.attributes["repairs"].items() if name in set(names)}
    attributes = {"repairs": repairs, "listed": len(names), "excluded": {}}
    if sequences.skeleton:
        attributes["skeleton"] = sequences.skeleton.values()
    replace(sequences, attributes=attributes).save(outputs["sequences"])
    return f"{len(sequences)} sequences of {len(set(sequences.subjects.tolist()))} subjects"
