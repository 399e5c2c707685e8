"""Who trains and who tests, as lists of names."""

import json

from drnn.datasets.splits import split
from drnn.datasets.store import SequenceSet
from drnn.files import write_text
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Divide the sequences by ``params["protocol"]``; ``params["split"]`` numbers the random ones."""
    sequences = SequenceSet.load(inputs["sequences"])
    excluded = sequences.attributes.get("excluded", {})
    sides = split(sequences.names, sequences.subjects, params["protocol"], params["split"], excluded)
    write_text(outputs["split"], json.dumps(sides, indent=1) + "\n")
    return f"{len(sides['train'])} sequences train, {len(sides['test'])} test"
