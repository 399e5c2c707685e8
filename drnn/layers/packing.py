"""Sequences of different lengths: padded, packed, reversed.

Rows of frames are packed as in torch's PackedSequence: sequences sorted by length, longest first, frame after frame,
those that have ended left out. ``active`` is the number of sequences at each frame.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


class Rows(NamedTuple):
    """The packed rows of a batch that D layers read, each its own way: R = Σ lengths rows, frame by frame."""

    active: list[int]  # the sequences at each frame
    order: Tensor  # (B,) the sequences, longest first
    frame: Tensor  # (R,) the frame that a row is of
    rank: Tensor  # (R,) the place of its sequence in the order
    read: Tensor  # (D, R) the row of a batch (T B, ·) that it is read from

    @classmethod
    def of(cls, lengths: Tensor, reverse: Sequence[bool], device: torch.device) -> "Rows":
        """Of sequences of these lengths (B,), on the CPU; those who ``reverse`` read each from its end."""
        ordered, order = lengths.sort(descending=True, stable=True)
        active = (ordered > torch.arange(int(ordered[0]))[:, None]).sum(1)
        frame = torch.arange(len(active)).repeat_interleave(active)
        rank = torch.arange(len(frame)) - (active.cumsum(0) - active)[frame]
        ways = torch.stack([ordered[rank] - 1 - frame if backwards else frame for backwards in reverse])
        parts = order, frame, rank, ways * len(lengths) + order[rank]
        return cls(active.tolist(), *(part.to(device) for part in parts))


def by_frame(active: list[int], *parts: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Each part's packed rows (D, R, ...), as a tuple of frames."""
    return (part.split_with_sizes(active, 1) for part in parts)


def reversed_in_time(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Each sequence of (T, B, ·) from its last frame to its first; the padding stays behind."""
    if lengths is None:
        return x.flip(0)
    frames = torch.arange(len(x))[:, None]
    source = torch.where(frames < lengths, lengths - 1 - frames, frames)
    rows = source * x.shape[1] + torch.arange(x.shape[1])
    return x.flatten(0, 1).index_select(0, rows.flatten().to(x.device)).view_as(x)


def packed_like(packed: PackedSequence, z: Tensor, lengths: Tensor | None) -> PackedSequence:
    """Outputs (T, B, ·), packed in the order of the inputs."""
    if lengths is None:
        lengths = torch.full((z.shape[1],), len(z))
    if packed.sorted_indices is not None:
        z, lengths = z.index_select(1, packed.sorted_indices), lengths[packed.sorted_indices.cpu()]
    return PackedSequence(pack_padded_sequence(z, lengths).data, *packed[1:])
