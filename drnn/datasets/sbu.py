"""SBU Kinect interaction: two people in each frame, `sXXsYY/AA/NNN/skeleton_pos.txt` (8 interactions, 21 pairs).

K. Yun, J. Honorio, D. Chattopadhyay, T. L. Berg, D. Samaras, "Two-person interaction detection using body-pose
features and multiple instance learning", CVPR Workshops 2012.
"""

import io
import re
from pathlib import Path

import numpy as np

from drnn.datasets.assembly import Recorded, assemble
from drnn.datasets.collection import Collection
from drnn.datasets.layouts import SBU_15
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError

# As measured: in 04 hands touch the other's body, which moves away; in 05 the hands of both stay together; in 06 the
# bodies are nearest; in 07 one's own hands are.
ACTIONS = [
    *("approaching", "departing", "kicking", "pushing", "shaking hands", "hugging", "exchanging objects", "punching"),
]
PICTURE = np.array([2.56, 1.92, 1.28])
"""Metres of a whole unit of the normalised coordinates, whose y points down."""
_NAME = re.compile(r"s([0-9]{2})s([0-9]{2})/([0-9]{2})/([0-9]{3})/skeleton_pos\.txt")


def read(archive: str | Path, on_empty: str) -> SequenceSet:
    """Read and repair the sequences, in the order of their files' names; metres.

    A pair counts as a subject: 102 is person 1, who acts, with person 2. Pairs share people, so the group `pair`, of
    the same values, is what a protocol divides.

    Raises:
        UserError: the archive cannot be read, or a file is malformed.
    """
    with Collection(archive) as collection:
        recorded = [_recorded(name, collection.read(name)) for name in collection.names]
    return assemble(recorded, ACTIONS, on_empty, SBU_15.people(2))


def _recorded(name: str, content: bytes) -> Recorded:
    match = _NAME.fullmatch(name)
    try:
        rows = np.loadtxt(io.BytesIO(content), delimiter=",", ndmin=2)
        joints = rows[:, 1:].reshape(len(rows), 30, 3)
    except ValueError as error:
        raise UserError(f"{name}: is no table of 2 × 15 joints ({error}); fetch it again") from None
    if not match:
        raise UserError(f"{name}: is not the name of a recording, sXXsYY/AA/NNN/skeleton_pos.txt; fetch it again")
    first, second, action, take = map(int, match.groups())
    lost = ~joints.any(axis=(1, 2), keepdims=True)
    metres = np.where(lost, np.nan, (joints - [0, 1, 0]) * [1, -1, 1] * PICTURE)
    pair = 100 * first + second
    name = f"s{first:02}s{second:02}_a{action:02}_{take:03}"
    return Recorded(name, metres, action - 1, pair, groups={"pair": pair})
