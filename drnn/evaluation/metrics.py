"""From the predictions of all runs of a dataset to its metrics: accuracies, confusions and comparisons."""

import itertools
from dataclasses import replace

import numpy as np
from sklearn.metrics import confusion_matrix

from drnn.errors import UserError
from drnn.evaluation import BASELINE
from drnn.evaluation.facts import Facts
from drnn.evaluation.learning import Learnt, learnt
from drnn.evaluation.pairs import FEWEST_SPLITS, Shares, against, interval_of, matched, neighbours
from drnn.evaluation.predictions import Run, by_split, units
from drnn.evaluation.results import Metrics, Result


def summarise(runs: list[Run], facts: Facts) -> Metrics:
    """Metrics of every (protocol, recipe, model), and the models compared in pairs.

    In each protocol and recipe every model that the claims are about is compared with those of the next lower order,
    and those of the highest order with order 0, on the splits that both have; without any, not at all. A model is also
    compared with that which was given as many parameters, and each of those of the highest order with every baseline
    and every other model.

    Args:
        runs: every split with every seed for each model; any order. Those with the recipe `BASELINE` are of
            non-recurrent baselines, one for each split.
        facts: passed through.

    Raises:
        UserError: a run occurs twice or is missing, lacks test sequences that another run of its protocol
            and split has, or disagrees with it on a label; a class, model or baseline is not among the facts, or
            numbers of sequences are not.
    """
    _check_facts(runs, facts)
    _check_sequences(runs)
    runs = [as_tested(run, facts) for run in runs]
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.protocol, run.recipe, run.model), []).append(run)
    for group in groups.values():
        _check_grid(group)
    trained = learnt(facts.curves)
    results = [_result(*names, group, len(facts.classes), trained.get(names)) for names, group in groups.items()]
    orders = {name: facts.models[name].order for name in facts.claimed}
    sizes = {name: model.as_large_as for name, model in facts.models.items() if model.as_large_as}
    comparisons = []
    for place in dict.fromkeys(names[:2] for names in groups if names[1] != BASELINE):
        here = {name: group for (*where, name), group in groups.items() if tuple(where) == place}
        others = {name: groups[at] for name in facts.baselines if (at := (place[0], BASELINE, name)) in groups}
        shares = _shares(here, place[0], facts)
        claims = neighbours(place, here, orders, shares) + matched(place, here, sizes, shares)
        comparisons += claims + against(place, here, others, orders, claims, shares)
    return Metrics(facts=facts, results=results, comparisons=comparisons)


def as_tested(run: Run, facts: Facts) -> Run:
    """The run; without its subjects, if they train too and so tell nothing about other people."""
    return replace(run, subjects=(0,) * len(run.names)) if run.protocol in facts.tests else run


def _shares(here: dict[str, list[Run]], protocol: str, facts: Facts) -> Shares:
    """Split → its test sequences / training sequences; may be empty where there are too few splits to need them."""
    counts = facts.sequences.get(protocol, [])
    for splits in ({run.split for run in group} for group in here.values()):
        if len(splits) >= FEWEST_SPLITS and max(splits) >= len(counts):
            raise UserError(f"{protocol}: the facts lack the numbers of sequences of split {max(splits)}; make them")
    return {split: sides.test / sides.train for split, sides in enumerate(counts)}


def _check_facts(runs: list[Run], facts: Facts) -> None:
    classes = len(facts.classes)
    for run in runs:
        kind, known = ("baseline", facts.baselines) if run.recipe == BASELINE else ("model", facts.models)
        if run.model not in known:
            raise UserError(f"{run}: the {kind} is not one of {', '.join(known)}")
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


def _result(protocol: str, recipe: str, model: str, runs: list[Run], classes: int, trained: Learnt | None) -> Result:
    accuracies = [100 * float(np.equal(run.labels, run.predicted).mean()) for run in runs]
    splits = sorted({run.split for run in runs})
    confusion = _confusion(runs, classes)
    over, interval = interval_of(units(runs, splits))
    sizes = sorted({len(run.names) for run in runs})
    known = {"train_accuracy": trained.accuracy, "failed": trained.failed} if trained else {}
    return Result(
        protocol=protocol,
        recipe=recipe,
        model=model,
        runs=len(runs),
        splits=len(splits),
        seeds=len({run.seed for run in runs}),
        accuracies=accuracies,
        by_split=by_split(runs, splits).tolist(),
        mean=interval.estimate,
        std=float(np.std(accuracies, ddof=1)) if len(runs) > 1 else 0.0,
        over=over,
        interval=[interval.low, interval.high],
        test_sequences=sizes[0] if len(sizes) == 1 else sizes,
        confusion=confusion.tolist(),
        per_class=(100 * confusion.diagonal()).tolist(),
        **known,
    )


def _confusion(runs: list[Run], classes: int) -> np.ndarray:
    """(k, k) share of each true class (row) taken for each class, averaged over the runs that test it."""
    rates = np.zeros((classes, classes))
    tested = np.zeros(classes, dtype=int)
    for run in runs:
        counts = confusion_matrix(run.labels, run.predicted, labels=range(classes))
        totals = counts.sum(axis=1)
        rates += np.divide(counts, totals[:, None], out=np.zeros(counts.shape), where=totals[:, None] > 0)
        tested += totals > 0
    return rates / np.maximum(tested, 1)[:, None]
