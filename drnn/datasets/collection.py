"""The files of one's own folder or zip archive, and what they hold as one hash. Standard library only."""

import hashlib
import os
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

from drnn.datasets.archive import open_archive, read_member
from drnn.errors import UserError

LARGEST = 4 * 2**30
"""Bytes of the largest file that is taken out of an archive."""
_DIGESTS: dict[tuple[str, str, int, int], str] = {}
"""sha256 by place, name, size and time of the last change."""


class Collection:
    """Files by their names, "walk/anna_1.csv", whether they lie in a folder or in an archive; use it in `with`.

    An archive may hold its files in one folder of their own, which is then no part of their names.

    Attributes:
        path: of the folder or archive.
        names: sorted.

    Raises:
        UserError: there is neither, or the archive is broken or unsafe.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._archive: zipfile.ZipFile | None = None
        self._places: dict[str, zipfile.ZipInfo | Path] = {}
        if self.path.is_dir():
            self._look()
        elif self.path.is_file():
            self._archive = open_archive(self.path, str(path))
            self._places = _members(self._archive, str(path))
        else:
            raise UserError(f"{path}: there is no such folder or zip archive; correct the path")
        self.names = sorted(self._places)

    def _look(self) -> None:
        for folder, _, files in os.walk(self.path):
            for file in files:
                place = Path(folder, file)
                if place.is_file():  # and no pipe, nor a link that leads nowhere
                    self._places[place.relative_to(self.path).as_posix()] = place

    def __enter__(self) -> "Collection":
        return self

    def __exit__(self, *_) -> None:
        if self._archive:
            self._archive.close()

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            UserError: it cannot be read, or lies in the archive and is broken.
        """
        place = self._places[name]
        if self._archive:
            return read_member(self._archive, place, str(self.path), LARGEST)
        try:
            return place.read_bytes()
        except OSError as error:
            raise UserError(f"{place}: cannot be read ({error.strerror})") from None

    def content(self, names: list[str]) -> str:
        """One sha256 (hex) for the names and the bytes of these files."""
        lines = (f"{self._digest(name)}  {name}\n" for name in sorted(names))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _digest(self, name: str) -> str:
        """The sha256 (hex) of a file, which is read once in a process as long as nobody touches it."""
        place = self.path if self._archive else self._places[name]
        stat = place.stat()
        known = (str(place), name, stat.st_size, stat.st_mtime_ns)
        if known not in _DIGESTS:
            _DIGESTS[known] = hashlib.sha256(self.read(name)).hexdigest()
        return _DIGESTS[known]


def _members(archive: zipfile.ZipFile, address: str) -> dict[str, zipfile.ZipInfo]:
    """An archive's files by name, without the folder that all of them lie in, and without what a Mac adds."""
    names = Counter(info.filename for info in archive.infolist())
    if twice := [name for name, count in names.items() if count > 1]:
        raise UserError(f"{address}: holds {twice[0]} twice; pack it again with one of the two")
    files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
    files = {name: info for name, info in files.items() if not name.startswith("__MACOSX/")}
    tops = {PurePosixPath(name).parts[0] for name in files if "/" in name}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.partition("/")[2]: info for name, info in files.items()}
    return files
