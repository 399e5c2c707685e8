"""Trainings of `tuned` on MSR Action3D by this revision, a block a process, against a revision that had one a process.

    python benchmarks/blocks.py <revision before blocks> --out benchmarks/blocks.md

DRNN_DATA_MIRROR may name a folder with the recordings. Both versions run in turn, model by model.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import harness
import typer

from drnn.plan.experiment import Plan
from drnn.plan.searches import SearchPlan

ROOT = Path(__file__).resolve().parents[1]
MODELS = ("lstm", "drnn1", "drnn2")
JOBS = """
import os, sys
from drnn.cli.steps import run_job
from drnn.machine import Machine
from drnn.plan.experiment import Plan
plan = Plan.load("paper", ["msr_action3d"])
machine = Machine(os.environ.get("DRNN_DATA_MIRROR"), "cpu")
def done(job):
    for needed in plan.jobs.upstream([job], made=False):
        run_job(needed, machine)
names = {"protocol": "odd_even_567", "recipe": "tuned"}
"""
FEATURES = JOBS + "done(plan.jobs.of('train', **names)[0])"
BLOCK = JOBS + "done(plan.jobs.of('train', model=sys.argv[1], block='0', **names)[0])"
ALONE = JOBS + "done(plan.jobs.of('train', model=sys.argv[1], seed=sys.argv[2], **names)[0])"


def spent(folder: Path, program: str, *words: str) -> float:
    """CPU seconds of a program in a version's folder."""
    before = _children()
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", program, *words]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def version(revision: str, folder: Path, epochs: int) -> Path:
    """A revision in a folder, whose recipe `tuned` has so many epochs."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
    folder.mkdir()
    subprocess.run(["tar", "x"], cwd=folder, input=archive, check=True)
    params = folder / "params.yaml"
    before, tuned = params.read_text(encoding="utf-8").split("  tuned:\n", 1)
    tuned = tuned.replace("epochs: 100", f"epochs: {epochs}", 1)
    params.write_text(f"{before}  tuned:\n{tuned}", encoding="utf-8")
    return folder


def starts(folder: Path) -> list[float]:
    """CPU seconds before a job's work begins: of Snakemake, which reads the workflow, and of the step's imports."""
    snakemake = "from snakemake.cli import main; main(['--list-rules'])"
    return [spent(folder, snakemake), spent(folder, "import drnn.cli.commands, drnn.steps.train")]


def main(
    before: Annotated[str, typer.Argument(help="revision of which a job trains one seed")],
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    epochs: Annotated[int, typer.Option(help="of each training")] = 4,
    seeds: Annotated[int, typer.Option(help="of each model; at most ten")] = 10,
) -> None:
    """Measure, print and keep the tables."""
    provenance = harness.provenance("1 thread")
    rows = []
    with TemporaryDirectory() as root:
        now, old = version("HEAD", Path(root) / "now", epochs), version(before, Path(root) / "before", epochs)
        if seeds < 10:
            _fewer(now, seeds)
        for folder in (now, old):
            spent(folder, FEATURES)  # features, and what is compiled once
        for folder in (now, old):
            for path in (folder / "results/train").rglob("*.*"):
                path.unlink()
        for model in MODELS:
            alone = sum(spent(old, ALONE, model, str(seed)) for seed in range(seeds))
            together = spent(now, BLOCK, model)
            rows.append([model, f"{alone:.1f}", f"{together:.1f}", f"{together / alone:.2f}"])
        of_start = [sum(starts(folder)) for folder in (old, now)]
    counts = [len(Plan.load("paper").jobs), len(SearchPlan.load().jobs)]
    table = harness.table([f"{seeds} seeds of", "one a process, CPU s", "a block, CPU s", "ratio"], rows)
    known = {"epochs": epochs, "before": before, "start": of_start[1], "start_before": of_start[0]}
    total = counts[0] * of_start[1] / 3600
    harness.write(out, TEXT.format(table=table, provenance=provenance, counts=counts, total=total, **known))


def _fewer(folder: Path, seeds: int) -> None:
    """Let a block of the version of today have so many trainings."""
    path = folder / "drnn/plan/runs.py"
    path.write_text(path.read_text(encoding="utf-8").replace("MOST = 10", f"MOST = {seeds}"), encoding="utf-8")


TEXT = """# Trainings by blocks

{provenance}

The recipe `tuned` on MSR Action3D with {epochs} epochs; against revision {before}, whose jobs train one seed each. CPU
seconds of whole processes, from their start on, without Snakemake.

{table}

The paper's run has {counts[0]} jobs, all searches {counts[1]}. Before its work begins a job costs {start:.1f} CPU
seconds, in Snakemake and in imports ({start_before:.1f} before): {total:.2f} hours of the paper's run.
"""

if __name__ == "__main__":
    typer.run(main)
