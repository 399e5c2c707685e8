"""What a trained model does over test sequences, as the steps `behaviour` and `traces` save it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from drnn.arrays import read_arrays
from drnn.errors import UserError


@dataclass(frozen=True)
class RunFacts:
    """Which run is followed: names, index of the split, seed, and the short hash of what made it.

    Attributes:
        motion: what the energy of motion is of, "joints" or "features"; units: m. Of a behaviour alone.
        sequence, action: the test sequence and its class. Of a trace alone.
    """

    protocol: str
    recipe: str
    model: str
    split: int
    seed: int
    key: str
    motion: str = ""
    units: int = 0
    sequence: str = ""
    action: str = ""

    @classmethod
    def of(cls, saved: dict) -> Self:
        """The facts that a step saved, without the dataset's name."""
        known = {name: value for name, value in saved.items() if name != "dataset"}
        return cls(**known | {"split": int(saved["split"]), "seed": int(saved["seed"])})


class _Saved:
    @classmethod
    def load(cls, path: str | Path) -> Self:
        """What a step saved in ``path``.

        Raises:
            UserError: the file is missing or not whole; names it, the field and the remedy.
        """
        arrays, facts = read_arrays(path)
        try:
            return cls(**arrays, facts=RunFacts.of(facts))
        except (KeyError, TypeError) as error:
            raise UserError(f"{path}: is not whole ({error}); delete it and run the workflow again") from None


@dataclass(frozen=True)
class Followed(_Saved):
    """A model over all S test sequences of a split, of F frames in all, concatenated.

    Attributes:
        motion: (F,) energy of motion; 0 at a sequence's first frame.
        dos: (F, N) mean squares of the n-th derivative of states.
        gates: (F, 3) mean activations of i, f and o.
        scores: (F, k) y_t.
        offsets: (S + 1,) places of the sequences' first frames, and F.
        names, labels, classes: (S,), (S,) and (k,).
        joints, bones, head, centre: (F, J, 3) in metres, (B, 2) pairs of joints, the head and the joints whose mean
            is the body's centre; of skeletons alone.
    """

    facts: RunFacts
    motion: np.ndarray
    dos: np.ndarray
    gates: np.ndarray
    scores: np.ndarray
    offsets: np.ndarray
    names: np.ndarray
    labels: np.ndarray
    classes: np.ndarray
    joints: np.ndarray | None = None
    bones: np.ndarray | None = None
    head: np.ndarray | None = None
    centre: np.ndarray | None = None


@dataclass(frozen=True)
class Trace(_Saved):
    """A model over one test sequence of T frames.

    Attributes:
        dos: (T, N) norms of the n-th derivative of states.
        scores: (T, k) y_t.
        skeleton, bones, head, centre: (T, J, 3) in metres and as of `Followed`, of skeletons alone.
        pictures: (T, H, W) uint8, grey, of videos alone.
    """

    facts: RunFacts
    dos: np.ndarray
    scores: np.ndarray | None = None
    skeleton: np.ndarray | None = None
    bones: np.ndarray | None = None
    head: np.ndarray | None = None
    centre: np.ndarray | None = None
    pictures: np.ndarray | None = None
