"""The file of a block of trainings: of each, under its key, what it scored and its weights."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import NamedTuple

import numpy as np

from drnn.arrays import read_arrays
from drnn.errors import UserError
from drnn.evaluation.scores import Scores, save_scores
from drnn.steps.shared.weights import Trained, unpacked

WEIGHTS = "weights"


class Result(NamedTuple):
    """What one training leaves: its scores, and its weights as `drnn.steps.shared.weights` packs them."""

    scores: Scores
    weights: bytes


def save(path: str | Path, results: Mapping[str, Result]) -> None:
    """Write trainings under their keys, whole or not at all."""
    weights = {f"{key}.{WEIGHTS}": np.frombuffer(one.weights, np.uint8) for key, one in results.items()}
    save_scores(path, {key: one.scores for key, one in results.items()}, weights)


def weights_in(path: str | Path, key: str) -> bytes:
    """The weights of a training.

    Raises:
        UserError: the file is missing, cut short, or does not have it.
    """
    name = f"{key}.{WEIGHTS}"
    return read_arrays(path, [name])[0][name].tobytes()


def trained(path: str | Path, key: str, classes: int) -> Trained:
    """A trained model on the CPU.

    Args:
        path: of its block.
        key: of the training.
        classes: k, the number of classes of the features that it was trained on.

    Raises:
        UserError: the file is missing, cut short, does not have it, or has something else in its place.
    """
    content = weights_in(path, key)
    try:
        return unpacked(content, classes)
    except (AttributeError, EOFError, KeyError, RuntimeError, TypeError, ValueError, UnpicklingError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: is not whole ({reason}); delete it and run again") from None


def waiting(block: Path, key: str) -> Path:
    """Where a training that is done waits for the others of its block."""
    return block.with_name(f".{block.stem}.{key}.h5")


def found(block: Path, wanted: Collection[str], anew: bool) -> dict[str, Result]:
    """Trainings that are done already: what a killed job left, and what other blocks beside this one have.

    A key says all that made a training, so it does not matter which job did it.

    Args:
        block: the file that is to be made.
        wanted: keys.
        anew: whether only this block's own count, in a run that was told to do it again.
    """
    results: dict[str, Result] = {}
    beside = block.parent.glob(f".{block.stem}.*.h5" if anew else "*.h5")
    for path in sorted(path for path in beside if path != block):
        with suppress(UserError):  # cut short, or gone meanwhile: then it is trained
            held = read_arrays(path, ())[1]
            for key in held.keys() & set(wanted) - results.keys():
                results[key] = Result(Scores.load(path, key), weights_in(path, key))
    return results
