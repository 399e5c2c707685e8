"""A block of trainings of one model: of each the weights, the loss history and the scores of every test sequence."""

import logging
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import nn

from drnn.config.training import Training, training_key
from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.steps.shared import trainings, weights
from drnn.steps.shared.trainings import Result
from drnn.steps.shared.weights import Trained
from drnn.training import device as devices
from drnn.training.block import fit_block
from drnn.training.fit import fit, scores
from drnn.training.models import count
from drnn.training.noise import noise_share
from drnn.training.preprocessing import Preprocessor

log = logging.getLogger(__name__)


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Train from ``params["seeds"]``, a list for each of the features, those that are not trained yet.

    What is done waits beside the block's file until all of the block is.
    """
    device = devices.choose(machine.device)
    devices.prepare(device)
    block = outputs["trainings"]
    told = {name: value for name, value in params.items() if name != "seeds"}
    wanted = {
        path: {training_key(told, seed, path): seed for seed in seeds}
        for path, seeds in zip(inputs["features"], params["seeds"], strict=True)
    }
    order = [key for seeds in wanted.values() for key in seeds]
    results = trainings.found(block, order, machine.anew)
    there = len(results)
    for path, seeds in wanted.items():
        missing = {key: Training(**told, seed=seed) for key, seed in seeds.items() if key not in results}
        if missing:
            results |= _trained(path, missing, device, block)
    trainings.save(block, {key: results[key] for key in order})
    for key in order:
        trainings.waiting(block, key).unlink(missing_ok=True)
    accuracies = [results[key].scores.accuracy for key in order]
    reused = f", {there} of them found done" if there else ""
    return f"{len(order)} trainings{reused}; test accuracy {np.mean(accuracies):.2%} on average"


def _trained(path: Path, missing: dict[str, Training], device: torch.device, block: Path) -> dict[str, Result]:
    """Learn from the features of one split, read once, by each of the trainings, by key."""
    stored = SequenceSet.load(path) if device.type == "cuda" else SequenceSet.opened(path)
    train, test = stored.converted(torch.from_numpy).sides()
    frames = int(train.lengths.median())
    missing = {key: training.sized(len(train), frames) for key, training in missing.items()}
    first = next(iter(missing.values()))
    preprocessor = Preprocessor.fit(train, first.recipe)
    told = _facts(device) | {"input_size": len(preprocessor.mean), "length": frames, "noise": noise_share(train)}
    results = {}
    for key, layer, history in _fitted(train, preprocessor, missing, device, block):
        scored = scores(layer, test, preprocessor, first.recipe, device, missing[key].seed)
        learnt = scores(layer, train, preprocessor, first.recipe, device).argmax(1) == train.labels
        facts = told | {"parameters": count(layer), "train_accuracy": float(learnt.double().mean())}
        result = Scores.of(train, test, scored.numpy(), facts, history)
        results[key] = Result(result, weights.packed(Trained(layer, preprocessor, missing[key])))
        trainings.save(trainings.waiting(block, key), {key: results[key]})
        last = f"loss {history[-1]:.4f} after {len(history)} epochs"
        log.info("seed %d: %s; test accuracy %.2f %%", missing[key].seed, last, 100 * result.accuracy)
    return results


def _fitted(
    train: SequenceSet, preprocessor: Preprocessor, missing: dict[str, Training], device: torch.device, block: Path
) -> Iterator[tuple[str, nn.Module, list[float]]]:
    """Each training's key, model and losses: on a GPU batched, on a CPU, where that is slower, in turn."""
    first = next(iter(missing.values()))
    if device.type == "cuda" and first.model.layer == "drnn":
        seeds = [training.seed for training in missing.values()]
        together = fit_block(train, preprocessor, first, seeds, device, _checkpoint(block, "block"), _progress)
        for key, (layer, history) in zip(missing, together, strict=True):
            yield key, layer, history
        return
    for key, training in missing.items():
        yield key, *fit(train, preprocessor, training, device, _checkpoint(block, key), _progress)


def _checkpoint(block: Path, name: str) -> Path:
    return block.with_name(f".{block.stem}.{name}.checkpoint")


def _progress(epochs: range):
    return track(epochs, "epochs", disable=not epochs)


def _facts(device: torch.device) -> dict:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {"device": devices.describe(device), "products": devices.products(device), "versions": versions}
