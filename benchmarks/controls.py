"""Is there a task on which derivatives of states are needed at equal numbers of parameters? A search with a budget.

    python benchmarks/controls.py --out benchmarks/controls.md

Each task's sequences are made anew at every step, so that nothing can be learnt by heart.
"""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import harness
import torch
import typer
from rich.progress import track
from torch import Tensor, nn

from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel
from drnn.training import device as devices
from drnn.training.models import build, count

FRAMES, BATCH, STEPS, TESTED, SEEDS = 30, 64, 1500, 4096, (0, 1, 2)
UNITS = (4, 8)
RATE, SCALE = 1e-2, 10.0
"""Learning rate at its highest, by one cycle; and the factor of the outputs in the softmax."""
NEEDED = 5.0
"""Points by which order 2 has to lead the LSTM of as many parameters, in every seed, for a task to count as found."""
MODELS = {
    "LSTM": {"order": 0},
    "order 1": {"order": 1},
    "order 2": {"order": 2},
    "LSTM, parameters of order 1": {"order": 0, "as_large_as": {"order": 1}},
    "LSTM, parameters of order 2": {"order": 0, "as_large_as": {"order": 2}},
}
PEER = "LSTM, parameters of order 2"

Task = Callable[[int], tuple[Tensor, Tensor]]
"""Number of sequences B → inputs (T, B, 2) and labels (B,) of two classes."""


def jumped(count: int, delay: int) -> tuple[Tensor, Tensor]:
    """A level that stays or jumps, and evidence that counts only so many frames after a jump."""
    jumps = torch.rand(FRAMES, count) < 0.3
    drawn = torch.rand(FRAMES, count) * 2 - 1
    last = torch.where(jumps, torch.arange(FRAMES)[:, None], 0).cummax(0).values
    level = drawn.gather(0, last)
    counts = torch.zeros(FRAMES, count)
    counts[delay:] = jumps[: FRAMES - delay].float()
    return _labelled(level, counts)


def accelerated(count: int) -> tuple[Tensor, Tensor]:
    """A position that moves at one speed or is pushed, and evidence that counts only at a push."""
    pushed = torch.rand(FRAMES, count) < 0.3
    speed = (pushed * torch.randn(FRAMES, count)).cumsum(0)
    speed = speed - speed.mean(0)
    position = speed.cumsum(0)
    return _labelled(position / position.std(), pushed.float())


def _labelled(shown: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Normal evidence beside what is shown; the label is the sign of the sum of what counts."""
    evidence = torch.randn(shown.shape)
    return torch.stack([shown, evidence], dim=2), ((counts * evidence).sum(0) > 0).long()


TASKS: dict[str, Task] = {
    "counts one frame after a jump": lambda count: jumped(count, 1),
    "counts two frames after a jump": lambda count: jumped(count, 2),
    "counts when the speed changes": accelerated,
}


def accuracy(model: str, task: Task, units: int, seed: int) -> tuple[float, int]:
    """Train one model on a task; its accuracy in % on new sequences, and its number of parameters."""
    torch.manual_seed(seed)
    layer = build(SizedModel.model_validate(MODELS[model]), Recipe(), (2, units, 2))
    optimizer = torch.optim.Adam(layer.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for _ in range(STEPS):
        x, labels = task(BATCH)
        optimizer.zero_grad()
        nn.functional.cross_entropy(SCALE * _last(layer, x), labels).backward()
        nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    x, labels = task(TESTED)
    with torch.no_grad():
        right = _last(layer, x).argmax(1) == labels
    return 100 * float(right.double().mean()), count(layer)


def _last(layer: nn.Module, x: Tensor) -> Tensor:
    """(B, 2) outputs z of the last frame."""
    return layer(x)[0][-1]


def measure() -> tuple[list[list[str]], list[str]]:
    """A row for each task, size and model; and the tasks and sizes that are found."""
    rows, found = [], []
    places = [(name, units) for name in TASKS for units in UNITS]
    for name, units in track(places, "tasks"):
        reached = {}
        for model in MODELS:
            each = [accuracy(model, TASKS[name], units, seed) for seed in SEEDS]
            reached[model] = [percent for percent, _ in each]
            mean, spread = statistics.mean(reached[model]), statistics.stdev(reached[model])
            listed = ", ".join(f"{percent:.1f}" for percent in reached[model])
            rows.append([f"{name}, {units} units: {model}", str(each[0][1]), f"{mean:.1f} ± {spread:.1f}", listed])
        if min(ours - theirs for ours, theirs in zip(reached["order 2"], reached[PEER], strict=True)) >= NEEDED:
            found.append(f"{name}, {units} units")
    return rows, found


def main(out: Annotated[Path | None, typer.Option(help="Markdown file; default: print")] = None) -> None:
    """Search all tasks and write what was tried."""
    devices.prepare(torch.device("cpu"))
    provenance = harness.provenance("1 thread")
    rows, found = measure()
    said = f"Found: {'; '.join(found)}." if found else "None was found."
    table = harness.table(["task, size and model", "parameters", "accuracy %", "seeds"], rows)
    text = TEXT.format(needed=NEEDED, said=said, table=table, steps=STEPS, batch=BATCH, frames=FRAMES, tested=TESTED)
    harness.write(out, text + "\n" + provenance + "\n")


TEXT = """# A task that needs derivatives of states, searched

A level or a position is seen, beside normal evidence in each frame. Evidence counts only at some frames, and the label
is the sign of the sum of what counts. When it counts follows from how the level changed, which a derivative of the
state shows. A task is found if order 2 leads the LSTM of as many parameters by {needed:g} points in every seed; this
rule was set beforehand. {said}

{table}

Sequences of {frames} frames, made anew in each of {steps:,} steps of {batch}; accuracy on {tested:,} new ones, mean and
deviation over the seeds, and each seed.
"""


if __name__ == "__main__":
    typer.run(main)
