"""The file of some subjects' sketches, from which sequences are cut and bases fitted."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays, write_arrays
from drnn.features.sketch import Sketch
from drnn.steps.shared.subjects import subjects_of

Sketched = tuple[Sketch | None, dict]
"""A subject's sketch, None where no frame has a descriptor, and what there is to say of the videos."""


def save_sketches(path: str | Path, sketched: Iterable[Sketched]) -> None:
    """Write subjects' sketches, each under its subject."""
    arrays: dict[str, np.ndarray] = {}
    saved = {}
    for sketch, about in sketched:
        subject = str(about["subject"])
        saved[subject] = about
        if sketch is not None:
            saved[subject] = about | {"frames": sketch.frames, "energy": sketch.energy}
            arrays[f"{subject}.rows"] = np.asarray(sketch.rows, np.float16)
            arrays[f"{subject}.ones"] = sketch.ones
    write_arrays(path, arrays, saved)


def load_sketches(paths: Iterable[str | Path]) -> list[Sketched]:
    """Every subject's sketch and what its file says of the videos, subjects in numerical order of each file.

    Raises:
        UserError: a file is missing, cut short, or holds something else.
    """
    found: list[Sketched] = []
    for path in paths:
        arrays, saved = read_arrays(path)
        for subject in subjects_of(path, saved):
            about = saved[subject]
            sketch = None
            if f"{subject}.rows" in arrays:
                ends = about["frames"], about["energy"]
                sketch = Sketch(arrays[f"{subject}.rows"], arrays[f"{subject}.ones"], *ends)
            found.append((sketch, about))
    return found


def load_videos(paths: Iterable[str | Path]) -> list[dict]:
    """What is said of every subject's videos, without the sketches."""
    return [about for path in paths for about in read_arrays(path, ())[1].values()]
