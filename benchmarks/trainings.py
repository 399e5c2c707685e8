"""How far the trainings of a recipe are above their FLOP floor: whole trainings of the real step, timed one by one.

    python benchmarks/trainings.py msr_action3d odd_even_567 tuned --out benchmarks/trainings.md

The features have to be there (`snakemake --cores 2 features_msr_action3d`). Nothing else should run meanwhile.
"""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import harness
import layer_steps
import torch
import typer
from shapes import Shape

from drnn.config.training import Training
from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.plan.runs import Run, told
from drnn.steps import train
from drnn.training import device as devices
from drnn.training.augment import augmented

ROUNDS, SQUARES, SEEDS = 3, (1024, 2048), 10
DRAWS = 20  # epochs over which the frames are counted
HEADER = ["", "CPU s", "TFLOP", "over the floor"]


def timed(run: Run) -> float:
    """CPU seconds of one training by the real step, from reading its features to writing its file."""
    params, inputs = told([run])
    with TemporaryDirectory() as folder:
        started = time.process_time()
        train.run(params, inputs, {"trainings": Path(folder, "block.h5")}, Machine(device="cpu"))
        return time.process_time() - started


def operations(run: Run) -> float:
    """Floating point operations of a training's products, on the frames that sequences have after augmentation."""
    training = Training(**run.told, seed=run.seed)
    recipe = training.recipe
    sequences, _ = SequenceSet.load(run.features).converted(torch.from_numpy).sides()
    drawn = [sequences] * DRAWS
    if recipe.augmentation:
        drawn = [augmented(sequences, recipe.augmentation) for _ in drawn]
    steps = statistics.mean(int((-(-one.lengths // recipe.frame_stride)).sum()) for one in drawn)
    inputs = sequences.frames.shape[1] * (1 + len(recipe.differences))
    shape = Shape(inputs, training.hidden_size, len(sequences.classes), 1, steps)
    once = layer_steps.operations(shape, training.model.order, training=True)
    return recipe.epochs * (1 + recipe.bidirectional) * once


def measure(dataset: str, protocol: str, recipe: str) -> tuple[list[list[str]], float]:
    """A row for each compared model and one for the whole table of `SEEDS` seeds; the rate of a large product."""
    devices.prepare(torch.device("cpu"))
    plan = Plan.load("paper", [dataset])
    models = plan.params.datasets[dataset].models
    names = {"dataset": dataset, "protocol": protocol, "recipe": recipe, "split": "0", "seed": "0"}
    runs = {run.names["model"]: run for run in plan.runs if names.items() <= run.names.items()}
    rates, seconds = [], {model: [] for model in models}
    for _ in range(ROUNDS):
        for model in models:
            rates += map(harness.rate, SQUARES)
            seconds[model].append(timed(runs[model]))
    rate, rows, totals = max(rates), [], [0.0, 0.0]
    for model in models:
        took, flop = statistics.median(seconds[model]), operations(runs[model])
        totals = [totals[0] + SEEDS * took, totals[1] + SEEDS * flop]
        rows.append([model, f"{took:.1f}", f"{flop / 1e12:.2f}", f"{took * rate / flop:.2f}"])
    whole = [f"{totals[0]:.0f}", f"{totals[1] / 1e12:.1f}", f"{totals[0] * rate / totals[1]:.2f}"]
    return [*rows, [f"{len(models)} models × {SEEDS} seeds", *whole]], rate


def main(
    dataset: str,
    protocol: str,
    recipe: str,
    out: Annotated[Path | None, typer.Option(help="Markdown file; default: print")] = None,
) -> None:
    """Time one training of each compared model, three times, and compare with the floor."""
    provenance = harness.provenance("1 thread")
    rows, rate = measure(dataset, protocol, recipe)
    text = TEXT.format(title=f"{dataset}, {protocol}, recipe {recipe}", table=harness.table(HEADER, rows))
    harness.write(out, text + NOTE.format(rounds=ROUNDS, rate=rate / 1e9, provenance=provenance))


TEXT = "# Trainings over their FLOP floor: {title}\n\n{table}\n"
NOTE = """
CPU seconds of whole trainings by the real step, from reading the features to writing the files, one thread; medians of
{rounds} rounds in which each model is trained once. The last row is computed from those above it. The floor is the
operations of the matrix products on the frames that the sequences have after augmentation, at the rate of the fastest
large product in between, {rate:.0f} GFLOP/s.

{provenance}
"""


if __name__ == "__main__":
    typer.run(main)
