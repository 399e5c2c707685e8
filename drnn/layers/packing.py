"""Sequences of different lengths: padded, packed, reversed."""

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence


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
        z = z.index_select(1, packed.sorted_indices)
        lengths = lengths[packed.sorted_indices.cpu()]
    return PackedSequence(pack_padded_sequence(z, lengths).data, *packed[1:])
