"""Which frames of which videos are the sequences of a dataset."""

from importlib import import_module

from drnn.datasets.cuts import Decoded, sequences
from drnn.machine import Machine
from drnn.steps.shared.sketches import load_videos


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Cut the videos as ``params["cut"]`` says; what is shortened or left out is logged and counted in the store."""
    reader = import_module(f"drnn.datasets.{params['reader']}")
    decoded = Decoded({}, {}, {})
    for about in load_videos(inputs["sketches"]):
        decoded.pictures.update(about["pictures"])
        decoded.frames.update(about["videos"])
        decoded.faults.update(about["faults"])
    with reader.Store(inputs["recordings"]) as store:
        found = sequences(store.videos, decoded, reader.ACTIONS, params["cut"], params["on_empty"], store.part)
    found.save(outputs["sequences"])
    repairs = found.attributes
    return f"{len(found)} sequences; shortened {len(repairs['repairs'])}, excluded {len(repairs['excluded'])}"
