"""What one trained model does over one test sequence: norms of its derivatives of states, and its scores."""

import io
import json
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import torch

from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.files import write_bytes
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training.batches import Normalisation
from drnn.training.recipe import build_layer


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model over ``params["sequence"]``; ‖dⁿs_t‖₂ (T, N), y_t (T, k) and the skeleton (T, 20, 3)."""
    device = devices.choose("cpu")
    devices.prepare(device)
    weights = torch.load(inputs["weights"], weights_only=True)
    recipe, step = SimpleNamespace(**weights["params"]["recipe"]), weights["params"]["recipe"]["frame_step"]
    name = params["sequence"]
    features = SequenceSet.load(inputs["features"])
    if name not in (tests := features.names[features.attributes["train"] :]):
        raise UserError(
            f"datasets.{params['run']['dataset']}.trace_sequence: {name} is not one of the {len(tests)} test sequences "
            f"of {params['run']['protocol']}, such as {tests[0]}"
        )
    vectors = features.select([name])
    skeleton = SequenceSet.load(inputs["sequences"]).select([name])[0].reshape(-1, 20, 3)[::step]

    sizes = (vectors.frames.shape[1], weights["params"]["hidden_size"], len(vectors.classes))
    layer = build_layer(weights["params"]["model"], recipe, sizes)
    layer.load_state_dict(weights["layer"])
    x = Normalisation(**weights["normalisation"])(vectors[0])[::step]
    with torch.no_grad():
        z, _, dos = layer(x[:, None], return_dos=True)
    facts = params["run"] | {
        "sequence": name,
        "action": vectors.classes[vectors.labels[0]],
        "key": key_of(inputs["weights"]),
    }
    bones = import_module(params["reader"]).BONES
    content = io.BytesIO()
    arrays = {"dos": dos[:, 0].numpy(), "scores": z[:, 0].softmax(-1).numpy(), "skeleton": skeleton, "bones": bones}
    np.savez(content, **arrays, facts=json.dumps(facts))
    write_bytes(outputs["traces"], content.getvalue())
    return f"{name}: {len(z)} frames"
