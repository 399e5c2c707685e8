"""Memory that a thread uses again: a large new array costs as much as much of what is then done with it.

The system hands out memory page by page as it is first touched. What is needed during one call only, and at each call,
is kept instead: of each name one piece for each thread, as large as the largest that was asked for.
"""

import threading
from math import prod

import numpy as np

_kept = threading.local()


def scratch(name: str, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array of any content, good until this thread asks for the same name again."""
    pieces = vars(_kept)
    size = prod(shape) * np.dtype(dtype).itemsize
    if name not in pieces or pieces[name].size < size:
        pieces[name] = np.empty(size, np.uint8)
    return pieces[name][:size].view(dtype).reshape(shape)
