"""What the layer's form costs in accuracy: the fast form against the literal equations.

    snakemake --cores 2 features_msr_action3d && python benchmarks/accuracy.py --out benchmarks/accuracy.md

Both train here, on the same features by the same recipe, from the same seeds, one thread a training.
"""

import statistics
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import harness
import torch
import typer
from rich.progress import track

from drnn.config.training import Training
from drnn.datasets.store import SequenceSet
from drnn.plan.experiment import Plan
from drnn.plan.runs import Run
from drnn.training import device as devices
from drnn.training import fit as training
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor

CPU = torch.device("cpu")
FORMS = {"fast form": "fused", "literal equations": "reference"}
MODELS = ("lstm", "drnn1", "drnn2")


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    jobs: Annotated[int, typer.Option(help="trainings at once")] = 2,
    seeds: Annotated[int, typer.Option(help="of each model")] = 3,
) -> None:
    """Train, score, print and keep the table."""
    torch.set_num_threads(1)
    provenance = harness.provenance()
    names = {"dataset": "msr_action3d", "protocol": "odd_even_567", "recipe": "paper"}.items()
    plan = Plan.load("paper", ["msr_action3d"])
    wanted = [run for run in plan.runs if names <= run.names.items() and run.names["model"] in MODELS]
    runs = [(form, run) for form in FORMS for run in wanted if run.seed < seeds]
    with ProcessPoolExecutor(jobs) as pool:
        found = list(track(pool.map(accuracy, runs), "trainings", total=len(runs)))
    rows = []
    for form in FORMS:
        for model in MODELS:
            here = zip(runs, found, strict=True)
            row = [100 * value for (of, run), value in here if of == form and run.names["model"] == model]
            spread = f"{statistics.mean(row):.2f} ± {statistics.stdev(row):.2f}"
            rows.append([f"{form}, {model}", *(f"{value:.2f}" for value in row), spread])
    header = ["", *(f"seed {seed}" for seed in range(seeds)), "mean ± deviation"]
    harness.write(out, TEMPLATE.format(provenance=provenance, table=harness.table(header, rows)))


def accuracy(of: tuple[str, Run]) -> float:
    """Test accuracy of one training in one form."""
    form, run = of
    devices.prepare(CPU)
    training.build = partial(built, FORMS[form])
    told = Training(**run.told, seed=run.seed)
    train, test = SequenceSet.load(run.features).converted(torch.from_numpy).sides()
    preprocessor = Preprocessor.fit(train, told.recipe)
    with TemporaryDirectory() as folder:
        layer, _ = training.fit(train, preprocessor, told, CPU, Path(folder) / "checkpoint")
    scores = training.scores(layer, test, preprocessor, told.recipe, CPU)
    return (scores.argmax(1) == test.labels).float().mean().item()


def built(implementation: str, *arguments) -> torch.nn.Module:
    """The recipe's layer in the form that is asked for."""
    layer = build(*arguments)
    layer.implementation = implementation
    return layer


TEMPLATE = """# The layer's form and its accuracy

{provenance}

Test accuracy in per cent, MSR Action3D, by the recipe `paper`; nothing was chosen by these numbers. Trainings whose
products differ in the last bit drift apart, so that a seed's entry may differ from row to row; what has to agree is
the mean, within its spread.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
