"""What happens inside a model while it runs: derivatives of states, gate activations and outputs, frame by frame."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from drnn.layers.gates import run_with_gates
from drnn.training.batches import padded

if TYPE_CHECKING:
    from drnn.datasets.store import SequenceSet

BATCH = 16  # sequences


@torch.no_grad()
def inspected(layer: nn.Module, shown: "SequenceSet[Tensor]", scale: float) -> dict[str, Tensor]:
    """Run a model of the layer `drnn` over all frames of S preprocessed sequences.

    Of several layers the first one is followed, and of two directions the forward one. The outputs are those of the
    last layer, of both directions.

    Args:
        layer: the model, on the CPU.
        shown: frames (ΣT, n).
        scale: factor c of the outputs z in the softmax.

    Returns:
        ``dos`` (ΣT, N): ‖dⁿs_t‖² / m for n = 1 … N. ``gates`` (ΣT, 3): gate activations i_t and f_t, means over the m
        units, and o_t, mean over the k units. ``scores`` (ΣT, k): y_t.
    """
    found = {"dos": [], "gates": [], "scores": []}
    for batch in torch.arange(len(shown)).split(BATCH):
        x, lengths = padded(shown, batch)
        states, gates = run_with_gates(layer, x, lengths)
        orders = range(1, len(states) - len(x))
        dos = [states.diff(n, 0)[-len(x) :].square().mean(2) for n in orders]
        z, _ = layer(x, lengths=lengths)
        values = {
            "dos": torch.stack(dos, 2) if dos else states.new_zeros(*x.shape[:2], 0),
            "gates": torch.stack([gate.mean(2) for gate in gates], 2),
            "scores": (scale * z.unflatten(2, (-1, len(shown.classes))).mean(2)).softmax(2),
        }
        for name, of_frames in values.items():
            found[name] += [of_frames[:length, b] for b, length in enumerate(lengths.tolist())]
    return {name: torch.cat(parts) for name, parts in found.items()}
