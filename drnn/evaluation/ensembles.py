"""The seeds of a model as one classifier, by one recipe or by several: what they predict together."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from drnn.errors import UserError
from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.predictions import Run
from drnn.keys import LENGTH

ScoresOf = Callable[[Run], np.ndarray]
"""Reads a run's (S, k) log y of its S test sequences, in the order of its names."""


def ensembles(
    runs: Sequence[Run], scores: ScoresOf, of_recipes: Mapping[str, Sequence[str]] | None = None
) -> list[Run]:
    """For each split of a model, the run whose prediction is the class of the largest mean of y over the seeds.

    Only of a (protocol, recipe, model) with two or more seeds in every split. An ensemble has the recipe's name
    with `ENSEMBLE` at its end, seed 0, and a key made of its members' keys in the order of recipes and seeds.

    Args:
        runs: any order; those with the recipe `BASELINE` have no seeds and are passed over.
        scores: what reads a run's; those of one run are in memory at a time.
        of_recipes: name → recipes whose seeds are an ensemble of this name besides, under each protocol and of each
            model that all of them trained on the same splits.

    Returns:
        In the order in which models, and then splits, first occur; those of several recipes last.

    Raises:
        UserError: runs of the same model and split have not the same test sequences or classes.
    """
    groups: dict[tuple, dict[int, list[Run]]] = {}
    for run in runs:
        if run.recipe != BASELINE:
            splits = groups.setdefault((run.protocol, run.recipe, run.model), {})
            splits.setdefault(run.split, []).append(run)
    found = [(place[1], group) for place, group in groups.items() if min(map(_seeds, group.values())) > 1]
    for name, recipes in (of_recipes or {}).items():
        for protocol, model in dict.fromkeys((protocol, model) for protocol, _, model in groups):
            parts = [groups.get((protocol, recipe, model), {}) for recipe in recipes]
            if all(part.keys() == parts[0].keys() for part in parts):
                found.append((name, {split: [one for part in parts for one in part[split]] for split in parts[0]}))
    return [_ensemble(name, members, scores) for name, group in found for members in group.values()]


def _seeds(members: list[Run]) -> int:
    return len({run.seed for run in members})


def _ensemble(name: str, members: list[Run], scores: ScoresOf) -> Run:
    first, *_ = members = sorted(members, key=lambda run: (run.recipe, run.seed))
    total = np.zeros_like(scores(first), dtype=float)
    for run in members:
        logarithms = scores(run).astype(float)
        if set(run.names) != set(first.names) or logarithms.shape != total.shape:
            raise UserError(f"{run}: has other test sequences or classes than seed {first.seed}; train both again")
        rows = {name: row for row, name in enumerate(run.names)}
        total += np.exp(logarithms[[rows[name] for name in first.names]])
    key = hashlib.sha256("".join(run.key for run in members).encode()).hexdigest()[:LENGTH]
    predicted = tuple((total / len(members)).argmax(axis=1).tolist())
    names = (first.protocol, name + ENSEMBLE, first.model, first.split, 0, key)
    return Run(*names, first.names, first.subjects, first.labels, predicted)
