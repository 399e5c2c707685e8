"""The report as data: a small file of accuracies, and what each figure draws, for `dvc metrics` and `dvc plots`."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from drnn.evaluation import ENSEMBLE
from drnn.evaluation.across import across
from drnn.evaluation.facts import Facts
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.evaluation.where import Pair, Setting, settings
from drnn.report import behaviour as statistics
from drnn.report.blocks import span
from drnn.report.followed import Followed, Trace
from drnn.report.gains import Gains, gains, recipes_of

ALL = "all"
"""In the place of a dataset: over all of them."""
FIRST = "first"
"""In the place of a protocol: the first of each dataset."""


def accuracies(metrics: list[Metrics]) -> str:
    """JSON: dataset → protocol → recipe → model → mean and standard deviation of the accuracies in %, runs."""
    found: dict = {}
    for ran in metrics:
        for r in ran.results:
            path = found.setdefault(ran.facts.dataset, {}).setdefault(r.protocol, {})
            path.setdefault(r.recipe, {})[r.model] = {"mean": r.mean, "std": r.std, "runs": r.runs}
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def claims(metrics: list[Metrics]) -> str:
    """Every comparison as CSV, and those over `all` datasets: the difference in points, and how probable it is."""
    head = ["claim", "dataset", "protocol", "recipe", "splits", "seeds", "difference", "low", "high"]
    head += ["p_better", "p_equivalent", "p_worse", "verdict", "label"]
    return _csv(head, [*_over_all(metrics), *(row for ran in metrics for row in _claims(ran))])


def _claims(ran: Metrics) -> Iterator[list]:
    for one in ran.comparisons:
        place = [_claim(one.better, one.baseline), ran.facts.dataset, one.protocol, one.recipe, one.splits, one.seeds]
        chances = [one.p_better, one.p_equivalent, one.p_worse]
        yield [*place, one.difference, *one.interval, *chances, one.verdict, _label(ran.facts)]


def _over_all(metrics: list[Metrics]) -> Iterator[list]:
    for one in across(metrics):
        counts = [sum(c.splits for c in one.found.values()), min(c.seeds for c in one.found.values())]
        place = [_claim(one.better, one.baseline), ALL, FIRST, one.recipe, *counts]
        chances = [one.belief.better, one.belief.equivalent, one.belief.worse]
        labels = [f"{m.facts.dataset}: {_label(m.facts)}" for m in metrics if m.facts.dataset in one.found]
        labels = "; ".join(label for label in labels if not label.endswith(": "))
        yield [*place, *one.belief.difference, *chances, one.belief.verdict, labels]


def _claim(better: str, baseline: str) -> str:
    return f"{better} > {baseline}"


def _label(facts: Facts) -> str:
    """What has to stand beside every number of a dataset: that it is made up, a sample or a copy."""
    return ", ".join(filter(None, ("synthetic" if facts.synthetic else None, facts.label)))


def results(metrics: list[Metrics]) -> str:
    """Every accuracy as CSV, in %: mean and deviation over the runs, with the interval of the mean.

    The accuracy on the training sequences, and how many trainings failed, are empty where they are not known.
    """
    head = ["dataset", "protocol", "recipe", "model", "ensemble", "mean", "deviation", "low", "high"]
    head += ["over", "splits", "seeds", "test_sequences", "train_accuracy", "failed", "label"]
    return _csv(head, (row for ran in metrics for row in _results(ran)))


def _results(ran: Metrics) -> Iterator[list]:
    for r in ran.results:
        tested = r.test_sequences if isinstance(r.test_sequences, int) else span(r.test_sequences)
        place = [ran.facts.dataset, r.protocol, r.recipe.removesuffix(ENSEMBLE), r.model]
        numbers = [r.mean, "" if r.std is None else r.std, *r.interval, r.over]
        trained = [_known(r.train_accuracy), _known(r.failed), _label(ran.facts)]
        yield [*place, str(r.is_ensemble).lower(), *numbers, r.splits, r.seeds, tested, *trained]


def _known(value):
    return "" if value is None else value


def where(metrics: list[Metrics]) -> str:
    """What each dataset is like, and what a higher order gains on it in points, as CSV; empty: not known.

    A row for each dataset under its first protocol and each recipe. `failed` counts trainings, by model.
    """
    found = settings(metrics)
    pairs = list(dict.fromkeys(pair for one in found for pair in one.found))
    models = list(dict.fromkeys(r.model for one in found for r in one.trained if r.failed is not None))
    head = ["dataset", "kind", "protocol", "recipe", "sequences", "length", "values", "classes", "noise"]
    head += [*(_claim(*pair) for pair in pairs), *(f"failed {model}" for model in models), "label"]
    return _csv(head, (_where(one, pairs, models) for one in found))


def _where(one: Setting, pairs: list[Pair], models: list[str]) -> list:
    facts, failed = one.facts, {r.model: r.failed for r in one.trained}
    place = [facts.dataset, facts.kind, facts.protocols[0], one.recipe]
    sizes = [one.sequences, facts.length, one.values, len(facts.classes), facts.noise]
    gained = [one.found[pair].difference if pair in one.found else None for pair in pairs]
    return [*map(_known, [*place, *sizes, *gained, *map(failed.get, models)]), _label(facts)]


def losses(ran: Metrics) -> str:
    """Figure 2 as CSV: the training loss after each epoch, mean and range over the runs."""
    head = ["epoch", "protocol", "recipe", "model", "mean", "low", "high"]
    return _csv(
        head,
        (
            [epoch, curve.protocol, curve.recipe, curve.model, *values]
            for curve in ran.facts.curves
            for epoch, values in enumerate(zip(curve.mean, curve.low, curve.high, strict=True), 1)
        ),
    )


def confusions(ran: Metrics) -> str:
    """Figures 4 and 5 as CSV, of every model: the share of each true action that was recognised as each."""
    classes = ran.facts.classes
    return _csv(
        ["protocol", "recipe", "model", "true", "recognised", "rate"],
        (
            [r.protocol, r.recipe, r.model, true, recognised, rate]
            for r in ran.results
            for true, rates in zip(classes, r.confusion, strict=True)
            for recognised, rate in zip(classes, rates, strict=True)
        ),
    )


def norms(trace: Trace) -> str:
    """Figure 3 as CSV: ‖dⁿs_t‖₂ at each frame t of a sequence, n counted by `derivative`."""
    facts = trace.facts
    return _csv(
        ["t", "sequence", "model", "derivative", "norm"],
        (
            [t, facts.sequence, facts.model, n, float(value)]
            for n, column in enumerate(trace.dos.T, 1)
            for t, value in enumerate(column, 1)
        ),
    )


def class_gains(ran: Metrics, runs: Sequence[Run] = ()) -> str:
    """The gains of each class over order 0 as CSV, in points with their 95 % intervals.

    `tested` counts the different test sequences of a class, `accuracy` is that of order 0 in %. Empty: not known, or
    not tested.
    """
    head = ["recipe", "class", "tested", "baseline", "accuracy", "model", "gain", "low", "high"]
    found = (gains(ran, runs, recipe) for recipe in recipes_of(ran))
    return _csv(head, (row for one in found if one for row in _class_gains(one)))


def _class_gains(found: Gains) -> Iterator[list]:
    for row in found.rows:
        tested = "" if row.tested is None else row.tested
        for n, model in enumerate(found.models):
            ends = row.intervals[n] if row.intervals else ["", ""]
            yield [found.recipe, row.name, tested, found.baseline, row.accuracy, model, row.points[n], *ends]
    for name in found.untested:
        yield from ([found.recipe, name, 0, found.baseline, "", model, "", "", ""] for model in found.models)


def behaviour(followed: Followed) -> str:
    """Energies and gates against motion as CSV.

    `over` says what the rows are: "time" means with quartiles at a part of the sequence, "motion" means of a part of
    the frames, counted from those that move least; "frames" and "sequences" the correlations with motion, over all
    frames and, as median with quartiles, within sequences. Empty: there is none.
    """
    return _csv(["over", "place", "series", "value", "low", "high"], _behaviour(followed))


def _behaviour(followed: Followed) -> Iterator[list]:
    places = np.linspace(0, 1, statistics.POINTS)
    for name, values in statistics.over_time(followed).items():
        for place, one in zip(places.tolist(), values.T.tolist(), strict=True):
            yield ["time", place, name, *one]
    for name, means in statistics.by_motion(followed).items():
        for part, value in enumerate(means.tolist(), 1):
            yield ["motion", part, name, value, "", ""]
    for name, found in statistics.correlations(followed).items():
        yield ["frames", "", name, "" if found.frames is None else found.frames, "", ""]
        yield ["sequences", "", name, *([""] * 3 if found.within is None else found.within.tolist())]


def _csv(head: list[str], rows: Iterable[list]) -> str:
    """A table with LF, floats with at most 6 decimals."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([round(v, 6) if isinstance(v, float) else v for v in row] for row in rows)
    return text.getvalue()
