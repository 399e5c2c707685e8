"""What lies between two steps: an HDF5 file of named arrays with attributes, the same bytes for the same content."""

import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from drnn.errors import UserError
from drnn.files import readable, replacing, write_bytes


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray], attributes: dict) -> None:
    """Write named arrays, of numbers or of text, and attributes (JSON values) to ``path``, whole or not at all."""
    content = io.BytesIO()  # a full disk is then met in one place, with a message
    with _opened(content, "w", libver="latest") as file:
        for name, values in arrays.items():
            _add(file, name, values)
        _say(file, attributes)
    write_bytes(path, content.getbuffer())


@contextmanager
def writing(path: str | Path, attributes: dict) -> Iterator["Writer"]:
    """Write what is larger than memory to ``path``, whole or not at all; the attributes as they are at the end."""
    with replacing(path) as temporary:
        try:
            with _opened(temporary, "w", libver="latest") as file:
                yield Writer(file)
                _say(file, attributes)
        except RuntimeError as error:  # a file that could not be written cannot be closed either
            first = error.__context__
            if isinstance(first, OSError) and first.errno:
                raise OSError(first.errno, os.strerror(first.errno)) from None
            raise


class Writer:
    """What is being written."""

    def __init__(self, file):
        self._file = file

    def add(self, name: str, values: np.ndarray) -> None:
        """Write an array, of numbers or of text."""
        _add(self._file, name, values)

    def add_rows(self, name: str, shape: tuple[int, ...], parts: Iterable[np.ndarray]) -> None:
        """Write an array (float32) of this shape from parts of its rows, in their order."""
        rows = self._file.create_dataset(name, shape, np.float32, track_times=False)
        first = 0
        for part in parts:
            rows[first : first + len(part)] = part
            first += len(part)


@contextmanager
def reading(path: str | Path) -> Iterator[Mapping[str, np.ndarray]]:
    """The arrays of a file, of which what is sliced is read, and no more.

    Raises:
        UserError: the file is missing, cut short, of another kind, or lacks an array.
    """
    try:
        with readable(path), _opened(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        raise UserError(f"{path}: is not whole ({error}); delete it and run again") from None


def read_arrays(path: str | Path, names: Sequence[str] | None = None) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of these names, or all, and the attributes.

    Raises:
        UserError: the file is missing, cut short, of another kind, or lacks an array.
    """
    try:
        with readable(path), _opened(path, "r") as file:
            arrays = {name: file[name][()] for name in (file if names is None else names)}
            attributes = json.loads(bytes(file.attrs["attributes"]))
    except (AttributeError, KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(f"{path}: is not whole ({error}); delete it and run again") from None
    of_text = {name: np.char.decode(values, "utf-8") for name, values in arrays.items() if values.dtype.kind == "S"}
    return _Held(path, arrays | of_text), _Held(path, attributes)


class _Held(dict):
    """What a file holds, by name; a name that it lacks is an error that says which file."""

    def __init__(self, path: str | Path, content: Mapping):
        super().__init__(content)
        self.path = path

    def __missing__(self, name: str):
        raise UserError(f"{self.path}: is not whole (it has no {name}); delete it and run again")


def open_array(path: str | Path, name: str) -> np.ndarray:
    """An array that stays in its file, which is open as long as this is used; what is sliced is read.

    Raises:
        UserError: the file is missing, cut short, of another kind, or lacks the array.
    """
    try:
        return _opened(path, "r")[name]
    except (OSError, KeyError) as error:
        raise UserError(f"{path}: is not whole ({error}); delete it and run again") from None


def _add(file, name: str, values: np.ndarray) -> None:
    values = np.asarray(values)
    if values.dtype.kind == "U":
        values = np.char.encode(values, "utf-8")
    file.create_dataset(name, data=values, track_times=False)


def _say(file, attributes: dict) -> None:
    file.attrs["attributes"] = np.frombuffer(json.dumps(attributes, sort_keys=True).encode(), dtype=np.uint8)


def _opened(file: str | Path | io.BytesIO, mode: str, **settings):
    import h5py  # here, for a machine that only trains needs torch and numpy alone

    return h5py.File(file, mode, **settings)
