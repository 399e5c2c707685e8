"""Where the recordings of a dataset come from: one file in sources/ for each. Standard library only."""

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from drnn.errors import UserError

SOURCES = Path(__file__).parent / "sources"
Kind = Literal["skeletons", "values", "own", "videos"]


@dataclass(frozen=True)
class File:
    """One file at a public address: a zip archive of recordings, or a file that is used as it is."""

    name: str  # in a mirror
    url: str  # pinned public address
    checksum: str | None = None  # "sha256:…" or "sha1:…"; None: its host may pack it anew, and its members are verified
    members: str = "*"  # which of the recordings it holds, as a pattern of their paths; "": it is no archive
    under: str = ""  # how the path of their folder ends, where the archive has more than one with such members


@dataclass(frozen=True)
class Source:
    """Where recordings come from, on what terms, and what reads them."""

    name: str  # that of its file, and of its folder in a mirror
    reader: str  # module in drnn/datasets
    kind: Kind = "skeletons"
    made_by: str = "download"  # module in drnn/steps that makes the store
    subjects: tuple[int, ...] = ()  # who is in them; (): not known before they are read
    files: tuple[File, ...] = ()  # what is downloaded
    recordings: dict[str, str] = field(default_factory=dict)  # path → sha256 (hex); "" where it is not known
    remark: str | None = None  # what is to be known of them; it stands beside every result
    citation: str = ""  # who made them, and what to cite; shown with the terms at every download
    terms: str = "It is for research use; you are responsible for having the right to use it."

    def members(self, file: File) -> list[str]:
        """The paths of the recordings in one of the files."""
        return [path for path in self.recordings if fnmatchcase(path, file.members)]

    def sums(self, file: File) -> dict[str, str]:
        """What the bytes in a file are known by: its own checksum (hex) or, if it has none, those of its members."""
        if file.checksum:
            return {file.name: file.checksum.partition(":")[2]}
        return {path: self.recordings[path] for path in self.members(file)}


def known() -> list[str]:
    """The names of all sources."""
    return sorted(path.stem for path in SOURCES.glob("*.toml"))


@cache
def source(name: str) -> Source:
    """The source of this name, which is one of `known`."""
    return read(SOURCES / f"{name}.toml")


def read(path: Path) -> Source:
    """Read a source's file.

    Raises:
        UserError: it is missing or broken; names what is wrong in it.
    """
    try:
        block = tomllib.loads(path.read_text(encoding="utf-8"))
        found = Source(path.stem, files=tuple(File(**file) for file in block.pop("files", ())), **block)
        if found.kind not in get_args(Kind):
            raise ValueError(f"kind: {found.kind!r} is none of {', '.join(get_args(Kind))}")
        for file in found.files:
            if not file.checksum and not all(found.recordings[path] for path in found.members(file)):
                raise ValueError(f"{file.name}: a recording in it has no checksum, and neither has the file")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); restore the file from git") from None
    except (ValueError, TypeError) as error:
        raise UserError(f"{path}: {error}; correct it, or restore the file from git") from None
    return found
