"""What one trained model does over all test sequences: motion, derivatives of states, gates, scores, by frame."""

from collections.abc import Iterator
from importlib import import_module

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from drnn.arrays import write_arrays
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.keys import key_of
from drnn.layers.gates import run_with_gates
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training import trained
from drnn.training.batches import Sequences

TOGETHER = 16  # sequences a batch


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model of ``params["run"]`` over the test sequences of its split.

    The model has the layer `drnn`; of several layers it is the first one that is followed, and of two directions the
    forward one. For ΣT frames of all sequences, concatenated, as the model sees them (every `frame_stride`-th):

    - ``motion`` (ΣT,): with the input `sequences`, the mean over the joints of the squared displacement since the
      frame before, m²; without, the mean squared change of the features. 0 at a sequence's first frame.
    - ``dos`` (ΣT, N): ‖dⁿs_t‖² / m for n = 1 … N.
    - ``gates`` (ΣT, 3): i_t and f_t, means over the m units, and o_t, mean over the k units.
    - ``scores`` (ΣT, k) float16: y_t of the last layer, of both directions; a frame's sum to 1.
    - ``joints`` (ΣT, 20, 3) float32, metres as recorded, and ``bones`` (·, 2), pairs of joints of ``params["reader"]``;
      only with the input `sequences`.

    Beside them stand ``offsets`` (S + 1,), ``names``, ``labels`` (S,), ``classes`` and ``facts``, among these m as
    ``units``.

    Raises:
        UserError: the model has another layer than `drnn`, or a sequence's joints are not of its features' frames.
    """
    devices.prepare(devices.choose("cpu"))
    features = SequenceSet.load(inputs["features"])
    layer, seen, told = trained.load(inputs["weights"], len(features.classes))
    if told["model"]["layer"] != "drnn":
        raise UserError(f"{params['run']['model']}: only the layer drnn has gates to follow, not {told['model']}")
    start, step = features.attributes["train"], told["recipe"]["frame_stride"]
    tests = features.select(features.names[start:])
    vectors = [seen(Sequences.of([tests[i]])).frames for i in range(len(tests))]
    followed = zip(*_followed(layer, vectors, told["recipe"]["logit_scale"], len(tests.classes)), strict=True)
    joints = _joints(inputs, tests, step, vectors) if "sequences" in inputs else None
    motions = _displacements(joints) if joints else _changes(tests, step)
    arrays = dict(zip(("dos", "gates", "scores"), map(np.concatenate, followed), strict=True))
    arrays |= {"motion": np.concatenate(list(motions))} | ({"joints": np.concatenate(joints)} if joints else {})
    arrays = {name: array.astype(np.float16 if name == "scores" else np.float32) for name, array in arrays.items()}
    if joints:
        arrays["bones"] = np.array(import_module(f"drnn.datasets.{params['reader']}").BONES)
    arrays["offsets"] = np.cumsum([0, *map(len, vectors)], dtype=np.int64)
    facts = params["run"] | {"key": key_of(inputs["weights"]), "motion": "joints" if joints else "features"}
    arrays |= {"names": np.array(tests.names), "labels": tests.labels, "classes": np.array(tests.classes)}
    write_arrays(outputs["behaviour"], arrays, facts | {"units": layer.hidden_size})
    return f"{len(tests)} test sequences, {len(arrays['motion'])} frames"


def _followed(layer: nn.Module, vectors: list[Tensor], scale: float, classes: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Of each sequence mean squares of derivatives of states (T_i, N), gate activations (T_i, 3) and y (T_i, k)."""
    for first in range(0, len(vectors), TOGETHER):
        batch = vectors[first : first + TOGETHER]
        x, lengths = pad_sequence(batch), torch.tensor([len(one) for one in batch])
        states, gates = run_with_gates(layer, x, lengths)
        orders = range(1, len(states) - len(x))
        dos = [states.diff(n, 0)[-len(x) :].square().mean(2) for n in orders]
        dos = torch.stack(dos, 2) if dos else states.new_zeros(*x.shape[:2], 0)
        activations = torch.stack([gate.mean(2) for gate in gates], 2)
        with torch.no_grad():
            y = (scale * layer(x, lengths=lengths)[0].unflatten(2, (-1, classes)).mean(2)).softmax(2)
        for place, length in enumerate(lengths.tolist()):
            yield tuple(values[:length, place].numpy() for values in (dos, activations, y))


def _joints(inputs: dict, tests: SequenceSet, step: int, vectors: list[Tensor]) -> list[np.ndarray]:
    """(T_i, 20, 3) the joints of each sequence, of the frames that the model sees."""
    recorded = SequenceSet.load(inputs["sequences"]).select(tests.names)
    found = [recorded[i][::step].reshape(-1, 20, 3) for i in range(len(tests))]
    for name, joints, seen in zip(tests.names, found, vectors, strict=True):
        if len(joints) != len(seen):
            raise UserError(f"{name}: has joints of {len(joints)} frames and features of {len(seen)}")
    return found


def _displacements(joints: list[np.ndarray]) -> Iterator[np.ndarray]:
    """(T_i,) how much the joints move since the frame before, of each sequence."""
    for places in joints:
        moved = (np.diff(places.astype(float), axis=0) ** 2).sum(2)
        yield np.concatenate([[0.0], moved.mean(1)])


def _changes(tests: SequenceSet, step: int) -> Iterator[np.ndarray]:
    """(T_i,) how much the features change since the frame before, of each sequence."""
    for i in range(len(tests)):
        energy = np.diff(tests[i][::step].astype(float), axis=0) ** 2
        yield np.concatenate([[0.0], energy.mean(1)])
