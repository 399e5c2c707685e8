"""Raw recordings from a mirror or their public address into one verified store."""

from drnn.datasets.collect import collect
from drnn.datasets.download import download
from drnn.datasets.manifest import SOURCES, Collection
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Fetch and verify the recordings of ``params["source"]``."""
    source, store = SOURCES[params["source"]], outputs["archive"]
    if isinstance(source, Collection):
        found = collect(source, store, machine.mirror, params["sample"], params["content"])
        return f"{store}: {found.recordings} of {found.of} recordings, {found.verified} verified by checksum"
    download(source, store, machine.mirror)
    return f"{store}: every member verified"
