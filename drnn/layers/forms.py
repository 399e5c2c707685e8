"""The forms of the recurrence, of which a run takes the fastest that can do it.

The compiled kernel does float32 and float64 on a CPU; the batched form, of torch's operations with a backward pass by
hand, other dtypes and devices; the reference the rest: truncations with which the paper does not train, on a CPU, and
what is asked of it by name.
"""

import sys
from collections.abc import Sequence

import torch
from torch import Tensor

from drnn.layers import batched, kernel, reference
from drnn.layers.reference import Run, State, Truncation, Weights


def drnns(
    x: Tensor,
    weights: Sequence[Weights],
    lengths: Tensor | None,
    states: Sequence[State],
    reverse: Sequence[bool],
    truncation: Truncation = "dos",
    implementation: str = "fused",
) -> list[Run]:
    """Run layers of one shape on the same batch (T, B, n); lengths (B,) int64 on the CPU, None if all are T."""
    literal = implementation == "reference" or _exports_to_onnx()
    if not literal and truncation == "dos" and kernel.takes(x):
        return kernel.drnns(x, weights, lengths, states, reverse)
    slow = literal or torch.compiler.is_compiling() or (x.device.type != "cuda" and truncation != "dos")
    form = reference if slow else batched
    found = form.drnns(x, weights, lengths, states, reverse, truncation)
    return [_run(z, history, lengths, backwards) for (z, history), backwards in zip(found, reverse, strict=True)]


def _exports_to_onnx() -> bool:
    """Asked of a module that is not loaded for it: it takes long, and who exports has loaded it."""
    return "torch.onnx" in sys.modules and torch.onnx.is_in_onnx_export()


def _run(z: Tensor, history: Tensor, lengths: Tensor | None, reverse: bool) -> Run:
    return Run(z, _end(z, history, lengths, reverse), lambda: history)


def _end(z: Tensor, history: Tensor, lengths: Tensor | None, reverse: bool) -> State:
    """z and the lags, newest first, of the frame that is read last; ``history`` is s_{−N} … s_T."""
    order = len(history) - len(z) - 1
    if lengths is None:
        return z[0 if reverse else -1].clone(), history[-order - 1 :].flip(0)
    lengths = lengths.to(z.device)
    rows = torch.arange(z.shape[1], device=z.device)
    newest_first = lengths + order - torch.arange(order + 1, device=z.device)[:, None]
    return z[0].clone() if reverse else z[lengths - 1, rows], history[newest_first, rows]
