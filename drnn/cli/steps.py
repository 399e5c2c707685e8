"""The steps as commands: `drnn <step>`, which the workflow's rules call."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated

import rich
import typer

from drnn import keys
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.plan.jobs import Files, code_of_step, flat
from drnn.plan.notes import write_note

log = logging.getLogger(__name__)
STEPS = {
    "download": "Fetch recordings from a mirror or their public address, and verify every file.",
    "synthesise_skeletons": "Make synthetic skeletons, offline.",
    "synthesise_videos": "Make synthetic videos, offline.",
    "skeletons": "Read recordings of skeletons and repair them.",
    "sketch": "Decode and describe one subject's videos; keep few rows that stand for all frames.",
    "sequences": "Say which frames of which videos are the sequences.",
    "split": "Say who trains and who tests.",
    "gram": "Multiply the rows of all subjects with each other.",
    "basis": "Fit the PCA of one split to its training subjects.",
    "project": "Describe one subject's videos and project every frame on the bases of all splits.",
    "features": "Compute the feature vectors of skeletons.",
    "cut": "Gather a split's sequences from the projected videos.",
    "train": "Train one model on one split from one seed, and score its test sequences.",
    "baseline": "Classify the test sequences of one split by another method than a recurrent layer.",
    "metrics": "Summarise all runs of a dataset.",
    "training_sequences": "Keep the sequences of a protocol's training subjects alone, for a search.",
    "search": "Choose a configuration by what it reached on training subjects left out.",
    "traces": "Follow one trained model over one sequence.",
    "behaviour": "Follow one trained model over all test sequences: motion, derivatives of states, gates.",
    "report": "Write the tables, the figures and the page.",
}
PANEL = "Steps, in the order of the workflow (Snakemake and DVC call them)"


def add_steps(app: typer.Typer) -> None:
    """Make every step a command of ``app``."""
    for step, about in STEPS.items():
        app.command(step, help=about, rich_help_panel=PANEL)(_command_of(step))


def run_step(
    step: str,
    key: str,
    params: dict,
    inputs: Files,
    outputs: dict[str, str],
    machine: Machine,
    holders: Files | None = None,
    note: str | None = None,
) -> None:
    """Run a step after checking that the key in its outputs' names is the key of what will make them.

    Raises:
        UserError: code or inputs are not those that the key was made of, or an input is not there.
    """
    started = time.monotonic()
    code = code_of_step(step, params)
    own = keys.key(step, params, flat(inputs), code)
    if key != own and step != "download":  # whose key is the hash of the bytes that it verifies
        raise UserError(f"{step}: its key is now {own}, not {key}: drnn/ was edited meanwhile; run again")
    needed = inputs | (holders or {})
    _announce(step, key, params, needed, outputs)
    if missing := [path for path in flat(needed) if not Path(path).exists()]:
        raise UserError(f"{missing[0]}: is not there; Snakemake and DVC make what {step} needs before they call it")
    files = {name: [Path(p) for p in v] if isinstance(v, list) else Path(v) for name, v in needed.items()}
    module = import_module(f"drnn.steps.{step}")
    said = module.run(params, files, {name: Path(path) for name, path in outputs.items()}, machine)
    if note:
        write_note(note, step, params, flat(inputs), code, list(outputs.values()))
    made = list(outputs.values())
    where = "" if any(path in said for path in made) else f" → {_first(made)}"
    print(f"{step}: {said}{where} ({time.monotonic() - started:.1f} s)")
    if executions := os.environ.get("DRNN_EXECUTION_LOG"):
        with Path(executions).open("a") as file:
            file.write(f"{step} {made[0]}\n")


def _announce(step: str, key: str, params: dict, inputs: Files, outputs: dict[str, str]) -> None:
    """Say what a step will do: to a terminal in one line, if asked for (--verbose) in full, to a log nothing."""
    if sys.stderr.isatty() or log.isEnabledFor(logging.DEBUG):
        about = STEPS[step].rstrip(".")
        log.info("%s: %s → %s", step, about[0].lower() + about[1:], _first(list(outputs.values())))
    log.debug("  key     %s", key)
    log.debug("  params  %s", json.dumps(params))
    for kind, files in (("input", inputs), ("output", outputs)):
        for name, paths in files.items():
            for path in [paths] if isinstance(paths, str) else paths:
                log.debug("  %-6s  %s: %s", kind, name, path)


def _first(paths: list[str]) -> str:
    """The first of several files, and how many more there are."""
    return paths[0] + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")


def _command_of(step: str) -> Callable:
    def command(
        key: Annotated[str, typer.Option(help="the key in the outputs' names")],
        params: Annotated[str, typer.Option(help="the step's parameters, JSON")],
        output: Annotated[list[str], typer.Option(help="NAME=PATH, for each output")],
        note: Annotated[str | None, typer.Option(help="file that is to say how the outputs were made")] = None,
        input: Annotated[list[str] | None, typer.Option(help="NAME=PATH; NAME[]=PATH for one of several")] = None,
        holder: Annotated[list[str] | None, typer.Option(help="as input, but no part of the key")] = None,
        mirror: Annotated[
            str | None, typer.Option(envvar="DRNN_DATA_MIRROR", help="folder or address of recordings, looked at first")
        ] = None,
        device: Annotated[
            str, typer.Option(envvar="DRNN_DEVICE", help="what trains: auto, cpu, cuda, cuda:1")
        ] = "auto",
    ) -> None:
        """Run the step: see `run_step`; its help is in `STEPS`."""
        shown = sys.stderr.isatty()  # bars are drawn there, above them what is logged; nothing of them in a job's log
        rich.reconfigure(stderr=True, quiet=not shown, force_terminal=shown)
        files = _pairs("--input", input or []), _pairs("--output", output)
        run_step(step, key, _json(params), *files, Machine(mirror, device), _pairs("--holder", holder or []), note)

    return command


def _json(params: str) -> dict:
    try:
        read = json.loads(params)
    except ValueError as error:
        raise typer.BadParameter(f"--params: {params!r} is not JSON ({error})") from None
    if not isinstance(read, dict):
        raise typer.BadParameter(f"--params: {params!r} is not a JSON object")
    return read


def _pairs(option: str, values: Iterable[str]) -> dict:
    """NAME=PATH strings as a dictionary; ``NAME[]=PATH`` collects a list, in order."""
    pairs: dict = {}
    for value in values:
        name, _, path = value.partition("=")
        if not (name and path):
            raise typer.BadParameter(f"{option}: expected NAME=PATH, not {value!r}")
        if name.endswith("[]"):
            pairs.setdefault(name[:-2], []).append(path)
        else:
            pairs[name] = path
    return pairs
