"""What Snakemake and DVC cost beside the commands that they run: MSR Action3D, from the recordings to the report.

    DRNN_DATA_MIRROR=/path/to/data python benchmarks/engines.py --out benchmarks/engines.md

Each engine works in a clone of this checkout's HEAD on a processor of its own, one job at a time, so that the seconds
in which no command runs are the engine's. (Side by side, jobs would also wait for each other.)
"""

import os
import shutil
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import harness
import typer
import yaml

from drnn.files import write_text

ENGINES = {"Snakemake": ["snakemake", "--quiet", "all", "--cores", "1"], "DVC": ["dvc", "repro", "-q"]}
ROUNDS, BAR, BAR_NOTHING = 5, "5", "6"
QUICK = {"hidden_size": 8, "protocols": ["odd_even_567"], "models": ["lstm"]}


def clone(folder: Path, seeds: int, trial: bool) -> None:
    """A clone that runs MSR Action3D alone, with the first seeds."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", ".", str(folder)], check=True)
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    params["run"] = ["msr_action3d"]
    own_lists = {"seeds": list(range(seeds)), "extra_runs": []}
    params["datasets"]["msr_action3d"] |= own_lists | (QUICK if trial else {})
    params["recipes"]["paper"] |= {"epochs": 1} if trial else {}
    write_text(folder / "params.yaml", yaml.safe_dump(params))


def timed(command: list[str], folder: Path, processor: int) -> float:
    """Seconds of a command that has one processor."""
    start = time.perf_counter()
    pinned = ["taskset", "--cpu-list", str(processor), *command]
    subprocess.run(pinned, cwd=folder, check=True, env=os.environ | {"DVC_NO_ANALYTICS": "1"})
    return time.perf_counter() - start


def measured(engine: str, folder: Path, seeds: int, processor: int, trial: bool) -> list[str]:
    """A row: what one engine takes from nothing, how much of it in commands, and with nothing to do."""
    clone(folder, seeds, trial)
    wall = timed(ENGINES[engine], folder, processor)
    jobs = [harness.column(path, "s")[0] for path in (folder / "results/benchmarks").rglob("*.tsv")]
    nothing = statistics.median(timed(ENGINES[engine], folder, processor) for _ in range(ROUNDS))
    own = wall - sum(jobs)
    seconds = (f"{value:.1f}" for value in (wall, sum(jobs), own))
    return [engine, str(len(jobs)), *seconds, f"{100 * own / sum(jobs):.1f}", BAR, f"{nothing:.1f}", BAR_NOTHING]


def main(
    folder: Annotated[Path, typer.Option(help="where the clones go")] = Path("results/engines"),
    seeds: Annotated[int, typer.Option(help="fewer make the engines' part larger")] = 2,
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    trial: Annotated[bool, typer.Option(help="one small model and one epoch, to see whether it runs")] = False,
) -> None:
    """Measure, print and keep the table."""
    provenance = harness.provenance("1 processor for each engine, both at a time")
    processors = sorted(os.sched_getaffinity(0))
    with ThreadPoolExecutor(len(ENGINES)) as pool:
        running = [
            pool.submit(measured, engine, folder / engine.lower(), seeds, processors[i % len(processors)], trial)
            for i, engine in enumerate(ENGINES)
        ]
        rows = [each.result() for each in running]
    header = ["", "jobs", "s in all", "s in commands", "s of its own", "%", "at most", "nothing to do, s", "at most"]
    harness.write(
        out, TEXT.format(provenance=provenance, seeds=seeds, rounds=ROUNDS, table=harness.table(header, rows))
    )


TEXT = """# What the engines cost

{provenance}

MSR Action3D from the recordings to the report, as written, {seeds} seeds, one job at a time. In commands: the sum over
Snakemake's benchmark files, which time every command of a rule from its start to its end. Of its own: all other
seconds, as planning, starting the commands and, for DVC, hashing and keeping what they made; in percent of the
commands' seconds. Nothing to do: median of {rounds} further runs.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
