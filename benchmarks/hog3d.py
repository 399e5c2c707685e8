"""Speed of HOG3D and of decoding, in frames a second of one core, against the float64 definition.

    python benchmarks/hog3d.py [--videos FOLDER] [--rounds 5] [--out benchmarks/hog3d.md]

Times are CPU times of this process, so that what runs beside it matters little; what is compared takes turns within
each round, and the table shows medians. Compiling is done before and shown apart.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import harness
import numba
import numpy as np
import torch

from drnn.datasets import video
from drnn.features import hog3d, hog3d_reference

# Frames a second of a core: design targets for 56 positions at 160×120, on one of two shared cores.
TARGETS = {"HOG3D, cells": 8_000, "decode + HOG3D": 5_500}
FRAMES, HEIGHT, WIDTH = 480, 120, 160  # a KTH video has 483 frames on average
REFERENCE_FRAMES = 2


def synthetic(seed: int = 0) -> np.ndarray:
    """(T, H, W) uint8: a bright bar that swings over a textured, noisy background."""
    draw = np.random.default_rng(seed)
    background = draw.normal(140, 18, (HEIGHT // 6, WIDTH // 8)).repeat(6, axis=0).repeat(8, axis=1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    scene = np.empty((FRAMES, HEIGHT, WIDTH), np.uint8)
    for t in range(FRAMES):
        bar = (abs(x - 80 - 50 * np.sin(t / 12)) < 8) & (abs(y - 60) < 40)
        scene[t] = np.clip(np.where(bar, 60, background) + draw.normal(0, 2, (HEIGHT, WIDTH)), 0, 255)
    return scene


def in_blocks(frames: np.ndarray) -> Iterator[np.ndarray]:
    return (frames[i : i + hog3d.BLOCK] for i in range(0, len(frames), hog3d.BLOCK))


def take_cells(blocks, grid: str) -> int:
    return sum(len(block.frames) for block in hog3d.stream(blocks, grid))


def take_descriptors(blocks, grid: str) -> int:
    return sum(len(block.descriptors()) for block in hog3d.stream(blocks, grid))


def take_definition(frames: np.ndarray, grid: str) -> int:
    for t in range(hog3d.MARGIN, hog3d.MARGIN + REFERENCE_FRAMES):
        for x, y, side in hog3d.positions(WIDTH, HEIGHT, grid):
            hog3d_reference.describe(frames, (x, y, t - hog3d.MARGIN, side, side, hog3d.WINDOW))
    return REFERENCE_FRAMES


def synthetic_cases() -> dict[tuple[str, str, str], tuple[Callable, int]]:
    """For each video, grid and step, what to run and how many frames it goes through."""
    frames, cases = synthetic(), {}
    for grid in hog3d.GRIDS:
        cases["synthetic", grid, "definition, float64"] = lambda g=grid: take_definition(frames, g), REFERENCE_FRAMES
        cases["synthetic", grid, "HOG3D, cells"] = lambda g=grid: take_cells(in_blocks(frames), g), FRAMES
        cases["synthetic", grid, "HOG3D, descriptors"] = lambda g=grid: take_descriptors(in_blocks(frames), g), FRAMES
    return cases


def real_cases(path: Path) -> dict[tuple[str, str, str], tuple[Callable, int]]:
    """The same of a real video, and decoding it; nothing is kept between the steps."""
    name, grid = path.stem.removesuffix("_uncomp"), "dense_3scale"
    frames = video.read_grey(path)
    return {
        (name, "–", "decode"): (lambda: sum(map(len, video.grey_blocks(path))), len(frames)),
        (name, grid, "HOG3D, cells"): (lambda: take_cells(in_blocks(frames), grid), len(frames)),
        (name, grid, "decode + HOG3D, cells"): (lambda: take_cells(video.grey_blocks(path), grid), len(frames)),
        (name, grid, "decode + HOG3D"): (lambda: take_descriptors(video.grey_blocks(path), grid), len(frames)),
    }


def cpu_seconds(function: Callable) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


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


def table(cases: dict, rounds: int) -> str:
    """The markdown table of all cases, and what it was measured on."""
    for run, _ in cases.values():
        run()
    times = {key: [] for key in cases}
    for _ in range(rounds):
        for key, (run, _) in cases.items():
            times[key].append(cpu_seconds(run))
    lines = [
        "| video | grid | step | frames/s of a core | slowest – fastest | target |",
        "|---|---|---|---:|---:|---:|",
    ]
    for (name, grid, step), (_, frames) in cases.items():
        seconds = times[name, grid, step]
        median, low, high = (frames / s for s in (statistics.median(seconds), max(seconds), min(seconds)))
        target = f"{TARGETS[step]:,}" if step in TARGETS and grid != "grid_8x7" else ""
        lines.append(f"| {name} | {grid} | {step} | {median:,.0f} | {low:,.0f} – {high:,.0f} | {target} |")
    once = ", ".join(f"{compiling_seconds(grid):.1f} s for {grid}" for grid in hog3d.GRIDS)
    lines += ["", f"{rounds} rounds, CPU time. The first call ever, which compiles: {once}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    parser.add_argument("--videos", type=Path, default=Path(mirror) / "kth/videos" if mirror else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    cases = synthetic_cases()
    # One with little motion and one with much.
    for path in sorted(options.videos.glob("person15_[bw]*_d1_uncomp.avi")) if options.videos else []:
        cases |= real_cases(path)
    torch.set_num_threads(1)
    libraries = f"numba {numba.__version__}, PyAV {av.__version__}"
    measured = f"# HOG3D's speed\n\n{harness.provenance()}\n{libraries}.\n"
    harness.write(options.out, f"{measured}\n{table(cases, options.rounds)}")


if __name__ == "__main__":
    main()
