"""Whole files or none: everything is written under a temporary name and renamed when it is complete."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drnn.errors import UserError

IN_THE_WAY = (errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE)
"""Why a whole file may not be readable."""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` if the block succeeds, remove it if not.

    Raises:
        UserError: the folder cannot be written or the disk is full; names the file and the remedy.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.filename is not None and Path(error.filename) not in (temporary, *path.parents, path):
            raise
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); "
            "free space or make the folder writable, then run again: finished files are kept"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def readable(path: str | Path) -> Iterator[None]:
    """Tell a file that cannot be read now from one that is damaged, which would be deleted and made again.

    Raises:
        UserError: rights or the disk are in the way; names the file, the reason and the remedy.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in IN_THE_WAY:
            raise
        reason = os.strerror(error.errno)
        raise UserError(f"{path}: cannot be read ({reason}); it is kept: see to that, then run again") from None


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write ``content`` to ``path``, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, content: str) -> None:
    """Write ``content`` to ``path`` as UTF-8, whole or not at all."""
    write_bytes(path, content.encode())
