"""What one trained model does over all test sequences: motion, derivatives of states, and gates, frame by frame."""

import io
import json
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.files import write_bytes
from drnn.keys import key_of
from drnn.layers.gates import run_with_gates
from drnn.machine import Machine
from drnn.training import device as devices
from drnn.training import trained

TOGETHER = 16  # sequences a batch


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Run the model of ``params["run"]`` over the test sequences of its split.

    The model has the layer `drnn`; of several layers it is the first one that is followed, and of two directions the
    forward one. For ΣT frames of all sequences, one after the other, as the model sees them (every `frame_step`-th):

    - ``motion`` (ΣT,): with the input `sequences`, the mean over the joints of the squared displacement since the
      frame before, m²; without, the mean squared change of the features. 0 at a sequence's first frame.
    - ``dos`` (ΣT, N): ‖dⁿs_t‖² / m for n = 1 … N.
    - ``gates`` (ΣT, 3): i_t and f_t, means over the m units, and o_t, mean over the k units.

    Beside them stand ``offsets`` (S + 1,), ``names``, ``labels`` (S,), ``classes`` and ``facts``.

    Raises:
        UserError: the model has another layer than `drnn`, or a sequence's joints are not of its features' frames.
    """
    devices.prepare(devices.choose("cpu"))
    features = SequenceSet.load(inputs["features"])
    layer, seen, told = trained.load(inputs["weights"], len(features.classes))
    if told["model"]["layer"] != "drnn":
        raise UserError(f"{params['run']['model']}: only the layer drnn has gates to follow, not {told['model']}")
    start, step = features.attributes["train"], told["recipe"]["frame_step"]
    tests = features.select(features.names[start:])
    vectors = [seen(torch.from_numpy(tests[i])) for i in range(len(tests))]
    dos, gates = zip(*_followed(layer, vectors), strict=True)
    facts = params["run"] | {
        "key": key_of(inputs["weights"]),
        "motion": "joints" if "sequences" in inputs else "features",
    }
    arrays = {"dos": np.concatenate(dos), "gates": np.concatenate(gates)}
    arrays |= {"motion": np.concatenate(_motions(inputs, tests, step, vectors))}
    content = io.BytesIO()
    np.savez(
        content,
        **{name: array.astype(np.float32) for name, array in arrays.items()},
        offsets=np.cumsum([0, *map(len, vectors)], dtype=np.int64),
        names=np.array(tests.names),
        labels=tests.labels,
        classes=np.array(tests.classes),
        facts=json.dumps(facts),
    )
    write_bytes(outputs["behaviour"], content.getvalue())
    return f"{len(tests)} test sequences, {len(arrays['motion'])} frames"


def _followed(layer: nn.Module, vectors: list[Tensor]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each sequence (T_i, n) the mean squares (T_i, N) of its derivatives of states, and openings (T_i, 3)."""
    for first in range(0, len(vectors), TOGETHER):
        batch = vectors[first : first + TOGETHER]
        x, lengths = pad_sequence(batch), torch.tensor([len(one) for one in batch])
        states, gates = run_with_gates(layer, x, lengths)
        orders = range(1, len(states) - len(x))
        dos = [states.diff(n, 0)[-len(x) :].square().mean(2) for n in orders]
        dos = torch.stack(dos, 2) if dos else states.new_zeros(*x.shape[:2], 0)
        opened = torch.stack([gate.mean(2) for gate in gates], 2)
        for place, length in enumerate(lengths.tolist()):
            yield dos[:length, place].numpy(), opened[:length, place].numpy()


def _motions(inputs: dict, tests: SequenceSet, step: int, vectors: list[Tensor]) -> list[np.ndarray]:
    """(T_i,) how much moves since the frame before, of each sequence."""
    found, joints = [], SequenceSet.load(inputs["sequences"]).select(tests.names) if "sequences" in inputs else None
    for i, name in enumerate(tests.names):
        if joints is None:
            energy = np.diff(tests[i][::step].astype(float), axis=0) ** 2
        else:
            places = joints[i][::step].reshape(-1, 20, 3).astype(float)
            energy = (np.diff(places, axis=0) ** 2).sum(2)
        found.append(np.concatenate([[0.0], energy.mean(1)]))
        if len(found[-1]) != len(vectors[i]):
            raise UserError(f"{name}: has joints of {len(found[-1])} frames and features of {len(vectors[i])}")
    return found
