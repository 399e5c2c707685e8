"""What a dataset's store will be made of, given what a folder offers. Standard library only, for the plan's keys."""

import hashlib
from collections.abc import Container
from functools import cache
from pathlib import Path
from typing import NamedTuple

from drnn.datasets.archive import Part
from drnn.datasets.source import File, Source
from drnn.errors import UserError


class Contents(NamedTuple):
    """What a store is made of."""

    files: tuple[File, ...]  # the plain files, and the archives whose recordings go in
    loose: dict[str, str]  # sha256 (hex) by name of the recordings that go in and lie loose in the folder
    names: list[str]  # of all recordings, sorted
    part: Part  # how many these are, and how many of them are verified
    content: str  # sha256 (hex) of lines `checksum  name` of all that goes in; the store's key is made from it
    places: dict[str, Path]  # where files and recordings lie in the folder, by name; of several copies the first


def contents(source: Source, mirror: str | None = None, sample: bool = False) -> Contents:
    """What the store of ``source`` will be made of, given what the folder ``mirror`` holds.

    That is the published set, whether or not it can be reached, but where the folder holds a part and ``sample``
    says that a part will do. Recordings of archives that the folder lacks are taken from the loose ones if these are
    enough; those whose checksum is not known are then known by their bytes (they are read here).

    Raises:
        UserError: ``sample``, and the folder holds none; a recording cannot be read.
    """
    places = _look(source, mirror)
    known = source.recordings
    total = len(known)
    files = tuple(file for file in source.files if file.name in places or not source.members(file))
    outside = [name for file in source.files if file not in files for name in source.members(file)]
    loose = [name for name in outside if name in places]
    if sample and len(outside) == total and not loose:
        raise UserError(
            f"{source.name}: sample: true takes what a folder holds, and {mirror or 'DRNN_DATA_MIRROR, not set,'} "
            f"holds none of its {total} recordings; set DRNN_DATA_MIRROR to a folder with some of them, "
            "or run the offline demo: snakemake --cores 2 demo"
        )
    if len(loose) < len(outside) and not sample:
        files, loose = source.files, []
    sums = {name: known[name] or _digest(places[name]) for name in loose}
    names = sorted([*loose, *(name for file in files for name in source.members(file))])
    part = Part(len(names), total, len(names) - sum(not known[name] for name in loose))
    all_sums = sums | {name: checksum for file in files for name, checksum in source.sums(file).items()}
    content = "".join(f"{all_sums[name]}  {name}\n" for name in sorted(all_sums))
    return Contents(files, sums, names, part, hashlib.sha256(content.encode()).hexdigest(), places)


def is_address(mirror: str | None) -> bool:
    """Whether a mirror is on the web."""
    return bool(mirror) and mirror.startswith(("http://", "https://"))


def ending(path: str, wanted: Container[str]) -> str | None:
    """The longest end of a path, cut at its slashes, that is one of the ``wanted``."""
    parts = path.split("/")
    return next((end for first in range(len(parts)) if (end := "/".join(parts[first:])) in wanted), None)


def _look(source: Source, mirror: str | None) -> dict[str, Path]:
    """What lies anywhere below the folder ``mirror``, or below its folder <name> if there is one."""
    places: dict[str, Path] = {}
    if mirror and not is_address(mirror):
        own = Path(mirror, source.name)
        top = own if own.is_dir() else Path(mirror)
        wanted = {*source.recordings, *(file.name for file in source.files)}
        for path in sorted(top.rglob("*")):
            if name := ending(path.relative_to(top).as_posix(), wanted):
                places.setdefault(name, path)
    return places


def _digest(path: Path) -> str:
    """The sha256 (hex) of a recording, which is read once in a process as long as nobody touches it."""
    try:
        return _digest_as_of(path, path.stat().st_size, path.stat().st_mtime_ns)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None


@cache
def _digest_as_of(path: Path, size: int, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
