"""All runs of a dataset become its predictions and its metrics."""

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from drnn.datasets.store import SequenceSet, attributes_of
from drnn.evaluation import BASELINE
from drnn.evaluation.ensembles import ensembles
from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import Run, write_predictions
from drnn.evaluation.results import to_json
from drnn.evaluation.scores import Scores
from drnn.files import write_text
from drnn.keys import key_of
from drnn.machine import Machine


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Summarise the runs named by ``params["runs"]``, in that order, and ensembles.

    The last of a run's names is its key, under which its scores are in the file of the same place. Scores are read run
    by run; what stays in memory of each are its predictions and its facts.
    """
    columns: dict[tuple, tuple] = {}
    runs, saved = [], []
    for names, path in zip(params["runs"], inputs["trainings"], strict=True):
        run, about = _read(names, path, columns)
        runs.append(run)
        saved.append(about)
    files = {run.key: path for run, path in zip(runs, inputs["trainings"], strict=True)}
    joined = ensembles(runs, lambda run: Scores.load(files[run.key], run.key).scores, params["facts"].get("ensembles"))
    runs += joined
    sequences = SequenceSet.load(inputs["sequences"])
    facts = _facts(params, saved, sequences)
    if "baselines" in inputs:
        keys = list(map(key_of, inputs["baselines"]))
        others = []
        for (where, name, split), path, key in zip(params["baselines"], inputs["baselines"], keys, strict=True):
            run, about = _read([where, BASELINE, name, split, 0, key], path, columns)
            runs.append(run)
            others.append(about)
        facts |= {"baselines": _chosen(params, others), "versions": _versions(saved + others)}
    if "features" in inputs:
        facts |= _energies(params["features"], inputs["features"])
    metrics = summarise(runs, Facts.model_validate(facts))
    write_predictions(outputs["predictions"], runs)
    write_text(outputs["metrics"], to_json(metrics))
    return f"{len(runs) - len(joined)} runs, {len(joined)} ensembles"


def _read(names: list, path: Path, columns: dict[tuple, tuple]) -> tuple[Run, Scores]:
    """A run, and what its file says of it but for the scores; ``columns`` are what runs have in common, held once."""
    *where, split, seed, key = names
    read = Scores.load(path, key)
    values = [tuple(column.tolist()) for column in (read.names, read.subjects, read.labels)]
    common = [columns.setdefault(column, column) for column in values]
    run = Run(*where, int(split), int(seed), key, *common, tuple(read.predicted.tolist()))
    return run, Scores(*common, np.empty(0), read.train_sequences, read.facts, read.history)


def _facts(params: dict, saved: list[Scores], sequences: SequenceSet) -> dict:
    """The fields of ``Facts``: the data used, sizes, devices, versions, loss curves.

    "parameters" are those of the first run of each recipe and model; of a model in "models", of its first recipe.
    """
    each = list(zip(params["runs"], saved, strict=True))
    sizes: dict[str, dict[str, int]] = {}
    for (_, recipe, name, *_), s in each:
        sizes.setdefault(recipe, {}).setdefault(name, s.facts["parameters"])
    models = {
        name: model | {"parameters": next(size[name] for size in sizes.values() if name in size)}
        for name, model in params["facts"]["models"].items()
    }
    sides: dict[str, dict] = {}
    for names, s in each:
        counts = {"train": s.train_sequences, "test": len(s.names)}
        sides.setdefault(names[0], {})[names[3]] = counts
    return params["facts"] | {
        "classes": sequences.classes,
        "sample": sequences.attributes.get("sample"),
        "feature_size": saved[0].facts["input_size"],
        "length": saved[0].facts["length"],
        "noise": saved[0].facts["noise"],
        "kind": _kind(sequences.attributes),
        "models": models,
        "parameters": sizes,
        "sequences": {protocol: [splits[k] for k in sorted(splits)] for protocol, splits in sides.items()},
        "repairs": _repairs(sequences.attributes),
        "devices": sorted({s.facts["device"] for s in saved}),
        "versions": _versions(saved),
        "curves": _curves(each),
        "pictures": sequences.attributes.get("pictures"),
    }


def _chosen(params: dict, others: list[Scores]) -> dict:
    """Name of a baseline → its settings, and what its training subjects chose on each split."""
    found = {name: settings | {"chosen": []} for name, settings in params["facts"]["baselines"].items()}
    for (protocol, name, split), one in zip(params["baselines"], others, strict=True):
        found[name]["chosen"].append({"protocol": protocol, "split": int(split)} | one.facts["chosen"])
    return found


def _energies(protocols: list[str], paths: list[Path]) -> dict:
    """Of each protocol's splits the subjects, and what the basis keeps of the energy of both sides."""
    found: dict[str, list] = {}
    for protocol, path in zip(protocols, paths, strict=True):
        found.setdefault(protocol, []).append(attributes_of(path)["energies"])
    return {"energies": found}


def _versions(saved: list[Scores]) -> dict:
    """Name → version, or the sorted versions where runs differ."""
    found: dict[str, set] = {}
    for s in saved:
        for name, version in s.facts["versions"].items():
            found.setdefault(name, set()).add(version)
    return {name: sorted(all_) if len(all_) > 1 else min(all_) for name, all_ in found.items()}


def _repairs(attributes: dict) -> dict:
    """How many sequences each kind of repair touched, and how many frames."""
    repairs = attributes["repairs"].values()
    kinds = ("shortened",) if "places" in attributes else ("interpolated", "cut")
    counts = {"listed": attributes["listed"], "excluded": attributes["excluded"]}
    for kind in kinds:
        counts[f"{kind}_sequences"] = sum(r[kind] > 0 for r in repairs)
        counts[f"{kind}_frames"] = sum(r[kind] for r in repairs)
    return counts


def _kind(attributes: dict) -> str:
    """What the recordings are of; whatever is neither pictures nor joints was sensed otherwise."""
    if attributes.get("pictures"):
        return "videos"
    return "skeletons" if attributes.get("skeleton") else "sensors"


def _curves(each: list) -> list[dict]:
    """Of every model and recipe: the training loss of every epoch, and the training accuracy of each run at the end."""
    groups: dict[tuple, list[Scores]] = {}
    for names, s in each:
        groups.setdefault(tuple(names[:3]), []).append(s)
    return [
        dict(zip(("protocol", "recipe", "model"), names, strict=True))
        | curve([one.history for one in runs])
        | {"train_accuracies": [round(100 * one.facts["train_accuracy"], 6) for one in runs]}
        for names, runs in groups.items()
    ]


def curve(histories: list[Sequence[float]]) -> dict[str, list[float]]:
    """Mean, least and greatest of each epoch over runs that may differ in their numbers of epochs."""
    epochs = [[one for one in losses if one is not None] for losses in zip_longest(*histories)]
    return {
        name: [float(of(losses)) for losses in epochs] for name, of in (("mean", np.mean), ("low", min), ("high", max))
    }
