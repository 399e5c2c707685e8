"""Fit one model to the training sequences; the same seed gives the same bits, interrupted or not."""

import logging
import math
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from drnn.training import saved
from drnn.training.learner import Learner
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.recipe import log_probabilities
from drnn.training.shown import Shown

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe
    from drnn.config.training import Training
    from drnn.datasets.store import SequenceSet

log = logging.getLogger(__name__)
SECONDS_BETWEEN_CHECKPOINTS = 10
SCORED = 64
"""Sequences that are scored at once."""


def fit(
    sequences: "SequenceSet[Tensor]",
    preprocessor: Preprocessor,
    training: "Training",
    device: torch.device,
    checkpoint: Path,
    epochs: Callable[[range], Iterable[int]] = iter,
) -> tuple[nn.Module, list[float]]:
    """Train a model.

    Args:
        sequences: the training sequences: features, labels and the names of the classes.
        preprocessor: what the model sees of a sequence.
        training: the model, its size, its recipe, and the seed: of the initial parameters, and with the epoch's
            number of everything drawn in that epoch.
        device: on which it is trained.
        checkpoint: file that an interrupted run goes on from; removed at the end.
        epochs: wraps the range of epochs, for a progress bar.

    Returns:
        The model, and the mean loss of each epoch.
    """
    recipe = training.recipe
    torch.manual_seed(training.seed)
    sizes = (len(preprocessor.mean), training.hidden_size, len(sequences.classes))
    learner = Learner(build(training.model, recipe, sizes).to(device), recipe, len(sequences))
    history = []
    if left := saved.left(checkpoint, {*learner.parts, "history"}):
        learner.load_state_dict(left)
        history = left["history"]
        log.info("%s: going on after epoch %d", checkpoint, len(history))
    last_saved = time.monotonic()
    for epoch in epochs(range(len(history), recipe.epochs)):
        torch.manual_seed(seed_of_epoch(training.seed, epoch))
        history.append(learner.epoch(Shown(sequences, preprocessor, recipe.augmentation)))
        if time.monotonic() - last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            log.info("epoch %d of %d: loss %.4f", epoch + 1, recipe.epochs, history[-1])
            saved.write(checkpoint, learner.state_dict() | {"history": history})
            last_saved = time.monotonic()
    checkpoint.unlink(missing_ok=True)
    return learner.kept, history


@torch.no_grad()
def scores(
    layer: nn.Module,
    sequences: "SequenceSet[Tensor]",
    preprocessor: Preprocessor,
    recipe: "Recipe",
    device: torch.device,
    seed: int | None = None,
) -> Tensor:
    """log y of every class for every sequence of features, (S, k), on the CPU; by the frames that the loss looks at.

    With the seed of a training y is the mean over each sequence and the recipe's ``test_copies`` of it.
    """
    layer.eval()
    shown = [Shown(sequences, preprocessor)]
    if seed is not None and recipe.augmentation:
        generator = torch.Generator().manual_seed(seed_of_epoch(seed, recipe.epochs))
        copy = partial(Shown, sequences, preprocessor, recipe.augmentation.alone, generator)
        shown += [copy() for _ in range(recipe.test_copies)]
    results = []
    for one in shown:
        of_batches = []
        for _, x, lengths in one.batches(torch.arange(len(sequences)).split(SCORED)):
            z, _ = layer(x.to(device), lengths=lengths)
            of_batches.append(log_probabilities(z, lengths, recipe, len(sequences.classes)).cpu())
        results.append(torch.cat(of_batches))
    return torch.stack(results).logsumexp(0) - math.log(len(results))


def seed_of_epoch(seed: int, epoch: int) -> int:
    """No two (seed, epoch) share a stream, and resuming needs no saved generator."""
    return seed * 1_000_003 + epoch + 1
