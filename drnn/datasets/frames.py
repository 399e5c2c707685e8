"""Arrays out of files of one's own: text, NumPy's and MATLAB's. Nothing in them is ever run."""

import io
from pathlib import PurePosixPath

import numpy as np

from drnn.errors import UserError

MISSING = {"", "?", "-", "na", "n/a", "nan", "null", "none"}
"""What stands where nothing was measured, in any case of letters."""
LARGEST = 1e30
"""What is not smaller was not measured: an infinity, or a number that some sensors write for it."""


def read_frames(content: bytes, name: str) -> np.ndarray:
    """The frames of a file as (T, D) float64; what is missing is nan.

    Of an array of more dimensions each frame is flattened; of one dimension each value is a frame.

    Raises:
        UserError: names the file, the row or the array, and the remedy.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (".csv", ".txt"):
        return measured(_text(content, name))
    return measured(_checked({".npy": _npy, ".npz": _npz, ".mat": _mat}[suffix](content, name), name))


def measured(values: np.ndarray) -> np.ndarray:
    """The values, nan where they are not smaller than `LARGEST`."""
    return np.where(np.abs(values) < LARGEST, values, np.nan)


def _text(content: bytes, name: str) -> np.ndarray:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UserError(f"{name}: is not UTF-8 text; save it as UTF-8") from None
    rows = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    mark = _mark(rows[0][1]) if rows else None
    if rows and _is_head(rows[0][1].split(mark)):
        rows = rows[1:]
    if not rows:
        raise UserError(f"{name}: holds no frame; export it again, or take it out of the list")
    try:
        return np.loadtxt([line for _, line in rows], delimiter=mark, comments=None, ndmin=2)
    except ValueError:  # a cell is empty or no number, or the rows differ
        return _slowly(rows, mark, name)


def _mark(line: str) -> str | None:
    """What stands between the cells; None: blanks."""
    return next((mark for mark in (";", ",", "\t") if mark in line), None)


def _is_head(cells: list[str]) -> bool:
    """Whether no cell is a number, and one is a name; or the cells are 0, 1, 2 and so on, as pandas names columns."""
    if len(cells) > 2 and cells == [str(place) for place in range(len(cells))]:
        return True
    return not any(_is_number(cell) for cell in cells) and any(cell.strip().lower() not in MISSING for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.strip().lower() not in MISSING


def _slowly(rows: list[tuple[int, str]], mark: str | None, name: str) -> np.ndarray:
    """Row by row: missing cells, and the first one that is no number."""
    width = len(rows[0][1].split(mark))
    values = np.full((len(rows), width), np.nan)
    for at, (number, line) in enumerate(rows):
        cells = line.split(mark)
        if len(cells) != width:
            raise UserError(f"{name}: row {number}: {len(cells)} values, not {width} as before; export it again")
        for column, cell in enumerate(cells):
            if cell.strip().lower() not in MISSING:
                try:
                    values[at, column] = float(cell)
                except ValueError:
                    place = f"{name}: row {number}, column {column + 1}"
                    said = f"{cell.strip()[:40]!r} is no number; correct it, or leave it empty"
                    raise UserError(f"{place}: {said}") from None
    return values


def _npy(content: bytes, name: str) -> np.ndarray:
    _check_magic(content, b"\x93NUMPY", name)
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as error:
        raise UserError(f"{name}: {_of_numpy(error)}") from None


def _npz(content: bytes, name: str) -> np.ndarray:
    _check_magic(content, b"PK", name)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return _only({key: file[key] for key in file.files}, name)
    except Exception as error:  # a broken file raises ValueError, BadZipFile, zlib.error, RuntimeError …
        raise UserError(f"{name}: {_of_numpy(error)}") from None


def _check_magic(content: bytes, magic: bytes, name: str) -> None:
    """Refuse a file of another kind, which NumPy would take for a pickle."""
    if not content.startswith(magic):
        raise UserError(f"{name}: is no array of NumPy, or is cut short; save it again")


def _of_numpy(error: Exception) -> str:
    if "pickle" in str(error).lower():
        return "holds objects, which are never unpickled; save an array of numbers"
    return f"is no array of NumPy, or is cut short ({error}); save it again"


def _mat(content: bytes, name: str) -> np.ndarray:
    from scipy.io import loadmat

    try:
        found = loadmat(io.BytesIO(content))
    except NotImplementedError:
        raise UserError(f"{name}: is of MATLAB's version 7.3; save it with -v7") from None
    except Exception as error:  # a broken file raises ValueError, TypeError, struct.error, zlib.error …
        raise UserError(f"{name}: is no MATLAB file, or is cut short ({error}); save it again") from None
    return _only({key: values for key, values in found.items() if not key.startswith("__")}, name)


def _only(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    if len(arrays) != 1:
        raise UserError(f"{name}: holds {len(arrays)} arrays ({', '.join(arrays)}), not one; save one alone")
    return next(iter(arrays.values()))


def _checked(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)  # a sparse matrix of MATLAB's becomes an object
    if values.dtype.kind not in "fiub":
        raise UserError(f"{name}: holds {values.dtype}, not numbers; save an array of numbers")
    if not values.ndim or not len(values):
        raise UserError(f"{name}: holds no frame; export it again, or take it out of the list")
    return values.reshape(len(values), -1).astype(np.float64)
