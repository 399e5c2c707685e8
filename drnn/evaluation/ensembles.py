"""The seeds of a model as one classifier, by one recipe or by several: what they predict together."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from drnn.errors import UserError
from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.predictions import Run
from drnn.keys import LENGTH

Members = list[tuple[Run, np.ndarray]]
"""Runs, and the scores of each."""


def ensembles(
    runs: Sequence[Run], scores: Sequence[np.ndarray], of_recipes: Mapping[str, Sequence[str]] | None = None
) -> list[Run]:
    """For each split of a model, the run whose prediction is the class of the largest mean of y over the seeds.

    Only of a (protocol, recipe, model) with two or more seeds in every split. An ensemble has the recipe's name
    with `ENSEMBLE` at its end, seed 0, and a key made of its members' keys in the order of recipes and seeds.

    Args:
        runs: any order; those with the recipe `BASELINE` have no seeds and are passed over.
        scores: of each run (S, k) log y of its S test sequences, in the order of ``run.names``.
        of_recipes: name → recipes whose seeds are an ensemble of this name besides, under each protocol and of each
            model that all of them trained on the same splits.

    Returns:
        In the order in which models, and then splits, first occur; those of several recipes last.

    Raises:
        UserError: runs of the same model and split have not the same test sequences or classes.
    """
    groups: dict[tuple, dict[int, Members]] = {}
    for run, logarithms in zip(runs, scores, strict=True):
        if run.recipe != BASELINE:
            splits = groups.setdefault((run.protocol, run.recipe, run.model), {})
            splits.setdefault(run.split, []).append((run, np.asarray(logarithms, dtype=float)))
    found = [(place[1], group) for place, group in groups.items() if min(map(_seeds, group.values())) > 1]
    for name, recipes in (of_recipes or {}).items():
        for protocol, model in dict.fromkeys((protocol, model) for protocol, _, model in groups):
            parts = [groups.get((protocol, recipe, model), {}) for recipe in recipes]
            if all(part.keys() == parts[0].keys() for part in parts):
                found.append((name, {split: [one for part in parts for one in part[split]] for split in parts[0]}))
    return [_ensemble(name, members) for name, group in found for members in group.values()]


def _seeds(members: Members) -> int:
    return len({run.seed for run, _ in members})


def _ensemble(name: str, members: Members) -> Run:
    members = sorted(members, key=lambda member: (member[0].recipe, member[0].seed))
    first, shape = members[0][0], members[0][1].shape
    total = np.zeros(shape)
    for run, logarithms in members:
        if set(run.names) != set(first.names) or logarithms.shape != shape:
            raise UserError(f"{run}: has other test sequences or classes than seed {first.seed}; train both again")
        rows = {name: row for row, name in enumerate(run.names)}
        total += np.exp(logarithms[[rows[name] for name in first.names]])
    key = hashlib.sha256("".join(run.key for run, _ in members).encode()).hexdigest()[:LENGTH]
    predicted = tuple((total / len(members)).argmax(axis=1).tolist())
    names = (first.protocol, name + ENSEMBLE, first.model, first.split, 0, key)
    return Run(*names, first.names, first.subjects, first.labels, predicted)
