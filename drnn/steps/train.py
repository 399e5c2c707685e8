"""One training: (dataset, recipe, model, split, seed) → weights, loss history, scores of every test sequence."""

import io
import json
import platform
from types import SimpleNamespace

import numpy as np
import torch
from rich.progress import track

from drnn.datasets.store import SequenceSet
from drnn.files import write_bytes
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training.batches import Normalisation
from drnn.training.fit import fit, scores


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Train on the split's training sequences and score its test sequences."""
    device = devices.choose(machine.device)
    devices.prepare(device)
    recipe = SimpleNamespace(**params["recipe"])
    features = SequenceSet.load(inputs["features"])
    count = features.attributes["train"]
    normalise = Normalisation.fit([features[i] for i in range(count)], recipe.normalisation)
    sequences = [normalise(features[i]) for i in range(len(features))]
    layer, history = fit(
        sequences[:count],
        torch.from_numpy(features.labels[:count]),
        len(features.classes),
        params["model"],
        params["hidden_size"],
        recipe,
        params["seed"],
        device,
        checkpoint=outputs["scores"].with_name(f".{outputs['scores'].stem}.checkpoint"),
        epochs=lambda numbers: track(numbers, "epochs", disable=not numbers),
    )
    scored = scores(layer, sequences[count:], recipe, device).numpy()
    _save_weights(outputs["weights"], layer, normalise, params)
    _save_scores(outputs["scores"], features, count, scored, history, _facts(layer, device))
    accuracy = np.mean(scored.argmax(1) == features.labels[count:])
    return f"loss {history[-1]:.4f} after {len(history)} epochs; test accuracy {accuracy:.2%}"


def _facts(layer, device) -> dict:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    return {
        "device": devices.describe(device),
        "versions": versions,
        "input_size": layer.input_size,
        "parameters": sum(p.numel() for p in layer.parameters()),
    }


def _save_weights(path, layer, normalise, params) -> None:
    content = io.BytesIO()
    state = {name: value.cpu() for name, value in layer.state_dict().items()}
    normalisation = {"mean": normalise.mean, "deviation": normalise.deviation}
    torch.save({"layer": state, "normalisation": normalisation, "params": params}, content)
    write_bytes(path, content.getvalue())


def _save_scores(path, features, count, scored, history, facts) -> None:
    """`scores` are log y (S, k); `history` the mean training loss of each epoch."""
    content = io.BytesIO()
    np.savez(
        content,
        names=np.array(features.names[count:]),
        subjects=features.subjects[count:],
        labels=features.labels[count:],
        scores=scored,
        history=np.array(history),
        train_sequences=count,
        facts=json.dumps(facts),
    )
    write_bytes(path, content.getvalue())
