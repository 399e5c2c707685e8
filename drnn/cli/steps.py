"""The steps as commands: `drnn <step> <order>`, which the workflow's rules call."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated

import rich
import typer

from drnn import keys
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.plan.jobs import Job, flat
from drnn.plan.notes import write_note
from drnn.plan.steps import STEPS

log = logging.getLogger(__name__)
FORCED = "DRNN_FORCED"
"""Variable with the keys of the jobs that a run was told to do again; the workflow sets it."""
OF_CONTENT = ("download", "collect")
"""Modules whose key is the hash of the bytes that they verify."""
PANEL = "Steps, in the order of the workflow (Snakemake and DVC call them)"


def add_steps(app: typer.Typer) -> None:
    """Make every step a command of ``app``."""
    for step in STEPS.values():
        app.command(step.name, help=step.help, rich_help_panel=PANEL)(_command_of(step.name))


def run_job(job: Job, machine: Machine) -> None:
    """Do a job after checking that the key in its outputs' names is the key of what will make them.

    Raises:
        UserError: code or inputs are not those that the key was made of, or an input is not there.
    """
    started = time.monotonic()
    own = keys.key(job.step, job.params, flat(job.inputs), job.code)
    if job.key != own and job.module not in OF_CONTENT:
        raise UserError(f"{job.step}: its key is now {own}, not {job.key}: drnn/ was edited meanwhile; run again")
    _announce(job)
    if missing := [path for path in job.needs if not Path(path).exists()]:
        raise UserError(f"{missing[0]}: is not there; Snakemake and DVC make what {job.step} needs before they call it")
    needed = job.inputs | job.holders
    files = {name: [Path(p) for p in v] if isinstance(v, list) else Path(v) for name, v in needed.items()}
    outputs = {name: Path(path) for name, path in job.outputs.items()}
    anew = job.key in os.environ.get(FORCED, "").split()
    said = import_module(f"drnn.steps.{job.module}").run(job.params, files, outputs, replace(machine, anew=anew))
    write_note(job)
    where = "" if any(path in said for path in job.makes) else f" → {_first(job.makes)}"
    print(f"{job.step}: {said}{where} ({time.monotonic() - started:.1f} s)")
    if executions := os.environ.get("DRNN_EXECUTION_LOG"):
        with Path(executions).open("a", encoding="utf-8") as file:
            file.write(f"{job.step} {job.makes[0]}\n")


def _announce(job: Job) -> None:
    """Say what a job will do: to a terminal in one line, if asked for (--verbose) in full, to a log nothing."""
    if sys.stderr.isatty() or log.isEnabledFor(logging.DEBUG):
        about = STEPS[job.step].help.rstrip(".")
        log.info("%s: %s → %s", job.step, about[0].lower() + about[1:], _first(job.makes))
    log.debug("  key     %s", job.key)
    log.debug("  params  %s", json.dumps(job.params))
    for kind, files in (("input", job.inputs | job.holders), ("output", job.outputs)):
        for name, paths in files.items():
            for path in [paths] if isinstance(paths, str) else paths:
                log.debug("  %-6s  %s: %s", kind, name, path)


def _first(paths: list[str]) -> str:
    """The first of several files, and how many more there are."""
    return paths[0] + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


def _command_of(step: str) -> Callable:
    def command(
        order: Annotated[Path, typer.Argument(help="results/jobs/<step>@<key>.json: parameters, inputs and outputs")],
        mirror: Annotated[
            str | None, typer.Option(envvar="DRNN_DATA_MIRROR", help="folder or address of recordings, looked at first")
        ] = None,
        device: Annotated[
            str, typer.Option(envvar="DRNN_DEVICE", help="what trains: auto, cpu, cuda, cuda:1")
        ] = "auto",
    ) -> None:
        """Do the job: see `run_job`; its help is in `drnn.plan.steps`."""
        shown = sys.stderr.isatty()  # bars are drawn there, above them what is logged; nothing of them in a job's log
        rich.reconfigure(stderr=True, quiet=not shown, force_terminal=shown)
        job = Job.ordered(order)
        if job.step != step:
            raise UserError(f"{order}: is an order for {job.step}; call `drnn {job.step} {order}`")
        run_job(job, Machine(mirror, device))

    return command
