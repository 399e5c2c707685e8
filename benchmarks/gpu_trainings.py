"""Whole trainings for benchmarks/gpu.py: ten seeds in a block, the same on the CPU, and what the record would take."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import NamedTuple

import gpu_data
import torch
from torch import nn

from drnn.training import block_memory
from drnn.training import device as devices
from drnn.training.block import Block, fit_block
from drnn.training.fit import fit, scores
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor

CPU = torch.device("cpu")


class Case(NamedTuple):
    """A training of synthetic skeletons by the recipe `tuned`."""

    order: int
    hidden: int
    epochs: int
    subjects: int
    repetitions: int

    @property
    def data(self) -> gpu_data.Data:
        """What it trains and is tested on."""
        return gpu_data.skeletons(self.subjects, self.repetitions)

    def training(self, seed: int = 0) -> SimpleNamespace:
        """What a training is told."""
        recipe = gpu_data.recipe("tuned", epochs=self.epochs)
        return gpu_data.training(recipe, gpu_data.model(self.order), self.hidden, seed)


class Trained(NamedTuple):
    """What a block of seeds gave."""

    accuracies: list[float]
    losses: list[float]
    seconds: float
    held: int  # bytes at most
    bound: int


def on_device(case: Case, seeds: range, device: torch.device) -> Trained:
    """All seeds at once."""
    data, training = case.data, case.training()
    preprocessor = Preprocessor.fit(data.train, training.recipe)
    form = build(training.model, training.recipe, (len(preprocessor.mean), case.hidden, gpu_data.CLASSES))
    bound = block_memory.most_bytes(data.train, preprocessor, form, training.recipe, len(seeds))
    if device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        found = fit_block(data.train, preprocessor, training, seeds, device, Path(folder) / "checkpoint")
        seconds = time.perf_counter() - start
    held = torch.cuda.max_memory_allocated() - before if device.type == "cuda" else 0
    accuracies = [accuracy(layer, data, preprocessor, training.recipe) for layer, _ in found]
    return Trained(accuracies, [history[-1] for _, history in found], seconds, held, bound)


def accuracy(layer: nn.Module, data: gpu_data.Data, preprocessor: Preprocessor, recipe: SimpleNamespace) -> float:
    """On the test sequences, in per cent, scored on the CPU."""
    scored = scores(layer.to(CPU), data.test, preprocessor, recipe, CPU)
    return 100 * (scored.argmax(1) == data.test.labels).float().mean().item()


def on_cpu(case: Case, seed: int) -> tuple[float, float, float]:
    """Accuracy, last loss and seconds of one seed alone, by one thread."""
    devices.prepare(CPU)
    data, training = case.data, case.training(seed)
    preprocessor = Preprocessor.fit(data.train, training.recipe)
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        layer, history = fit(data.train, preprocessor, training, CPU, Path(folder) / "checkpoint")
        seconds = time.perf_counter() - start
    return accuracy(layer, data, preprocessor, training.recipe), history[-1], seconds


def all_on_cpu(cases: list[Case], seeds: range) -> dict[Case, list[tuple[float, float, float]]]:
    """Each case's seeds, as many at once as there are processors."""
    runs = [(case, seed) for case in cases for seed in seeds]
    with ProcessPoolExecutor(min(len(runs), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(on_cpu, *zip(*runs, strict=True)))
    return {case: [result for (of, _), result in zip(runs, found, strict=True) if of == case] for case in cases}


class Kind(NamedTuple):
    """Trainings of the record that take the same time: blocks of so many seeds each."""

    words: str
    recipe: str
    order: int
    blocks: int
    seeds: int
    changes: dict = {}  # noqa: RUF012  # of the model's block

    @property
    def trainings(self) -> int:
        """How many there are in all."""
        return self.blocks * self.seeds


LARGE = {"as_large_as": gpu_data.model(2)}
RECORD = (
    Kind("paper, order 0, two protocols", "paper", 0, 2, 10),
    Kind("paper, order 1, two protocols", "paper", 1, 2, 10),
    Kind("paper, order 2, two protocols", "paper", 2, 2, 10),
    Kind("tuned, order 0", "tuned", 0, 2, 10),
    Kind("tuned, order 1", "tuned", 1, 2, 10),
    Kind("tuned, order 2", "tuned", 2, 2, 10),
    Kind("tuned, order 3", "tuned", 3, 1, 10),
    Kind("tuned, order 4", "tuned", 4, 1, 10),
    Kind("tuned, order 0 of as many parameters as order 2", "tuned", 0, 1, 10, LARGE),
    Kind("tuned, order 2, truncation strict", "tuned", 2, 1, 10, {"truncation": "strict"}),
    Kind("tuned, order 2, truncation none", "tuned", 2, 1, 10, {"truncation": "none"}),
    Kind("tuned, ten random splits, order 0", "tuned", 0, 10, 1),
    Kind("tuned, ten random splits, order 1", "tuned", 1, 10, 1),
    Kind("tuned, ten random splits, order 2", "tuned", 2, 10, 1),
)
"""Of the record's 220 trainings those that a block takes."""


def seconds_of(kind: Kind, device: torch.device, hidden: int | None = None) -> tuple[float, float]:
    """Seconds before the first epoch, graphs included, and seconds an epoch, of a block on sequences like the record's.

    The start is that of the first three epochs, in which most graphs are captured, less what three later ones take.
    """
    recipe = gpu_data.recipe(kind.recipe)
    sequences = gpu_data.recorded(gpu_data.FEATURES[kind.recipe])
    preprocessor = Preprocessor.fit(sequences, recipe)
    sizes = len(preprocessor.mean), hidden or gpu_data.HIDDEN[kind.recipe], gpu_data.CLASSES
    times = [time.perf_counter()]
    models = [build(gpu_data.model(kind.order, **kind.changes), recipe, sizes) for _ in range(kind.seeds)]
    block = Block(sequences, preprocessor, models, recipe, range(kind.seeds), device)
    for _ in range(2):
        for _ in range(3):
            block.run_epoch()
        block.losses_so_far()  # waits for the device
        times.append(time.perf_counter())
    first, later = (end - start for start, end in pairwise(times))
    return max(0.0, first - later), later / 3
