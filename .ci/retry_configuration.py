"""Repeat one training of a published search from the raw recordings and compare what it got right.

    python .ci/retry_configuration.py <search> <configuration> <model> <seed> <subject left out>

On the processor of the record the count must be equal; elsewhere rounding may differ: by 4 % of the sequences.
"""

import json
import sys
from pathlib import Path

from retrain import alone

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
    (training,) = [one for one in plan.runs if names.items() <= one.names.items()]
    scores = alone(training)
    right, total = int(scores.right.sum()), len(scores.labels)
    same = published["facts"]["devices"] == [describe(choose("cpu"))]
    told = f"{right} of {total} right, published {run['right']} of {run['sequences']}"
    print(f"{', '.join(training.names.values())}: {told}, on ", end="")
    print("the same kind of processor" if same else "another kind of processor")
    allowed = 0 if same else 0.04 * total
    sys.exit(None if total == run["sequences"] and abs(right - run["right"]) <= allowed else "it does not repeat")


if __name__ == "__main__":
    main(*sys.argv[1:])
