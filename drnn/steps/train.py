"""One training: (dataset, recipe, model, split, seed) → weights, loss history, scores of every test sequence."""

import io
import platform
from types import SimpleNamespace

import numpy as np
import torch
from rich.progress import track

from drnn.datasets.store import SequenceSet
from drnn.evaluation.scores import Scores
from drnn.files import write_bytes
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training.batches import Sequences
from drnn.training.fit import fit, scores
from drnn.training.models import count
from drnn.training.preprocessing import Preprocessor


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Train on the split's training sequences and score its test sequences."""
    device = devices.choose(machine.device)
    devices.prepare(device)
    recipe = SimpleNamespace(**params["recipe"])
    features = SequenceSet.load(inputs["features"])
    trained, classes = features.attributes["train"], len(features.classes)
    sequences = [features[i] for i in range(len(features))]
    training, test = Sequences.of(sequences[:trained]), Sequences.of(sequences[trained:])
    seen = Preprocessor.fit(training, recipe, features.attributes.get("groups", {}))
    layer, history = fit(
        training,
        torch.from_numpy(features.labels[:trained]),
        classes,
        seen,
        params["model"],
        params["hidden_size"],
        recipe,
        params["seed"],
        device,
        checkpoint=outputs["scores"].with_name(f".{outputs['scores'].stem}.checkpoint"),
        epochs=lambda numbers: track(numbers, "epochs", disable=not numbers),
    )
    scored = scores(layer, test, classes, seen, recipe, device).numpy()
    _save_weights(outputs["weights"], layer, seen, params)
    facts = _facts(device) | {"input_size": len(seen.mean), "parameters": count(layer)}
    sides = (features.names[:trained], features.names[trained:])
    found = Scores.of(*map(features.select, sides), scored, facts, history)
    found.save(outputs["scores"])
    return f"loss {history[-1]:.4f} after {len(history)} epochs; test accuracy {found.accuracy:.2%}"


def _facts(device) -> dict:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {"device": devices.describe(device), "products": devices.products(device), "versions": versions}


def _save_weights(path, layer, seen, params) -> None:
    content = io.BytesIO()
    state = {name: value.cpu() for name, value in layer.state_dict().items()}
    torch.save({"layer": state, "inputs": vars(seen), "params": params}, content)
    write_bytes(path, content.getvalue())
