"""Steps on little and on ten times as much, in a process of their own: what they hold in memory at most.

    python benchmarks/memory_steps.py --out benchmarks/memory_steps.md

And a training whose features stay in their file, against one that has them in memory. Needs 8 GB of disk.
"""

import json
import statistics
import subprocess
import sys
import time
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NamedTuple
from unittest import mock

import harness
import numpy as np
import typer

from drnn.arrays import writing
from drnn.config.model import Model
from drnn.config.recipe import Recipe
from drnn.config.training import training_key
from drnn.datasets import store
from drnn.datasets.archive import write_store
from drnn.datasets.kth_sequences import LIST
from drnn.datasets.scene import HEIGHT, WIDTH
from drnn.datasets.store import SequenceSet
from drnn.datasets.synthetic_kth import Synthesis, sequences, videos
from drnn.evaluation.scores import Scores, save_scores
from drnn.features.hog3d import DIMENSIONS
from drnn.features.shared_projection import Shared
from drnn.features.sketch import Sketch
from drnn.machine import Machine
from drnn.steps import train
from drnn.steps.shared.bases import save_basis
from drnn.steps.shared.sketches import save_sketches

KEY = "0123456789"
POSITIONS = 56  # of the grid in pictures of 160×120
CLASSES = list("abcdef")
CHILD = """
import importlib, json, sys
from pathlib import Path
from drnn.datasets import store
from drnn.machine import Machine
step, limit, orders = json.loads(sys.argv[1])
store.IN_MEMORY = limit
module = importlib.import_module(f"drnn.steps.{step}")
for order in orders[:1] + orders:  # what is compiled or loaded once is so before
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
    module.run(*order, Machine(device="cpu"))
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print("peak", 1024 * int(peak.split()[1]))
"""


class Order(NamedTuple):
    """What a step is told: its parameters, its inputs and its outputs."""

    params: dict
    inputs: dict
    outputs: dict


def peaks(step: str, orders: list[Order], in_memory: int) -> list[int]:
    """Bytes that a process holds at most during each of these orders (on Linux alone).

    Features of up to ``in_memory`` bytes are kept in memory.
    """
    told = json.dumps([step, in_memory, orders], default=str)
    done = subprocess.run([sys.executable, "-c", CHILD, told], check=True, capture_output=True, text=True)
    return [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("peak ")][1:]


def held(order: Order) -> int:
    """Bytes of all data of an order, were they in memory: of the inputs' files, or of the grey frames of videos."""
    paths = chain.from_iterable(one if isinstance(one, list) else [one] for one in order.inputs.values())
    return order.params.get("bytes") or sum(path.stat().st_size for path in paths)


