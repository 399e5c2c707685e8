"""All runs of a dataset become its predictions and its metrics."""

import json

import numpy as np

from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.evaluation.metrics import summarise, to_json
from drnn.evaluation.predictions import Run, write_predictions
from drnn.files import write_text
from drnn.keys import key_of


def run(params: dict, inputs: dict, outputs: dict, machine) -> str:
    """Summarise the runs named by ``params["runs"]``, in that order, whose scores are the inputs."""
    saved = [_load(path) for path in inputs["scores"]]
    identities = zip(params["runs"], map(key_of, inputs["scores"]), saved, strict=True)
    runs = [_run(*identity) for identity in identities]
    skeletons = SequenceSet.load(inputs["sequences"])
    metrics = summarise(runs, _facts(params, saved, skeletons))
    write_predictions(outputs["predictions"], runs)
    write_text(outputs["metrics"], to_json(metrics))
    return f"{len(runs)} runs"


def _load(path) -> dict:
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: is not a whole file of scores ({error}); delete it and run again") from None
    return arrays | {"facts": json.loads(str(arrays["facts"]))}


def _run(names: list, key: str, saved: dict) -> Run:
    protocol, recipe, model, split, seed = names
    columns = (saved["subjects"], saved["labels"], saved["scores"].argmax(1))
    columns = (tuple(column.tolist()) for column in columns)
    return Run(protocol, recipe, model, int(split), int(seed), key, tuple(saved["names"].tolist()), *columns)


def _facts(params: dict, saved: list[dict], skeletons: SequenceSet) -> dict:
    """What the report says besides accuracies: the data used, sizes, devices, versions, loss curves."""
    each = list(zip(params["runs"], saved, strict=True))
    models = {
        name: model | {"parameters": next(s["facts"]["parameters"] for names, s in each if names[2] == name)}
        for name, model in params["facts"]["models"].items()
    }
    sequences: dict[str, dict] = {}
    for names, s in each:
        counts = {"train": int(s["train_sequences"]), "test": len(s["names"])}
        sequences.setdefault(names[0], {})[names[3]] = counts
    return params["facts"] | {
        "classes": skeletons.classes,
        "feature_size": saved[0]["facts"]["input_size"],
        "models": models,
        "sequences": {protocol: list(splits.values()) for protocol, splits in sequences.items()},
        "repairs": _repairs(skeletons.attributes),
        "devices": sorted({s["facts"]["device"] for s in saved}),
        "versions": _versions(saved),
        "curves": _curves(each),
    }


def _versions(saved: list[dict]) -> dict:
    """Name → version, or the sorted versions where runs differ."""
    found: dict[str, set] = {}
    for s in saved:
        for name, version in s["facts"]["versions"].items():
            found.setdefault(name, set()).add(version)
    return {name: sorted(all_) if len(all_) > 1 else min(all_) for name, all_ in found.items()}


def _repairs(attributes: dict) -> dict:
    repairs = attributes["repairs"].values()
    return {
        "listed": attributes["listed"],
        "excluded": attributes["excluded"],
        "interpolated_sequences": sum(r["interpolated"] > 0 for r in repairs),
        "interpolated_frames": sum(r["interpolated"] for r in repairs),
        "cut_sequences": sum(r["cut"] > 0 for r in repairs),
        "cut_frames": sum(r["cut"] for r in repairs),
    }


def _curves(each: list) -> list[dict]:
    """The training loss of every epoch: mean, least and greatest over splits and seeds."""
    groups: dict[tuple, list] = {}
    for names, s in each:
        groups.setdefault(tuple(names[:3]), []).append(s["history"])
    return [
        dict(zip(("protocol", "recipe", "model"), names, strict=True))
        | {
            "mean": np.mean(losses, 0).tolist(),
            "low": np.min(losses, 0).tolist(),
            "high": np.max(losses, 0).tolist(),
        }
        for names, losses in groups.items()
    ]
