"""What the layer's form costs in accuracy: fused against the literal equations, and bfloat16 products.

    python benchmarks/accuracy.py features.h5 --out benchmarks/accuracy.md

Trains on one split's features (`snakemake features_msr_action3d` makes them) by the recipe `paper` of params.yaml,
once from each of its seeds; one thread a training.
"""

import statistics
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Annotated

import harness
import torch
import typer
from rich.progress import track

from drnn import params
from drnn.datasets.store import SequenceSet
from drnn.training import device as devices
from drnn.training import fit as training
from drnn.training.batches import Normalisation
from drnn.training.recipe import build_layer

CPU = torch.device("cpu")
FORMS = ["fused", "reference", "bfloat16 products"]


def main(
    features: Annotated[Path, typer.Argument(help="features of a split")],
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    jobs: Annotated[int, typer.Option(help="trainings at once")] = 2,
) -> None:
    """Train, score, print and keep the table."""
    torch.set_num_threads(1)
    provenance = harness.provenance()
    chosen = params.load("params.yaml")
    models = {name: model.model_dump() for name, model in chosen.models.items()}
    runs = [(form, name, seed) for form in FORMS for name in models for seed in chosen.seeds]
    hidden = chosen.datasets["msr_action3d"].hidden_size
    accuracy = partial(trained, features, models, chosen.recipes["paper"].model_dump(), hidden)
    with ProcessPoolExecutor(jobs) as pool:
        found = dict(zip(runs, track(pool.map(accuracy, runs), "trainings", total=len(runs)), strict=True))
    rows = []
    for form in FORMS:
        for name in models:
            per_seed = [100 * found[form, name, seed] for seed in chosen.seeds]
            spread = f"{statistics.mean(per_seed):.2f} ± {statistics.stdev(per_seed):.2f}"
            rows.append([f"{form}, {name}", *(f"{value:.2f}" for value in per_seed), spread])
    header = ["", *(f"seed {seed}" for seed in chosen.seeds), "mean ± deviation"]
    harness.write(out, TEMPLATE.format(provenance=provenance, table=harness.table(header, rows)))


def trained(features: Path, models: dict, recipe: dict, hidden: int, run: tuple[str, str, int]) -> float:
    """Test accuracy of one training."""
    form, name, seed = run
    devices.prepare(CPU)
    torch.set_float32_matmul_precision("medium" if form == "bfloat16 products" else "highest")
    training.build_layer = partial(built, "reference" if form == "reference" else "fused")
    data = SequenceSet.load(features)
    count = data.attributes["train"]
    normalise = Normalisation.fit([data[i] for i in range(count)], recipe["normalisation"])
    sequences, labels = [normalise(data[i]) for i in range(len(data))], torch.from_numpy(data.labels)
    settings = SimpleNamespace(**recipe)
    with TemporaryDirectory() as folder:
        layer, _ = training.fit(
            sequences[:count],
            labels[:count],
            len(data.classes),
            models[name],
            hidden,
            settings,
            seed,
            CPU,
            Path(folder) / "checkpoint",
        )
    scores = training.scores(layer, sequences[count:], settings, CPU)
    return (scores.argmax(1) == labels[count:]).float().mean().item()


def built(implementation: str, *arguments) -> torch.nn.Module:
    """The recipe's layer in the form that is asked for."""
    layer = build_layer(*arguments)
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
