"""What a model is shown of sequences: batch by batch, so that all frames need never be in memory."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from drnn.training.augment import Performances
from drnn.training.batches import padded, picked
from drnn.training.preprocessing import Preprocessor

if TYPE_CHECKING:
    from drnn.config.recipe import Augmentation
    from drnn.datasets.store import SequenceSet


class Shown:
    """Sequences as a model sees them, perhaps as other performances.

    Args:
        sequences: of features, in memory or in a file.
        preprocessor: what the model sees of them.
        augmentation: performances are drawn; None: the sequences as they are.
        generator: of the CPU, from which they are drawn; default: torch's own.

    Attributes:
        lengths: (S,) frames of each.
    """

    def __init__(
        self,
        sequences: "SequenceSet[Tensor]",
        preprocessor: Preprocessor,
        augmentation: "Augmentation | None" = None,
        generator: torch.Generator | None = None,
    ):
        self.sequences = sequences
        self.preprocessor = preprocessor
        self.drawn = Performances.drawn(sequences, augmentation, generator) if augmentation else None
        self.noise = augmentation.noise if augmentation else 0.0
        performed = self.drawn.lengths if self.drawn else sequences.lengths
        self.lengths = -(-performed // preprocessor.frame_stride)

    def batches(self, order: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Of each batch which sequences it has (B,), their padded inputs (T, B, n) and lengths (B,).

        While a batch is learnt from, the next one is read.
        """
        with ThreadPoolExecutor(1) as reader:
            coming = None
            for which in order:
                read = reader.submit(self._read, which)
                if coming:
                    yield self._shown(*coming)
                coming = which, read
            if coming:
                yield self._shown(*coming)

    def _read(self, which: Tensor) -> tuple["SequenceSet[Tensor]", "SequenceSet[Tensor] | None"]:
        """Some sequences, and those that are blended with them."""
        partners = self.drawn.of(which).partners(self.sequences) if self.drawn else None
        return picked(self.sequences, which), partners

    def _shown(self, which: Tensor, read: Future) -> tuple[Tensor, Tensor, Tensor]:
        some, partners = read.result()
        if self.drawn:
            some = self.drawn.of(which).performed(some, self.noise, partners)
        return which, *padded(self.preprocessor(some), torch.arange(len(which)))
