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
    gates: np.ndarray  # the rows of gates that are not left over, frame by frame
    read: np.ndarray  # of each of these the row of a batch (T B, ·) that it reads
    equal: bool  # whether all sequences have T frames: no row is left over, and the order is that of the batch
    reverse: bool  # whether each is read from its end

    @classmethod
    def of(cls, lengths: np.ndarray | None, steps: int, batch: int, reverse: bool) -> "Rows":
        """Of sequences of these lengths (B,), all T for None; with ``reverse`` each is read from its end.

        Raises:
            ValueError: a length is not within 1 … T.
        """
        if lengths is not None and not ((lengths >= 1) & (lengths <= steps)).all():
            raise ValueError(f"lengths must be within 1 … {steps}, not {lengths.tolist()}")
        return _even(steps, batch, reverse) if lengths is None else _rows(lengths, steps, reverse)

    @property
    def ends(self) -> np.ndarray:
        """(B,) the rows of the states at the sequences' ends, in this order."""
        return self.starts[self.lengths] + np.arange(len(self.order))

    def of_batch(self, x: np.ndarray) -> np.ndarray:
        """What (T, B, ·) has for the rows of the gates; 0 in those left over. x itself where it lies so."""
        flat = x.reshape(-1, x.shape[2])
        if self.equal:
            return np.ascontiguousarray(x[::-1]).reshape(flat.shape) if self.reverse else flat
        result = np.zeros((self.starts[-2], x.shape[2]), x.dtype)
        result[self.gates] = flat[self.read]
        return result

    def to_batch(self, values: np.ndarray, result: np.ndarray) -> None:
        """Put one row for each frame of each sequence, frame by frame, into (T, B, ·)."""
        if self.equal:
            result[:: -1 if self.reverse else 1] = values.reshape(result.shape)
        else:
            result[:] = 0
            result.reshape(-1, result.shape[2])[self.read] = values


@lru_cache(64)
def _even(steps: int, batch: int, reverse: bool) -> Rows:
    return _rows(np.full(batch, steps), steps, reverse)


def _rows(lengths: np.ndarray, steps: int, reverse: bool) -> Rows:
    batch = len(lengths)
    order = np.argsort(-lengths, kind="stable")
    ordered = lengths[order]
    alive = np.arange(steps)[:, None] < ordered
    active = alive.sum(1)
    starts = np.concatenate([[0, batch], batch + active.cumsum()])
    frame, rank = alive.nonzero()
    gates = starts[frame] + rank
    source = ordered[rank] - 1 - frame if reverse else frame
    read = source * batch + order[rank]
    equal = len(gates) == steps * batch
    return Rows(order, ordered, active, starts, gates, read, equal, reverse)
