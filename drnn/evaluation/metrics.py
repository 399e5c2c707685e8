"""From the predictions of all runs of a dataset to its metrics: accuracies, confusions and comparisons."""

import itertools
import json
import re

import numpy as np
from sklearn.metrics import confusion_matrix

from drnn.errors import UserError
from drnn.evaluation.predictions import Run
from drnn.evaluation.statistics import accuracy_interval, mcnemar, paired_difference, recognised, verdict


def summarise(runs: list[Run], facts: dict) -> dict:
    """Metrics of every (protocol, recipe, model), and the models of different order compared in pairs.

    Args:
        runs: every split with every seed for each model; any order.
        facts: passed through; needs "classes" (names) and "models" ({name: {"order": N, ...}}).

    Returns:
        {"facts", "results", "comparisons"}, values that JSON can hold; accuracies in %, differences in
        points. In each protocol and recipe every model is compared with those of the next lower order, and
        those of the highest order with order 0, on the splits that both have; without any, not at all.

    Raises:
        UserError: a run occurs twice or is missing, lacks test sequences that another run of its protocol
            and split has, or disagrees with it on a label; a class or model is not among the facts.
    """
    _check_facts(runs, facts)
    _check_sequences(runs)
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.protocol, run.recipe, run.model), []).append(run)
    for group in groups.values():
        _check_grid(group)
    results = [_result(*names, group, len(facts["classes"])) for names, group in groups.items()]
    orders = {name: model["order"] for name, model in facts["models"].items()}
    comparisons = []
    for protocol, recipe in dict.fromkeys(names[:2] for names in groups):
        present = [name for name in orders if (protocol, recipe, name) in groups]
        for better, baseline in _pairs(present, orders):
            both = groups[protocol, recipe, better], groups[protocol, recipe, baseline]
            if common := {run.split for run in both[0]} & {run.split for run in both[1]}:
                names = {"protocol": protocol, "recipe": recipe, "better": better, "baseline": baseline}
                comparisons.append(names | _comparison(*both, sorted(common)))
    return {"facts": facts, "results": results, "comparisons": comparisons}


def to_json(metrics: dict) -> str:
    """``metrics`` as JSON: same order, floats with at most 6 decimals, lists of numbers on one line, LF."""
    text = json.dumps(_rounded(metrics), indent=1, ensure_ascii=False, allow_nan=False)
    # A line break follows "[" in no JSON string, so only lists without strings, lists or objects match.
    number_list = r'\[\n[^\[\]{}"]*\]'
    return re.sub(number_list, lambda found: f"[{' '.join(found[0][1:-1].split())}]", text) + "\n"


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value  # + 0.0: no "-0.0"


def _check_facts(runs: list[Run], facts: dict) -> None:
    classes = len(facts["classes"])
    for run in runs:
        if run.model not in facts["models"]:
            raise UserError(f"{run}: the model is not one of {', '.join(facts['models'])}")
        for name, *pair in zip(run.names, run.labels, run.predicted, strict=True):
            if not all(0 <= number < classes for number in pair):
                label, predicted = pair
                raise UserError(
                    f"{run}: {name} has label {label} and prediction {predicted}; "
                    f"expected 0 to {classes - 1}: train the run again with this dataset's classes"
                )


def _check_sequences(runs: list[Run]) -> None:
    """Runs of one protocol and split have the same test sequences with the same labels."""
    expected: dict[tuple, dict[str, int]] = {}
    for run in runs:
        labels = expected.setdefault((run.protocol, run.split), {})
        for name, label in zip(run.names, run.labels, strict=True):
            if labels.setdefault(name, label) != label:
                raise UserError(f"{run}: {name} has label {label}, elsewhere {labels[name]}; train both")
    for run in runs:
        tested = set(run.names)
        if missing := [name for name in expected[run.protocol, run.split] if name not in tested]:
            raise UserError(
                f"{run}: lacks {len(missing)} test sequence(s) that another run of this split has, "
                f"the first is {missing[0]}; train it again with the same splits"
            )


