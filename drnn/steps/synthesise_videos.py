"""Synthetic videos, named, cut and listed as KTH's are."""

from drnn.datasets.archive import write_store
from drnn.datasets.synthetic_kth import Synthesis, videos
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Render ``params["scenarios"]`` videos of each action for each of ``params["subjects"]`` figures."""
    synthesis = Synthesis(**params)
    write_store(videos(synthesis), outputs["archive"])
    return f"{len(list(synthesis))} synthetic videos"
