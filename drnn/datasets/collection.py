"""What a dataset's store will be made of, where its recordings lie in several archives, or loose in a folder.

Standard library only: the workflow computes keys from here.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from drnn.datasets.manifest import Collection, checksums, content_hash, hash_of
from drnn.datasets.resume import digest
from drnn.errors import UserError


@dataclass(frozen=True)
class Holding:
    """What lies in a folder, anywhere below it.

    Attributes:
        files: the paths of each of the collection's files, by its name.
        loose: the paths of each recording that lies outside an archive, by its name.
        others: how many files are something else.
    """

    files: dict[str, list[Path]] = field(default_factory=dict)
    loose: dict[str, list[Path]] = field(default_factory=dict)
    others: int = 0


@dataclass(frozen=True)
class Contents:
    """What a store is made of.

    Attributes:
        archives: the archives whose recordings go in.
        loose: sha256 (hex) by file name of the recordings that lie loose in a folder.
        recordings: how many recordings there are …
        of: … of how many,
        verified: … and how many are known to be the published ones: by the checksum of their archive or their own.
        content: sha256 (hex) over the checksums of all that goes in; the store's key is made from it.
    """

    archives: tuple[str, ...]
    loose: dict[str, str]
    recordings: int
    of: int
    verified: int
    content: str

    @property
    def published(self) -> bool:
        """Whether it is the whole set, out of its archives."""
        return not self.loose and self.recordings == self.of


def contents(source: Collection, mirror: str | None = None, sample: bool = False) -> Contents:
    """What the store of ``source`` will be made of, given what the folder ``mirror`` holds.

    That is the published set, whether or not it can be reached, but for two cases: the folder holds every
    recording, some of them loose; or it holds a part, and ``sample`` says that a part will do. The checksums of
    loose recordings are mostly unknown, so that such a store is known by their own bytes (they are read here).

    Raises:
        UserError: ``sample``, and the folder holds none; a loose recording cannot be read, or is there twice
            with different bytes.
    """
    holding = look(source, mirror)
    archives = tuple(name for name in source.members if name in holding.files)
    outside = (name for archive, names in source.members.items() if archive not in archives for name in names)
    loose = [name for name in outside if name in holding.loose]
    count = sum(len(source.members[name]) for name in archives) + len(loose)
    total = len(source.recordings)
    if sample and not count:
        raise UserError(
            f"{source.name}: sample: true takes what a folder holds, and {mirror or 'DRNN_DATA_MIRROR, not set,'} "
            f"holds none of its {total} recordings; set DRNN_DATA_MIRROR to a folder with some of them, "
            "or run the offline demo: snakemake --cores 2 demo"
        )
    if len(archives) == len(source.members) or (count < total and not sample):
        return Contents(tuple(source.members), {}, total, total, total, content_hash(source))
    found = {name: _digest_of_all(holding.loose[name]) for name in loose}
    plain = [name for name in source.files if name not in source.members]
    known = checksums(source)
    verified = count - len(loose) + sum(found[name] == known.get(name) for name in loose)
    content = hash_of({name: source.files[name] for name in [*plain, *archives]} | found)
    return Contents(archives, found, count, total, verified, content)


def held(source: Collection, found: Contents) -> list[str]:
    """The names of the recordings of which a store will be made, sorted."""
    return sorted([name for archive in found.archives for name in source.members[archive]] + list(found.loose))


def look(source: Collection, mirror: str | None) -> Holding:
    """What the folder ``mirror`` holds, or its folder <name> if there is one; nothing where it is no folder."""
    holding, others = Holding(), 0
    if not is_folder(mirror):
        return holding
    top = _local(mirror)
    own = top / source.name
    recordings = set(source.recordings)
    for where, _, names in os.walk(own if own.is_dir() else top):
        for name in sorted(names):
            if name in source.files:
                holding.files.setdefault(name, []).append(Path(where, name))
            elif name in recordings:
                holding.loose.setdefault(name, []).append(Path(where, name))
            else:
                others += 1
    return Holding(holding.files, holding.loose, others)


def is_address(mirror: str | None) -> bool:
    """Whether a mirror is on the web."""
    return bool(mirror) and mirror.startswith(("http://", "https://"))


def is_folder(mirror: str | None) -> bool:
    """Whether a mirror is a folder that is there."""
    return bool(mirror) and not is_address(mirror) and _local(mirror).is_dir()


def _local(mirror: str) -> Path:
    try:
        return Path(mirror).expanduser()
    except RuntimeError:  # a home folder (~name) that does not exist
        return Path(mirror)


def _digest_of_all(paths: list[Path]) -> str:
    """The sha256 that all copies of a recording have."""
    try:
        digests = {digest(path, "sha256") for path in paths}
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read ({error.strerror})") from None
    if len(digests) > 1:
        raise UserError(f"{paths[0]}: {paths[1]} has the same name and other bytes; take one of the two away")
    return digests.pop()
