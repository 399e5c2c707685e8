"""Where data comes from. A new dataset is one module here with its reader, and one entry in REGISTRY.

One that is downloaded also needs an entry in manifest.SOURCES and a list of checksums in manifests/.
"""

from typing import Literal, NamedTuple


class Provider(NamedTuple):
    """How the recordings of a source are had and read.

    Attributes:
        step: that makes their store.
        reader: module that understands the store: of skeletons it has ``read`` (msr_action3d.py), of videos
            ``Store``, ``subjects`` and ``ACTIONS`` (kth.py).
        kind: what the recordings are.
    """

    step: str
    reader: str
    kind: Literal["skeletons", "videos"] = "skeletons"


REGISTRY = {
    "msr_action3d": Provider(step="download", reader="msr_action3d"),
    "synthetic": Provider(step="synthesise_skeletons", reader="synthetic"),
    "kth": Provider(step="download", reader="kth", kind="videos"),
    "synthetic_kth": Provider(step="synthesise_videos", reader="kth", kind="videos"),
}
