"""The seeds of a model as one classifier: what they predict together."""

import hashlib
from collections.abc import Sequence

import numpy as np

from drnn.errors import UserError
from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.predictions import Run
from drnn.keys import LENGTH


def ensembles(runs: Sequence[Run], scores: Sequence[np.ndarray]) -> list[Run]:
    """For each split of a model, the run whose prediction is the class of the largest mean of y over the seeds.

    Only of a (protocol, recipe, model) with two or more seeds in every split. An ensemble has the recipe's name
    with `ENSEMBLE` at its end, seed 0, and a key made of its members' keys in the order of their seeds.

    Args:
        runs: any order; those with the recipe `BASELINE` have no seeds and are passed over.
        scores: of each run (S, k) log y of its S test sequences, in the order of ``run.names``.

    Returns:
        In the order in which models, and then splits, first occur.

    Raises:
        UserError: runs of the same model and split have not the same test sequences or classes.
    """
    groups: dict[tuple, dict[int, list]] = {}
    for run, logarithms in zip(runs, scores, strict=True):
        if run.recipe != BASELINE:
            splits = groups.setdefault((run.protocol, run.recipe, run.model), {})
            splits.setdefault(run.split, []).append((run, np.asarray(logarithms, dtype=float)))
    several = [group for group in groups.values() if all(_seeds(members) > 1 for members in group.values())]
    return [_ensemble(members) for group in several for members in group.values()]


def _seeds(members: list[tuple[Run, np.ndarray]]) -> int:
    return len({run.seed for run, _ in members})


def _ensemble(members: list[tuple[Run, np.ndarray]]) -> Run:
    members = sorted(members, key=lambda member: member[0].seed)
    first, shape = members[0][0], members[0][1].shape
    total = np.zeros(shape)
    for run, logarithms in members:
        if set(run.names) != set(first.names) or logarithms.shape != shape:
            raise UserError(f"{run}: has other test sequences or classes than seed {first.seed}; train both again")
        rows = {name: row for row, name in enumerate(run.names)}
        total += np.exp(logarithms[[rows[name] for name in first.names]])
    key = hashlib.sha256("".join(run.key for run, _ in members).encode()).hexdigest()[:LENGTH]
    predicted = tuple((total / len(members)).argmax(axis=1).tolist())
    names = (first.protocol, first.recipe + ENSEMBLE, first.model, first.split, 0, key)
    return Run(*names, first.names, first.subjects, first.labels, predicted)
