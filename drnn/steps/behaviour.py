"""What one trained model does over all test sequences: motion, derivatives of states, gates, scores, by frame."""

import numpy as np
import torch

from drnn.arrays import write_arrays
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.features.motion import changes, displacements
from drnn.machine import Machine
from drnn.steps.shared import trainings
from drnn.steps.shared.figure import figure
from drnn.training import device as devices
from drnn.training.inspection import inspected


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model of ``params["run"]`` over the test sequences of its split.

    The model has the layer `drnn`. For ΣT concatenated frames, as the model sees them (every `frame_stride`-th):

    - ``motion`` (ΣT,): see `drnn.features.motion`; of the joints where there are some, else of the features.
    - ``dos`` (ΣT, N), ``gates`` (ΣT, 3) and ``scores`` (ΣT, k) float16: see `drnn.training.inspection`.
    - ``joints`` (ΣT, J, 3) float32, metres as recorded, with ``bones`` (·, 2), pairs of joints, ``head`` and
      ``centre``; only where the input `sequences` has a skeleton.

    Beside them stand ``offsets`` (S + 1,), ``names``, ``labels`` (S,), ``classes`` and facts, among these m as
    ``units``.

    Raises:
        UserError: the model has another layer than `drnn`, or a sequence's joints are not of its features' frames.
    """
    devices.prepare(devices.choose("cpu"))
    _, tests = SequenceSet.load(inputs["features"]).sides()
    trained = trainings.trained(inputs["trainings"], params["key"], len(tests.classes))
    layer, preprocessor, training = trained
    if training.model.layer != "drnn":
        model = params["run"]["model"]
        raise UserError(f"{model}: only the layer drnn has gates to follow, not {training.model.layer}")
    shown = preprocessor(tests.converted(torch.from_numpy))
    lengths = shown.lengths.tolist()
    arrays = {name: values.numpy() for name, values in inspected(layer, shown, training.recipe.logit_scale).items()}
    arrays["scores"] = arrays["scores"].astype(np.float16)
    recorded = SequenceSet.load(inputs["sequences"]).select(tests.names) if "sequences" in inputs else None
    skeleton = recorded.skeleton if recorded else None
    if skeleton:
        joints = _joints(recorded, training.recipe.frame_stride, lengths)
        motion = map(displacements, joints)
        arrays |= {"joints": np.concatenate(joints)} | figure(skeleton)
    else:
        motion = (changes(tests[i][:: training.recipe.frame_stride]) for i in range(len(tests)))
    arrays["motion"] = np.concatenate(list(motion)).astype(np.float32)
    arrays |= {"offsets": np.cumsum([0, *lengths], dtype=np.int64), "labels": tests.labels}
    arrays |= {"names": np.array(tests.names), "classes": np.array(tests.classes)}
    facts = params["run"] | {"key": params["key"], "units": layer.hidden_size}
    facts["motion"] = "joints" if skeleton else "features"
    write_arrays(outputs["behaviour"], arrays, facts)
    return f"{len(tests)} test sequences, {sum(lengths)} frames"


def _joints(recorded: SequenceSet, step: int, lengths: list[int]) -> list[np.ndarray]:
    """(T_i, J, 3) the joints of each sequence, of the frames that the model sees."""
    found = [recorded.posed(i)[::step] for i in range(len(recorded))]
    for name, joints, length in zip(recorded.names, found, lengths, strict=True):
        if len(joints) != length:
            raise UserError(f"{name}: has joints of {len(joints)} frames and features of {length}")
    return found
