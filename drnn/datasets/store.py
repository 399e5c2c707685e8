"""The store of sequences: one HDF5 file, all frames in one array, the same bytes for the same content."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from drnn.arrays import read_arrays, write_arrays
from drnn.errors import UserError

ARRAYS = ("frames", "offsets", "labels", "subjects")
TEXTS = ("names", "classes", "attributes")


@dataclass(frozen=True)
class SequenceSet:
    """Sequences of frames with their labels.

    Attributes:
        names: S names, unique.
        labels: (S,) int64, 0-based index into ``classes``.
        subjects: (S,) int64, as the dataset numbers them.
        classes: names of the classes.
        frames: (ΣT, D) float32, the sequences one after the other.
        offsets: (S + 1,) int64, sequence i is ``frames[offsets[i]:offsets[i + 1]]``.
        attributes: what the set was made with and what was repaired; JSON values.
    """

    names: list[str]
    labels: np.ndarray
    subjects: np.ndarray
    classes: list[str]
    frames: np.ndarray
    offsets: np.ndarray
    attributes: dict = field(default_factory=dict)

    @classmethod
    def of(cls, sequences: Sequence[np.ndarray], names, labels, subjects, classes, attributes=None) -> "SequenceSet":
        """Put sequences of shape (T_i, ...) together; frames are flattened to D values."""
        frames = np.concatenate([s.reshape(len(s), -1) for s in sequences]).astype(np.float32, copy=False)
        offsets = np.cumsum([0, *(len(s) for s in sequences)], dtype=np.int64)
        as_integers = (np.asarray(values, dtype=np.int64) for values in (labels, subjects))
        return cls(list(names), *as_integers, list(classes), frames, offsets, attributes or {})

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lengths(self) -> np.ndarray:
        """(S,) frames of each sequence."""
        return np.diff(self.offsets)

    def __getitem__(self, index: int) -> np.ndarray:
        """(T, D) the frames of one sequence."""
        return self.frames[self.offsets[index] : self.offsets[index + 1]]

    def select(self, names: Sequence[str]) -> "SequenceSet":
        """The sequences of these names, in this order.

        Raises:
            UserError: a name is not in the set.
        """
        position = {name: index for index, name in enumerate(self.names)}
        if missing := [name for name in names if name not in position]:
            raise UserError(f"sequence {missing[0]} is not in the set of {len(self)} sequences")
        chosen = [position[name] for name in names]
        picked = SequenceSet.of(
            [self[i] for i in chosen], names, self.labels[chosen], self.subjects[chosen], self.classes
        )
        return replace(picked, attributes=self.attributes)

    def save(self, path: str | Path) -> None:
        """Write the set to ``path``, whole or not at all."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        write_arrays(path, arrays, {name: getattr(self, name) for name in TEXTS})

    @classmethod
    def load(cls, path: str | Path) -> "SequenceSet":
        """Read a set.

        Raises:
            UserError: the file is missing, cut short or not a store.
        """
        arrays, texts = read_arrays(path, ARRAYS)
        return cls(**arrays, **texts)


def attributes_of(path: str | Path) -> dict:
    """The attributes of a set, whose frames stay where they are.

    Raises:
        UserError: the file is missing, cut short or not a store.
    """
    return read_arrays(path, ())[1]["attributes"]
