"""Repeat one training of a published search from the raw recordings and compare what it got right.

    python .ci/retry_configuration.py <search> <configuration> <model> <seed> <subject left out>

On the processor of the record the count must be equal; elsewhere rounding may differ: by 4 % of the sequences.
"""

import json
import subprocess
import sys
from pathlib import Path

from drnn.evaluation.scores import Scores
from drnn.plan.searches import SearchPlan
from drnn.training.device import choose, describe


def main(search: str, configuration: str, model: str, seed: str, subject: str) -> None:
    """Train, compare, and exit with 1 where they differ by more than they may."""
    published = json.loads(Path(f"reports/search/{search}.json").read_text(encoding="utf-8"))
    wanted = {"configuration": configuration, "model": model, "seed": int(seed), "subject": int(subject)}
    (run,) = [run for run in published["runs"] if wanted.items() <= run.items()]
    plan = SearchPlan.load()
    fold = plan.params.protocols[published["facts"]["protocol"]].train_subjects.index(int(subject))
    names = {"dataset": search, "recipe": configuration, "model": model, "seed": seed, "split": str(fold)}
    (job,) = plan.jobs.of("train", **names)
    path = Path(job.outputs["scores"])
    path.unlink(missing_ok=True)
    subprocess.run(["snakemake", "--cores", "1", "--quiet", "all", "--", str(path)], check=True)
    scores = Scores.load(path)
    right, total = int(scores.right.sum()), len(scores.labels)
    same = published["facts"]["devices"] == [describe(choose("cpu"))]
    print(f"{path}: {right} of {total} right, published {run['right']} of {run['sequences']}, on ", end="")
    print("the same kind of processor" if same else "another kind of processor")
    allowed = 0 if same else 0.04 * total
    sys.exit(None if total == run["sequences"] and abs(right - run["right"]) <= allowed else "it does not repeat")


if __name__ == "__main__":
    main(*sys.argv[1:])
