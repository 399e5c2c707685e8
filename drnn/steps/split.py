"""Who trains and who tests in each split of a protocol, as lists of names."""

import json

from drnn.datasets.splits import split
from drnn.datasets.store import SequenceSet
from drnn.files import write_text
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Divide the sequences in each way of ``params["splits"]``, key → its rule, `protocol`, and its number, `split`."""
    sequences = SequenceSet.load(inputs["sequences"])
    excluded = sequences.attributes.get("excluded", {})
    known = (sequences.names, sequences.groups, sequences.labels)
    found = {key: split(*known, part["protocol"], part["split"], excluded) for key, part in params["splits"].items()}
    write_text(outputs["splits"], json.dumps(found, indent=1) + "\n")
    first = next(iter(found.values()))
    counts = f"{len(first['train'])} sequences train, {len(first['test'])} test"
    return counts if len(found) == 1 else f"{len(found)} splits; in the first {counts}"
