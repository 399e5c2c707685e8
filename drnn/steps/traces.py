"""What one trained model does over one test sequence: norms of its derivatives of states, and its scores."""

from importlib import import_module

import numpy as np
import torch

from drnn.arrays import write_arrays
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.steps.shared import trainings
from drnn.steps.shared.figure import figure
from drnn.training import device as devices
from drnn.training.batches import picked


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model over ``params["sequence"]``; ‖dⁿs_t‖₂ (T, N), y_t (T, k), and what a figure draws of the frames."""
    devices.prepare(devices.choose("cpu"))
    _, tests = SequenceSet.opened(inputs["features"]).sides()
    name = _choose(tests, params)
    place = tests.names.index(name)
    trained = trainings.trained(inputs["trainings"], params["key"], len(tests.classes))
    layer, preprocessor, training = trained
    x = preprocessor(picked(tests.converted(torch.from_numpy), torch.tensor([place]))).frames
    with torch.no_grad():
        z, _, dos = layer(x[:, None], return_dos=True)
    of_directions = z[:, 0].unflatten(1, (-1, len(tests.classes)))
    scores = training.recipe.logit_scale * of_directions.mean(1)
    arrays = {"dos": dos[:, 0].numpy(), "scores": scores.softmax(-1).numpy()}
    drawn = _pictures if "recordings" in inputs else _skeleton
    arrays |= drawn(params, inputs, name, training.recipe.frame_stride)
    facts = {"sequence": name, "action": tests.classes[tests.labels[place]], "key": params["key"]}
    write_arrays(outputs["traces"], arrays, params["run"] | facts)
    return f"{name}: {len(z)} frames"


def _choose(tests: SequenceSet, params: dict) -> str:
    """The test sequence of this name, or the first one of the action of this name; the first of all without one."""
    wanted = params["sequence"]
    if wanted is None:
        return min(tests.names)
    if wanted in tests.names:
        return wanted
    of_action = [n for n, label in zip(tests.names, tests.labels, strict=True) if tests.classes[label] == wanted]
    if of_action:
        return min(of_action)
    raise UserError(
        f"datasets.{params['run']['dataset']}.trace_sequence: {wanted} is neither one of the {len(tests)} test "
        f"sequences of {params['run']['protocol']}, such as {tests.names[0]}, nor an action of one of them"
    )


def _skeleton(params: dict, inputs: dict, name: str, step: int) -> dict:
    """The joints (T, J, 3), which of them a bone connects, and where head and centre are; of other values nothing."""
    recorded = SequenceSet.opened(inputs["sequences"])
    if recorded.skeleton is None:
        return {}
    frames = np.asarray(recorded[recorded.names.index(name)])
    return {"skeleton": frames.reshape(len(frames), -1, 3)[::step]} | figure(recorded.skeleton)


def _pictures(params: dict, inputs: dict, name: str, step: int) -> dict:
    """The grey frames (T, H, W) uint8."""
    from drnn.datasets.video import read_grey

    video, first, stop = SequenceSet.load(inputs["sequences"]).attributes["places"][name]
    with import_module(f"drnn.datasets.{params['reader']}").Store(inputs["recordings"]) as store:
        recording = store.open(next(one for one in store.videos if one.name == video))
    return {"pictures": read_grey(recording)[first:stop:step]}
