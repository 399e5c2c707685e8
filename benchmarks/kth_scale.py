"""KTH at full size, on synthetic videos: what its features take, and how far trainings are above their FLOP floor.

    python benchmarks/kth_scale.py --out benchmarks/kth_scale.md
    python benchmarks/kth_scale.py --part features  # one alone: what each finds is kept for the table

The real workflow runs in a copy of this checkout below `folder`, which takes 12 GB. Recordings that are there stay,
features are made anew. Nothing else should run meanwhile.
"""

import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal
from unittest import mock

import harness
import layer_steps
import torch
import typer
import yaml
from shapes import Shape

from drnn.config.params import load
from drnn.datasets.kth_sequences import ACTIONS
from drnn.datasets.store import SequenceSet
from drnn.files import write_text
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.plan.steps import STEPS
from drnn.steps import train
from drnn.training import device as devices

DATASETS, PROTOCOL, RECIPE, GB = ("kth1", "kth2"), "random_16_9", "paper", 1e9
FULL = {"subjects": 25, "scenarios": 4, "frames": 483, "seed": 0}
TRIAL = {"subjects": 3, "scenarios": 1, "frames": 100, "seed": 0}
MEASURED = ("sketch", "sequences", "split", "gram", "basis", "project", "features")
CORES, ROUNDS, SQUARES = 2, 3, (1024, 2048)


def prepare(folder: Path, trial: bool) -> None:
    """The checkout with synthetic videos in the place of KTH's; for a trial few, short ones and few components."""
    for name in ("drnn", "workflow", "demo"):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "results"))
    shutil.copyfile("environment.yml", folder / "environment.yml")
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8")) | {"run": list(DATASETS)}
    for name in DATASETS:
        params["datasets"][name] |= {"source": "synthetic_kth", "synthesis": TRIAL if trial else FULL}
    if trial:
        params["protocols"]["schuldt"] = {"train_subjects": [1, 3], "test_subjects": [2]}
        params["protocols"][PROTOCOL]["train_subjects"] = 2
        params["features"]["hog3d"]["n_components"] = 50
    write_text(folder / "params.yaml", yaml.safe_dump(params))


def recordings(folder: Path) -> str:
    """Render the videos, unless they are there; how long it took when they were."""
    snakemake(folder, "recordings_all")
    job = Plan(load(folder / "params.yaml")).jobs.of("recordings")[0]
    made = STEPS["recordings"].pathvars["job"].format(key=job.key, **job.names)
    timed = folder / f"results/benchmarks/{made}.tsv"
    minutes, size = harness.column(timed, "s")[0] / 60, (folder / job.outputs["archive"]).stat().st_size / GB
    return RECORDINGS.format(minutes=minutes, size=size, **job.params)


def features(folder: Path) -> str:
    """Make all features from the recordings, and say what they took."""
    results, busy = folder / "results", os.getloadavg()[0]
    for made in ("work", "sequences", "split", "features", *(f"benchmarks/{step}" for step in MEASURED)):
        shutil.rmtree(results / made, ignore_errors=True)
    provenance = harness.provenance(f"{CORES} jobs at once, of one thread each")
    usage = snakemake(folder, "features_all")
    kept, work = harness.size(results / "features"), harness.size(results) - harness.size(results / "recordings")
    rows = [
        ["wall time, min", f"{usage.wall / 60:.1f}", "10", "4"],
        ["CPU time, min", f"{usage.cpu / 60:.1f}", "", ""],
        ["memory of all processes at one time, GB", f"{usage.together / GB:.2f}", "6", "3"],
        ["memory of the largest process, GB", f"{usage.largest / GB:.2f}", "", ""],
        ["disk beside recordings and features, GB", f"{(work - kept) / GB:.2f}", "9", "1"],
        ["disk of the features, GB", f"{kept / GB:.2f}", "", ""],
    ]
    made = {name: SequenceSet.load(harness.only(results, f"sequences/{name}/*.h5")) for name in DATASETS}
    known = {"provenance": provenance, "busy": busy, "steal": usage.steal}
    known["made"] = " and ".join(f"{len(s):,} sequences of {len(s.frames):,} frames ({n})" for n, s in made.items())
    tables = harness.table(["", "measured", "at most", "aim"], rows), harness.steps_table(results, MEASURED)
    return FEATURES.format(**known, table=tables[0], steps=tables[1])


