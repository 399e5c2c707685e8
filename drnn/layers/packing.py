"""Sequences of different lengths: padded, packed, reversed.

Rows of frames are packed as in torch's PackedSequence: sequences sorted by length, longest first, frame after frame,
those that have ended left out. ``active`` is the number of sequences at each frame.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


def rows_of(frames: Tensor, active: list[int]) -> Tensor:
    """The rows of the sequences active in each of the first frames of (≥ T, B, m): (R, m)."""
    if active[-1] == frames.shape[1]:
        return frames[: len(active)].flatten(0, 1)
    return torch.cat([frame[:b] for frame, b in zip(frames, active, strict=False)])


def by_frame(active: list[int], *parts: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Each part's packed rows, as a tuple of frames."""
    return (part.split(active) for part in parts)


def reversed_in_time(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Each sequence of (T, B, ·) from its last frame to its first; the padding stays behind."""
    if lengths is None:
        return x.flip(0)
    frames = torch.arange(len(x))[:, None]
    source = torch.where(frames < lengths, lengths - 1 - frames, frames).to(x.device)
    return x.gather(0, source[..., None].expand_as(x))


def packed_like(packed: PackedSequence, z: Tensor, lengths: Tensor | None) -> PackedSequence:
    """Outputs (T, B, ·), packed in the order of the inputs."""
    if lengths is None:
        lengths = torch.full((z.shape[1],), len(z))
    if packed.sorted_indices is not None:
        z, lengths = z.index_select(1, packed.sorted_indices), lengths[packed.sorted_indices.cpu()]
    return PackedSequence(pack_padded_sequence(z, lengths).data, *packed[1:])
