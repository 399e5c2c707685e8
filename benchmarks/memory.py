"""Peak memory of one training on as many features as KTH's, and on ten times as many.

    python benchmarks/memory.py --out benchmarks/memory.md

The features are random numbers; each training has one epoch, in a process of its own. Needs 6 GB of disk.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import harness
import numpy as np
import typer

from drnn.config.model import Model
from drnn.config.recipe import Recipe
from drnn.datasets.store import SequenceSet
from drnn.machine import Machine
from drnn.steps import train

SEQUENCES, FRAMES, SIZE = 599, 474, 450  # KTH-1: its videos, their described frames on average, the paper's features
TRAINING = 384 / 599
TIMES = (1, 10)
ORDER, HIDDEN, CLASSES = 2, 300, 6
KEY = "0123456789"


def write_features(path: Path, sequences: int, frames: int, size: int) -> None:
    """Random features, of which never more than a sequence is in memory."""
    draw = np.random.default_rng(0)
    labels = np.arange(sequences) % CLASSES
    about = {"train": round(TRAINING * sequences), "groups": {"hog3d": [0, size]}}
    known = (np.full(sequences, frames), labels, labels, list(map(str, range(sequences))), list("abcdef"), about)
    parts = (draw.standard_normal((frames, size), np.float32) for _ in range(sequences))
    SequenceSet(np.empty((0, size), np.float32), *known).save_parts(path, parts, size)


def peak(features: Path) -> int:
    """Bytes that the step's process holds at most, while it trains for one epoch."""
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import memory; memory.trained(sys.argv[1])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(features)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def trained(features: str) -> None:
    """Train, and print the most bytes that this process held."""
    model = Model(order=ORDER).model_dump()
    params = {"recipe": Recipe(epochs=1).model_dump(), "model": model, "hidden_size": HIDDEN, "seeds": [[0]]}
    block = Path(features).with_name("block.h5")
    train.run(params, {"features": [Path(features)]}, {"trainings": block}, Machine(device="cpu"))
    print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    small: Annotated[bool, typer.Option(help="a few short sequences, to see whether it runs")] = False,
) -> None:
    """Measure, print and keep the table."""
    provenance = harness.provenance("1 thread")
    rows = []
    for times in TIMES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"features@{KEY}.h5"
            write_features(path, *((12 * times, 20, 8) if small else (SEQUENCES * times, FRAMES, SIZE)))
            size = path.stat().st_size
            rows.append([f"{times} ×", f"{size / 1e9:.2f}", f"{peak(path) / 1e9:.2f}"])
    table = harness.table(["KTH-1's features", "GB in their file", "peak of a training, GB"], rows)
    harness.write(out, TEXT.format(table=table, provenance=provenance))


TEXT = """# Memory of a training, and the size of its data

{provenance}

An order-2 model of KTH-1's sizes by the paper's batches: one epoch on random features, the largest resident size of
the step's process. Features of more than 256 MiB stay in their file.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
