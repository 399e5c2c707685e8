"""What lies between two steps: an HDF5 file of named arrays with attributes, the same bytes for the same content."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from drnn.errors import UserError
from drnn.files import write_bytes


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray], attributes: dict) -> None:
    """Write named arrays, of numbers or of text, and attributes (JSON values) to ``path``, whole or not at all."""
    content = io.BytesIO()  # a full disk is then met in one place, with a message
    with _opened(content, "w", libver="latest") as file:
        for name, values in arrays.items():
            values = np.asarray(values)
            if values.dtype.kind == "U":
                values = np.char.encode(values, "utf-8")
            file.create_dataset(name, data=values, track_times=False)
        file.attrs["attributes"] = np.frombuffer(json.dumps(attributes, sort_keys=True).encode(), dtype=np.uint8)
    write_bytes(path, content.getbuffer())


def read_arrays(path: str | Path, names: Sequence[str] | None = None) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of these names, or all, and the attributes.

    Raises:
        UserError: the file is missing, cut short, of another kind, or lacks an array.
    """
    try:
        with _opened(path, "r") as file:
            arrays = {name: file[name][()] for name in (file if names is None else names)}
            attributes = json.loads(bytes(file.attrs["attributes"]))
    except (OSError, KeyError) as error:
        raise UserError(f"{path}: is not whole ({error}); delete it and run again") from None
    of_text = {name: np.char.decode(values, "utf-8") for name, values in arrays.items() if values.dtype.kind == "S"}
    return arrays | of_text, attributes


def _opened(file: str | Path | io.BytesIO, mode: str, **settings):
    import h5py  # here, for a machine that only trains needs torch and numpy alone

    return h5py.File(file, mode, **settings)