def _check_grid(runs: list[Run]) -> None:
    """The runs of one model are every split with every seed, once each."""
    found = [(run.split, run.seed) for run in runs]
    if repeated := [run for run, pair in zip(runs, found, strict=True) if found.count(pair) > 1]:
        raise UserError(f"{repeated[-1]}: occurs twice; keep one of its predictions")
    grid = itertools.product(sorted({split for split, _ in found}), sorted({seed for _, seed in found}))
    if missing := [pair for pair in grid if pair not in found]:
        split, seed = missing[0]
        raise UserError(f"{runs[0]}: its run with split {split}, seed {seed} is missing; train it")


def _result(protocol: str, recipe: str, model: str, runs: list[Run], classes: int) -> dict:
    accuracies = [100 * float(np.equal(run.labels, run.predicted).mean()) for run in runs]
    splits = sorted({run.split for run in runs})
    confusion = _confusion(runs, classes)
    mean, low, high = accuracy_interval(*_units(runs, splits))
    sizes = sorted({len(run.names) for run in runs})
    return {
        "protocol": protocol,
        "recipe": recipe,
        "model": model,
        "runs": len(runs),
        "splits": len(splits),
        "seeds": len({run.seed for run in runs}),
        "accuracies": accuracies,
        "mean": mean,
        "std": float(np.std(accuracies, ddof=1)) if len(runs) > 1 else 0.0,
        "interval": [low, high],
        "test_sequences": sizes[0] if len(sizes) == 1 else sizes,
        "confusion": confusion.tolist(),
        "per_class": (100 * confusion.diagonal()).tolist(),
    }


def _confusion(runs: list[Run], classes: int) -> np.ndarray:
    """(k, k) share of each true class (row) taken for each class, averaged over the runs that test it."""
    counts = [confusion_matrix(run.labels, run.predicted, labels=range(classes)) for run in runs]
    totals = np.sum(counts, axis=2, keepdims=True)
    rates = np.divide(counts, totals, out=np.zeros(np.shape(counts)), where=totals > 0)
    return rates.sum(axis=0) / np.maximum((totals > 0).sum(axis=0), 1)


def _units(runs: list[Run], splits: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """(U, R) which units, by split and name, the run of each seed got right; (U,) weights equal by split."""
    right, weights = [], []
    for split in splits:
        of_split = sorted((run for run in runs if run.split == split), key=lambda run: run.seed)
        hits = [dict(zip(run.names, np.equal(run.labels, run.predicted), strict=True)) for run in of_split]
        right += [[hit[name] for hit in hits] for name in sorted(hits[0])]
        weights += [1 / len(hits[0])] * len(hits[0])
    return np.array(right), np.array(weights)


def _pairs(models: list[str], orders: dict[str, int]) -> list[tuple[str, str]]:
    """(better, baseline) for neighbours among the orders, then the highest order with order 0."""
    levels = sorted({orders[name] for name in models})
    steps = [(high, low) for low, high in itertools.pairwise(levels)]
    if levels[0] == 0 and len(levels) > 2:
        steps.append((levels[-1], 0))
    at = {level: [name for name in models if orders[name] == level] for level in levels}
    return [pair for high, low in steps for pair in itertools.product(at[high], at[low])]


def _comparison(better: list[Run], baseline: list[Run], splits: list[int]) -> dict:
    (right_a, weights), (right_b, _) = _units(better, splits), _units(baseline, splits)
    difference, low, high = paired_difference(right_a, right_b, weights)
    only_better, only_baseline, p = mcnemar(recognised(right_a), recognised(right_b))
    return {
        "difference": difference,
        "interval": [low, high],
        "only_better": only_better,
        "only_baseline": only_baseline,
        "p": p,
        "verdict": verdict(difference, low, high, p, only_better, only_baseline),
    }
