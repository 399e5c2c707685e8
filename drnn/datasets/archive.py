"""Reads recordings out of an archive or a folder, each one verified, and writes the canonical store."""

import hashlib
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import itemgetter
from pathlib import Path, PurePosixPath

from drnn.errors import UserError
from drnn.files import replacing

LARGEST_MEMBER = 64 * 2**20
"""Bytes of the largest recording that is read: a compressed member may claim any size."""

_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_DRIVE = re.compile(r"[A-Za-z]:")
# RuntimeError covers encrypted members and unknown compressions, OSError broken bzip2, ValueError broken headers.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError, ValueError)

_Copies = dict[str, list[Callable[[], bytes]]]


def read_archive(path: Path, expected: Mapping[str, str], under: str, address: str | None = None) -> dict[str, bytes]:
    """Read and verify the members of a zip archive; nothing is ever extracted to the disk.

    Args:
        path: of the archive.
        expected: sha256 (hex) by the file name of each wanted member; others are ignored.
        under: folder of the members inside the archive; if it is absent, they are found by name in any folder.
        address: where the archive comes from, for messages; default: its path.

    Returns:
        Content by file name, sorted by name.

    Raises:
        UserError: the archive is broken, a member's path is unsafe, or a wanted member is missing, too large,
            there twice with different bytes, or not what the manifest says.
    """
    address = address or str(path)
    with open_archive(path, address) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in archive.infolist():
            _refuse_unsafe(member.orig_filename, address)
        inside = [member for member in members if str(PurePosixPath(member.filename).parent) == under]
        copies: _Copies = {}
        for member in inside or members:
            name = PurePosixPath(member.filename).name
            if name in expected:
                copies.setdefault(name, []).append(partial(read_member, archive, member, address))
        return _verified(copies, expected, address)


def open_archive(path: Path, address: str) -> zipfile.ZipFile:
    """Open the zip archive at ``path``, which messages call ``address``.

    Raises:
        UserError: it is missing, broken or no zip archive.
    """
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise UserError(f"{address}: is not a zip archive, or is cut short; get it again") from None
    except OSError as error:
        raise UserError(f"{address}: cannot be read ({error.strerror or error})") from None
    except _BROKEN as error:
        raise UserError(f"{address}: is a broken zip archive ({error}); get it again") from None


def read_folder(folder: Path, expected: Mapping[str, str]) -> dict[str, bytes]:
    """Read and verify loose files, found by name anywhere below ``folder``.

    Args:
        folder: where to look.
        expected: sha256 (hex) by name of each wanted file; others are ignored.

    Returns:
        Content by file name, sorted by name.

    Raises:
        UserError: a wanted file is missing, unreadable, too large, there twice with different bytes, or not
            what the manifest says.
    """
    copies: _Copies = {}
    for where, _, names in os.walk(folder):
        for name in expected.keys() & set(names):
            copies.setdefault(name, []).append(partial(read_file, Path(where, name)))
    return _verified(copies, expected, str(folder))


def write_store(members: Iterable[tuple[str, bytes | Callable[[], bytes]]], output: str | Path) -> None:
    """Write a zip archive whose bytes depend on nothing but the members' names and contents.

    Args:
        members: (file name, content), in any order; stored uncompressed, sorted by name, with fixed metadata. A
            function in place of the content is called when its turn comes: one content is in memory at a time.
        output: the archive to write, whole or not at all.

    Raises:
        ValueError: a name is there twice or is not a plain file name.
        UserError: ``output`` cannot be written.
    """
    members = sorted(members, key=itemgetter(0))
    names = [name for name, _ in members]
    for name, following in zip(names, [*names[1:], None], strict=True):
        if name == following or name in ("", ".", "..") or re.search(r"[/\\:\0]", name):
            raise ValueError(f"{output}: {name!r} is there twice or is not a plain file name")
    with replacing(output) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, _DATE)
            # The defaults of these two depend on the operating system.
            member.create_system = _UNIX
            member.external_attr = 0o100644 << 16
            archive.writestr(member, content() if callable(content) else content)


def _refuse_unsafe(name: str, address: str) -> None:
    """Refuse a path that could lead out of a folder; a sound archive of recordings has no such name."""
    if name.startswith("/") or "\\" in name or "\0" in name or _DRIVE.match(name) or ".." in name.split("/"):
        raise UserError(f"{address}: member {name!r} has an unsafe path; the whole archive is refused")


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, address: str) -> bytes:
    """The content of a member; UserError where it is broken or too large."""
    _refuse_large(member.file_size, f"{address}: {member.filename}")
    try:
        return archive.read(member)
    except _BROKEN as error:
        raise UserError(
            f"{address}: {member.filename}: expected {member.file_size} bytes, but the archive is broken or cut "
            f"short there ({error or type(error).__name__})"
        ) from None


def read_file(path: Path) -> bytes:
    """The content of a loose recording; UserError where it cannot be read or is too large."""
    try:
        _refuse_large(path.stat().st_size, str(path))
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


def _refuse_large(size: int, what: str) -> None:
    if size > LARGEST_MEMBER:
        raise UserError(f"{what}: claims {size} bytes; a recording has at most {LARGEST_MEMBER}")


def _verified(copies: _Copies, expected: Mapping[str, str], address: str) -> dict[str, bytes]:
    """One content for each expected name, checked before the next is read: a bad archive costs no memory."""
    if missing := sorted(expected.keys() - copies.keys()):
        raise UserError(
            f"{address}: {missing[0]} is missing (expected {len(expected)} recordings, {len(missing)} missing)"
        )
    contents = {}
    for name in sorted(expected):
        different = {read() for read in copies[name]}
        if len(different) > 1:
            raise UserError(f"{address}: {name}: duplicate, {len(different)} different files have this name")
        content = different.pop()
        actual = hashlib.sha256(content).hexdigest()
        if actual != expected[name]:
            raise UserError(f"{address}: {name}: expected sha256 {expected[name]}, got {actual} ({len(content)} bytes)")
        contents[name] = content
    return contents
