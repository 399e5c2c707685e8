"""One run at a time in a checkout: the lock goes with the process that holds it, however that ends."""

import errno
import fcntl
import logging
import os
from io import TextIOWrapper
from pathlib import Path

from drnn.errors import UserError

LOCK = Path(".snakemake/run.lock")
HELD = (errno.EWOULDBLOCK, errno.EACCES)
"""What a system answers where another process holds the lock; all else is the file system's own trouble."""

log = logging.getLogger(__name__)


def only_run(path: Path = LOCK) -> TextIOWrapper:
    """Take the lock; it is held until the file that is returned is closed, or its process ends.

    Where the file system knows no locks there is none to take: a warning says so.

    Raises:
        UserError: another process holds it; says which, and what to do.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in HELD:
            raise UserError(_at_work(file)) from None
        log.warning(
            "%s: the file system has no locks (%s): nothing keeps a second run out of this folder; start one at a time",
            *(path, error.strerror),
        )
    file.truncate(0)
    file.write(f"{os.getpid()} on {os.uname().nodename}\n")
    file.flush()
    return file


def _at_work(file: TextIOWrapper) -> str:
    """Who holds the lock, told by the file, which is closed."""
    with file:
        file.seek(0)
        holder = file.read().strip() or "unknown"
    return (
        f"another run is at work in this folder (process {holder}): wait until it ends, then run again; what it makes "
        "will not be made twice"
    )
