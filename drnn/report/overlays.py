"""What the page's confusion matrices and loss curves show when asked: all compared models, and the sequences behind."""

from collections import Counter

from drnn.evaluation.facts import Curve, Facts
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics, Result
from drnn.report.display import Names
from drnn.report.gains import recipe_of
from drnn.report.measured import told_apart
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")


def confusions(metrics: list[Metrics], predictions: dict[str, list[Run]]) -> list[dict]:
    """Of each dataset the matrix of every compared model and recipe under the main protocol, and what is behind it.

    Args:
        metrics: one entry for each dataset that ran.
        predictions: dataset → its runs; without them a cell names no sequences.
    """
    return [_confusions(ran, metrics, predictions.get(ran.facts.dataset, [])) for ran in metrics]


def _confusions(ran: Metrics, metrics: list[Metrics], runs: list[Run]) -> dict:
    facts = ran.facts
    shown = [
        r
        for r in ran.results
        if r.protocol == facts.protocols[0] and r.model in facts.claimed and not (r.is_baseline or r.is_ensemble)
    ]
    labels: dict[str, int] = {}
    for run in runs:
        if run.protocol == facts.protocols[0]:
            labels |= zip(run.names, run.labels, strict=True)
    return {
        "name": facts.dataset,
        "title": told_apart(Names(facts).titled, ran, metrics),
        "classes": facts.classes,
        "names": list(labels),
        "labels": list(labels.values()),
        "first": next((n for n, r in enumerate(shown) if _is_drawn(facts, r)), 0),
        "models": [_matrix(facts, r, [run for run in runs if _of(run) == _place(r)], list(labels)) for r in shown],
    }


def _place(found: Result) -> tuple:
    return *found.place, found.model


def _of(run: Run) -> tuple:
    return run.protocol, run.recipe, run.model


def _is_drawn(facts: Facts, found: Result) -> bool:
    """Is this the model of the highest order, with the recipe of the figures?"""
    highest = max(facts.claimed, key=lambda name: facts.models[name].order)
    return (found.recipe, found.model) == (recipe_of(facts), highest)


def _matrix(facts: Facts, found: Result, runs: list[Run], names: list[str]) -> dict:
    """A model's rates in %, and of each sequence how many runs took it for which class: class, runs, class, runs, …"""
    counts: dict[str, Counter] = {name: Counter() for name in names}
    for run in runs:
        for name, recognised in zip(run.names, run.predicted, strict=True):
            counts[name][recognised] += 1
    return {
        "title": SAY.matrix(facts, found),
        "rates": [[round(100 * rate, 1) for rate in row] for row in found.confusion],
        "said": [[n for pair in sorted(counts[name].items()) for n in pair] for name in names],
    }


def losses(metrics: list[Metrics]) -> list[dict]:
    """Of each dataset the training loss of every protocol, recipe and model: mean and range over the runs."""
    return [
        {
            "title": told_apart(Names(ran.facts).titled, ran, metrics),
            "models": [Names(ran.facts).model(name) for name in ran.facts.models],
            "curves": [_curve(ran.facts, curve) for curve in ran.facts.curves],
        }
        for ran in metrics
    ]


def _curve(facts: Facts, curve: Curve) -> dict:
    known, main = Names(facts), (facts.protocols[0], recipe_of(facts))
    numbers = {name: [round(value, 4) for value in getattr(curve, name)] for name in ("mean", "low", "high")}
    titles = {"protocol": known.protocol(curve.protocol), "recipe": known.recipe(curve.recipe)}
    return titles | {"model": known.model(curve.model)} | numbers | {"shown": (curve.protocol, curve.recipe) == main}
