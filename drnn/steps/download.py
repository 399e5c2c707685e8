"""Raw recordings from a mirror or their public address into one verified store."""

from drnn.datasets.acquire import acquire
from drnn.datasets.source import source
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Fetch and verify the recordings of ``params["source"]``."""
    wanted = source(params["source"])
    found = acquire(wanted, outputs["archive"], machine.mirror, params["sample"], params["content"]).part
    return f"{outputs['archive']}: {found.recordings} of {found.of} recordings, {found.verified} verified by checksum"
