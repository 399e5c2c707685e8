"""Loops turned into machine code by Numba."""

import numba


def compiled(function):
    """`numba.njit` with its cache on disk where there is a place for it, without where there is none."""
    # a·b + c may round once; sums keep their order, so that no result depends on its place in a loop.
    options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nnan", "nsz"}}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": neither the package nor the user has a folder to write to
        return numba.njit(**options)(function)
