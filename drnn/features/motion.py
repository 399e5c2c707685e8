"""How much moves from one frame to the next: the energy of motion that derivatives of states are compared with."""

import numpy as np


def displacements(joints: np.ndarray) -> np.ndarray:
    """The mean over the joints of the squared displacement since the frame before, 0 at the first.

    Args:
        joints: (T, J, 3) metres.

    Returns:
        (T,) float64, m².
    """
    moved = (np.diff(joints.astype(float), axis=0) ** 2).sum(2)
    return np.concatenate([[0.0], moved.mean(1)])


def changes(features: np.ndarray) -> np.ndarray:
    """The mean squared change of the features (T, D) since the frame before, 0 at the first; (T,) float64."""
    energy = np.diff(features.astype(float), axis=0) ** 2
    return np.concatenate([[0.0], energy.mean(1)])
