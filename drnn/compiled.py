"""Loops turned into machine code by Numba."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

import numba

# a·b + c may round once; sums keep their order, so that no result depends on its place in a loop.
ROUNDING = {"contract", "nsz"}


def compiled(function: Callable) -> Callable:
    """Machine code for numbers none of which is NaN."""
    return _compiled(function, ROUNDING | {"nnan"})


def compiled_with_nan(function: Callable) -> Callable:
    """Machine code through which NaN goes as NaN."""
    return _compiled(function, ROUNDING)


def _compiled(function: Callable, rounding: set[str]) -> Callable:
    """`numba.njit` with its cache on disk where there is a place for it, without where there is none.

    Numba compiles anew when the function's own file has changed, though the machine code holds the functions that it
    calls too: so its name in the cache tells what all files of its folder hold.
    """
    options = {"nogil": True, "error_model": "numpy", "fastmath": rounding}
    function.__qualname__ += f"_{_digest(Path(function.__code__.co_filename).parent)}"
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": neither the package nor the user has a folder to write to
        return numba.njit(**options)(function)


@cache
def _digest(folder: Path) -> str:
    """Of the sources in a folder."""
    contents = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return sha256(contents).hexdigest()[:12]
