"""One training: (dataset, recipe, model, split, seed) → weights, loss history, scores of every test sequence."""

import platform

import numpy as np
import torch
from rich.progress import track

from drnn.config.training import Training
from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.steps.shared import weights
from drnn.steps.shared.weights import Trained
from drnn.training import device as devices
from drnn.training.fit import fit, scores
from drnn.training.models import count
from drnn.training.preprocessing import Preprocessor


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Train on the split's training sequences and score its test sequences."""
    device = devices.choose(machine.device)
    devices.prepare(device)
    training = Training(**params)
    train, test = SequenceSet.load(inputs["features"]).converted(torch.from_numpy).sides()
    preprocessor = Preprocessor.fit(train, training.recipe)
    checkpoint = outputs["scores"].with_name(f".{outputs['scores'].stem}.checkpoint")
    layer, history = fit(train, preprocessor, training, device, checkpoint, _progress)
    scored = scores(layer, test, preprocessor, training.recipe, device)
    weights.save(outputs["weights"], Trained(layer, preprocessor, training))
    facts = _facts(device) | {"input_size": len(preprocessor.mean), "parameters": count(layer)}
    found = Scores.of(train, test, scored.numpy(), facts, history)
    found.save(outputs["scores"])
    return f"loss {history[-1]:.4f} after {len(history)} epochs; test accuracy {found.accuracy:.2%}"


def _progress(epochs: range):
    return track(epochs, "epochs", disable=not epochs)


def _facts(device: torch.device) -> dict:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {"device": devices.describe(device), "products": devices.products(device), "versions": versions}
