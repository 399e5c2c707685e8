"""An epoch of batches of several seeds, drawn on the CPU as a training of each alone draws it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from drnn.training.batches import moved, shuffled

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe


class Batches(NamedTuple):
    """Batches of B sequences of S seeds; an epoch's have a step in front. What fills a batch up has share 0."""

    first: Tensor  # (B, S) row of a sequence's first frame
    lengths: Tensor  # (B, S) its frames
    labels: Tensor  # (B, S)
    shares: Tensor  # (B, S) 1 over the sequences of the batch
    kept: Tensor | None  # (B, S, n) which inputs a sequence keeps; None: all

    @classmethod
    def empty(cls, size: int, seeds: int, masked: int, device: torch.device) -> "Batches":
        """A batch to be filled; ``masked`` is n, or 0 where all inputs are kept."""
        index = {"dtype": torch.long, "device": device}
        kept = torch.ones(size, seeds, masked, dtype=torch.bool, device=device) if masked else None
        zeros = torch.zeros(size, seeds, **index)
        ones = torch.ones(size, seeds, **index)
        return cls(zeros, ones, zeros.clone(), torch.zeros(size, seeds, device=device), kept)

    @classmethod
    def drawn(
        cls, lengths: Tensor, first: int, labels: Tensor, recipe: "Recipe", masked: int, generator: torch.Generator
    ) -> "Batches":
        """The epoch of one seed, (steps, B, ...), of sequences concatenated from row ``first`` on."""
        starts = first + lengths.cumsum(0) - lengths
        size = min(recipe.batch_size, len(lengths))
        batches = []
        for which in shuffled(lengths, recipe.batch_size, recipe.bucket_by_length, generator):
            count = len(which)
            batch = cls.empty(size, 1, masked, lengths.device)
            batch.first[:count, 0] = starts[which]
            batch.lengths[:count, 0] = lengths[which]
            batch.labels[:count, 0] = labels[which]
            batch.shares[:count] = 1 / count
            if masked:  # one mask a sequence
                batch.kept[:count, 0] = torch.rand(count, masked, generator=generator) >= recipe.input_dropout
            batches.append(batch)
        return cls(*(None if parts[0] is None else torch.stack(parts) for parts in zip(*batches, strict=True)))

    @classmethod
    def stack(cls, of_seeds: Sequence["Batches"]) -> "Batches":
        """The epochs of several seeds as one."""
        return cls(*(None if parts[0] is None else torch.cat(parts, 2) for parts in zip(*of_seeds, strict=True)))

    def moved(self, device: torch.device) -> "Batches":
        """On a device, without waiting for it."""
        return type(self)(*(None if part is None else moved(part, device) for part in self))

    def take(self, epoch: "Batches", step: int) -> None:
        """Become a step of an epoch, in place."""
        for part, of_epoch in zip(self, epoch, strict=True):
            if part is not None:
                part.copy_(of_epoch[step])
