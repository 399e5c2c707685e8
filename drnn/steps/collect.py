"""One's own files from a folder or archive into one store, as they were when the run was planned."""

from functools import partial

from drnn.datasets.archive import write_store
from drnn.datasets.collection import Collection
from drnn.errors import UserError
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Store the files ``params["names"]`` of ``params["path"]``, whose content has to be ``params["content"]``."""
    with Collection(params["path"]) as collection:
        names = params["names"]
        if missing := [name for name in names if name not in collection.names]:
            raise UserError(f"{params['path']}: {missing[0]} was there when the run was planned; put it back")
        if collection.content(names) != params["content"]:
            raise UserError(f"{params['path']}: its files changed since the run was planned; run again")
        write_store([(name, partial(collection.read, name)) for name in names], outputs["archive"])
    return f"{outputs['archive']}: {len(names)} files"