def snakemake(folder: Path, target: str) -> harness.Usage:
    """Make one of the workflow's targets."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(CORES), "--quiet", "rules", "host", "--", target]
    return harness.watched(command, folder)


def frames_that_train(results: Path, dataset: str) -> list[int]:
    """How many frames the training sequences of each split have."""
    sequences = SequenceSet.load(harness.only(results, f"sequences/{dataset}/*.h5"))
    lengths = dict(zip(sequences.names, sequences.lengths.tolist(), strict=True))
    splits = json.loads(harness.only(results, f"split/{dataset}/{PROTOCOL}@*.json").read_text(encoding="utf-8"))
    return [sum(lengths[name] for name in sides["train"]) for sides in splits.values()]


def one_epoch(path: Path, params: dict, **changes) -> tuple[float, float]:
    """CPU seconds of the real step on some features, with one epoch: of the epoch, and of all else."""
    clock = [time.process_time()]

    def timed(*arguments, **options):
        clock.append(time.process_time())
        result = fit(*arguments, **options)
        clock.append(time.process_time())
        return result

    fit, params = train.fit, params | {"recipe": params["recipe"] | {"epochs": 1} | changes}
    with TemporaryDirectory() as folder, mock.patch.object(train, "fit", timed):
        outputs = {"trainings": Path(folder, "block.h5")}
        train.run(params | {"seeds": [[0]]}, {"features": [path]}, outputs, Machine(device="cpu"))
    return clock[2] - clock[1], time.process_time() - clock[2] + clock[1] - clock[0]


def training(folder: Path) -> str:
    """Time an epoch of each model on the first split of each dataset, and large products in between."""
    devices.prepare(torch.device("cpu"))
    provenance, params, results = harness.provenance(), load(folder / "params.yaml"), folder / "results"
    recipe, best, seconds, sums = params.recipes[RECIPE], 0.0, {}, {}
    models = [(name, model) for name in DATASETS for model in params.datasets[name].models]
    for name, model in models * ROUNDS:
        best = max(best, *map(harness.rate, SQUARES))
        path = harness.only(results, f"features/{name}/*/{PROTOCOL}/split0@*.h5")
        step = {"hidden_size": params.datasets[name].hidden_size, "model": params.models[model].model_dump()}
        step["recipe"] = recipe.model_dump()
        once = *one_epoch(path, step), one_epoch(path, step, loss="every_frame")[0]  # errors then reach all frames
        seconds.setdefault((name, model), []).append(once)
    for name, model in models:
        dataset, frames = params.datasets[name], frames_that_train(results, name)
        size = params.features[dataset.features].n_components, dataset.hidden_size, len(ACTIONS), 1, sum(frames)
        flop = recipe.epochs * layer_steps.operations(Shape(*size), params.models[model].order, training=True)
        epoch, rest, bound = map(statistics.median, zip(*seconds[name, model], strict=True))
        took = [recipe.epochs * one * sum(frames) / frames[0] + len(frames) * rest for one in (epoch, bound)]
        sums[f"{name}, {model}"] = epoch, rest, flop / 1e12, took[0] / 60, flop / best, *took
    sums["all"] = [sum(values) for values in zip(*sums.values(), strict=True)]
    rows = [
        [label, *(f"{value:.1f}" for value in values), *(f"{cpu / floor:.2f}" for cpu in (took, bound))]
        for label, (*values, floor, took, bound) in sums.items()
    ]
    known = {"provenance": provenance, "rate": best / 1e9, "rounds": ROUNDS, "splits": len(frames), "recipe": recipe}
    return TRAINING.format(table=harness.table(TRAINING_HEADER, rows), **known)


def main(
    folder: Annotated[Path, typer.Option(help="where the workflow runs")] = Path("results/kth_scale"),
    part: Annotated[Literal["recordings", "features", "training"] | None, typer.Option(help="only this one")] = None,
    out: Annotated[Path | None, typer.Option(help="file for the tables")] = None,
    trial: Annotated[bool, typer.Option(help="a few short videos, to see whether it runs")] = False,
) -> None:
    """Measure, print and keep the tables."""
    parts = {"recordings": recordings, "features": features, "training": training}
    prepare(folder, trial)
    for name in [part] if part else parts:
        write_text(folder / f"{name}.md", parts[name](folder))
    found = [folder / f"{name}.md" for name in parts if (folder / f"{name}.md").exists()]
    harness.write(out, "\n".join([TITLE, *(path.read_text(encoding="utf-8") for path in found)]))


TITLE = "# KTH at full size, on synthetic videos\n"
RECORDINGS = """{subjects} subjects × 6 actions × {scenarios} scenarios, about {frames} frames a video: {size:.2f} GB.
One job renders them in {minutes:.1f} minutes.
"""
FEATURES = """## Features

{provenance}

`snakemake features_all`: all of `kth1` and `kth2` from the videos on, {made}; the first jobs compile too. Load average
before: {busy:.2f}; of the processor time {steal:.1%} went to other virtual machines. Memory at one time is the sum over
the processes as sampled, shared pages counted once (PSS); the largest process, its resident peak. A GB is 10⁹ bytes.

{table}

Of each step, all splits of all protocols together:

{steps}
"""
TRAINING_HEADER = ["", "epoch, CPU s", "all else, CPU s", "TFLOP", "CPU min", "over the floor", "at most"]
TRAINING = """## Training

{provenance}

What {recipe.epochs} epochs on each of {splits} random splits take. An epoch is that of the real step on the first
split, all else what the step does besides: reading, normalising, scoring, saving; medians of {rounds}. The minutes are
scaled by the frames that train. The floor is the operations of the equations' products, forward and backward, for the
sequences' own lengths, at the rate of the fastest large product in between, {rate:.0f} GFLOP/s. Where errors die out on
their way back, a training does less; at most is with a loss on every frame. Bar over the floor: 1.7; aim: 1.4.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
