"""Brings one file over HTTP into a folder: pooch, and the bound on the whole time that pooch lacks."""

from concurrent.futures import Future, wait
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pooch
import requests
from tqdm import tqdm

from drnn.datasets.source import File
from drnn.errors import UserError

pooch.get_logger().setLevel("WARNING")  # it announces each attempt


class UnreachableError(UserError):
    """The address does not answer, or too slowly: it is not worth asking for another file."""


class Patience(NamedTuple):
    """How long an address may keep one waiting. With these values two bad addresses end within a minute."""

    timeout: float = 5.0  # seconds to connect, and without a byte, before an attempt is given up
    retries: int = 2  # attempts after the first; pooch waits 1 s before the first of them, then 2 s and so on
    window: float = 12.0  # seconds, each of which has to bring …
    rate: float = 1000.0  # … bytes a second, over all attempts


PATIENCE = Patience()


def fetch(url: str, file: File, folder: Path, patience: Patience = PATIENCE) -> Path:
    """Download ``url`` into ``folder``, whole or not at all; a bar is shown on a terminal.

    A ``file`` that is there already and has its checksum is not asked for again.

    Raises:
        UserError: the address has no such file, or another one.
        UnreachableError: it does not answer, breaks off each time, stalls or is too slow.
        OSError: ``folder`` cannot be written, for example a full disk.
    """
    name = file.name
    if file.checksum is None:  # pooch takes any file of this name for it
        (folder / name).unlink(missing_ok=True)
    registry = {name: file.checksum}
    fetcher = pooch.create(folder, "", registry=registry, urls={name: url}, retry_if_failed=patience.retries)
    outcome: Future[str] = Future()
    with _Progress(desc=name, unit="B", unit_scale=True, disable=None, leave=False) as progress:
        # No time-out of a socket sees a slow drip or a silent name server: a thread, which may be left behind.
        Thread(target=_settle, args=(outcome, fetcher, name, progress, patience.timeout), daemon=True).start()
        received = 0
        while not wait([outcome], timeout=patience.window).done:
            came = progress.received - received
            if came < patience.window * patience.rate:
                raise UnreachableError(
                    f"{url}: {came} bytes came in {patience.window:g} s; expected at least {patience.rate:g} a second"
                )
            received += came
    try:
        return Path(outcome.result())
    except (ValueError, OSError) as error:
        if getattr(error, "errno", None) is not None:  # the disk's; those of requests have none
            raise
        kind = UnreachableError if isinstance(error, OSError) else UserError  # ValueError: another checksum
        raise kind(f"{url}: {error}; tried {patience.retries + 1} times") from None


def _settle(outcome: Future, fetcher: pooch.Pooch, name: str, progress: "_Progress", timeout: float) -> None:
    """Let pooch fetch the file, with its retries."""
    # A slow line has to bring a chunk within each window.
    download = pooch.HTTPDownloader(progressbar=progress, timeout=timeout, chunk_size=2**13)

    def attempt(url: str, *to) -> None:
        progress.reset()
        try:
            download(url, *to)
        except requests.HTTPError as error:
            if error.response.status_code in (401, 403, 404, 410):  # another attempt would not help
                raise UserError(f"{error}: no such file there") from None
            raise

    try:
        outcome.set_result(fetcher.fetch(name, downloader=attempt))
    except BaseException as error:
        outcome.set_exception(error)


class _Progress(tqdm):
    """The bar that pooch feeds, and the count of bytes by which a stalled transfer is known, over all attempts."""

    received = 0

    def update(self, n: int = 1) -> None:
        """``n`` bytes came."""
        self.received += n
        super().update(n)

    def __bool__(self) -> bool:
        """Pooch feeds what is true, and tqdm is not where the size is unknown."""
        return True
