"""What a dataset's recordings are: the files that hold them, and their checksums. Standard library only."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from drnn.errors import UserError

_LINE = re.compile(r"([0-9a-f]{64})  ((?!.*\.\.)[^/\\][^\\]*)")


@dataclass(frozen=True)
class File:
    """One file at a public address: a zip archive of recordings, or a file that is used as it is."""

    name: str  # in a mirror
    url: str  # pinned public address
    checksum: str | None = None  # "sha256:…" or "sha1:…"; None: its host may pack it anew, and its members are verified
    members: tuple[str, ...] | None = None  # paths of its recordings; None: those of the manifest; (): it is no archive
    under: str = ""  # how the path of their folder ends, where the archive has more than one with such members


@dataclass(frozen=True)
class Source:
    """Where the recordings of one dataset come from, and on what terms."""

    name: str  # of the dataset, and of its folder in a mirror
    files: tuple[File, ...]
    citation: str  # who made it, and what to cite; shown with the terms at every download
    manifest: str | None = None  # file here with a line `sha256  path` for each recording whose checksum is known
    terms: str = "It is for research use; you are responsible for having the right to use it."

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The sha256 (hex) of each recording in the manifest, by path; UserError where it is missing or broken."""
        found: dict[str, str] = {}
        file = Path(__file__).parent / (self.manifest or "")
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if self.manifest else []
        except OSError as error:
            raise UserError(f"{file}: cannot be read ({error.strerror}); restore the file from git") from None
        for number, line in enumerate(lines, start=1):
            match = _LINE.fullmatch(line)
            if match is None or match[2] in found:
                raise UserError(f"{file}:{number}: {line!r} is not a new 'sha256  path'; restore the file from git")
            found[match[2]] = match[1]
        return found

    def members(self, file: File) -> tuple[str, ...]:
        """The paths of the recordings in one of the files."""
        return tuple(self.checksums) if file.members is None else file.members

    @property
    def recordings(self) -> list[str]:
        """The paths of all recordings, sorted."""
        return sorted(path for file in self.files for path in self.members(file))

    def content(self, files: tuple[File, ...], loose: dict[str, str]) -> str:
        """One sha256 (hex) for all the bytes of ``files`` and of ``loose`` recordings, given by their sha256.

        It is that of the lines ``checksum  name``, sorted by name. A file without a checksum counts as its members.
        """
        sums = dict(loose)
        for file in files:
            pinned = {file.name: file.checksum.partition(":")[2]} if file.checksum else None
            sums |= pinned or {path: self.checksums[path] for path in self.members(file)}
        return hashlib.sha256("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()).hexdigest()
