"""Timing side by side, and the table that a benchmark leaves."""

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.progress import track

from drnn.files import write_text
from drnn.training import device


class Timing(NamedTuple):
    """Seconds of one call in each round, and their ratio to the first contender's in the same round."""

    cpu: list[float]
    wall: list[float]
    ratios: list[float]

    @property
    def milliseconds(self) -> float:
        """Median CPU time of a call."""
        return 1e3 * statistics.median(self.cpu)

    @property
    def wall_milliseconds(self) -> float:
        """Median wall time of a call."""
        return 1e3 * statistics.median(self.wall)

    @property
    def ratio(self) -> float:
        """Median of the rounds' ratios of CPU time to the first contender."""
        return statistics.median(self.ratios)


def side_by_side(contenders: dict[Any, Callable[[], object]], rounds: int, label: str) -> dict[Any, Timing]:
    """Time each contender, by any name, once a round, so that what else the machine does falls on all of them."""
    for run in contenders.values():
        run()
    seconds = {name: ([], []) for name in contenders}
    for _ in track(range(rounds), label):
        for name, run in contenders.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            seconds[name][0].append(time.process_time() - cpu)
            seconds[name][1].append(time.perf_counter() - wall)
    peer = next(iter(seconds.values()))[0]
    return {
        name: Timing(cpu, wall, [own / other for own, other in zip(cpu, peer, strict=True)])
        for name, (cpu, wall) in seconds.items()
    }


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def provenance() -> str:
    """Command, date, machine, versions and revision: what a reader needs to measure it again. Ask before measuring."""
    changed = _git("diff", "HEAD", "--stat", "--", "drnn", "benchmarks/*.py")
    revision = _git("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")
    command = " ".join(["python", *sys.argv])
    machine = f"{device.describe(torch.device('cpu'))}, {torch.get_num_threads()} thread"
    return (
        f"Measured by `{command}` on {date.today()}: {machine}; torch {torch.__version__}, "
        f"Python {platform.python_version()}, revision {revision}."
    )


def write(path: Path | None, text: str) -> None:
    """Print, and keep if there is a path."""
    print(text)
    if path is not None:
        write_text(path, text)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()
