"""The file of a subject's sketch, from which sequences are cut and bases fitted."""

from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays, write_arrays
from drnn.features.sketch import Sketch


def save_sketch(path: str | Path, sketch: Sketch | None, about: dict) -> None:
    """Write a subject's sketch, None where no frame has a descriptor, and what there is to say of its videos."""
    if sketch is None:
        write_arrays(path, {}, about | {"frames": 0.0, "energy": 0.0})
        return
    arrays = {"rows": np.asarray(sketch.rows, np.float16), "ones": sketch.ones}
    write_arrays(path, arrays, about | {"frames": sketch.frames, "energy": sketch.energy})


def load_sketch(path: str | Path) -> tuple[Sketch | None, dict]:
    """A subject's sketch, None where no frame has a descriptor, and what its file says of the videos."""
    arrays, about = read_arrays(path)
    if not arrays:
        return None, about
    return Sketch(arrays["rows"], arrays["ones"], about["frames"], about["energy"]), about
