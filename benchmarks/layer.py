"""The layer's speed and memory beside torch's own recurrent layers, the literal loop and the FLOP floor.

    python benchmarks/layer.py --out benchmarks/layer.md

One thread, float32, zero initial state; a training step is forward, cross-entropy, backward and Adam. The peer is
``nn.LSTM`` of the same input and hidden size, the first k of whose units are taken for the scores.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import harness
import torch
import typer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from drnn.layers import DRNN
from drnn.layers.products import linear


class Shape(NamedTuple):
    """A batch: n inputs, m units, k classes, B sequences of T frames."""

    n: int
    m: int
    k: int
    batch: int
    steps: int

    def __str__(self) -> str:
        name = {583: "MSR", 450: "KTH"}[self.n]
        return f"{name} n={self.n} m={self.m} k={self.k}, B={self.batch} T={self.steps}"


MSR = [Shape(583, 400, 20, batch, 50) for batch in (32, 16, 64)]
KTH = [Shape(450, 300, 6, 32, steps) for steps in (200, 60, 400)]
LSTM, BF16, LITERAL = "nn.LSTM", "order 2, bfloat16 products", "order 2, literal loop"
NETS: dict[str, Callable[[Shape], nn.Module]] = {
    LSTM: lambda s: nn.LSTM(s.n, s.m),
    "nn.GRU": lambda s: nn.GRU(s.n, s.m),
    "order 0": lambda s: DRNN(s.n, s.m, s.k, order=0),
    "order 1": lambda s: DRNN(s.n, s.m, s.k, order=1),
    "order 2": lambda s: DRNN(s.n, s.m, s.k, order=2),
    BF16: lambda s: DRNN(s.n, s.m, s.k, order=2),
    LITERAL: lambda s: DRNN(s.n, s.m, s.k, order=2, implementation="reference"),
}


def training_step(name: str, shape: Shape, every_frame: bool = False) -> Callable[[], None]:
    """Forward, loss of the last frame or of every frame, backward, Adam."""
    net, x, labels = NETS[name](shape), torch.randn(shape.steps, shape.batch, shape.n), _labels(shape)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4, fused=True)

    def step() -> None:
        torch.set_float32_matmul_precision("medium" if name == BF16 else "highest")
        scores = net(x)[0][..., : shape.k]
        loss = _every_frame(scores, labels) if every_frame else cross_entropy(scores[-1], labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def inference(name: str, shape: Shape) -> Callable[[], None]:
    """Forward, no gradients."""
    net, x = NETS[name](shape).eval(), torch.randn(shape.steps, shape.batch, shape.n)

    @torch.no_grad()
    def step() -> None:
        torch.set_float32_matmul_precision("medium" if name == BF16 else "highest")
        net(x)

    return step


def operations(shape: Shape, order: int, training: bool) -> float:
    """Floating point operations of the matrix products; x needs no gradient, and dⁿs, n ≥ 1, passes none back."""
    n, m, k = shape.n, shape.m, shape.k
    forward = (n + k) * (3 * m + k) + (order + 1) * m * (2 * m + k) + m * k
    errors = 2 * m * (m + k) + (m + k) * k + 2 * k * m
    return 2.0 * shape.batch * shape.steps * (2 * forward + errors if training else forward)


def product() -> None:
    """A product of 1024 × 1024 matrices, 2 · 1024³ operations: what this machine can do."""
    linear(*_SQUARE)


_SQUARE = torch.randn(2, 1024, 1024)


def _labels(shape: Shape) -> Tensor:
    return torch.randint(shape.k, (shape.batch,))


def _every_frame(scores: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(scores.flatten(0, 1), labels.repeat(len(scores)))


def speed(kind: Callable, label: str, shape: Shape, rounds: int, names=tuple(NETS), **options) -> list[list[str]]:
    """A table's rows: every net at one shape."""
    runs = {name: kind(name, shape, **options) for name in names}
    timings = harness.side_by_side({**runs, "product": product}, rounds, f"{label}, {shape}")
    rate = 2 * 1024**3 / timings["product"].milliseconds
    rows = []
    for name in names:
        timing, floor = timings[name], ""
        if name.startswith("order"):
            order = int(name.removeprefix("order ")[0])
            floor = f"{timing.milliseconds * rate / operations(shape, order, kind is training_step):.2f}"
        times = f"{timing.milliseconds:.1f}", f"{timing.wall_milliseconds:.1f}"
        rows.append([f"{label}, {shape}", name, *times, f"{timing.ratio:.2f}", floor])
    return rows


def long_sequences(rounds: int) -> list[list[str]]:
    """Torch's default flags and a loss on the last frame only, whose error decays on its way back."""
    torch.set_flush_denormal(False)
    names = (LSTM, "order 0", "order 1", "order 2")
    short, long = KTH[0]._replace(steps=50), KTH[0]._replace(steps=400)
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
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = _peak()
    for _ in range(3):
        step()
    print(_peak() - before)


def _peak() -> float:
    """MiB of memory that this process has held at most (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    rounds: Annotated[int, typer.Option(help="times that each is timed")] = 15,
) -> None:
    """Measure, print and keep the table."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    provenance = harness.provenance()
    trained = [row for shape in MSR + KTH for row in speed(training_step, "last frame", shape, rounds)]
    trained += speed(training_step, "every frame", KTH[0], rounds, every_frame=True)
    inferred = [row for shape in (MSR[0], KTH[0]) for row in speed(inference, "inference", shape, rounds)]
    peaks = [[f"{shape}", name, f"{memory(name, shape):.0f}"] for shape in (MSR[0], KTH[0]) for name in NETS]
    columns = ["", "", "CPU ms", "wall ms", "CPU, ratio to nn.LSTM", "over the FLOP floor"]
    per_frame = ["", "CPU ms a frame, T=50", "T=400", "T=400 / T=50", "T=400, ratio to nn.LSTM"]
    text = TEMPLATE.format(
        provenance=provenance,
        rounds=rounds,
        training=harness.table(columns, trained),
        inference=harness.table(columns, inferred),
        long=harness.table(per_frame, long_sequences(max(3, rounds // 3))),
        memory=harness.table(["", "", "MiB"], peaks),
    )
    harness.write(out, text)


TEMPLATE = """# The layer's speed

{provenance}

Medians of {rounds} rounds in which each is timed once; the ratio is the median of the rounds' ratios. The FLOP floor
is the operations of the matrix products over the rate of a 1024³ product measured in the same rounds. One thread,
float32, one CPU; nothing here was run on a GPU.

## Training step: forward, loss, backward, Adam

Denormal numbers are flushed to zero for all (`torch.set_flush_denormal(True)`), as in this package's trainings.

{training}

## Inference

{inference}

## Long sequences, torch's default flags, loss on the last frame only

{long}

## Memory: what a training step adds to the resident peak

{memory}
"""

if __name__ == "__main__":
    typer.run(main)
