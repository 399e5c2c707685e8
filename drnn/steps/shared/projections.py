"""The files of subjects' projections, from which features are gathered."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays, reading
from drnn.errors import UserError
from drnn.features.pca import Energy
from drnn.steps.shared.subjects import subjects_of


@dataclass(frozen=True)
class Projected:
    """One subject's described frames in the coordinates of one basis, as they lie in a file.

    Attributes:
        path: of the file.
        basis: the key of the basis.
        first: video → its first described frame.
        energy: what the basis keeps of the energy of the frames.
    """

    path: Path
    basis: str
    first: dict[str, int]
    energy: Energy

    def frames(self, video: str, first: int, stop: int) -> np.ndarray:
        """(stop − first, K) float32, of described frames of a video, counted from its first."""
        with reading(self.path) as arrays:
            return arrays[f"{self.basis}.{video}"][first - self.first[video] : stop - self.first[video]]


def projected(paths: Iterable[str | Path], basis: str) -> dict[int, Projected]:
    """Every subject's projection on the basis of this key."""
    found = {}
    for path in paths:
        _, saved = read_arrays(path, ())
        for subject in subjects_of(path, saved):
            about = saved[subject]
            if basis not in about.get("energies", ()):
                raise UserError(f"{path}: is not whole (it has no projection on {basis}); delete it and run again")
            energy = Energy(*about["energies"][basis])
            found[int(subject)] = Projected(Path(path), basis, about["first"], energy)
    return found
