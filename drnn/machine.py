"""What belongs to the machine and not to the experiment, and is part of no key."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """Where recordings are fetched from first, and what trains: `auto`, `cpu`, `cuda` or `cuda:1`."""

    mirror: str | None = None
    device: str = "auto"
