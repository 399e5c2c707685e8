"""The layer's speed and memory beside torch's own LSTM and the literal loop, at seven sizes.

    python benchmarks/layer.py --out benchmarks/layer.md

One thread, float32, zero initial state; a training step is forward, cross-entropy of the last frame, backward and Adam.
The peer is ``nn.LSTM`` of the same input and hidden size, the first k of whose units are taken for the scores.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import harness
import torch
import typer
from layer_parts import INFERENCE, LARGE, TRAINING, parts_of_inference, parts_of_training
from layer_steps import LSTM, NETS, SHAPES, inference, operations, ratio_of_operations, training_step
from shapes import Shape


def speed(kind: Callable, shape: Shape, rounds: int, names=tuple(NETS), **options) -> dict[str, harness.Timing]:
    """Every net at one shape, one after the other in each round; several times in a row where it is short."""
    runs = {name: kind(name, shape, **options) for name in names}
    repeats = max(1, round(1e9 / operations(shape, 2, training=True)))
    return harness.side_by_side(runs, rounds, f"{kind.__name__}, {shape}", min(repeats, 20))


def row(shape: Shape, found: dict[str, harness.Timing]) -> list[str]:
    """A table's row: the peer's milliseconds, and for each net the ratio to it; bold where it is slower."""
    cells = [str(shape), f"{ratio_of_operations(shape, 0):.2f}, {ratio_of_operations(shape, 2):.2f}"]
    cells.append(f"{found[LSTM].milliseconds:.2f}")
    for name in list(NETS)[1:]:
        ratio = found[name].ratio
        cells.append(f"**{ratio:.2f}**" if ratio >= 1.005 else f"{ratio:.2f}")
    return cells


def first_calls() -> list[list[str]]:
    """CPU seconds of a first training step: of a process that has to compile and of a later one."""
    program = (
        "import time, torch, drnn; layer, x = drnn.DRNN(3, 4, 2), torch.zeros(5, 3, 3); nn = torch.nn.LSTM(3, 4);"
        "nn(x)[0].sum().backward(); start = time.process_time(); layer(x)[0].sum().backward();"
        "print(time.process_time() - start)"
    )
    with TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", program]
        runs = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)]
    return [[name, f"{float(run.stdout):.1f}"] for name, run in zip(("first", "later"), runs, strict=True)]


def long_sequences(rounds: int) -> list[list[str]]:
    """Torch's default flags and a loss on the last frame only, whose error decays on its way back."""
    torch.set_flush_denormal(False)
    names = (LSTM, "order 0", "order 1", "order 2")
    short, long = (SHAPES[-1]._replace(steps=steps) for steps in (50, 400))
    runs = {(name, shape): training_step(name, shape) for name in names for shape in (short, long)}
    timings = harness.side_by_side(runs, rounds, "long sequences")
    rows = []
    for name in names:
        at = {shape: timings[name, shape].milliseconds / shape.steps for shape in (short, long)}
        ratio = timings[name, long].milliseconds / timings[LSTM, long].milliseconds
        rows.append([name, f"{at[short]:.2f}", f"{at[long]:.2f}", f"{at[long] / at[short]:.2f}", f"{ratio:.3f}"])
    torch.set_flush_denormal(True)
    return rows


def memory(name: str, shape: Shape) -> float:
    """MiB that three training steps add to the resident peak of a process of their own."""
    program = f"import layer; layer.report_peak({name!r}, layer.Shape(*{tuple(shape)}))"
    here = Path(__file__).parent
    run = subprocess.run([sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True)
    return float(run.stdout)


def report_peak(name: str, shape: Shape) -> None:
    """Print what :func:`memory` returns, for this process."""
    torch.set_num_threads(1)
    step = training_step(name, shape)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak starts again from here
    before = _peak()
    for _ in range(3):
        step()
    print(_peak() - before)


def _peak() -> float:
    """MiB of memory that this process has held at most (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    rounds: Annotated[int, typer.Option(help="times that each is timed, where a round is long")] = 15,
) -> None:
    """Measure, print and keep the table."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    provenance = harness.provenance()
    trained = [row(shape, speed(training_step, shape, rounds)) for shape in SHAPES]
    inferred = [row(shape, speed(inference, shape, rounds)) for shape in SHAPES]
    every = [row(shape, speed(training_step, shape, rounds, every_frame=True)) for shape in SHAPES[-1:]]
    peaks = [[f"{shape}", name, f"{memory(name, shape):.0f}"] for shape in SHAPES[-2:] for name in NETS]
    where_trained = [row for shape in SHAPES for row in parts_of_training(shape, rounds)]
    where_inferred = [parts_of_inference(shape, rounds) for shape in SHAPES]
    columns = ["n→m, k, B, T", "operations of order 0, 2", "nn.LSTM, ms", *list(NETS)[1:]]
    per_frame = ["", "CPU ms a frame, T=50", "T=400", "T=400 / T=50", "T=400, ratio to nn.LSTM"]
    text = TEMPLATE.format(
        provenance=provenance,
        rounds=rounds,
        large=LARGE,
        training=harness.table(columns, trained),
        every=harness.table(columns, every),
        inference=harness.table(columns, inferred),
        where_trained=harness.table(TRAINING, where_trained),
        where_inferred=harness.table(INFERENCE, where_inferred),
        first=harness.table(["", "CPU s"], first_calls()),
        long=harness.table(per_frame, long_sequences(max(3, rounds // 3))),
        memory=harness.table(["", "", "MiB"], peaks),
    )
    harness.write(out, text)


TEMPLATE = """# The layer's speed

{provenance}
The machine was shared with other programs meanwhile; so CPU time counts, and each round times all, one after the other.

CPU time as a ratio to `nn.LSTM` of the same size; **bold** where it is slower. Medians over the rounds of the ratio in
a round, {rounds} rounds; short ones run up to 20 times in a row. Beside it the ratio of the operations of a forward
pass: a higher order has more of them. One thread, float32; nothing here was run on a GPU.

## Training step: forward, loss of the last frame, backward, Adam

Denormal numbers are flushed to zero for all (`torch.set_flush_denormal(True)`), as in this package's trainings.

{training}

## Training step, loss of every frame

{every}

## Inference

{inference}

## Where a step of training spends its time

CPU milliseconds, in a session of their own. Operations: those of the step's matrix products at the rate of a large
product ({large} × {large}), measured in between; what forward and backward take beyond that is the price of small
products, of packing, and of what is done number by number.

{where_trained}

## Where the time of inference goes

Order 2, CPU milliseconds. One frame: a call with a single frame, nearly all of it preparation: the weights are packed
for the products at each call. Products: the matrix products of all frames alone, by the layer's own function, called
from Python, which counts at the smallest size. Rest: the whole less these two, what is done number by number.

{where_inferred}

## First training step of a process

The first process compiles the kernel; later ones find the machine code on disk.

{first}

## Long sequences, torch's default flags, loss on the last frame only

{long}

## Memory: what a training step adds to the resident peak

{memory}
"""

if __name__ == "__main__":
    typer.run(main)
