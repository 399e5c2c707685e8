"""Fit one model from several seeds at once: same sequences, recipe and form; what a GPU is filled with.

Each seed has its own initial weights, order of batches, masks and performances, drawn on the CPU from its own
generators as :func:`drnn.training.fit.fit` draws them. A seed's result is therefore that of its own training, whoever
shares its block, but for the rounding of float32. The host prepares an epoch while the device computes the one before,
and reads nothing back in between. A step but for the optimiser's is one CUDA graph. The optimiser follows outside: a
schedule that changes its coefficients would be frozen in the graph. Its kernels are few, and the same for all seeds.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from drnn.errors import UserError
from drnn.training import block_memory, saved
from drnn.training import device as devices
from drnn.training.augment import augmented, longest
from drnn.training.batches import moved
from drnn.training.block_batches import Batches
from drnn.training.fit import SECONDS_BETWEEN_CHECKPOINTS, seed_of_epoch
from drnn.training.graphs import Graphs
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.recipe import build_optimizer, build_schedule, log_probabilities, smoothed_loss
from drnn.training.stack import Reading, Stack

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe
    from drnn.config.training import SizedModel, Training
    from drnn.datasets.store import SequenceSet

log = logging.getLogger(__name__)


def fit_block(
    sequences: "SequenceSet[Tensor]",
    preprocessor: Preprocessor,
    training: "Training",
    seeds: Sequence[int],
    device: torch.device,
    checkpoint: Path,
    epochs: Callable[[range], Iterable[int]] = iter,
) -> list[tuple[nn.Module, list[float]]]:
    """Train a model from each of the seeds.

    Args:
        As of :func:`drnn.training.fit.fit`, but for ``seeds``, in place of the training's own.

    Returns:
        For each seed the model, on the device, and the mean loss of each epoch.

    Raises:
        UserError: the model is torch's own, or a GPU has too little memory left for so many.
    """
    recipe = training.recipe
    layer = training.model.layer
    if layer != "drnn":
        raise UserError(f"a block of seeds is of the layer drnn, not {layer}: train its seeds one by one")
    sizes = (len(preprocessor.mean), training.hidden_size, len(sequences.classes))
    models = [_built(training.model, recipe, sizes, seed) for seed in seeds]
    devices.require(device, block_memory.most_bytes(sequences, preprocessor, models[0], recipe, len(seeds)))
    block = Block(sequences, preprocessor, models, recipe, seeds, device)
    left = saved.left(checkpoint, {*block.state(), "seeds"})
    if left and left["seeds"] == list(seeds):
        block.load(left)
        log.info("%s: going on after epoch %d", checkpoint, block.epoch)
    last_saved = time.monotonic()
    for _ in epochs(range(block.epoch, recipe.epochs)):
        block.run_epoch()
        if time.monotonic() - last_saved > SECONDS_BETWEEN_CHECKPOINTS:
            saved.write(checkpoint, block.state() | {"seeds": list(seeds)})
            log.info("epoch %d of %d: losses %s", block.epoch, recipe.epochs, block.losses_so_far()[-1])
            last_saved = time.monotonic()
    block.stack.unstack(block.averages or list(block.stack.weights), models)
    checkpoint.unlink(missing_ok=True)
    histories = zip(*block.losses_so_far(), strict=True)
    return [(model.to(device), list(history)) for model, history in zip(models, histories, strict=True)]


def _built(model: "SizedModel", recipe: "Recipe", sizes: tuple[int, int, int], seed: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(model, recipe, sizes)


class Block:
    """The training of a block, epoch by epoch."""

    def __init__(
        self,
        sequences: "SequenceSet[Tensor]",
        preprocessor: Preprocessor,
        models: Sequence[nn.Module],
        recipe: "Recipe",
        seeds: Sequence[int],
        device: torch.device,
    ):
        self.recipe = recipe
        self.seeds = seeds
        self.device = device
        self.sequences = replace(sequences, frames=moved(sequences.frames, device))
        on_device = {"mean": preprocessor.mean.to(device), "factor": preprocessor.factor.to(device)}
        self.preprocessor = replace(preprocessor, **on_device)
        self.stack = Stack(models, device)
        self.optimizer = build_optimizer(self.stack.weights, recipe)
        steps = math.ceil(len(sequences) / recipe.batch_size)
        self.schedule = build_schedule(self.optimizer, recipe, recipe.epochs * steps)
        self.averages = [level.detach().clone() for level in self.stack.weights] if recipe.ema_decay else []
        self.epoch = 0
        self.steps = 0
        self.history = torch.zeros(recipe.epochs, len(seeds), device=device)
        self.losses = torch.zeros(len(seeds), device=device)
        for level in self.stack.weights:
            level.grad = torch.zeros_like(level)

        size = min(recipe.batch_size, len(sequences))
        width = len(preprocessor.mean)
        if recipe.augmentation:
            most = -(-longest(sequences.lengths, recipe.augmentation) // preprocessor.frame_stride)
            self.shown = torch.zeros(len(seeds), int(most.sum()), width, device=device)
        else:
            self.unchanged = self.preprocessor(self.sequences)
            most = self.unchanged.lengths
            self.shown = self.unchanged.frames[None]
        masked = width if recipe.input_dropout else 0
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
        self.history[self.epoch] = total / len(self.sequences)
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
                lengths = self.unchanged.lengths
                first = 0
            masked = self.shown.shape[2] if self.recipe.input_dropout else 0
            of_seeds.append(Batches.drawn(lengths, first, self.sequences.labels, self.recipe, masked, generator))
        stacked = Batches.stack(of_seeds)
        return stacked.moved(self.device), stacked.lengths.amax((1, 2)).tolist()

    def _perform(self, number: int, generator: torch.Generator) -> Tensor:
        """Show a seed new performances; their lengths."""
        performed = self.preprocessor(augmented(self.sequences, self.recipe.augmentation, generator))
        self.shown[number, : len(performed.frames)] = performed.frames
        return performed.lengths

    def _gradients(self, steps: int) -> None:
        """The losses' sums and the clipped gradients of a batch of sequences of at most so many frames."""
        stack, recipe, batch = self.stack, self.recipe, self.batch
        reading = Reading.of(batch.lengths, steps, stack.order, stack.ways)
        rows = batch.first[:, None, :, None] + reading.slots.minimum((batch.lengths - 1)[:, None, :, None])
        x = self.shown.flatten(0, 1).index_select(0, rows.flatten()).view(*rows.shape, -1)
        if batch.kept is not None:
            x *= (batch.kept / (1 - recipe.input_dropout))[:, None, :, None]
        z = stack.run(x.flatten(2, 3), reading).transpose(0, 1).flatten(1, 2)
        log_y = log_probabilities(z, batch.lengths.flatten(), recipe, len(self.sequences.classes))
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
    def load(self, state: dict) -> None:
        """Go on from a state."""
        self.epoch = state["epoch"]
        self.steps = state["steps"]
        self.history.copy_(state["history"])
        self.stack.weights.load_state_dict(state["weights"])
        for average, of_state in zip(self.averages, state["averages"], strict=True):
            average.copy_(of_state)
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
