"""What belongs to the machine and to one run, not to the experiment, and is part of no key."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    """What a job finds where it runs.

    Attributes:
        mirror: where recordings are fetched from first.
        device: what trains: `auto`, `cpu`, `cuda` or `cuda:1`.
        anew: whether the job is done again although it was done before (--forcerun).
    """

    mirror: str | None = None
    device: str = "auto"
    anew: bool = False
