"""What a stage of dvc.yaml runs: `python -m drnn.cli.make <target>`.

Snakemake makes what is missing. It takes seconds to start and to see that nothing is, so it is started only where
something is. As in the Snakefile, the latest report is shown at its address either way.
"""

import os
import sys
from pathlib import Path

from drnn.errors import UserError
from drnn.plan.chosen import Experiment, remember
from drnn.plan.experiment import Plan
from drnn.plan.latest import refresh_latest
from drnn.plan.targets import targets

SNAKEMAKE = ("snakemake", "--quiet", "host", "progress", "reason", "--")


def make(target: str) -> None:
    """Return if all files of a named target are there; otherwise become a Snakemake that makes them.

    Raises:
        UserError: the parameters are not valid.
    """
    experiment = "demo" if target.startswith("demo_") else "paper"
    plan = Plan.load(experiment)
    files = targets(plan, experiment).get(target)
    if files == []:  # a dataset without baselines: DVC wants the folder of the stage all the same
        step, _, dataset = target.removeprefix("demo_").partition("_")
        Path(plan.root, step, dataset).mkdir(parents=True, exist_ok=True)
    if files is None or not all(Path(path).is_file() for path in files):
        os.execvp(SNAKEMAKE[0], [*SNAKEMAKE, target])
    if plan.report.exists:
        refresh_latest(plan)
    if experiment == "paper":
        remember(Experiment())


if __name__ == "__main__":
    try:
        make(sys.argv[1])
    except UserError as error:
        sys.exit(f"error: {error}")
