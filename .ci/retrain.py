"""Repeat one published training from the raw recordings and compare its predictions with the committed ones.

    python .ci/retrain.py <dataset> <protocol> <recipe> <model> <split> <seed>

On the processor and versions of the record every prediction must be equal; elsewhere rounding may differ: 97 % of
the predictions must agree, and the accuracy within 1.5 points.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from drnn.evaluation.predictions import read_predictions
from drnn.evaluation.scores import Scores
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.plan.runs import Run, told
from drnn.steps import train


def alone(run: Run) -> Scores:
    """The scores of one training, done in no block: its features by the workflow, then the step."""
    subprocess.run(["snakemake", "--cores", "1", "--quiet", "all", "--", run.features], check=True)
    params, inputs = told([run])
    with TemporaryDirectory() as folder:
        block = Path(folder, "block.h5")
        train.run(params, inputs, {"trainings": block}, Machine(device="cpu"))
        return Scores.load(block, run.key)


def main(dataset: str, protocol: str, recipe: str, model: str, split: str, seed: str) -> None:
    """Train, compare, and exit with 1 where they differ by more than they may."""
    names = {"protocol": protocol, "recipe": recipe, "model": model, "split": split, "seed": seed}
    named = {"dataset": dataset} | names
    (run,) = [run for run in Plan.load("paper").runs if named == run.names]
    scores = alone(run)
    (known,) = [
        known
        for known in read_predictions(f"reports/predictions/{dataset}.csv")
        if all(str(getattr(known, name)) == value for name, value in names.items())
    ]
    assert list(known.names) == scores.names.tolist(), "the test sequences are others"
    published, repeated = np.array(known.predicted), scores.predicted
    agreement = np.mean(published == repeated)
    accuracies = [round(100 * float(np.mean(p == scores.labels)), 2) for p in (published, repeated)]
    facts = json.loads(Path(f"reports/metrics/{dataset}.json").read_text(encoding="utf-8"))["facts"]
    here = scores.facts
    same = facts["devices"] == [here["device"]] and here["versions"].items() <= facts["versions"].items()
    print(f"{', '.join(run.names.values())}: {agreement:.1%} of {len(published)} predictions agree, on ", end="")
    print(f"{'the same' if same else 'another'} kind of processor and versions; accuracies {accuracies}")
    close = agreement >= 0.97 and abs(accuracies[0] - accuracies[1]) <= 1.5
    sys.exit(0 if (agreement == 1 if same else close) else "the published training does not repeat")


if __name__ == "__main__":
    main(*sys.argv[1:])
