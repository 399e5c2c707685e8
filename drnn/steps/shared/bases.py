"""The file of a split's basis, on which videos are projected."""

from pathlib import Path

from drnn.arrays import read_arrays, write_arrays
from drnn.features.pca import Basis
from drnn.features.shared_projection import Shared


def save_basis(path: str | Path, basis: Basis | Shared, sides: dict) -> None:
    """Write a basis and who trained and who tests: in two parts, or, where the mean is removed, as it was fitted."""
    if isinstance(basis, Shared):
        arrays = {"directions": basis.directions, "mixing": basis.mixing}
    else:
        arrays = {"components": basis.components, "mean": basis.mean, "energies": basis.energies}
    write_arrays(path, arrays, sides | {"total": getattr(basis, "total", None)})


def load_basis(path: str | Path) -> Basis | Shared:
    """A basis as it was saved."""
    arrays, about = read_arrays(path)
    if "mixing" in arrays:
        return Shared(arrays["directions"], arrays["mixing"])
    return Basis(arrays["components"], arrays["mean"], arrays["energies"], about["total"])
