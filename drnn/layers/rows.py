"""Where the frames of a batch lie as rows of matrices: frame after frame, those sequences left out that have ended.

Sequences are sorted by length, longest first, so that a frame's rows are the first of the frame before. Frame 0 is the
state from which a run starts; R_t sequences have a frame t.

    states     s_0 of B sequences, s_1 of R_1, s_2 of R_2, …, s_T of R_T
    gates      of frame 1 in the B rows of s_0, of frame 2 in the R_1 rows of s_1, …, of frame T in those of s_{T−1}

So a frame's gates stand in the rows of the states that they see, and the gradients of all weights are products of whole
matrices. Where a sequence has ended, a row of gates is left over.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np


class Rows(NamedTuple):
    """The rows of a batch."""

    order: np.ndarray  # (B,) the sequences, longest first
    lengths: np.ndarray  # (B,) of the sequences in this order
    active: np.ndarray  # (T,) the sequences that have frame t + 1
    starts: np.ndarray  # (T + 2,) the first row of frame 0, 1, …, T, and the number of rows

    @classmethod
    def of(cls, lengths: np.ndarray | None, steps: int, batch: int) -> "Rows":
        """Of sequences of these lengths (B,), 0 … T; of T frames each for None."""
        return _even(steps, batch) if lengths is None else _ragged(lengths, steps)


@lru_cache(64)
def _even(steps: int, batch: int) -> Rows:
    return _ragged(np.full(batch, steps), steps)


def _ragged(lengths: np.ndarray, steps: int) -> Rows:
    order = np.argsort(-lengths, kind="stable")
    ordered = lengths[order]
    active = np.searchsorted(-ordered, -np.arange(steps), side="left")
    starts = np.concatenate([[0, len(order)], len(order) + active.cumsum()])
    return Rows(order, ordered, active, starts)
