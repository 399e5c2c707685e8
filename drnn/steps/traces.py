"""What one trained model does over one test sequence: norms of its derivatives of states, and its scores."""

from importlib import import_module

import torch

from drnn.arrays import write_arrays
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.keys import key_of
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training import trained
from drnn.training.batches import Sequences


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model over ``params["sequence"]``; ‖dⁿs_t‖₂ (T, N), y_t (T, k), and what a figure draws of the frames."""
    device = devices.choose("cpu")
    devices.prepare(device)
    features = SequenceSet.load(inputs["features"])
    name = _choose(features, params)
    vectors = features.select([name])
    layer, seen, told = trained.load(inputs["weights"], len(vectors.classes))
    step = told["recipe"]["frame_stride"]
    x = seen(Sequences.of([vectors[0]])).frames
    with torch.no_grad():
        z, _, dos = layer(x[:, None], return_dos=True)
    facts = params["run"] | {
        "sequence": name,
        "action": vectors.classes[vectors.labels[0]],
        "key": key_of(inputs["weights"]),
    }
    outputs_of_ways = z[:, 0].unflatten(1, (-1, len(vectors.classes)))
    scores = told["recipe"]["logit_scale"] * outputs_of_ways.mean(1)  # of both directions
    arrays = {"dos": dos[:, 0].numpy(), "scores": scores.softmax(-1).numpy()}
    arrays |= _pictures(params, inputs, name, step) if "recordings" in inputs else _skeleton(params, inputs, name, step)
    write_arrays(outputs["traces"], arrays, facts)
    return f"{name}: {len(z)} frames"


def _choose(features: SequenceSet, params: dict) -> str:
    """The test sequence of this name, or the first one of the action of this name."""
    wanted, start = params["sequence"], features.attributes["train"]
    tests, labels = features.names[start:], features.labels[start:]
    if wanted in tests:
        return wanted
    if of_action := [name for name, label in zip(tests, labels, strict=True) if features.classes[label] == wanted]:
        return min(of_action)
    raise UserError(
        f"datasets.{params['run']['dataset']}.trace_sequence: {wanted} is neither one of the {len(tests)} test "
        f"sequences of {params['run']['protocol']}, such as {tests[0]}, nor an action of one of them"
    )


def _skeleton(params: dict, inputs: dict, name: str, step: int) -> dict:
    """The joints (T, 20, 3), and which of them a bone connects."""
    joints = SequenceSet.load(inputs["sequences"]).select([name])[0].reshape(-1, 20, 3)
    return {"skeleton": joints[::step], "bones": import_module(f"drnn.datasets.{params['reader']}").BONES}


def _pictures(params: dict, inputs: dict, name: str, step: int) -> dict:
    """The grey frames (T, H, W) uint8."""
    from drnn.datasets.video import read_grey

    video, first, stop = SequenceSet.load(inputs["sequences"]).attributes["places"][name]
    with import_module(f"drnn.datasets.{params['reader']}").Store(inputs["recordings"]) as store:
        recording = store.open(next(one for one in store.videos if one.name == video))
    return {"pictures": read_grey(recording)[first:stop:step]}
