"""Recordings, read and repaired, as one store of skeletons."""

from importlib import import_module

from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Read the archive with the dataset's own reader; repairs are logged and counted in the store."""
    sequences = import_module(f"drnn.datasets.{params['reader']}").read(inputs["archive"], params["on_empty"])
    sequences.save(outputs["sequences"])
    repairs = sequences.attributes
    return f"{len(sequences)} sequences; repaired {len(repairs['repairs'])}, excluded {len(repairs['excluded'])}"
