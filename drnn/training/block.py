"""Fit one model from several seeds at once: same sequences, recipe and form; what a GPU is filled with.

Each seed has its own initial weights, order of batches, masks and performances, drawn on the CPU from its own
generators as :func:`drnn.training.fit.fit` draws them. A seed's result is therefore that of its own training, whoever
shares its block, but for the rounding of float32. The host prepares an epoch while the device computes the one before,
and reads nothing back in between; a step but for the optimiser's is one CUDA graph. The optimiser follows outside, for
a schedule that changes its coefficients would be frozen in the graph; its kernels are few, and the same for all seeds.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from drnn.errors import UserError
from drnn.training import block_memory, checkpoints
from drnn.training import device as devices
from drnn.training.augment import augmented, longest
from drnn.training.batches import Sequences, moved
from drnn.training.block_batches import Batches
from drnn.training.fit import SECONDS_BETWEEN_CHECKPOINTS, seed_of_epoch
from drnn.training.graphs import Graphs
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.recipe import Recipe, build_optimizer, build_schedule, log_probabilities, smoothed_loss
from drnn.training.stack import Reading, Stack

log = logging.getLogger(__name__)


def fit_block(
    sequences: Sequences,
    labels: Tensor,
    classes: int,
    inputs: Preprocessor,
    model: dict,
    hidden_size: int,
    recipe: Recipe,
    seeds: Sequence[int],
    device: torch.device,
    checkpoint: Path,
    epochs: Callable[[range], Iterable[int]] = iter,
) -> list[tuple[nn.Module, list[float]]]:
    """Train a model from each of the seeds.

    Args:
        As of :func:`drnn.training.fit.fit`, but for ``seeds``.

    Returns:
        For each seed the model, on the device, and the mean loss of each epoch.

    Raises:
        UserError: the model is torch's own, or a GPU has too little memory left for so many.
    """
    if model["layer"] != "drnn":
        raise UserError(f"a block of seeds is of the layer drnn, not {model['layer']}: train its seeds one by one")
    sizes = len(inputs.mean), hidden_size, classes
    models = [_built(model, recipe, sizes, seed) for seed in seeds]
    devices.require(device, block_memory.most_bytes(sequences, inputs, models[0], recipe, len(seeds)))
    training = Block(sequences, labels, classes, inputs, models, recipe, seeds, device)
    saved = checkpoints.read(checkpoint)
    if saved and saved["seeds"] == list(seeds):
        training.load(saved)
        log.info("%s: going on after epoch %d", checkpoint, training.epoch)
    last_saved = time.monotonic()
    for _ in epochs(range(training.epoch, recipe.epochs)):
        training.run_epoch()
        if time.monotonic() - last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            checkpoints.write(checkpoint, training.state() | {"seeds": list(seeds)})
            log.info("epoch %d of %d: losses %s", training.epoch, recipe.epochs, training.losses_so_far()[-1])
            last_saved = time.monotonic()
    training.stack.unstack(training.averages or list(training.stack.weights), models)
    checkpoint.unlink(missing_ok=True)
    histories = zip(*training.losses_so_far(), strict=True)
    return [(model.to(device), list(history)) for model, history in zip(models, histories, strict=True)]


def _built(model: dict, recipe: Recipe, sizes: tuple[int, int, int], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(model, recipe, sizes)


class Block:
    """The training of a block, epoch by epoch."""

    def __init__(
        self,
        sequences: Sequences,
        labels: Tensor,
        classes: int,
        inputs: Preprocessor,
        models: Sequence[nn.Module],
        recipe: Recipe,
        seeds: Sequence[int],
        device: torch.device,
    ):
        self.recipe, self.labels, self.classes, self.seeds, self.device = recipe, labels, classes, seeds, device
        self.sequences = sequences._replace(frames=moved(sequences.frames, device))
        self.inputs = replace(inputs, mean=inputs.mean.to(device), factor=inputs.factor.to(device))
        self.stack = Stack(models, device)
        self.optimizer = build_optimizer(self.stack.weights, recipe)
        steps = math.ceil(len(labels) / recipe.batch_size)
        self.schedule = build_schedule(self.optimizer, recipe, recipe.epochs * steps)
        self.averages = [level.detach().clone() for level in self.stack.weights] if recipe.ema_decay else []
        self.epoch, self.steps = 0, 0
        self.history = torch.zeros(recipe.epochs, len(seeds), device=device)
        self.losses = torch.zeros(len(seeds), device=device)
        for level in self.stack.weights:
            level.grad = torch.zeros_like(level)

        size = min(recipe.batch_size, len(labels))
        if recipe.augmentation:
            most = -(-longest(sequences.lengths, recipe.augmentation) // inputs.frame_stride)
            self.shown = torch.zeros(len(seeds), int(most.sum()), len(inputs.mean), device=device)
        else:
            unchanged = self.inputs(self.sequences)
            most, self.shown, self.unchanged = unchanged.lengths, unchanged.frames[None], unchanged
        masked = len(inputs.mean) if recipe.input_dropout else 0
        self.batch = Batches.empty(size, len(seeds), masked, device)
        self.graphs = Graphs(self._gradients, device)
        self.graphs.capture(self.graphs.size(int(most.max())))

    def run_epoch(self) -> None:
        """One pass of each seed over the sequences, in its own order."""
        drawn, sizes = self._drawn()
        total = torch.zeros_like(self.losses)
        for step, size in enumerate(sizes):
            self.batch.take(drawn, step)
            self.graphs.run(self.graphs.size(size))
            total += self.losses
            self.optimizer.step()
            self.schedule.step()
            self._average()
        self.history[self.epoch] = total / len(self.labels)
        self.epoch += 1

    def _drawn(self) -> tuple[Batches, list[int]]:
        """The epoch's batches, on the device, and the frames of the longest sequence of each."""
        of_seeds = []
        for number, seed in enumerate(self.seeds):
            generator = torch.Generator().manual_seed(seed_of_epoch(seed, self.epoch))
            if self.recipe.augmentation:
                lengths = self._perform(number, generator)
                first = number * self.shown.shape[1]
            else:
                lengths, first = self.unchanged.lengths, 0
            masked = self.shown.shape[2] if self.recipe.input_dropout else 0
            of_seeds.append(Batches.drawn(lengths, first, self.labels, self.recipe, masked, generator))
        stacked = Batches.stack(of_seeds)
        return stacked.moved(self.device), stacked.lengths.amax((1, 2)).tolist()

    def _perform(self, number: int, generator: torch.Generator) -> Tensor:
        """Show a seed new performances; their lengths."""
        frames, lengths = self.inputs(augmented(self.sequences, self.recipe.augmentation, generator))
        self.shown[number, : len(frames)] = frames
        return lengths

    def _gradients(self, steps: int) -> None:
        """The losses' sums and the clipped gradients of a batch of sequences of at most so many frames."""
        stack, recipe, batch = self.stack, self.recipe, self.batch
        reading = Reading.of(batch.lengths, steps, stack.order, stack.ways)
        rows = batch.first[:, None, :, None] + reading.slots.minimum((batch.lengths - 1)[:, None, :, None])
        x = self.shown.flatten(0, 1).index_select(0, rows.flatten()).view(*rows.shape, -1)
        if batch.kept is not None:
            x *= (batch.kept / (1 - recipe.input_dropout))[:, None, :, None]
        z = stack.run(x.flatten(2, 3), reading).transpose(0, 1).flatten(1, 2)
        log_y = log_probabilities(z, batch.lengths.flatten(), recipe, self.classes)
        losses = smoothed_loss(log_y, batch.labels.flatten(), recipe.label_smoothing).view_as(batch.shares)
        gradients = torch.autograd.grad((losses * batch.shares).sum(), list(stack.weights))
        torch.sum((losses * (batch.shares > 0)).detach(), 0, out=self.losses)
        factors = torch.ones_like(self.losses)
        if recipe.clip_norm is not None:
            factors = (recipe.clip_norm / (stack.norms(gradients) + 1e-6)).clamp(max=1)  # as clip_grad_norm_
        by_layer = factors[:, None].expand(-1, stack.ways).reshape(-1, 1)
        for level, gradient in zip(stack.weights, gradients, strict=True):
            torch.mul(gradient, by_layer, out=level.grad)

    @torch.no_grad()
    def _average(self) -> None:
        for average, level in zip(self.averages, self.stack.weights if self.averages else (), strict=True):
            average.lerp_(level, 1 - self.recipe.ema_decay if self.steps else 1.0)
        self.steps += 1

    def losses_so_far(self) -> list[list[float]]:
        """The mean loss of each epoch and seed; waits for the device."""
        return self.history[: self.epoch].tolist()

    def state(self) -> dict:
        """All that changes."""
        return {
            "epoch": self.epoch,
            "steps": self.steps,
            "history": self.history,
            "weights": self.stack.weights.state_dict(),
            "averages": self.averages,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
        }

    @torch.no_grad()
    def load(self, saved: dict) -> None:
        """Go on from a state."""
        self.epoch, self.steps = saved["epoch"], saved["steps"]
        self.history.copy_(saved["history"])
        self.stack.weights.load_state_dict(saved["weights"])
        for average, of_saved in zip(self.averages, saved["averages"], strict=True):
            average.copy_(of_saved)
        self.optimizer.load_state_dict(saved["optimizer"])
        self.schedule.load_state_dict(saved["schedule"])
