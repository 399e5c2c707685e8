"""Brings the raw recordings of a dataset, from a mirror or the public address, into one canonical store."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO

from drnn.datasets.archive import read_archive, read_folder, write_store
from drnn.datasets.manifest import Source, checksums
from drnn.datasets.transfer import PATIENCE, NoArchiveError, Patience, fetch
from drnn.errors import UserError

log = logging.getLogger(__name__)


def download(source: Source, output: str | Path, mirror: str | None = None, patience: Patience = PATIENCE) -> None:
    """Write the store of ``source``: the same bytes, whatever the source that brought the recordings.

    Args:
        source: the dataset.
        output: the store, a zip archive with one member for each line of the manifest (``write_store``).
        mirror: where to look before the public address: a folder or http(s) address that holds
            ``<name>/<archive>`` or ``<archive>``, a folder that holds the loose recordings, or a zip archive.
        patience: timeouts and retries of an http(s) address.

    Raises:
        UserError: no source brought the recordings (names each, what was expected, what came, the remedies),
            or ``output`` cannot be written.
    """
    output = Path(output)
    log.info("%s: %s", source.name, source.terms)
    addresses = list(dict.fromkeys([mirror or source.url, source.url]))
    failures = []
    for address in addresses:
        try:
            if address.startswith(("http://", "https://")):
                members = _read_remote(source, address, output, patience)
            else:
                members = _read_local(source, address)
        except UnwritableError:
            raise
        except UserError as error:
            failures.append(str(error))
            if address is not addresses[-1]:
                log.warning("%s; trying the next source", error)
        else:
            write_store(members.items(), output)
            return
    raise UserError(_explain(source, failures))


class UnwritableError(UserError):
    """The fault is not the source's: the next one would not help."""

    @classmethod
    def of(cls, output: Path, error: OSError) -> "UnwritableError":
        """The error in words that name ``output`` and the remedy."""
        return cls(
            f"{output}: cannot be written ({error.strerror or error}); "
            "free space or make the folder writable, then run again"
        )


def _read_local(source: Source, address: str) -> dict[str, bytes]:
    """The verified recordings, by name, that a folder or a zip archive holds."""
    expected = checksums(source)
    try:
        local = Path(address).expanduser()
        if not local.exists():
            raise UserError(f"{address}: no such file or folder")
        for archive in (local, local / source.name / source.archive, local / source.archive):
            if archive.is_file():
                return read_archive(archive, expected, source.members_under)
        own = local / source.name
        return read_folder(own if own.is_dir() else local, expected)
    except (OSError, RuntimeError) as error:  # RuntimeError: a home folder (~name) that does not exist
        raise UserError(f"{address}: cannot be read ({error})") from None


def _read_remote(source: Source, address: str, output: Path, patience: Patience) -> dict[str, bytes]:
    """The verified recordings, by name, of the archive at or below an http(s) address."""
    with _scratch(output) as scratch:
        path, url = _fetch_first(_candidates(source, address), scratch, patience)
        return read_archive(path, checksums(source), source.members_under, url)


def _candidates(source: Source, address: str) -> list[str]:
    """The addresses at which the archive may lie."""
    if address == source.url or address.endswith(".zip"):
        return [address]
    base = address.rstrip("/")
    return [f"{base}/{source.name}/{source.archive}", f"{base}/{source.archive}"]


def _fetch_first(urls: list[str], scratch: Path, patience: Patience) -> tuple[Path, str]:
    """Fetch from the first address that has an archive; one that cannot be reached ends the search."""
    absent = []
    for url in urls:
        try:
            return fetch(url, scratch, patience), url
        except NoArchiveError as error:
            absent.append(str(error))
    raise UserError("; ".join(absent))


@contextmanager
def _scratch(output: Path) -> Iterator[Path]:
    """A folder beside ``output`` for a download in progress, removed at the end.

    Raises:
        UserError: it cannot be written.
    """
    import fcntl

    folder = None
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(output)
        folder = Path(tempfile.mkdtemp(prefix=f".{output.name}.", suffix=".download", dir=output.parent))
        with (folder / "lock").open("w") as lock:
            with suppress(OSError):  # a file system without locks: leftovers stay, nothing worse
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
    except OSError as error:
        raise UnwritableError.of(output, error) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept(output: Path) -> Iterator[Path]:
    """A folder beside ``output`` for files on their way: kept when the block fails, so that the next run goes on.

    It goes when the block succeeds, and when nothing has come. While another process has it, it is a folder
    that does not stay.

    Raises:
        UserError: it cannot be written.
    """
    folder = output.parent / f".{output.name}.kept"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as lock:
            if _held_by_another(lock):
                with _scratch(output) as scratch:
                    yield scratch
                return
            try:
                yield folder
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                if folder.exists() and not any(path.stat().st_size for path in folder.iterdir()):
                    shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise UnwritableError.of(output, error) from error


def _held_by_another(lock: IO) -> bool:
    """Take the lock; whether another process has it."""
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    return False


def _remove_leftovers(output: Path) -> None:
    """Remove what killed downloads left: their locks are free, that of a running download is held."""
    import fcntl

    for lock in output.parent.glob(f".{escape(output.name)}.*.download/lock"):
        with suppress(OSError), lock.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _explain(source: Source, failures: list[str]) -> str:
    """The last word: every source that was tried, and what a user can do."""
    count = len(checksums(source))
    return "\n".join(
        [
            f"{source.name}: no source brought its {count} recordings; tried",
            *(f"  - {failure}" for failure in failures),
            f"expected: {source.archive}, or the {count} files of drnn/datasets/{source.manifest}. Either",
            "  - set DRNN_DATA_MIRROR (or --mirror) to a folder or an http(s) address with "
            f"{source.name}/{source.archive},",
            f"  - get {source.url} by hand, put it or its loose files into a folder, and name that folder so,",
            "  - or run the offline demo, which needs no download: snakemake --cores 2 demo",
        ]
    )
