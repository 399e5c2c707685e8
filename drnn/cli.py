"""`drnn <command>` = `python -m drnn <command>`: the steps, which the workflow's rules call, and what people ask."""

import json
import logging
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Literal

import typer

from drnn import keys
from drnn.errors import UserError
from drnn.jobs import code_of_step, flat
from drnn.machine import Machine
from drnn.notes import write_note

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
    "training_side": "Keep the sequences of a protocol's training subjects alone, for a study.",
    "study": "Choose a setting by what it reached on training subjects left out.",
    "traces": "Follow one trained model over one sequence.",
    "behaviour": "Follow one trained model over all test sequences: motion, derivatives of states, gates.",
    "report": "Write the tables, the figures and the page.",
}

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Differential recurrent neural networks: steps.")
Experiment = Annotated[
    Literal["paper", "demo", "studies"], typer.Option(help="params.yaml, demo/params.yaml or studies.yaml")
]


def run_step(
    step: str,
    key: str,
    params: dict,
    inputs: dict,
    outputs: dict,
    machine: Machine,
    holders: dict | None = None,
    note: str | None = None,
) -> None:
    """Run a step after checking that the key in its outputs' names is the key of what will make them.

    Raises:
        UserError: code or inputs are not those that the key was made of.
    """
    started = time.monotonic()
    code = code_of_step(step, params)
    own = keys.key(step, params, flat(inputs), code)
    if key != own and step != "download":  # whose key is the hash of the bytes that it verifies
        raise UserError(f"{step}: its key is now {own}, not {key}: drnn/ was edited meanwhile; run again")
    needed = inputs | (holders or {})
    files = {name: [Path(p) for p in v] if isinstance(v, list) else Path(v) for name, v in needed.items()}
    module = import_module(f"drnn.steps.{step}")
    said = module.run(params, files, {name: Path(path) for name, path in outputs.items()}, machine)
    if note:
        write_note(note, step, params, flat(inputs), code, list(outputs.values()))
    print(f"{step}: {said} ({time.monotonic() - started:.1f} s)")
    if executions := os.environ.get("DRNN_EXECUTION_LOG"):
        with Path(executions).open("a") as file:
            file.write(f"{step} {next(iter(outputs.values()))}\n")


def _step_command(step: str):
    def command(
        key: Annotated[str, typer.Option(help="the key in the outputs' names")],
        params: Annotated[str, typer.Option(help="the step's parameters, JSON")],
        output: Annotated[list[str], typer.Option(help="NAME=PATH, for each output")],
        note: Annotated[str | None, typer.Option(help="file that is to say how the outputs were made")] = None,
        input: Annotated[list[str] | None, typer.Option(help="NAME=PATH; NAME[]=PATH for one of several")] = None,
        holder: Annotated[list[str] | None, typer.Option(help="as input, but no part of the key")] = None,
        mirror: Annotated[str | None, typer.Option(envvar="DRNN_DATA_MIRROR", help="folder or address")] = None,
        device: Annotated[str, typer.Option(envvar="DRNN_DEVICE", help="auto, cpu, cuda, cuda:1")] = "auto",
    ) -> None:
        files = _pairs(input or []), _pairs(output)
        run_step(step, key, json.loads(params), *files, Machine(mirror, device), _pairs(holder or []), note)

    return command


def _pairs(values: list[str]) -> dict:
    """NAME=PATH strings as a dictionary; ``NAME[]=PATH`` collects a list, in order."""
    pairs: dict = {}
    for name, _, path in (value.partition("=") for value in values):
        if name.endswith("[]"):
            pairs.setdefault(name[:-2], []).append(path)
        else:
            pairs[name] = path
    return pairs


for _step, _help in STEPS.items():
    app.command(_step, help=_help)(_step_command(_step))


@app.command()
def synthesise(
    dataset: Annotated[Literal["kth"], typer.Argument(help="whose form the recordings have")],
    folder: Annotated[Path, typer.Option(help="where they go")] = Path("results/synthetic_kth"),
    videos: Annotated[int, typer.Option(help="how many, in the order of their names")] = 599,
    frames: Annotated[int, typer.Option(help="length of a video on average")] = 483,
    seed: Annotated[int, typer.Option(help="of every draw")] = 0,
) -> None:
    """Write synthetic videos as files, named, cut and listed as KTH's; those that are there are kept."""
    from drnn.datasets.synthetic_kth import write_folder

    try:
        written = write_folder(folder, videos, frames, seed)
    except ValueError as error:
        raise UserError(f"synthesise {dataset}: {error}") from None
    print(f"{folder}: {written} videos written, {videos - written} were there; its list is 00sequences.txt")


@app.command()
def why(
    what: Annotated[str, typer.Argument(help="a file, a key, a step or a target")],
    experiment: Experiment = "paper",
) -> None:
    """Say what a key is made of."""
    from drnn.why import explain

    print(explain(what, experiment))


@app.command()
def status(
    verify: Annotated[bool, typer.Option(help="compare every file with what was made")] = False,
    experiment: Experiment = "paper",
) -> None:
    """Say what is made, what the next run would make, and why."""
    from drnn import status

    print(status.verify(experiment) if verify else status.status(experiment))


@app.command()
def gc(
    delete: Annotated[bool, typer.Option(help="drop the files; otherwise only say which")] = False,
    keep: Annotated[list[str] | None, typer.Option(help="a git revision, besides HEAD, branches and tags")] = None,
    work: Annotated[bool, typer.Option(help="drop too what lies between videos and their finished features")] = False,
) -> None:
    """Drop files that no kept state of the experiment needs."""
    from drnn.garbage import gc

    print(gc(delete, keep or [], work))


@app.command()
def publish(
    only: Annotated[list[str] | None, typer.Option(help="a dataset of `run`; default: all of them")] = None,
) -> None:
    """Copy the finished report of params.yaml to the committed record in reports/."""
    from drnn.record import publish

    print(publish(only))


@app.command()
def verify() -> None:
    """Recompute reports/ from its committed predictions; fail if a byte differs."""
    from drnn.record import verify

    print(verify())


@app.command()
def describe(check: Annotated[bool, typer.Option(help="only compare")] = False) -> None:
    """Write config/README.md from the parameters' definitions, and README.md's graph from the plan."""
    from drnn.describe import write

    print(write(check))


def main() -> None:
    """Run a command; what a user can mend is one message and exit code 1, without a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        app()
    except UserError as error:
        sys.exit(f"error: {error}")
