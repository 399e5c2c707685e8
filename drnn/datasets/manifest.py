"""What a dataset's raw recordings are, where they lie and the sha256 of each: standard library only.

The workflow computes keys from here before anything is installed for downloading.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from drnn.errors import UserError

_LINE = re.compile(r"(?P<checksum>[0-9a-f]{64})  (?P<name>[^/\\]+)")
_MSR_COMMIT = "46d870ff14f157f87ce431def3c12af350bdc87f"


@dataclass(frozen=True)
class Source:
    """Where the recordings of one dataset come from.

    Attributes:
        name: of the dataset, and of its folder in a mirror.
        url: pinned public address of the archive.
        archive: file name of the archive in a mirror.
        members_under: folder of the recordings inside the archive.
        manifest: file with a line ``sha256  name`` for each recording; relative to this package, or absolute.
        terms: who made the dataset and what it may be used for; shown at every download.
    """

    name: str
    url: str
    archive: str
    members_under: str
    manifest: str
    terms: str


SOURCES: dict[str, Source] = {
    "msr_action3d": Source(
        name="msr_action3d",
        url=f"https://github.com/yavuzKomecoglu/MSR-Action-Recognition/archive/{_MSR_COMMIT}.zip",
        archive=f"MSR-Action-Recognition-{_MSR_COMMIT}.zip",
        members_under=(f"MSR-Action-Recognition-{_MSR_COMMIT}/dataset/MSRAction3D/MSRAction3DSkeletonReal3D"),
        manifest="manifests/msr_action3d.sha256",
        terms=(
            "MSR Action3D was made by W. Li, Z. Zhang and Z. Liu; cite their 'Action recognition based on a bag "
            "of 3D points', CVPR Workshops 2010. It is for research use; you are responsible for having the "
            "right to use it."
        ),
    )
}


def checksums(source: Source) -> dict[str, str]:
    """The sha256 (hex) that each recording of ``source`` must have, by file name, sorted.

    Raises:
        UserError: the manifest is missing, is empty, or has a line that is not ``sha256  name`` or a name twice.
    """
    path = Path(__file__).parent / source.manifest
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); reinstall drnn") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None or match["name"] in found:
            raise UserError(f"{path}:{number}: {line!r} is not a new 'sha256  name'; restore the file from git")
        found[match["name"]] = match["checksum"]
    if not found:
        raise UserError(f"{path}: is empty; restore the file from git")
    return dict(sorted(found.items()))


def content_hash(source: Source) -> str:
    """The sha256 (hex) of the sorted manifest: one value for all the bytes that ``source`` stands for.

    Raises:
        UserError: as ``checksums``.
    """
    canonical = "".join(f"{checksum}  {name}\n" for name, checksum in checksums(source).items())
    return hashlib.sha256(canonical.encode()).hexdigest()
