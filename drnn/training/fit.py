"""Fit one model to the training sequences; the same seed gives the same bits, interrupted or not."""

import io
import logging
import pickle
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import nll_loss
from torch.nn.utils import clip_grad_norm_

from drnn.files import write_bytes
from drnn.layers import DRNN
from drnn.training.batches import padded, shuffled
from drnn.training.recipe import Recipe, build_layer, build_optimizer, log_probabilities

log = logging.getLogger(__name__)
SECONDS_BETWEEN_CHECKPOINTS = 10


def fit(
    sequences: Sequence[Tensor],
    labels: Tensor,
    classes: int,
    model: dict,
    hidden_size: int,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    checkpoint: Path,
    epochs: Callable[[range], Iterable[int]] = iter,
) -> tuple[DRNN, list[float]]:
    """Train a layer.

    Args:
        sequences: S tensors (T_i, n), normalised.
        labels: (S,) int64.
        classes: k.
        model, recipe: blocks of params.yaml; hidden_size: m.
        seed: of the initial parameters, and with the epoch's number of everything drawn in that epoch.
        checkpoint: file that an interrupted run goes on from; removed at the end.
        epochs: wraps the range of epochs, for a progress bar.

    Returns:
        The layer, and the mean loss of each epoch.
    """
    torch.manual_seed(seed)
    layer = build_layer(model, recipe, (sequences[0].shape[1], hidden_size, classes)).to(device)
    optimizer = build_optimizer(layer, recipe)
    history = []
    if saved := _read(checkpoint):
        layer.load_state_dict(saved["layer"])
        optimizer.load_state_dict(saved["optimizer"])
        history = saved["history"]
        log.info("%s: going on after epoch %d", checkpoint, len(history))
    last_saved = time.monotonic()
    for epoch in epochs(range(len(history), recipe.epochs)):
        torch.manual_seed(_seed_of_epoch(seed, epoch))
        history.append(_epoch(layer, optimizer, sequences, labels, recipe, device))
        if time.monotonic() - last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, history[-1])
            _write(checkpoint, layer, optimizer, history)
            last_saved = time.monotonic()
    checkpoint.unlink(missing_ok=True)
    return layer, history


@torch.no_grad()
def scores(layer: DRNN, sequences: Sequence[Tensor], recipe: Recipe, device: torch.device) -> Tensor:
    """log y of every class for every sequence, (S, k), on the CPU; by the frames that the loss looks at."""
    layer.eval()
    results = []
    for start in range(0, len(sequences), 64):
        x, lengths = padded([s[:: recipe.frame_step] for s in sequences[start : start + 64]], device)
        results.append(log_probabilities(layer(x, lengths)[0], lengths, recipe.loss).cpu())
    return torch.cat(results)


def _epoch(layer, optimizer, sequences, labels, recipe, device) -> float:
    """One pass over the sequences in a new order; the mean loss."""
    layer.train()
    total = torch.zeros((), device=device)
    for batch in shuffled(len(sequences), recipe.batch_size, torch.default_generator):
        x, lengths = padded([sequences[i][:: recipe.frame_step] for i in batch], device)
        if recipe.input_dropout:
            kept = torch.rand(x.shape[1:]) >= recipe.input_dropout  # one mask a sequence, drawn on the CPU
            x = x * kept.to(device) / (1 - recipe.input_dropout)
        z, _ = layer(x, lengths)
        loss = nll_loss(log_probabilities(z, lengths, recipe.loss), labels[batch].to(device))
        optimizer.zero_grad()
        loss.backward()
        if recipe.clip_norm is not None:
            clip_grad_norm_(layer.parameters(), recipe.clip_norm)
        optimizer.step()
        total += loss.detach() * len(batch)
    return total.item() / len(sequences)


def _seed_of_epoch(seed: int, epoch: int) -> int:
    """No two (seed, epoch) share a stream, and resuming needs no saved generator."""
    return seed * 1_000_003 + epoch + 1


def _write(checkpoint: Path, layer, optimizer, history) -> None:
    content = io.BytesIO()
    torch.save({"layer": layer.state_dict(), "optimizer": optimizer.state_dict(), "history": history}, content)
    write_bytes(checkpoint, content.getvalue())


def _read(checkpoint: Path) -> dict | None:
    """What an interrupted run left; None if it left nothing that can be read."""
    if not checkpoint.is_file():
        return None
    try:
        return torch.load(checkpoint, weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        log.warning("%s: cannot be read (%s); starting again from epoch 1", checkpoint, str(error).splitlines()[0])
        return None
