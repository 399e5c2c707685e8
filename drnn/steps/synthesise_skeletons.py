"""Synthetic recordings, written in MSR Action3D's file format."""

from drnn.datasets.archive import write_store
from drnn.datasets.msr_action3d import format_frames
from drnn.datasets.synthetic import synthesise
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Draw ``params["subjects"]`` figures and let each perform every action ``params["repetitions"]`` times."""
    performances = synthesise(**params)
    members = [(name, format_frames(positions)) for name, positions in performances]
    write_store(members, outputs["archive"])
    return f"{len(members)} synthetic sequences"
