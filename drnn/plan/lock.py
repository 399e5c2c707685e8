"""One run at a time in a checkout: the lock goes with the process that holds it, however that ends."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from drnn.errors import UserError

LOCK = Path(".snakemake/run.lock")


def only_run(path: Path = LOCK) -> TextIOWrapper:
    """Take the lock; it is held until the file that is returned is closed, or its process ends.

    Raises:
        UserError: another process holds it; says which, and what to do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise UserError(
            f"another run is at work in this folder (process {holder}): wait until it ends, then run again; what it "
            "makes will not be made twice"
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()} on {os.uname().nodename}\n")
    file.flush()
    return file
