"""Fit one model to the training sequences; the same seed gives the same bits, interrupted or not."""

import logging
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from drnn.training import checkpoints
from drnn.training.augment import augmented
from drnn.training.batches import Sequences, shuffled
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.recipe import Recipe, build_optimizer, build_schedule, log_probabilities, smoothed_loss

log = logging.getLogger(__name__)
SECONDS_BETWEEN_CHECKPOINTS = 10


def fit(
    sequences: Sequences,
    labels: Tensor,
    classes: int,
    inputs: Preprocessor,
    model: dict,
    hidden_size: int,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    checkpoint: Path,
    epochs: Callable[[range], Iterable[int]] = iter,
) -> tuple[nn.Module, list[float]]:
    """Train a model.

    Args:
        sequences: S sequences of features.
        labels: (S,) int64.
        classes: k.
        inputs: what the model sees of a sequence.
        model, recipe: blocks of params.yaml; hidden_size: m.
        seed: of the initial parameters, and with the epoch's number of everything drawn in that epoch.
        checkpoint: file that an interrupted run goes on from; removed at the end.
        epochs: wraps the range of epochs, for a progress bar.

    Returns:
        The model, and the mean loss of each epoch.
    """
    torch.manual_seed(seed)
    training = _begin(recipe, build(model, recipe, (len(inputs.mean), hidden_size, classes)).to(device), len(labels))
    history = []
    if saved := checkpoints.read(checkpoint):
        for name, part in vars(training).items():
            part.load_state_dict(saved[name])
        history = saved["history"]
        log.info("%s: going on after epoch %d", checkpoint, len(history))
    unchanged = inputs(sequences)
    last_saved = time.monotonic()
    for epoch in epochs(range(len(history), recipe.epochs)):
        torch.manual_seed(seed_of_epoch(seed, epoch))
        shown = inputs(augmented(sequences, recipe.augmentation)) if recipe.augmentation else unchanged
        history.append(_epoch(training, shown, labels, classes, recipe, device))
        if time.monotonic() - last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, history[-1])
            parts = {name: part.state_dict() for name, part in vars(training).items()}
            checkpoints.write(checkpoint, parts | {"history": history})
            last_saved = time.monotonic()
    checkpoint.unlink(missing_ok=True)
    return training.average.module if recipe.ema_decay else training.layer, history


@torch.no_grad()
def scores(
    layer: nn.Module, sequences: Sequences, classes: int, inputs: Preprocessor, recipe: Recipe, device: torch.device
) -> Tensor:
    """log y of every class for every sequence of features, (S, k), on the CPU; by the frames that the loss looks at."""
    layer.eval()
    shown, results = inputs(sequences), []
    for batch in torch.arange(len(shown.lengths)).split(64):
        x, lengths = shown.padded(batch)
        z, _ = layer(x.to(device), lengths=lengths)
        results.append(log_probabilities(z, lengths, recipe, classes).cpu())
    return torch.cat(results)


def _begin(recipe: Recipe, layer: nn.Module, sequences: int) -> SimpleNamespace:
    """All that changes in a training, each with a state that can be saved."""
    optimizer = build_optimizer(layer, recipe)
    schedule = build_schedule(optimizer, recipe, recipe.epochs * math.ceil(sequences / recipe.batch_size))
    parts = {"layer": layer, "optimizer": optimizer, "schedule": schedule}
    if recipe.ema_decay:
        parts["average"] = AveragedModel(layer, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
    return SimpleNamespace(**parts)


def _epoch(training, shown, labels, classes, recipe, device) -> float:
    """One pass over the sequences in a new order; the mean loss."""
    training.layer.train()
    total = torch.zeros((), device=device)
    for batch in shuffled(shown.lengths, recipe.batch_size, recipe.bucket_by_length, torch.default_generator):
        x, lengths = shown.padded(batch)
        if recipe.input_dropout:
            kept = torch.rand(x.shape[1:]) >= recipe.input_dropout  # one mask a sequence
            x *= kept / (1 - recipe.input_dropout)
        log_y = log_probabilities(training.layer(x.to(device), lengths=lengths)[0], lengths, recipe, classes)
        loss = smoothed_loss(log_y, labels[batch].to(device), recipe.label_smoothing).mean()
        training.optimizer.zero_grad()
        loss.backward()
        if recipe.clip_norm is not None:
            clip_grad_norm_(training.layer.parameters(), recipe.clip_norm)
        training.optimizer.step()
        training.schedule.step()
        if recipe.ema_decay:
            training.average.update_parameters(training.layer)
        total += loss.detach() * len(batch)
    return total.item() / len(labels)


def seed_of_epoch(seed: int, epoch: int) -> int:
    """No two (seed, epoch) share a stream, and resuming needs no saved generator."""
    return seed * 1_000_003 + epoch + 1
