"""The file of some subjects' sketches, from which sequences are cut and bases fitted."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays, reading, writing
from drnn.features.sketch import Sketch
from drnn.steps.shared.subjects import subjects_of

Sketched = tuple[Sketch | None, dict]
"""A subject's sketch, None where no frame has a descriptor, and what there is to say of the videos."""
MOST_SHARED = 100
"""Subjects up to which splits share the products of all sketches; these grow by the square of the subjects."""


class _Rows:
    """Rows (r, D) float16 in a file, which is open while they are read."""

    def __init__(self, path: str | Path, name: str, count: int):
        self._path = path
        self._name = name
        self._count = count

    @property
    def shape(self) -> tuple[int, int]:
        with reading(self._path) as arrays:
            return arrays[self._name].shape

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part) -> np.ndarray:
        with reading(self._path) as arrays:
            return arrays[self._name][part]


def save_sketches(path: str | Path, sketched: Iterable[Sketched]) -> None:
    """Write subjects' sketches as they come, each under its subject."""
    saved: dict[str, dict] = {}
    with writing(path, saved) as writer:
        for sketch, about in sketched:
            subject = str(about["subject"])
            saved[subject] = about
            if sketch is not None:
                saved[subject] = about | {"frames": sketch.frames, "energy": sketch.energy}
                writer.add(f"{subject}.rows", np.asarray(sketch.rows, np.float16))
                writer.add(f"{subject}.ones", sketch.ones)


def load_sketches(paths: Iterable[str | Path]) -> tuple[list[int], list[Sketch]]:
    """The subjects that have one, in numerical order, and their sketches, whose rows stay in the files.

    Raises:
        UserError: a file is missing, cut short, or holds something else.
    """
    found: dict[int, Sketch] = {}
    for path in paths:
        _, saved = read_arrays(path, ())
        for subject in subjects_of(path, saved):
            about = saved[subject]
            if "energy" in about:
                ones = read_arrays(path, [f"{subject}.ones"])[0][f"{subject}.ones"]
                rows = _Rows(path, f"{subject}.rows", len(ones))
                found[int(subject)] = Sketch(rows, ones, about["frames"], about["energy"])
    subjects = sorted(found)
    return subjects, [found[subject] for subject in subjects]


def pair_of(subject: int, earlier: int) -> str:
    """The name of the products of two subjects' rows; the rows are those of the one with the larger number."""
    return f"{subject}.{earlier}"


def load_videos(paths: Iterable[str | Path]) -> list[dict]:
    """What is said of every subject's videos, without the sketches."""
    return [about for path in paths for about in read_arrays(path, ())[1].values()]
