"""The splits of a dataset: one job a protocol divides the sequences in all of its ways."""

from collections.abc import Mapping
from dataclasses import dataclass

from drnn import keys
from drnn.plan.jobs import Files, Job, Jobs, code_of_step

Place = tuple[str, int]
"""A protocol and one of its splits."""


@dataclass(frozen=True)
class Split:
    """One split.

    Attributes:
        names: of its dataset and protocol, and its number.
        key: hash of what makes it, whichever others there are.
        path: file that holds it under its key, beside the others.
    """

    names: dict[str, str]
    key: str
    path: str

    @property
    def told(self) -> dict[str, str]:
        """What a step is told that needs it."""
        return {"split": self.key}

    @property
    def holders(self) -> Files:
        """The file that the step finds it in."""
        return {"splits": self.path}


def add_splits(jobs: Jobs, sequences: Job, rules: Mapping[Place, dict], dataset: str) -> dict[Place, Split]:
    """Add the jobs that divide a dataset's sequences by these rules."""
    inputs = {"sequences": sequences.outputs["sequences"]}
    by_protocol: dict[str, dict[str, dict]] = {}
    found = {}
    for (protocol, number), rule in rules.items():
        part = {"protocol": rule, "split": number}
        key = keys.key("split", part, inputs.values(), code_of_step("split", {}))
        by_protocol.setdefault(protocol, {})[key] = part
        found[protocol, number] = key
    added = {
        protocol: jobs.add("split", {"splits": parts}, inputs, dataset=dataset, protocol=protocol)
        for protocol, parts in by_protocol.items()
    }
    return {
        (protocol, number): Split(added[protocol].names | {"split": str(number)}, key, added[protocol].makes[0])
        for (protocol, number), key in found.items()
    }
