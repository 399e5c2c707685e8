"""Speed of HOG3D and of decoding, in frames a second of one core, against the float64 definition.

    python benchmarks/hog3d.py --out benchmarks/hog3d.md

Compiling is done before and shown apart. Real videos are taken from DRNN_DATA_MIRROR, if it is set.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import av
import harness
import numba
import numpy as np
import torch
import typer

from drnn.datasets import video
from drnn.datasets.scene import HEIGHT, WIDTH, Video, render
from drnn.features import hog3d, hog3d_reference

REFERENCE_FRAMES = 2
Case = tuple[Callable[[], int], int]


def in_blocks(frames: np.ndarray) -> Iterator[np.ndarray]:
    """The frames as decoding would give them."""
    return (frames[i : i + hog3d.BLOCK] for i in range(0, len(frames), hog3d.BLOCK))


def take_cells(blocks, grid: str) -> int:
    """Compute the cells alone; how many frames have descriptors."""
    return sum(len(block.frames) for block in hog3d.stream(blocks, grid))


def take_descriptors(blocks, grid: str) -> int:
    """Compute the cells and put the descriptors together; how many frames have them."""
    return sum(len(block.descriptors()) for block in hog3d.stream(blocks, grid))


def take_definition(frames: np.ndarray, grid: str) -> int:
    """Compute a few frames' descriptors box by box in float64; how many frames."""
    for t in range(hog3d.MARGIN, hog3d.MARGIN + REFERENCE_FRAMES):
        for x, y, side in hog3d.positions(WIDTH, HEIGHT, grid):
            hog3d_reference.describe(frames, (x, y, t - hog3d.MARGIN, side, side, hog3d.WINDOW))
    return REFERENCE_FRAMES


def synthetic_cases() -> dict[tuple[str, str, str], Case]:
    """For each video, grid and step, what to run and how many frames it goes through."""
    frames, cases = np.stack(list(render(Video(1, "walking", 1, 480, seed=0)))), {}
    for grid in hog3d.GRIDS:
        cases["synthetic", grid, "definition, float64"] = lambda g=grid: take_definition(frames, g), REFERENCE_FRAMES
        cases["synthetic", grid, "cells"] = lambda g=grid: take_cells(in_blocks(frames), g), len(frames)
        cases["synthetic", grid, "descriptors"] = lambda g=grid: take_descriptors(in_blocks(frames), g), len(frames)
    return cases


def real_cases(path: Path) -> dict[tuple[str, str, str], Case]:
    """The same of a real video, and decoding it; nothing is kept between the steps."""
    name, grid = path.stem.removesuffix("_uncomp"), "dense_3scale"
    frames = video.read_grey(path)
    return {
        (name, "–", "decode"): (lambda: sum(map(len, video.grey_blocks(path))), len(frames)),
        (name, grid, "cells"): (lambda: take_cells(in_blocks(frames), grid), len(frames)),
        (name, grid, "decode + cells"): (lambda: take_cells(video.grey_blocks(path), grid), len(frames)),
        (name, grid, "decode + descriptors"): (lambda: take_descriptors(video.grey_blocks(path), grid), len(frames)),
    }


def compiling_seconds(grid: str) -> float:
    """How long the first descriptor takes in a new process whose cache of compiled code is empty."""
    code = (
        "import time, numpy; from drnn.features import hog3d; start = time.perf_counter(); "
        f"hog3d.descriptors(numpy.zeros((16, {HEIGHT}, {WIDTH}), numpy.uint8), [8], {grid!r}); "
        "print(time.perf_counter() - start)"
    )
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"NUMBA_CACHE_DIR": cache}
        done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    rounds: Annotated[int, typer.Option(help="times that each is timed")] = 5,
) -> None:
    """Measure, print and keep the table."""
    torch.set_num_threads(1)
    provenance, cases = harness.provenance(), synthetic_cases()
    # One with little motion and one with much.
    mirror = Path(os.environ.get("DRNN_DATA_MIRROR", "no mirror"))
    for path in sorted(mirror.glob("kth/videos/person15_[bw]*_d1_uncomp.avi")):
        cases |= real_cases(path)
    timings = harness.side_by_side({case: run for case, (run, _) in cases.items()}, rounds, "HOG3D")
    rows = []
    for case, (_, frames) in cases.items():
        seconds = timings[case].cpu
        rates = (f"{frames / s:,.0f}" for s in (1e-3 * timings[case].milliseconds, max(seconds), min(seconds)))
        rows.append([" · ".join(case), *rates])
    header = ["video · grid · step", "frames/s of a core, median", "slowest", "fastest"]
    text = TEMPLATE.format(
        provenance=provenance,
        libraries=f"numba {numba.__version__}, PyAV {av.__version__}",
        rounds=rounds,
        table=harness.table(header, rows),
        compiling=", ".join(f"{compiling_seconds(grid):.1f} s for {grid}" for grid in hog3d.GRIDS),
    )
    harness.write(out, text)


TEMPLATE = """# HOG3D's speed

{provenance} {libraries}.

CPU time, {rounds} rounds in which each is timed once; 56 positions at 160×120. Cells are what frames share;
descriptors are put together from them, 56,000 values a frame. The first call ever, which compiles: {compiling}.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
