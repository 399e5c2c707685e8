"""Who trains and who tests in each split of a protocol, as lists of names."""

import json

from drnn.datasets.splits import split
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.files import write_text
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Divide the sequences in each way of ``params["splits"]``, key → its rule, `protocol`, and its number, `split`."""
    sequences = SequenceSet.load(inputs["sequences"])
    excluded = sequences.attributes.get("excluded", {})
    known = (sequences.names, sequences.groups, sequences.labels)
    found = {key: split(*known, part["protocol"], part["split"], excluded) for key, part in params["splits"].items()}
    _check_classes(sequences, found)
    write_text(outputs["splits"], json.dumps(found, indent=1) + "\n")
    first = next(iter(found.values()))
    counts = f"{len(first['train'])} sequences train, {len(first['test'])} test"
    return counts if len(found) == 1 else f"{len(found)} splits; in the first {counts}"


def _check_classes(sequences: SequenceSet, found: dict[str, dict[str, list[str]]]) -> None:
    """Refuse a split from which nothing can be learnt."""
    label = dict(zip(sequences.names, sequences.labels.tolist(), strict=True))
    for number, sides in enumerate(found.values()):
        if len(known := {label[name] for name in sides["train"]}) < 2:
            alone = sequences.classes[known.pop()]
            raise UserError(
                f"split {number}: all {len(sides['train'])} sequences that train are of class {alone!r}; "
                "take another protocol, or record more of the others"
            )