def of_videos(
    step: str, folder: Path, count: int, frames: int, sketch: tuple = (100, 50, 30), basis: tuple = (1, 20, 50)
) -> Order:
    """A subject's videos: the same one under so many names.

    ``sketch`` has landmarks, chunk and rank; ``basis`` how many there are, their shared directions and components.
    """
    whole = Synthesis(subjects=1)
    ((_, content), *_) = videos(Synthesis(videos=1, frames=frames))
    names = sorted(video.filename for video in whole)[:count]
    write_store([*((name, content) for name in names), (LIST, sequences(whole))], folder / "videos.zip")
    told = {"reader": "kth", "grid": "dense_3scale", "subjects": [1], "bytes": count * frames * WIDTH * HEIGHT}
    inputs = {"recordings": folder / "videos.zip"}
    if step == "sketch":
        told |= dict(zip(("landmarks", "chunk", "rank"), sketch, strict=True))
        return Order(told, inputs, {"sketches": folder / "out.h5"})
    draw = np.random.default_rng(0)
    bases, directions, components = basis
    paths = [folder / f"basis@{n:010}.h5" for n in range(bases)]
    for path in paths:
        cells = draw.standard_normal((directions, POSITIONS * DIMENSIONS // 4), np.float32)
        mixing = draw.standard_normal((components, 4 * directions), np.float32)
        save_basis(path, Shared(cells, mixing), {"train": [1], "test": [2]})
    return Order(told, inputs | {"bases": paths}, {"projections": folder / "out.h5"})


def of_sketches(step: str, folder: Path, subjects: int, rows: int, dimensions: int) -> Order:
    """Random sketches of so many subjects, of whom all but one train."""
    draw = np.random.default_rng(0)
    path = folder / f"part0@{KEY}.h5"
    about = ({"subject": n, "videos": {}, "faults": {}} for n in range(1, subjects + 1))
    save_sketches(path, ((_sketch(draw, rows, dimensions), one) for one in about))
    if step == "gram":
        return Order({}, {"sketches": [path]}, {"gram": folder / "gram.h5"})
    rule = {"train": {"subject": list(range(2, subjects + 1))}, "test": {"subject": [1]}, "leave_out": []}
    told = {"n_components": rows // 2, "center": True, "directions": None, "protocol": rule, "split": 0}
    with writing(folder / "gram.h5", {}):
        pass  # of so many training subjects it is not asked
    return Order(told, {"sketches": [path], "gram": folder / "gram.h5"}, {"basis": folder / "basis.h5"})


def _sketch(draw: np.random.Generator, rows: int, dimensions: int) -> Sketch:
    return Sketch.of(draw.standard_normal((rows, dimensions), np.float32))


def of_features(folder: Path, count: int, frames: int, values: int, hidden: int) -> Order:
    """Random features of which two sequences train, and a model of order 2 that learnt from them for one epoch."""
    path, few = (folder / f"{name}@{KEY}.h5" for name in ("features", "few"))
    write_features(path, count, frames, values, 2)
    write_features(few, 4, 4, values, 2)
    told = {"recipe": Recipe(epochs=1).model_dump(), "model": Model(order=2).model_dump(), "hidden_size": hidden}
    block = folder / f"block@{KEY}.h5"
    train.run(told | {"seeds": [[0]]}, {"features": [few]}, {"trainings": block}, Machine(device="cpu"))
    asked = {"run": {"model": "drnn2"}, "key": training_key(told, 0, few)}
    return Order(asked, {"features": path, "trainings": block}, {"behaviour": folder / "behaviour.h5"})


def write_features(path: Path, count: int, frames: int, values: int, train: int) -> None:
    """Random features, of which never more than a sequence is in memory."""
    draw = np.random.default_rng(0)
    labels = np.arange(count) % len(CLASSES)
    about = {"train": train, "groups": {"hog3d": [0, values]}}
    known = (np.full(count, frames), labels, labels, list(map(str, range(count))), CLASSES, about)
    parts = (draw.standard_normal((frames, values), np.float32) for _ in range(count))
    SequenceSet(np.empty((0, values), np.float32), *known).save_parts(path, parts, values)


def of_runs(folder: Path, runs: int, tests: int, classes: int) -> Order:
    """So many seeds of a model, each with random scores of all test sequences."""
    draw = np.random.default_rng(0)
    names = np.array([f"s{n}" for n in range(tests)])
    subjects, labels = np.arange(tests) % 5, np.arange(tests) % classes
    facts = {"device": "cpu", "versions": {}, "input_size": 4, "parameters": 9, "length": 5, "noise": 0.0}
    facts |= {"train_accuracy": 0.5}
    paths = []
    for seed in range(runs):
        path = folder / f"seed@{seed:010}.h5"
        scores = draw.standard_normal((tests, classes))
        save_scores(path, {path.stem[-10:]: Scores(names, subjects, labels, scores, 9, facts, np.ones(2))})
        paths.append(path)
    about = {"repairs": {}, "listed": tests, "excluded": {}}
    known = (np.ones(tests, int), labels, subjects, names.tolist(), list(map(str, range(classes))), about)
    SequenceSet(np.empty((tests, 0), np.float32), *known).save(folder / "sequences.h5")
    told = {"dataset": "d", "source": "d", "models": {"l": {"order": 0}}, "baselines": {}, "compared": ["l"]}
    told |= {"synthetic": False, "hidden_size": 4, "protocols": ["p"], "recipes": ["r"], "settings": {}, "keys": {}}
    asked = {"facts": told, "runs": [["p", "r", "l", 0, seed, path.stem[-10:]] for seed, path in enumerate(paths)]}
    outputs = {"predictions": folder / "predictions.csv", "metrics": folder / "metrics.json"}
    return Order(asked, {"trainings": paths, "sequences": folder / "sequences.h5"}, outputs)


SMALL = {
    "sketch": [partial(of_videos, "sketch", count=count, frames=150) for count in (2, 20)],
    "project": [partial(of_videos, "project", count=count, frames=150) for count in (2, 20)],
    "gram": [partial(of_sketches, "gram", subjects=count, rows=20, dimensions=50_000) for count in (10, 100)],
    "basis": [partial(of_sketches, "basis", subjects=count, rows=20, dimensions=15_000) for count in (34, 340)],
    "behaviour": [partial(of_features, count=count, frames=50, values=500, hidden=4) for count in (66, 642)],
    "metrics": [partial(of_runs, runs=count, tests=1000, classes=200) for count in (4, 40)],
}
"""Step → how little, and how ten times as much of its data is made in a folder; a test's."""
FULL = {
    "sketch": ("videos of a subject", (2, 20), partial(of_videos, "sketch", frames=483, sketch=(3000, 1000, 300))),
    "project": ("videos of a subject", (2, 20), partial(of_videos, "project", frames=483, basis=(6, 700, 450))),
    "gram": ("subjects", (10, 60), partial(of_sketches, "gram", rows=300, dimensions=5_600)),
    "basis": ("subjects", (34, 340), partial(of_sketches, "basis", rows=100, dimensions=5_600)),
    "behaviour": ("sequences", (34, 322), partial(of_features, frames=474, values=450, hidden=300)),
    "metrics": ("sequences", (275, 2750), partial(of_runs, runs=220, classes=20)),
}
"""Step → what grows, from what to what, and how it is made at the paper's sizes but for narrower sketches."""
COUNTS = {"metrics": "tests", "gram": "subjects", "basis": "subjects"}


def step_row(step: str) -> list[str]:
    """What a step's data are, little and much, and what the process holds."""
    what, counts, make = FULL[step]
    with TemporaryDirectory() as root:
        orders = []
        for count in counts:
            folder = Path(root, str(count))
            folder.mkdir()
            orders.append(make(folder=folder, **{COUNTS.get(step, "count"): count}))
        found = peaks(step, orders, in_memory=2**28)
        sizes = [held(order) for order in orders]
    return [f"{step}, {counts[0]} and {counts[1]} {what}", *(f"{n / 1e9:.2f}" for n in (*sizes, *found))]


def epochs(rounds: int = 3) -> list[list[float]]:
    """CPU seconds of the step with one epoch, features in memory and in their file, in turn."""
    told = {"recipe": Recipe(epochs=1).model_dump(), "model": Model(order=2).model_dump(), "hidden_size": 300}
    spent: list[list[float]] = [[], []]
    with TemporaryDirectory() as root:
        path = Path(root, f"features@{KEY}.h5")
        write_features(path, 84, 474, 450, 80)
        for _ in range(rounds + 1):
            for of_kind, limit in zip(spent, (2**40, 0), strict=True):
                with mock.patch.object(store, "IN_MEMORY", limit):
                    start = time.process_time()
                    block = {"trainings": Path(root, f"block{len(of_kind)}_{limit}@{KEY}.h5")}
                    train.run(told | {"seeds": [[len(of_kind)]]}, {"features": [path]}, block, Machine(device="cpu"))
                    of_kind.append(time.process_time() - start)
                block["trainings"].unlink()
    return [of_kind[1:] for of_kind in spent]


def main(out: Annotated[Path | None, typer.Option(help="file for the table")] = None) -> None:
    """Measure, print and keep the tables."""
    provenance = harness.provenance("1 thread")
    memory, disk = map(statistics.median, epochs())
    header = ["step", "GB of data, little", "and much", "GB at most, little", "and much"]
    table = harness.table(header, [step_row(step) for step in FULL])
    known = {"memory": memory, "disk": disk, "ratio": memory / disk}
    harness.write(out, TEXT.format(provenance=provenance, table=table, **known))


TEXT = """# Memory of the other steps, and reading from disk

{provenance}

The largest resident size of a step's process, on random data: little of it, and about ten times as much. The data are
what they would be in memory. Sketches have 5,600 dimensions, a tenth of KTH's, and for `basis` 100 rows, a third: at
full size it holds more, whatever the number of subjects. All else has the paper's sizes.

{table}

A training of order 2 on 80 sequences of KTH-1's size, one epoch, reading and scoring included: {memory:.2f} CPU s with
its features in memory, {disk:.2f} with these in their file. The throughput from the file is {ratio:.2f} of that from
memory (medians of 3, in turn, one process).
"""

if __name__ == "__main__":
    typer.run(main)
