"""Who trains and who tests, as lists of names."""

import json

from drnn.datasets.splits import split
from drnn.datasets.store import SequenceSet
from drnn.files import write_text
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Divide the sequences by the rule ``params["protocol"]``; ``params["split"]`` numbers the protocol's splits."""
    sequences = SequenceSet.load(inputs["sequences"])
    excluded = sequences.attributes.get("excluded", {})
    known = (sequences.names, sequences.groups, sequences.labels)
    sides = split(*known, params["protocol"], params["split"], excluded)
    write_text(outputs["split"], json.dumps(sides, indent=1) + "\n")
    return f"{len(sides['train'])} sequences train, {len(sides['test'])} test"
