"""What one trained model does over all test sequences: motion, derivatives of states, gates, scores, by frame."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import torch

from drnn.arrays import writing
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.features.motion import changes, displacements
from drnn.machine import Machine
from drnn.steps.shared import trainings
from drnn.steps.shared.figure import figure
from drnn.steps.shared.weights import Trained
from drnn.training import device as devices
from drnn.training.batches import picked
from drnn.training.inspection import BATCH, inspected


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model of ``params["run"]`` over the test sequences of its split.

    The model has the layer `drnn`. For ΣT concatenated frames, as the model sees them (every `frame_stride`-th):

    - ``motion`` (ΣT,): see `drnn.features.motion`; of the joints where there are some, else of the features.
    - ``dos`` (ΣT, N), ``gates`` (ΣT, 3) and ``scores`` (ΣT, k) float16: see `drnn.training.inspection`.
    - ``joints`` (ΣT, J, 3) float32, metres as recorded, with ``bones`` (·, 2), pairs of joints, ``head`` and
      ``centre``; only where the input `sequences` has a skeleton.

    Beside them stand ``offsets`` (S + 1,), ``names``, ``labels`` (S,), ``classes`` and facts, among these m as
    ``units``. Features are read a few sequences at a time; what is found stays in memory until it is written.

    Raises:
        UserError: the model has another layer than `drnn`, or a sequence's joints are not of its features' frames.
    """
    devices.prepare(devices.choose("cpu"))
    _, tests = SequenceSet.opened(inputs["features"]).sides()
    trained = trainings.trained(inputs["trainings"], params["key"], len(tests.classes))
    layer, _, training = trained
    if training.model.layer != "drnn":
        model = params["run"]["model"]
        raise UserError(f"{model}: only the layer drnn has gates to follow, not {training.model.layer}")
    stride = training.recipe.frame_stride
    offsets = np.append(0, (-(-tests.lengths // stride)).cumsum())
    arrays = {"offsets": offsets, "names": np.array(tests.names), "classes": np.array(tests.classes)}
    arrays |= {"labels": tests.labels} | _followed(tests, trained, offsets[-1])
    recorded = SequenceSet.opened(inputs["sequences"]) if "sequences" in inputs else None
    skeleton = recorded.skeleton if recorded else None
    if skeleton:
        joints = _joints(recorded, tests.names, stride, offsets)
        arrays |= {"joints": joints} | figure(skeleton)
        arrays["motion"] = _motion(displacements, (joints[first:stop] for first, stop in pairwise(offsets)), offsets)
    else:
        arrays["motion"] = _motion(changes, (np.asarray(tests[i])[::stride] for i in range(len(tests))), offsets)
    facts = params["run"] | {"key": params["key"], "units": layer.hidden_size}
    facts["motion"] = "joints" if skeleton else "features"
    with writing(outputs["behaviour"], facts) as writer:
        for name, values in arrays.items():
            writer.add(name, values)
    return f"{len(tests)} test sequences, {offsets[-1]} frames"


# What is found is put into one array of all frames as it comes: many small ones between the large ones of a batch would
# keep the memory of these.


def _followed(tests: SequenceSet, trained: Trained, frames: int) -> dict[str, np.ndarray]:
    """What `inspected` finds, of the sequences that it looks at together; no others are in memory."""
    stored = tests.converted(torch.from_numpy)
    found: dict[str, np.ndarray] = {}
    first = 0
    for which in torch.arange(len(tests)).split(BATCH):
        shown = trained.preprocessor(picked(stored, which))
        stop = first + len(shown.frames)
        for name, values in inspected(trained.layer, shown, trained.training.recipe.logit_scale).items():
            if name not in found:
                found[name] = np.empty((frames, values.shape[1]), np.float16 if name == "scores" else np.float32)
            found[name][first:stop] = values.numpy()
        first = stop
    return found


def _motion(measure: Callable[[np.ndarray], np.ndarray], seen: Iterable[np.ndarray], offsets: np.ndarray) -> np.ndarray:
    """(ΣT,) float32, of the frames that the model sees of each sequence."""
    found = np.empty(offsets[-1], np.float32)
    for (first, stop), frames in zip(pairwise(offsets), seen, strict=True):
        found[first:stop] = measure(frames)
    return found


def _joints(recorded: SequenceSet, names: list[str], stride: int, offsets: np.ndarray) -> np.ndarray:
    """(ΣT, J, 3) the joints of these sequences, of the frames that the model sees."""
    position = {name: index for index, name in enumerate(recorded.names)}
    found = np.empty((offsets[-1], recorded.frames.shape[1] // 3, 3), np.float32)
    for name, (first, stop) in zip(names, pairwise(offsets), strict=True):
        frames = np.asarray(recorded[position[name]])
        joints = frames.reshape(len(frames), -1, 3)[::stride]
        if len(joints) != stop - first:
            raise UserError(f"{name}: has joints of {len(joints)} frames and features of {stop - first}")
        found[first:stop] = joints
    return found
