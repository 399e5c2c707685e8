"""Sequences of frames: the one container from recordings to batches, and its file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from drnn.arrays import open_array, read_arrays, write_arrays, writing
from drnn.datasets.skeleton import Skeleton
from drnn.errors import UserError

Array = TypeVar("Array")
ARRAYS = ("frames", "lengths", "labels", "subjects")
TEXTS = ("names", "classes", "attributes")
IN_MEMORY = 2**28
"""Bytes of frames up to which a training keeps them in memory."""


class StoredFrames:
    """Frames (T, D) float32 in a file, which stays open; a slice is as lazy, and `np.asarray` reads.

    Args:
        rows: what is in the file.
        first, stop: which of them these are.
    """

    def __init__(self, rows: np.ndarray, first: int, stop: int):
        self.rows = rows
        self.first = first
        self.stop = stop

    @property
    def shape(self) -> tuple[int, int]:
        """Of the frames."""
        return len(self), self.rows.shape[1]

    @property
    def bytes(self) -> int:
        """In memory."""
        return 4 * len(self) * self.rows.shape[1]

    def __len__(self) -> int:
        return self.stop - self.first

    def __getitem__(self, rows: slice) -> "StoredFrames":
        ends = (None if row is None else int(row) for row in (rows.start, rows.stop))
        first, stop, _ = slice(*ends).indices(len(self))
        return StoredFrames(self.rows, self.first + first, self.first + stop)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.rows[self.first : self.stop]


@dataclass(frozen=True)
class SequenceSet(Generic[Array]):
    """S sequences of frames, concatenated, with their labels. What is not known of them is empty.

    ``SequenceSet[np.ndarray]`` is what files hold, and ``SequenceSet[Tensor]`` what is learnt from.

    Attributes:
        frames: (ΣT, D) float32, of all sequences.
        lengths: (S,) int64, frames of each sequence.
        labels: (S,) int64, 0-based index into ``classes``.
        subjects: (S,) int64, as the dataset numbers them, from 1; 0 where it is not known who it is.
        names: S names, unique.
        classes: names of the classes.
        attributes: what the set was made with and what was repaired; JSON values. "skeleton" says whose joints the
            frames are (`Skeleton.values`). Of each sequence, in the order of the names, "given" says its side in a
            split that came with the recordings ("train", "test" or ""), and "groups" has its values by group, such as
            {"view": [1, 3, …]}.
    """

    frames: Array
    lengths: Array
    labels: Array
    subjects: Array
    names: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    attributes: dict = field(default_factory=dict)

    @classmethod
    def of(
        cls, sequences: Sequence[np.ndarray], names=(), labels=(), subjects=(), classes=(), attributes=None
    ) -> "SequenceSet[np.ndarray]":
        """Concatenate sequences of shape (T_i, ...); frames are flattened to D values."""
        frames = np.concatenate([s.reshape(len(s), -1) for s in sequences]).astype(np.float32, copy=False)
        lengths = [len(sequence) for sequence in sequences]
        by_sequence = (np.asarray(values, dtype=np.int64) for values in (lengths, labels, subjects))
        return cls(frames, *by_sequence, list(names), list(classes), attributes or {})

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def starts(self) -> Array:
        """(S,) the first row of each sequence."""
        return self.lengths.cumsum(0) - self.lengths

    def __getitem__(self, index: int) -> Array:
        """(T, D) the frames of one sequence."""
        return self.frames[self.starts[index] : self.starts[index] + self.lengths[index]]

    @property
    def groups(self) -> dict[str, list]:
        """What protocols divide by: group → its value for each sequence."""
        given = {"given": self.attributes["given"]} if any(self.attributes.get("given", ())) else {}
        return {"subject": np.asarray(self.subjects).tolist()} | self.attributes.get("groups", {}) | given

    @property
    def skeleton(self) -> Skeleton | None:
        """Whose joints the frames are, x, y, z of each; None where they are other values."""
        values = self.attributes.get("skeleton")
        return Skeleton.of(values) if values else None

    def skeleton_for(self, what: str) -> Skeleton:
        """The skeleton, which ``what`` needs.

        Raises:
            UserError: the frames are other values.
        """
        if found := self.skeleton:
            return found
        raise UserError(f"{what}: needs a skeleton, and these sequences are other values")

    def posed(self, index: int) -> Array:
        """(T, J, 3) the joints of one sequence; without a skeleton (T, D) its values."""
        frames = self[index]
        return frames.reshape(len(frames), -1, 3) if self.attributes.get("skeleton") else frames

    def converted(self, convert: Callable) -> "SequenceSet":
        """The same set with every array converted: by `torch.from_numpy` into tensors that share its memory.

        Frames that lie in a file stay there.
        """
        arrays = {name: getattr(self, name) for name in ARRAYS}
        there = {"frames": self.frames} if isinstance(self.frames, StoredFrames) else {}
        return replace(self, **{name: convert(values) for name, values in arrays.items() if name not in there} | there)

    def sides(self) -> tuple["SequenceSet[Array]", "SequenceSet[Array]"]:
        """Views of the training and of the test sequences: the first ``attributes["train"]``, and the others."""
        count = self.attributes["train"]
        rows = int(self.lengths[:count].sum())
        return self._view(slice(count), slice(rows)), self._view(slice(count, None), slice(rows, None))

    def _view(self, chosen: slice, rows: slice) -> "SequenceSet[Array]":
        by_sequence = {name: getattr(self, name)[chosen] for name in ("lengths", "labels", "subjects", "names")}
        return replace(self, frames=self.frames[rows], **by_sequence)

    def select(self, names: Sequence[str]) -> "SequenceSet[np.ndarray]":
        """A copy of the sequences of these names, in this order.

        Raises:
            UserError: a name is not in the set.
        """
        position = {name: index for index, name in enumerate(self.names)}
        if missing := [name for name in names if name not in position]:
            raise UserError(f"sequence {missing[0]} is not in the set of {len(self)} sequences")
        chosen = [position[name] for name in names]
        attributes = dict(self.attributes)
        if "given" in attributes:
            attributes["given"] = [attributes["given"][index] for index in chosen]
        if "groups" in attributes:
            groups = attributes["groups"].items()
            attributes["groups"] = {group: [values[index] for index in chosen] for group, values in groups}
        known = (names, self.labels[chosen], self.subjects[chosen], self.classes, attributes)
        return SequenceSet.of([self[index] for index in chosen], *known)

    def save(self, path: str | Path) -> None:
        """Write the set to ``path``, whole or not at all."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        write_arrays(path, arrays, {name: getattr(self, name) for name in TEXTS})

    def save_parts(self, path: str | Path, parts: Iterable[np.ndarray], size: int) -> None:
        """Write the set to ``path``, whole or not at all, with frames (T, size) that are not all in memory at once."""
        with writing(path, {name: getattr(self, name) for name in TEXTS}) as writer:
            for name in ARRAYS[1:]:
                writer.add(name, getattr(self, name))
            writer.add_rows(ARRAYS[0], (int(self.lengths.sum()), size), parts)

    @classmethod
    def opened(cls, path: str | Path) -> "SequenceSet":
        """A set of which large frames stay in the file, in which they are read as they are sliced (`StoredFrames`).

        Raises:
            UserError: the file is missing, cut short or not a store.
        """
        rows = open_array(path, ARRAYS[0])
        frames = StoredFrames(rows, 0, len(rows))
        if frames.bytes <= IN_MEMORY:
            return cls.load(path)
        arrays, texts = read_arrays(path, ARRAYS[1:])
        return cls(frames, **arrays, **texts)

    @classmethod
    def load(cls, path: str | Path) -> "SequenceSet[np.ndarray]":
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
