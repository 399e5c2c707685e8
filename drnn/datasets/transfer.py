"""Brings one file over HTTP: tried again when the transfer breaks, given up when it stalls."""

import hashlib
import logging
import sys
import zipfile
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from drnn.datasets.resume import OtherContentError, Wanted, go_on
from drnn.errors import UserError

log = logging.getLogger(__name__)


class TransferError(UserError):
    """An address did not bring the file; names the address and what came instead."""


class NoArchiveError(TransferError):
    """The address answered, and has no such file: trying again would not help, another address may."""


@dataclass(frozen=True)
class Patience:
    """How long an address may keep one waiting. With these values, two bad addresses end within a minute.

    Attributes:
        connect: seconds to connect.
        silence: seconds without a byte before an attempt is given up.
        retries: attempts after the first; pooch waits 1 s before the first of them, then 2 s and so on.
        window, rate: each ``window`` seconds must bring ``rate`` bytes a second, over all attempts: this ends
            what no timeout of a socket sees, a slow drip or a name server that does not answer.
    """

    connect: float = 5.0
    silence: float = 6.0
    retries: int = 2
    window: float = 12.0
    rate: float = 1000.0


PATIENCE = Patience()


def fetch(url: str, folder: Path, patience: Patience = PATIENCE, wanted: Wanted | None = None) -> Path:
    """Download the file at ``url`` into ``folder``; a progress bar is shown on a terminal.

    Args:
        url: where the file lies.
        folder: where it shall lie.
        patience: timeouts and retries.
        wanted: its name and checksum; what came before a transfer broke is then kept in ``folder``, and an
            attempt, also that of another process, goes on from there. Default: any zip archive, anew each time.

    Returns:
        The path of the file in ``folder``.

    Raises:
        NoArchiveError: the address answered with a client error (404) or with what is not the file.
        TransferError: it is unreachable, refuses, stalls, is too slow or sends broken archives only.
        OSError: ``folder`` cannot be written, for example a full disk.
    """
    outcome: Future[Path] = Future()
    with _Progress(url) as progress:
        # A thread that is left behind when it hangs (a daemon): no timeout of a socket bounds a whole transfer.
        Thread(target=_settle, args=(outcome, url, folder, patience, wanted, progress), daemon=True).start()
        received = 0
        while not wait([outcome], timeout=patience.window).done:
            if progress.received - received < patience.window * patience.rate:
                progress.abandoned = True
                raise TransferError(
                    f"{url}: about {progress.received - received} bytes came in {patience.window:g} s; "
                    f"expected at least {patience.rate:g} a second"
                )
            received = progress.received
    return outcome.result()


def _settle(outcome: Future, *arguments) -> None:
    try:
        outcome.set_result(_retrieve(*arguments))
    except BaseException as error:
        outcome.set_exception(error)


def _retrieve(url: str, folder: Path, patience: Patience, wanted: Wanted | None, progress: "_Progress") -> Path:
    """Let pooch fetch the file, with its retries; its exceptions become ours."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it announces a path that is gone when the reader looks
    name = wanted.name if wanted else "archive.zip"
    fetcher = pooch.create(
        path=folder, base_url="", registry={name: None}, urls={name: url}, retry_if_failed=patience.retries
    )
    options = {"progressbar": progress, "timeout": (patience.connect, patience.silence)}
    # One for each address: two of them may bring different bytes.
    part = folder / f"{name}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part"

    def attempt(url: str, file: str, fetcher) -> None:
        """One attempt, in the form that pooch asks for."""
        try:
            if wanted:
                go_on(url, part, wanted, **options)
                part.replace(file)
            else:
                pooch.HTTPDownloader(**options)(url, file, fetcher)
                _check_archive(url, Path(file))
        except OtherContentError as error:
            raise NoArchiveError(f"{url}: {error}") from None
        except (requests.RequestException, ValueError) as error:
            _refuse_client_error(url, error)
            log.debug("%s: attempt failed: %s", url, error)
            raise

    try:
        return Path(fetcher.fetch(name, downloader=attempt))
    except (requests.RequestException, ValueError) as error:
        raise TransferError(f"{url}: {_cause(error)}; tried {patience.retries + 1} times") from None
    except OSError as error:
        if error.errno is None:  # requests reports a missing file of certificates so
            raise TransferError(f"{url}: {error}") from None
        raise


def _check_archive(url: str, path: Path) -> None:
    """Tell what will never be an archive from what may be one that was cut short (ValueError: pooch tries again)."""
    if zipfile.is_zipfile(path):
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(40)
    if start and not start.startswith(b"PK"):
        raise NoArchiveError(f"{url}: is not a zip archive: {size} bytes came that start with {start!r}")
    raise ValueError(f"the archive was cut short after {size} bytes")


def _refuse_client_error(url: str, error: Exception) -> None:
    """A status 4xx is final, but for a timeout (408), a part that is not there (416) and a request to wait (429)."""
    response = getattr(error, "response", None)
    if response is not None and 400 <= response.status_code < 500 and response.status_code not in (408, 416, 429):
        raise NoArchiveError(f"{url}: expected a file, got status {response.status_code} ({response.reason})") from None


def _cause(error: BaseException) -> str:
    """The innermost message: requests wraps 'Connection refused' in three layers of its own words."""
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    if isinstance(inner, BaseException):
        return _cause(inner)
    return str(error) or type(error).__name__


class _Progress:
    """The progress bar that pooch feeds, and the count of bytes by which a stalled transfer is known."""

    def __init__(self, url: str):
        from rich import progress as shown
        from rich.console import Console

        columns = shown.TextColumn("{task.description}"), shown.BarColumn(), shown.DownloadColumn()
        columns += shown.TransferSpeedColumn(), shown.TimeRemainingColumn()
        self._bar = shown.Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
        self._task = self._bar.add_task(url.rpartition("/")[2], total=None)
        self.received = 0
        self.abandoned = False
        self.total = 0

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def update(self, size: int) -> None:
        """Called by pooch for each chunk of ``size`` bytes, and at the end once for the whole."""
        if self.abandoned:
            raise TransferError("given up")
        self.received += size
        self._bar.update(self._task, total=self.total or None, advance=size)

    def reset(self) -> None:
        """Called by pooch before it fills the bar."""
        self._bar.reset(self._task)

    def close(self) -> None:
        """Called by pooch after the last update; the bar is stopped by whoever opened it."""
