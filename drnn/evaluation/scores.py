"""What a training or a baseline says of every test sequence of a split, as it lies between two steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drnn.arrays import read_arrays, write_arrays

if TYPE_CHECKING:
    from drnn.datasets.store import SequenceSet

ARRAYS = ("names", "subjects", "labels", "scores", "history")


@dataclass(frozen=True)
class Scores:
    """Scores of S test sequences in k classes.

    Attributes:
        names: (S,) text.
        subjects: (S,) int64, as the dataset numbers them.
        labels: (S,) int64, 0-based classes.
        scores: (S, k), the largest one at the class that is predicted; of a training log y.
        train_sequences: how many sequences were learnt from.
        facts: what was found out besides, JSON values.
        history: (epochs,) the mean training loss of each epoch; of a baseline empty.
    """

    names: np.ndarray
    subjects: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    train_sequences: int
    facts: dict
    history: np.ndarray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, train: "SequenceSet", test: "SequenceSet", scores: np.ndarray, facts: dict, history=()) -> "Scores":
        """The scores of these test sequences, after learning from these training sequences."""
        by_sequence = map(np.asarray, (test.names, test.subjects, test.labels))
        return cls(*by_sequence, scores, len(train), facts, np.array(history, dtype=float))

    @property
    def predicted(self) -> np.ndarray:
        """(S,) the class of the largest score."""
        return self.scores.argmax(1)

    @property
    def right(self) -> np.ndarray:
        """(S,) whether the predicted class is the label."""
        return self.predicted == self.labels

    @property
    def accuracy(self) -> float:
        """The share of the test sequences that are right."""
        return float(np.mean(self.right))

    @classmethod
    def load(cls, path: str | Path, key: str) -> "Scores":
        """Read the scores that a file holds under a key.

        Raises:
            UserError: the file is missing, cut short or holds no such scores.
        """
        arrays, about = read_arrays(path, [f"{key}.{name}" for name in ARRAYS])
        return cls(**{name: arrays[f"{key}.{name}"] for name in ARRAYS}, **about[key])


def save_scores(path: str | Path, scores: Mapping[str, Scores], beside: Mapping[str, np.ndarray] | None = None) -> None:
    """Write scores under their keys, and other arrays beside them, to ``path``, whole or not at all."""
    arrays = {f"{key}.{name}": getattr(one, name) for key, one in scores.items() for name in ARRAYS}
    about = {key: {"train_sequences": one.train_sequences, "facts": one.facts} for key, one in scores.items()}
    write_arrays(path, {**arrays, **(beside or {})}, about)
