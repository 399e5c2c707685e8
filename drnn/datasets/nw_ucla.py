"""Northwestern-UCLA: skeletons of a Kinect, one JSON file `aAA_sSS_eEE_vVV.json` a sequence (10 actions, 3 views).

J. Wang, X. Nie, Y. Xia, Y. Wu, S.-C. Zhu, "Cross-view action modeling, learning and recognition", CVPR 2014.
"""

import json
import re
from pathlib import Path

import numpy as np

from drnn.datasets.assembly import Recorded, assemble
from drnn.datasets.collection import Collection
from drnn.datasets.layouts import KINECT_SDK_20
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError

ACTIONS = {
    **{1: "pick up with one hand", 2: "pick up with two hands", 3: "drop trash", 4: "walk around", 5: "sit down"},
    **{6: "stand up", 8: "donning", 9: "doffing", 11: "throw", 12: "carry"},
}
_NAME = re.compile(r"a([0-9]{2})_s([0-9]{2})_e[0-9]{2}_v([0-9]{2})\.json")


def read(archive: str | Path, on_empty: str) -> SequenceSet:
    """Read and repair the sequences, in the order of their files' names; metres. The group `view` is the camera.

    Raises:
        UserError: the archive cannot be read, or a file is malformed.
    """
    with Collection(archive) as collection:
        recorded = [_recorded(name, collection.read(name)) for name in collection.names]
    return assemble(recorded, list(ACTIONS.values()), on_empty, KINECT_SDK_20)


def _recorded(name: str, content: bytes) -> Recorded:
    match = _NAME.fullmatch(name)
    action, subject, view = map(int, match.groups()) if match else (0, 0, 0)
    try:
        frames = np.array(json.loads(content)["skeletons"], dtype=np.float64).reshape(-1, 20, 3)
        label = list(ACTIONS).index(action)
    except (ValueError, KeyError) as error:
        raise UserError(f"{name}: is no skeleton of Northwestern-UCLA ({error}); fetch it again") from None
    return Recorded(name.removesuffix(".json"), frames, label, subject, groups={"view": view})
