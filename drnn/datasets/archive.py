"""Zip archives: members are read in memory, none is ever extracted. Stores have fixed bytes; some are a part."""

import re
import zipfile
from collections.abc import Callable, Iterable
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from drnn.errors import UserError
from drnn.files import readable, replacing

LARGEST_MEMBER = 64 * 2**20
"""Bytes of the largest member that is read, one at a time: the bound for a zip bomb."""

PART = "sample.json"
"""The member of a store that is not the published set: a Part as a JSON object."""
_UNSAFE = re.compile(r"$|/|[A-Za-z]:|.*[\\\0]|(.*/)?\.\.?(/|$)", re.DOTALL)


class Part(NamedTuple):
    """How many recordings a store holds, of how many, and how many are verified: known to be the published ones."""

    recordings: int
    of: int
    verified: int

    @property
    def label(self) -> str:
        """What stands beside every result."""
        if self.recordings < self.of:
            return f"sample, {self.recordings} of {self.of} videos"
        return f"{self.of} videos, {self.verified} of them verified"


def open_archive(path: Path, address: str) -> zipfile.ZipFile:
    """Open the archive at ``path``, which messages call ``address``; UserError where it is broken or unsafe."""
    try:
        with readable(path):
            archive = zipfile.ZipFile(path)
    except UserError:
        raise
    except Exception as error:  # a broken archive raises BadZipFile, ValueError, struct.error …
        raise UserError(f"{address}: is not a zip archive, or is cut short ({error}); get it again") from None
    for member in archive.infolist():
        if _UNSAFE.match(member.orig_filename):
            archive.close()
            raise UserError(f"{address}: member {member.orig_filename!r} has an unsafe path; the archive is refused")
    return archive


def read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, address: str, largest: int = LARGEST_MEMBER
) -> bytes:
    """The content of a member; UserError where it is broken or larger than ``largest`` bytes."""
    if member.file_size > largest:
        raise UserError(f"{address}: {member.filename}: claims {member.file_size} bytes; at most {largest}")
    try:
        with archive.open(member) as opened:  # archive.read() unpacks what a lying member holds, not what it claims
            return opened.read(member.file_size)
    except Exception as error:  # a broken member raises BadZipFile, zlib.error, EOFError, RuntimeError …
        reason = error or type(error).__name__
        raise UserError(f"{address}: {member.filename}: is broken or cut short ({reason}); get it again") from None


def write_store(members: Iterable[tuple[str, bytes | Callable[[], bytes]]], output: str | Path) -> None:
    """Write a zip archive, whole or not at all, whose bytes depend only on the members' paths and contents.

    A function in place of a content is called when its turn comes: one content is in memory at a time.

    Raises:
        ValueError: a path is there twice, or could lead out of a folder.
        UserError: ``output`` cannot be written.
    """
    members = sorted(members, key=itemgetter(0))
    paths = {path for path, _ in members}
    if len(paths) < len(members) or any(map(_UNSAFE.match, paths)):
        raise ValueError(f"{output}: a path is there twice or is unsafe: {sorted(paths)}")
    with replacing(output) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for path, content in members:
            member = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            # The defaults of these two depend on the operating system.
            member.create_system = 3  # Unix
            member.external_attr = 0o100644 << 16
            archive.writestr(member, content() if callable(content) else content)
