"""All that changes in a training: a model, its optimiser and schedule, and the running mean of its weights."""

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from drnn.training.batches import shuffled
from drnn.training.recipe import build_optimizer, build_schedule, log_probabilities, smoothed_loss
from drnn.training.shown import Shown

if TYPE_CHECKING:
    from drnn.config.recipe import Recipe


class Learner:
    """A model that a recipe trains.

    Args:
        layer: the model, on its device.
        recipe: how it is trained.
        sequences: how many train, from which the number of steps follows.
    """

    def __init__(self, layer: nn.Module, recipe: "Recipe", sequences: int):
        self.layer = layer
        self.device = next(layer.parameters()).device
        self.recipe = recipe
        self.optimizer = build_optimizer(layer, recipe)
        self.schedule = build_schedule(self.optimizer, recipe, recipe.epochs * math.ceil(sequences / recipe.batch_size))
        self.parts = {"layer": layer, "optimizer": self.optimizer, "schedule": self.schedule}
        self.average = None
        if recipe.ema_decay:
            self.average = AveragedModel(layer, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
            self.parts["average"] = self.average

    @property
    def kept(self) -> nn.Module:
        """The model that a training ends with."""
        return self.average.module if self.average else self.layer

    def state_dict(self) -> dict:
        """The state of every part."""
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state: dict) -> None:
        """Go on from a state."""
        for name, part in self.parts.items():
            part.load_state_dict(state[name])

    def epoch(self, shown: Shown) -> float:
        """One pass over what is shown in a new order; the mean loss."""
        self.layer.train()
        recipe = self.recipe
        total = torch.zeros((), device=self.device)
        sequences = shown.sequences
        order = shuffled(shown.lengths, recipe.batch_size, recipe.bucket_by_length, torch.default_generator)
        for batch, x, lengths in shown.batches(order):
            if recipe.input_dropout:
                kept = torch.rand(x.shape[1:]) >= recipe.input_dropout  # one mask a sequence
                x *= kept / (1 - recipe.input_dropout)
            labels = sequences.labels[batch].to(self.device)
            loss = self._step(x.to(self.device), lengths, labels, len(sequences.classes))
            total += loss * len(batch)
        return total.item() / len(sequences)

    def _step(self, x: Tensor, lengths: Tensor, labels: Tensor, classes: int) -> Tensor:
        """One step of the optimiser; the loss of the batch before it."""
        z, _ = self.layer(x, lengths=lengths)
        log_y = log_probabilities(z, lengths, self.recipe, classes)
        loss = smoothed_loss(log_y, labels, self.recipe.label_smoothing).mean()
        self.optimizer.zero_grad()
        loss.backward()
        if self.recipe.clip_norm is not None:
            clip_grad_norm_(self.layer.parameters(), self.recipe.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        if self.average:
            self.average.update_parameters(self.layer)
        return loss.detach()
