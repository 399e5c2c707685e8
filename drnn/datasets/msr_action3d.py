"""MSR Action3D: names and files of the skeleton sequences."""

import io
import itertools
import logging
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from drnn.datasets.layouts import MSR_20
from drnn.datasets.repair import repair
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.files import readable

ACTIONS = [
    *("high arm wave", "horizontal arm wave", "hammer", "hand catch", "forward punch", "high throw"),
    *("draw x", "draw tick", "draw circle", "hand clap", "two hand wave", "side boxing", "bend"),
    *("forward kick", "side kick", "jogging", "tennis swing", "tennis serve", "golf swing"),
    "pickup and throw",
]
JOINTS = len(MSR_20.joints)
SUFFIX = "_skeleton3D.txt"

_NAME = re.compile(r"a([0-9]{2})_s([0-9]{2})_e([0-9]{2})" + re.escape(SUFFIX))
_ON_EMPTY = "datasets.msr_action3d.on_empty"

logger = logging.getLogger(__name__)


def parse_name(filename: str) -> tuple[str, int, int, int]:
    """Take "a01_s02_e03_skeleton3D.txt" apart.

    Returns:
        The sequence's name ("a01_s02_e03"), its label (action - 1), its subject and its execution.

    Raises:
        UserError: the name has another form, or an action that is not one of the 20.
    """
    match = _NAME.fullmatch(filename)
    action, subject, execution = map(int, match.groups()) if match else (0, 0, 0)
    if not 1 <= action <= len(ACTIONS) or not subject or not execution:
        raise UserError(
            f"{filename}: is not the name of a sequence; aAA_sSS_eEE{SUFFIX} is expected, "
            f"with an action AA from 01 to {len(ACTIONS)}: rename the file or take it out"
        )
    return filename.removesuffix(SUFFIX), action - 1, subject, execution


def parse(content: bytes, filename: str) -> np.ndarray:
    """Read the text of one sequence: a line `x y z confidence` for each joint of `MSR_20`, 20 lines a frame.

    Returns:
        (T, 20, 3) float64, metres in camera coordinates. `nan` and `inf` are numbers here; see `repair`.

    Raises:
        UserError: the file is empty, holds what is not a number, has other columns or half a frame.
    """
    if not content.strip():
        raise UserError(f"{filename}: is empty; fetch it again")
    try:
        rows = np.loadtxt(io.StringIO(content.decode("ascii")), comments=None, ndmin=2)
    except ValueError as error:
        raise UserError(f"{filename}: is not a table of numbers ({error}); fetch it again") from None
    if rows.shape[1] != 4:
        raise UserError(f"{filename}: has {rows.shape[1]} columns, not 4 (x y z confidence); fetch it again")
    if len(rows) % JOINTS:
        raise UserError(f"{filename}: {len(rows)} rows are not a multiple of {JOINTS}; fetch it again")
    return rows[:, :3].reshape(-1, JOINTS, 3)


def format_frames(positions: np.ndarray) -> bytes:
    """Write positions (T, 20, 3), in metres, as the text of a file, to the micrometre as the originals.

    The confidence is 1. `parse` reads the positions back, rounded to 6 decimals.
    """
    # Adding 0 makes -0 into 0: a sign that depends on rounding would change the bytes.
    values = np.asarray(positions, dtype=np.float64).round(6).ravel() + 0.0
    return ("%.6f %.6f %.6f 1.000000\n" * (values.size // 3) % tuple(values.tolist())).encode("ascii")


def read(
    archive: str | Path, on_empty: Literal["exclude", "error"], expected: Iterable[str] | None = None
) -> SequenceSet:
    """Read and repair the sequences of a zip file, in the order of their names.

    Members whose names do not end in "_skeleton3D.txt" are passed over. Frames are 60 values: x, y, z of
    joint 1, of joint 2, … in metres. The attributes tell what was done: `repairs` and `excluded` by the
    sequence's name, `listed` the number of sequences in the archive. Each is also logged as a warning.

    Args:
        archive: the zip file.
        on_empty: whether a sequence without a usable frame is left out or refused.
        expected: names ("a01_s01_e01") that have to be there.

    Raises:
        UserError: the archive cannot be read, or a sequence is missing, doubled, malformed or refused.
    """
    entries, frames, repairs, excluded = [], [], {}, {}
    for filename, content in _members(Path(archive), expected):
        entry = parse_name(filename)
        positions = parse(content, filename)
        repaired, counts = repair(positions)
        if not len(repaired):
            excluded[entry[0]] = _exclude(filename, positions, on_empty)
            continue
        if any(counts):
            repairs[entry[0]] = counts._asdict()
            logger.warning(
                "%s: %d of %d frames are zero or not finite; %d interpolated, %d cut from the ends",
                *(filename, sum(counts), len(positions), counts.interpolated, counts.cut),
            )
        entries.append(entry)
        frames.append(repaired.astype(np.float32))
    if not entries:
        raise UserError(f"{archive}: holds no usable *{SUFFIX} file; check that it is the dataset's archive")
    names, labels, subjects, _ = zip(*entries, strict=True)
    attributes = {"repairs": repairs, "excluded": excluded, "listed": len(entries) + len(excluded)}
    attributes["skeleton"] = MSR_20.values()
    return SequenceSet.of(frames, names, labels, subjects, ACTIONS, attributes)


def _members(archive: Path, expected: Iterable[str] | None) -> list[tuple[str, bytes]]:
    """The file names, without folders, and contents of an archive's sequences, sorted and checked."""
    try:
        with readable(archive), zipfile.ZipFile(archive) as file:
            paths = (path for path in file.namelist() if path.endswith(SUFFIX))
            found = sorted((PurePosixPath(path).name, path) for path in paths)
            _check_names(archive, [filename for filename, _ in found], expected)
            return [(filename, file.read(path)) for filename, path in found]
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{archive}: is no whole zip file ({error}); delete it and fetch it again") from None


def _check_names(archive: Path, filenames: list[str], expected: Iterable[str] | None) -> None:
    for first, second in itertools.pairwise(filenames):
        if first == second:
            raise UserError(f"{archive}: holds {first} twice; keep one of the two")
    if missing := sorted({name + SUFFIX for name in expected or ()} - set(filenames)):
        more = f", the first of {len(missing)} that are missing" if len(missing) > 1 else ""
        raise UserError(f"{archive}: {missing[0]} is missing{more}; fetch the dataset again")


def _exclude(filename: str, positions: np.ndarray, on_empty: str) -> str:
    """Why a sequence without a usable frame is left out; raises where that is not wanted."""
    reason = f"all {len(positions)} frames are zero" + (" or not finite" if positions.any() else "")
    if on_empty == "error":
        raise UserError(f"{filename}: {reason}; set {_ON_EMPTY}: exclude to leave it out")
    logger.warning("%s: %s; excluded (set %s: error to refuse)", filename, reason, _ON_EMPTY)
    return reason
