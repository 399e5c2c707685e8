"""Raw recordings from a mirror or their public address into one verified store."""

from drnn.datasets.download import download
from drnn.datasets.manifest import SOURCES
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Fetch and verify the recordings of ``params["source"]``."""
    download(SOURCES[params["source"]], outputs["archive"], machine.mirror)
    return f"{outputs['archive']}: every member verified"
