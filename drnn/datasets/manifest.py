"""What a dataset's raw recordings are, where they lie and the sha256 of each: standard library only.

The workflow computes keys from here before anything is installed for downloading.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from drnn.datasets.kth_sequences import ABSENT, ACTIONS, LIST, SUFFIX
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


@dataclass(frozen=True)
class Collection:
    """Where the recordings of one dataset come from that lies in several files, each with a checksum of its own.

    Attributes:
        name: of the dataset, and of its folder in a mirror.
        url: public address of the folder with the files; ends with "/".
        files: the checksum of each file by its name: SHA-1 or sha256 (hex), told apart by their length.
        members: the names of the recordings in each of the files that is an archive; the others are no archives.
        manifest: as that of a Source, of the recordings whose sha256 is known; the others are known by their archive.
        terms: who made the dataset and what it may be used for; shown at every download.
    """

    name: str
    url: str
    files: dict[str, str]
    members: dict[str, tuple[str, ...]]
    manifest: str
    terms: str

    @property
    def recordings(self) -> list[str]:
        """The names of all recordings, sorted."""
        return sorted(name for names in self.members.values() for name in names)


def _kth_videos(action: str) -> tuple[str, ...]:
    """The videos in the archive of an action: 25 subjects, 4 scenarios, but for the one that was never recorded."""
    names = (f"person{subject:02}_{action}_d{scenario}" for subject in range(1, 26) for scenario in range(1, 5))
    return tuple(name + SUFFIX for name in names if name != ABSENT)


SOURCES: dict[str, Source | Collection] = {
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
    ),
    "kth": Collection(
        name="kth",
        url="https://www.csc.kth.se/cvap/actions/",
        files={  # the SHA-1 as in vipy, vipy/dataset/kthactions.py
            LIST: "4a1287ee0318ea6662c74fe66d4cfdadeb627996d1c34ac2fed38e628ab1eb4b",
            "boxing.zip": "adb36ed9c29c846d44d2ba15f348bd115c951bbd",
            "handclapping.zip": "d3b81261aa822ef63d0d1523f945bfaff27814d2",
            "handwaving.zip": "0792f7cd69f7f895a205c08ac212ddaa7177e370",
            "jogging.zip": "21943bdbcef9dad106db0d74661e49eaeaa15a25",
            "running.zip": "da83bb313edfd4455fffdda6263696fa10d43c6f",
            "walking.zip": "a3e81537271a0ab4576591774baa38c2d97b7e3a",
        },
        members={f"{action}.zip": _kth_videos(action) for action in ACTIONS},
        manifest="manifests/kth_videos.sha256",
        terms=(
            "The KTH action database was made by C. Schüldt, I. Laptev and B. Caputo; cite their 'Recognizing human "
            "actions: a local SVM approach', ICPR 2004. It is for research use; you are responsible for having the "
            "right to use it."
        ),
    ),
}


def checksums(source: Source | Collection) -> dict[str, str]:
    """The sha256 (hex) that each recording in the manifest of ``source`` must have, by file name, sorted.

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


def content_hash(source: Source | Collection) -> str:
    """The sha256 (hex) of the checksums: one value for all the bytes that ``source`` stands for.

    Those of a Source are the checksums of its recordings, those of a Collection the checksums of its files.

    Raises:
        UserError: as ``checksums``.
    """
    return hash_of(source.files if isinstance(source, Collection) else checksums(source))


def hash_of(sums: dict[str, str]) -> str:
    """The sha256 (hex) of the lines ``checksum  name``, sorted by name."""
    return hashlib.sha256("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()).hexdigest()
