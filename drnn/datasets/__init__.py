"""Where data comes from. A new dataset is one module here with its reader, and one entry in REGISTRY."""

from typing import Literal, NamedTuple

from drnn.datasets.kth_sequences import ABSENT, ACTIONS, LIST, SUFFIX
from drnn.datasets.source import File, Source


class Provider(NamedTuple):
    """How the recordings of a source are had and read.

    Attributes:
        reader: module that understands the store: of skeletons it has ``read`` (msr_action3d.py), of videos
            ``Store``, ``subjects`` and ``ACTIONS`` (kth.py).
        source: what is downloaded; None where they are made.
        made_by: module of drnn/steps that makes their store.
        kind: what the recordings are.
        subjects: who is in them; () where that is not known before they are read.
    """

    reader: str
    source: Source | None = None
    made_by: str = "download"
    kind: Literal["skeletons", "videos"] = "skeletons"
    subjects: tuple[int, ...] = ()


def _kth_archive(action: str, sha1: str) -> File:
    """The videos of an action: 25 subjects, 4 scenarios, but for the one that was never recorded."""
    names = (f"person{subject:02}_{action}_d{scenario}" for subject in range(1, 26) for scenario in range(1, 5))
    members = tuple(name + SUFFIX for name in names if name != ABSENT)
    return File(f"{action}.zip", f"{_KTH}{action}.zip", f"sha1:{sha1}", members)


_KTH = "https://www.csc.kth.se/cvap/actions/"
_KTH_SHA1 = [  # as in vipy, vipy/dataset/kthactions.py
    "adb36ed9c29c846d44d2ba15f348bd115c951bbd",
    "d3b81261aa822ef63d0d1523f945bfaff27814d2",
    "0792f7cd69f7f895a205c08ac212ddaa7177e370",
    "21943bdbcef9dad106db0d74661e49eaeaa15a25",
    "da83bb313edfd4455fffdda6263696fa10d43c6f",
    "a3e81537271a0ab4576591774baa38c2d97b7e3a",
]
_KTH_LIST = "sha256:4a1287ee0318ea6662c74fe66d4cfdadeb627996d1c34ac2fed38e628ab1eb4b"
_MSR = "46d870ff14f157f87ce431def3c12af350bdc87f"

REGISTRY = {
    "msr_action3d": Provider(
        reader="msr_action3d",
        source=Source(
            name="msr_action3d",
            files=(
                File(
                    name=f"MSR-Action-Recognition-{_MSR}.zip",
                    url=f"https://github.com/yavuzKomecoglu/MSR-Action-Recognition/archive/{_MSR}.zip",
                    under="dataset/MSRAction3D/MSRAction3DSkeletonReal3D",
                ),
            ),
            citation="MSR Action3D was made by W. Li, Z. Zhang and Z. Liu; cite their 'Action recognition based on a "
            "bag of 3D points', CVPR Workshops 2010.",
            manifest="manifests/msr_action3d.sha256",
        ),
        subjects=tuple(range(1, 11)),
    ),
    "synthetic": Provider(reader="synthetic", made_by="synthesise_skeletons"),
    "kth": Provider(
        reader="kth",
        source=Source(
            name="kth",
            files=(File(LIST, _KTH + LIST, _KTH_LIST, members=()), *map(_kth_archive, ACTIONS, _KTH_SHA1)),
            citation="The KTH action database was made by C. Schüldt, I. Laptev and B. Caputo; cite their 'Recognizing "
            "human actions: a local SVM approach', ICPR 2004.",
            manifest="manifests/kth_videos.sha256",
        ),
        kind="videos",
    ),
    "synthetic_kth": Provider(reader="kth", made_by="synthesise_videos", kind="videos"),
}
