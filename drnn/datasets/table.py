"""One's own sequences: a list, a file for each or for several, and perhaps a skeleton. No code is needed."""

import logging
import re
from collections import Counter
from pathlib import Path

import numpy as np

from drnn.datasets.assembly import Recorded, assemble
from drnn.datasets.collection import Collection
from drnn.datasets.frames import read_frames
from drnn.datasets.listing import SKELETON, Faults, Row, listed
from drnn.datasets.skeleton_file import Posed, parse
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError

log = logging.getLogger(__name__)


def read(archive: str | Path, on_empty: str = "exclude") -> SequenceSet:
    """Read the sequences of a folder or zip archive with a list, in the order of the list, and mend them.

    Values that are missing are filled, see `drnn.datasets.repair.repair_values`; with a skeleton, frames whose joints
    are all zero count as missing. Joints of two coordinates get a third, which is 0.

    Args:
        archive: the folder or archive.
        on_empty: whether a sequence with fewer than two frames is left out ("exclude") or refused ("error").

    Raises:
        UserError: all faults of the list and of the files at once, each with its row and a remedy.
    """
    faults = Faults()
    with Collection(archive) as collection:
        rows = listed(collection, faults)
        posed = _skeleton(collection, faults)
        frames = _frames(collection, rows, faults)
    _check_widths(frames, rows, posed, faults)
    faults.check(str(archive))
    classes = sorted({row.label for row in rows}, key=natural)
    subjects = sorted({row.subject for row in rows if row.subject}, key=natural)
    numbers = _numbers(subjects)
    recorded = [
        Recorded(
            row.name,
            _posed(frames[row.number], posed),
            classes.index(row.label),
            numbers.get(row.subject, 0),
            row.split,
        )
        for row in rows
    ]
    about = {"subjects": {str(number): name for name, number in numbers.items()}}
    return assemble(recorded, classes, on_empty, posed.skeleton if posed else None, about)


def natural(text: str) -> tuple:
    """A key that sorts "2" before "10", and "10" before "a"; no two texts are alike."""
    parts = re.split("([0-9]+)", text)
    digits = [part.lstrip("0") for part in parts[1::2]]
    parts[1::2] = [(len(number), number) for number in digits]
    return parts, text


def _numbers(subjects: list[str]) -> dict[str, int]:
    """Name → number: the names themselves if all are numbers from 1, else their places."""
    plain = all(re.fullmatch("0*[1-9][0-9]{0,8}", name) for name in subjects)
    if plain and len({*map(int, subjects)}) == len(subjects):
        return {name: int(name) for name in subjects}
    return {name: number for number, name in enumerate(subjects, 1)}


def _skeleton(collection: Collection, faults: Faults) -> Posed | None:
    if SKELETON not in collection.names:
        return None
    try:
        return parse(collection.read(SKELETON))
    except UserError as error:
        faults.append(str(error))
        return None


def _frames(collection: Collection, rows: list[Row], faults: Faults) -> dict[int, np.ndarray]:
    """Number of a row → its frames (T, D); each file is read once."""
    found: dict[int, np.ndarray] = {}
    by_file: dict[str, list[Row]] = {}
    for row in rows:
        by_file.setdefault(row.file, []).append(row)
    for file, parts in by_file.items():
        try:
            whole = read_frames(collection.read(file), file)
        except UserError as error:
            faults.append(str(error))
            continue
        for row in parts:
            first, last = row.first or 1, row.last or len(whole)
            if first > len(whole) or last > len(whole):
                faults.append(
                    f"{file}: has {len(whole)} frames, and sequences.csv, row {row.number}, wants {first} to {last}; "
                    "correct first and last"
                )
            else:
                found[row.number] = whole[first - 1 : last]
    return found


def _check_widths(frames: dict[int, np.ndarray], rows: list[Row], posed: Posed | None, faults: Faults) -> None:
    """Every frame has as many values as the skeleton says, or as most have."""
    widths = {row: frames[row.number].shape[1] for row in rows if row.number in frames}
    if not widths:
        return
    usual = posed.values if posed else Counter(widths.values()).most_common(1)[0][0]
    why = f"{SKELETON} has {len(posed.skeleton.joints)} joints of {posed.dimensions}" if posed else "as most files have"
    for file, width in {row.file: width for row, width in widths.items()}.items():
        if width != usual:
            faults.append(f"{file}: has {width} values a frame, not {usual} ({why}); is it whole, and a frame a row?")


def _posed(frames: np.ndarray, posed: Posed | None) -> np.ndarray:
    """Values (T, D), or x, y and z of joints (T, J, 3)."""
    if posed is None:
        return frames
    joints = frames.reshape(len(frames), -1, posed.dimensions)
    return np.pad(joints, ((0, 0), (0, 0), (0, 3 - posed.dimensions)))
