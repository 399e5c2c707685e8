"""Other performances of the same actions, made from some: turned, stretched, faster or slower, cut, noisy, blended.

Every draw is made on the CPU, wherever the frames are, so that the same seed gives the same numbers on any device.
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from drnn.training.batches import at, clock, moved, picked

if TYPE_CHECKING:
    from drnn.config.recipe import Augmentation
    from drnn.datasets.store import SequenceSet

SHORTEST = 8
"""Frames that are left at least, or as many as there were."""


class Performances(NamedTuple):
    """What is drawn for S sequences at once; each can then be performed by itself, in any batch."""

    first: Tensor  # (S,) where a performance begins, 0 to 1
    end: Tensor  # (S,) where it ends
    lengths: Tensor  # (S,) its frames
    turned: Tensor  # (S, 3, 3) what its joints are multiplied by
    shift: Tensor  # (S, J, 3) what is added to them
    seeds: Tensor | None  # (S,) of the noise; None: none
    kept: Tensor | None  # (S, J, 1) False where a joint is put into the centre; None: nowhere
    partner: Tensor | None  # (S,) the sequence that is blended in; None: none
    weight: Tensor | None  # (S, 1) its part

    @classmethod
    def drawn(
        cls, sequences: "SequenceSet[Tensor]", settings: "Augmentation", generator: torch.Generator | None = None
    ) -> "Performances":
        """Draw a performance of each sequence; of the frames only their size is looked at, of labels those to blend."""
        count = len(sequences)
        joints = sequences.frames.shape[1] // 3
        first, end, new = _times(sequences.lengths, settings, generator)
        turned = _turned(settings, count, generator).mT
        shift = settings.shift * torch.randn(count, joints, 3, generator=generator)
        seeds = torch.randint(2**62, (count,), generator=generator) if settings.noise else None
        dropped = settings.joint_dropout
        kept = torch.rand(count, joints, 1, generator=generator) >= dropped if dropped else None
        partner = _partners(sequences.labels, generator) if settings.mix else None
        weight = settings.mix * torch.rand(count, 1, generator=generator) if settings.mix else None
        return cls(first, end, new, turned, shift, seeds, kept, partner, weight)

    def of(self, which: Tensor) -> "Performances":
        """Those of some sequences."""
        return type(self)(*(None if part is None else part[which] for part in self))

    def partners(self, sequences: "SequenceSet[Tensor]") -> "SequenceSet[Tensor] | None":
        """The sequences that are blended in, picked from all those of which the performances were drawn."""
        return None if self.partner is None else picked(sequences, self.partner)

    def performed(
        self,
        sequences: "SequenceSet[Tensor]",
        noise: float = 0.0,
        partners: "SequenceSet[Tensor] | None" = None,
    ) -> "SequenceSet[Tensor]":
        """The sequences as these performances of them, with noise of this deviation, and with their partners."""
        device = sequences.frames.device
        retimed, which = _retimed(sequences, self)
        if partners is not None:
            others, _ = _retimed(partners, self)
            retimed.frames.lerp_(others.frames, moved(self.weight[which], device))
        which = moved(which, device)
        joints = retimed.frames.view(-1, *self.shift.shape[1:])
        frames = torch.baddbmm(moved(self.shift, device)[which], joints, moved(self.turned, device)[which])
        if self.seeds is not None:
            frames += moved(noise * self._noise(frames.shape[1:]), device)
        if self.kept is not None:
            frames *= moved(self.kept, device)[which]
        return replace(retimed, frames=frames.flatten(1))

    def _noise(self, size: torch.Size) -> Tensor:
        """(ΣT, J, 3) standard normal numbers, those of a sequence from its own seed."""
        generator = torch.Generator()
        pairs = zip(self.seeds.tolist(), self.lengths.tolist(), strict=True)
        return torch.cat([torch.randn(n, *size, generator=generator.manual_seed(seed)) for seed, n in pairs])


def augmented(
    sequences: "SequenceSet[Tensor]", settings: "Augmentation", generator: torch.Generator | None = None
) -> "SequenceSet[Tensor]":
    """Another performance of each sequence.

    Args:
        sequences: of joints, frames (ΣT, 3 J) with x, y, z of each, float32; y points up, z away from the camera.
        settings: what is drawn; all 0 give the sequences back, but for rounding. To mix, labels are needed.
        generator: of the CPU; default: torch's own.
    """
    drawn = Performances.drawn(sequences, settings, generator)
    return drawn.performed(sequences, settings.noise, drawn.partners(sequences))


def longest(lengths: Tensor, settings: "Augmentation") -> Tensor:
    """The most frames (S,) that a performance of sequences of these lengths can have."""
    return (lengths * math.exp(settings.tempo)).ceil().long().maximum(lengths.clamp(max=SHORTEST))


def _times(
    lengths: Tensor, settings: "Augmentation", generator: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Where a performance of each sequence begins and ends, and its frames."""
    count = len(lengths)
    first = settings.crop * torch.rand(count, generator=generator)
    end = 1 - settings.crop * torch.rand(count, generator=generator)
    tempo = torch.exp(settings.tempo * _between(-1, 1, count, generator=generator))
    new = (lengths * (end - first) * tempo).round().long()
    return first, end, new.maximum(lengths.clamp(max=SHORTEST))


def _partners(labels: Tensor, generator: torch.Generator | None) -> Tensor:
    """(S,) for each sequence one of its class, perhaps itself."""
    by_class = labels.argsort(stable=True)
    counts = labels.bincount()
    first = counts.cumsum(0) - counts
    place = torch.rand(len(labels), generator=generator) * counts[labels]
    return by_class[first[labels] + place.long()]


def _retimed(sequences: "SequenceSet[Tensor]", drawn: Performances) -> tuple["SequenceSet[Tensor]", Tensor]:
    """A part of each sequence at another speed, and the sequence of each frame; between two frames it is linear."""
    which, t = clock(drawn.lengths)
    last = (sequences.lengths - 1)[which]
    part = t / (drawn.lengths - 1).clamp(min=1)[which]
    time = last * torch.lerp(drawn.first[which], drawn.end[which], part)
    before = time.long().minimum(last)
    after = (before + 1).minimum(last)
    between = moved((time - before)[:, None], sequences.frames.device)
    frames = at(sequences, which, before).lerp_(at(sequences, which, after), between)
    return replace(sequences, frames=frames, lengths=drawn.lengths), which


def _turned(settings: "Augmentation", count: int, generator: torch.Generator | None) -> Tensor:
    """(S, 3, 3) a turn about y, one about x, and a factor for each axis."""
    a = math.radians(settings.rotation) * _between(-1, 1, count, generator=generator)
    b = math.radians(settings.tilt) * _between(-1, 1, count, generator=generator)
    zero = torch.zeros(count)
    one = torch.ones(count)
    about_y = torch.stack([a.cos(), zero, a.sin(), zero, one, zero, -a.sin(), zero, a.cos()], 1).view(-1, 3, 3)
    about_x = torch.stack([one, zero, zero, zero, b.cos(), -b.sin(), zero, b.sin(), b.cos()], 1).view(-1, 3, 3)
    return (1 + settings.scale * _between(-1, 1, count, 3, generator=generator))[..., None] * (about_x @ about_y)


def _between(low: float, high: float, *size: int, generator: torch.Generator | None) -> Tensor:
    return low + (high - low) * torch.rand(size, generator=generator)
