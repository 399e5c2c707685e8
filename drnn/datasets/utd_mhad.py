"""UTD-MHAD: skeletons of a Kinect, one MATLAB file `aA_sS_tT_skeleton.mat` a sequence (27 actions, 8 subjects).

C. Chen, R. Jafari, N. Kehtarnavaz, "UTD-MHAD: a multimodal dataset for human action recognition utilizing a depth
camera and a wearable inertial sensor", ICIP 2015.
"""

import io
import re
from dataclasses import replace
from pathlib import Path

from scipy.io import loadmat

from drnn.datasets.assembly import Recorded, assemble
from drnn.datasets.collection import Collection
from drnn.datasets.layouts import KINECT_SDK_20
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError

ACTIONS = [
    *("swipe left", "swipe right", "wave", "clap", "throw", "arm cross", "basketball shoot", "draw x"),
    *("draw circle clockwise", "draw circle anticlockwise", "draw triangle", "bowling", "boxing", "baseball swing"),
    *("tennis swing", "arm curl", "tennis serve", "push", "knock", "catch", "pick up and throw", "jog", "walk"),
    *("sit to stand", "stand to sit", "lunge", "squat"),
]
_ARMS_AND_LEGS = KINECT_SDK_20.joints[4:]
SKELETON = replace(KINECT_SDK_20, joints=("head", "shoulder centre", "spine", "hip centre", *_ARMS_AND_LEGS))
"""The order of the joints as Skeleton_joint_order.txt beside the files has it."""
_NAME = re.compile(r"a([0-9]+)_s([0-9]+)_t[0-9]+_skeleton\.mat")


def read(archive: str | Path, on_empty: str) -> SequenceSet:
    """Read and repair the sequences, in the order of their files' names; metres.

    Raises:
        UserError: the archive cannot be read, or a file is malformed.
    """
    with Collection(archive) as collection:
        recorded = [_recorded(name, collection.read(name)) for name in collection.names]
    return assemble(recorded, ACTIONS, on_empty, SKELETON)


def _recorded(name: str, content: bytes) -> Recorded:
    match = _NAME.fullmatch(name)
    frames = loadmat(io.BytesIO(content))["d_skel"] if match else None
    if frames is None or frames.ndim != 3 or frames.shape[:2] != (20, 3):
        raise UserError(f"{name}: is no skeleton of UTD-MHAD (aA_sS_tT_skeleton.mat, 20 × 3 × frames); fetch it again")
    action, subject = map(int, match.groups())
    return Recorded(name.removesuffix("_skeleton.mat"), frames.transpose(2, 0, 1), action - 1, subject)
