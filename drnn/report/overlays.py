"""What the page's confusion matrices and loss curves show when asked: all compared models, and the sequences behind."""

from collections import Counter

from drnn.evaluation import BASELINE
from drnn.evaluation.predictions import Run
from drnn.report.blocks import plural
from drnn.report.gains import recipe_of
from drnn.report.measured import is_ensemble, marked, named


def confusions(metrics: list[dict], predictions: dict[str, list[Run]]) -> list[dict]:
    """Of each dataset the matrix of every compared model and recipe under the main protocol, and what is behind it.

    Args:
        metrics: one entry for each dataset that ran.
        predictions: dataset → its runs; without them a cell names no sequences.
    """
    return [_confusions(ran, predictions.get(ran["facts"]["dataset"], [])) for ran in metrics]


def _confusions(ran: dict, runs: list[Run]) -> dict:
    facts = ran["facts"]
    compared = facts.get("compared", facts["models"])
    shown = [
        r
        for r in ran["results"]
        if r["protocol"] == facts["protocols"][0] and r["model"] in compared and r["recipe"] != BASELINE
    ]
    shown = [r for r in shown if not is_ensemble(r["recipe"])]
    labels: dict[str, int] = {}
    for run in runs:
        if run.protocol == facts["protocols"][0]:
            labels |= zip(run.names, run.labels, strict=True)
    return {
        "name": facts["dataset"],
        "title": marked(named(facts), [ran]),
        "classes": facts["classes"],
        "names": list(labels),
        "labels": list(labels.values()),
        "first": next((n for n, r in enumerate(shown) if _is_drawn(facts, r)), 0),
        "models": [_matrix(r, [run for run in runs if _of(run) == _place(r)], list(labels)) for r in shown],
    }


def _place(found: dict) -> tuple:
    return found["protocol"], found["recipe"], found["model"]


def _of(run: Run) -> tuple:
    return run.protocol, run.recipe, run.model


def _is_drawn(facts: dict, found: dict) -> bool:
    """Is this the model of the highest order, with the recipe of the figures?"""
    highest = max(facts.get("compared", facts["models"]), key=lambda name: facts["models"][name]["order"])
    return (found["recipe"], found["model"]) == (recipe_of(facts), highest)


def _matrix(found: dict, runs: list[Run], names: list[str]) -> dict:
    """A model's rates in %, and of each sequence how many runs took it for which class: class, runs, class, runs, …"""
    counts: dict[str, Counter] = {name: Counter() for name in names}
    for run in runs:
        for name, recognised in zip(run.names, run.predicted, strict=True):
            counts[name][recognised] += 1
    return {
        "title": f"{found['model']}, recipe “{found['recipe']}” ({plural(found['runs'], 'run')}), {found['protocol']}",
        "rates": [[round(100 * rate, 1) for rate in row] for row in found["confusion"]],
        "said": [[n for pair in sorted(counts[name].items()) for n in pair] for name in names],
    }


def losses(metrics: list[dict]) -> list[dict]:
    """Of each dataset the training loss of every protocol, recipe and model: mean and range over the runs."""
    return [
        {
            "title": marked(named(ran["facts"]), [ran]),
            "models": list(ran["facts"]["models"]),
            "curves": [_curve(ran["facts"], curve) for curve in ran["facts"]["curves"]],
        }
        for ran in metrics
    ]


def _curve(facts: dict, curve: dict) -> dict:
    numbers = {name: [round(value, 4) for value in curve[name]] for name in ("mean", "low", "high")}
    names = {name: curve[name] for name in ("protocol", "recipe", "model")}
    place = curve["protocol"], curve["recipe"]
    return names | numbers | {"shown": place == (facts["protocols"][0], recipe_of(facts))}
