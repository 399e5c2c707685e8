"""Timing side by side, what a command takes with all that it starts, and the table that a benchmark leaves."""

import csv
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import torch
from rich.progress import track
from threadpoolctl import threadpool_limits

from drnn.files import write_text
from drnn.layers.matmul import add_product, packed
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


def side_by_side(
    contenders: dict[Any, Callable[[], object]], rounds: int, label: str, repeats: int = 1
) -> dict[Any, Timing]:
    """Time each contender, by any name, once a round, so that what else the machine does falls on all of them.

    Short ones run so many times in a row: what the others left in the caches then matters less.
    """
    for run in contenders.values():
        run()
    seconds = {name: ([], []) for name in contenders}
    for _ in track(range(rounds), label):
        for name, run in contenders.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(repeats):
                run()
            seconds[name][0].append((time.process_time() - cpu) / repeats)
            seconds[name][1].append((time.perf_counter() - wall) / repeats)
    peer = next(iter(seconds.values()))[0]
    return {
        name: Timing(cpu, wall, [own / other for own, other in zip(cpu, peer, strict=True)])
        for name, (cpu, wall) in seconds.items()
    }


class Usage(NamedTuple):
    """What a command and all processes that it started took.

    Attributes:
        wall, cpu: seconds.
        together: the most bytes that all of them held at one time, shared pages counted once (PSS), as sampled.
        largest: the most bytes that one of them held, resident (RSS).
        steal: the part of the machine's processor time that went to other virtual machines.
    """

    wall: float
    cpu: float
    together: int
    largest: int
    steal: float


def watched(command: Sequence[str], folder: Path, every: float = 0.5) -> Usage:
    """Run a command in a folder and look at its processes' memory ``every`` so many seconds (Linux).

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    start, spent, times = time.perf_counter(), _of_children(), psutil.cpu_times()
    together = largest = 0
    with subprocess.Popen(command, cwd=folder) as process:
        while process.poll() is None:
            found = [_memory(pid) for pid in _family(process.pid)]
            together = max(together, sum(shared for shared, _ in found))
            largest = max(largest, *(peak for _, peak in found))
            time.sleep(every)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    passed = [after - before for before, after in zip(times, psutil.cpu_times(), strict=True)]
    steal = passed[times._fields.index("steal")] / sum(passed)
    return Usage(time.perf_counter() - start, _of_children() - spent, together, largest, steal)


def _of_children() -> float:
    """Processor seconds of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return [pid]


def _memory(pid: int) -> tuple[int, int]:
    """Bytes of a process: its part of what it holds (PSS), and its resident peak so far; 0 once it has ended."""
    try:
        text = "\n".join(Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8") for name in ("smaps_rollup", "status"))
    except OSError:
        return 0, 0
    found = {name: rest for name, _, rest in (line.partition(":") for line in text.splitlines())}
    held, peak = (1024 * int(found.get(name, "0 kB").split()[0]) for name in ("Pss", "VmHWM"))
    return held, peak


def size(path: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def only(folder: Path, pattern: str) -> Path:
    """The one file below a folder whose path fits a pattern; the end of the benchmark if there are none or several."""
    if len(found := list(folder.glob(pattern))) != 1:
        sys.exit(f"{folder}: {len(found)} files {pattern}; run the part that makes them first")
    return found[0]


def column(path: Path, name: str) -> list[float]:
    """A column of one of Snakemake's benchmark files, without what it could not measure."""
    with path.open(encoding="utf-8") as file:
        return [float(line[name]) for line in csv.DictReader(file, delimiter="\t") if line[name] not in ("NA", "-")]


def rate(size: int) -> float:
    """Floating point operations a CPU second of the fastest product of two square matrices of this size, one thread.

    NumPy's product, or the layer's own of a packed matrix: some libraries use only narrow vectors on some processors.
    """
    left, right, product = torch.rand(3, size, size).numpy()
    weights = packed("benchmark rate", right)
    ways = [
        lambda: np.matmul(left, right, out=product),
        lambda: add_product(left, weights, size, product),
    ]
    seconds = []
    with threadpool_limits(1):
        for way in ways * 3:
            start = time.process_time()
            way()
            seconds.append(time.process_time() - start)
    return 2 * size**3 / min(seconds)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def steps_table(results: Path, steps: Sequence[str]) -> str:
    """How many jobs each of a workflow's steps had and what they took, by Snakemake's benchmark files."""
    rows = []
    for step in steps:
        files = list((results / "benchmarks" / step).rglob("*.tsv"))
        seconds, cpu, rss = ([v for file in files for v in column(file, name)] for name in ("s", "cpu_time", "max_rss"))
        times = f"{sum(seconds):.0f}", f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}", f"{sum(cpu):.0f}"
        rows.append([step, str(len(files)), *times, f"{max(rss, default=0) * 2**20 / 1e9:.2f}"])
    return table(["", "jobs", "s, all", "median", "longest", "CPU s, all", "largest, GB, as sampled"], rows)


def provenance(how: str = "") -> str:
    """Command, date, machine, versions and revision: what a reader needs to measure it again. Ask before measuring.

    ``how`` is what uses the machine; default: this process with so many threads.
    """
    changed = _git("diff", "HEAD", "--stat", "--", "drnn", "workflow", "benchmarks/*.py")
    revision = _git("rev-parse", "--short", "HEAD") + (" and changes" if changed else "")
    command = " ".join(["python", *sys.argv])
    machine = f"{device.describe(torch.device('cpu'))}, {how or f'{torch.get_num_threads()} thread'}"
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
