"""Where data comes from. A new dataset is one module here with ``read``, and one entry in REGISTRY.

One that is downloaded also needs an entry in manifest.SOURCES and a list of checksums in manifests/.
"""

from typing import NamedTuple


class Provider(NamedTuple):
    """How the recordings of a source are had, and the module whose ``read`` understands them."""

    step: str
    reader: str


REGISTRY = {
    "msr_action3d": Provider(step="download", reader="drnn.datasets.msr_action3d"),
    "synthetic": Provider(step="synthesise", reader="drnn.datasets.synthetic"),
}
