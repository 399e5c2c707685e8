"""A transfer that goes on where the last one stopped, be it that of a killed process; its checksum is the proof."""

import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple


class Wanted(NamedTuple):
    """A file that is known by its checksum: SHA-1 or sha256 (hex), told apart by their length."""

    name: str
    checksum: str


CHUNK = 2**13
"""Bytes that are written at a time; as many may be lost when a transfer breaks. `transfer.Patience` bounds it: a
slow line has to bring one within each window."""


class OtherContentError(ValueError):
    """A whole transfer from its first byte brought another content: trying again would not help."""


def go_on(url: str, part: Path, wanted: Wanted, **options) -> None:
    """Download ``url`` to the end of ``part``, or from the start where the server does not know parts.

    Args:
        url: where the file lies.
        part: what came so far; kept when the transfer breaks or the archive is cut short.
        wanted: the name and the checksum of the whole.
        options: of pooch.HTTPDownloader.

    Raises:
        OtherContentError: another content came, in one piece; ``part`` is gone.
        ValueError: the archive is cut short, or its pieces do not fit (``part`` is gone or empty): try again.
        requests.RequestException: the transfer broke.
        OSError: ``part`` cannot be written.
    """
    import pooch

    start = part.stat().st_size if part.exists() else 0
    if start and digest(part, wanted.checksum) == wanted.checksum:
        return
    with part.open("ab") as file:

        def place(response, **_) -> None:
            ranged = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            if response.status_code in (200, 416) or (response.status_code == 206 and not ranged):
                file.truncate(0)
            if response.status_code == 206 and not ranged:
                raise ValueError("the server sent another part than was asked for")

        # Compressed on the way, bytes could not be counted.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        pooch.HTTPDownloader(headers=headers, hooks={"response": place}, chunk_size=CHUNK, **options)(url, file, None)
    _check(part, wanted, fresh=not start)


def _check(part: Path, wanted: Wanted, fresh: bool) -> None:
    """Tell an archive that was cut short, which needs the rest, from one that is another."""
    actual = digest(part, wanted.checksum)
    if actual == wanted.checksum:
        return
    size = part.stat().st_size
    with part.open("rb") as file:
        start = file.read(20)
    # The address gives no length, so that a transfer may end early and look whole.
    if wanted.name.endswith(".zip") and (not size or start.startswith(b"PK")) and not zipfile.is_zipfile(part):
        raise ValueError(f"the archive was cut short after {size} bytes")
    part.unlink()
    error = OtherContentError if fresh else ValueError
    raise error(f"expected {described(wanted.checksum)}, got {actual} ({size} bytes that start with {start!r})")


def digest(path: Path, like: str) -> str:
    """The checksum (hex) of a file, of the same kind as ``like``.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, _kind(like)).hexdigest()


def described(checksum: str) -> str:
    """The checksum after its kind: "sha1 a3e8…"."""
    return f"{_kind(checksum)} {checksum}"


def _kind(checksum: str) -> str:
    return "sha1" if len(checksum) == 40 else "sha256"
