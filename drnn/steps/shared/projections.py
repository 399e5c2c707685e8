"""The file of a subject's projections, from which features are gathered."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays
from drnn.features.pca import Energy


@dataclass(frozen=True)
class Projected:
    """One subject's described frames in the coordinates of one basis.

    Attributes:
        subject: whose they are.
        coordinates: (n, K) float32, of all videos, concatenated.
        places: video → where its frames begin in these, and its first described frame and their end.
        energy: what the basis keeps of the energy of the n frames.
    """

    subject: int
    coordinates: np.ndarray
    places: dict[str, list[int]]
    energy: Energy

    def frames(self, video: str, first: int, stop: int) -> np.ndarray:
        """(stop − first, K) float32, of described frames of a video, counted from its first."""
        offset, start, _ = self.places[video]
        return self.coordinates[offset + first - start : offset + stop - start]


def load_projection(path: str | Path, basis: str) -> Projected:
    """A subject's projection on the basis of this key."""
    arrays, about = read_arrays(path, [basis])
    return Projected(about["subject"], arrays[basis], about["places"], Energy(*about["energies"][basis]))
