# The plan of every experiment, and how a rule finds its job in it: by the wildcards in its files' names.
import os
import subprocess
import sys

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(workflow.current_basedir.join("../..")))  # drnn/ need not be installed where Snakemake is

from drnn.errors import UserError
from drnn.params import validate
from drnn.plan import EXPERIMENTS, OUTPUTS, Plan
from drnn.targets import targets

try:
    PLANS = {
        "paper": Plan(validate(config), EXPERIMENTS["paper"][1]),
        "demo": Plan.load("demo"),
    }
except UserError as error:
    raise WorkflowError(str(error)) from None

JOBS = {
    frozenset({**job.names, "root": plan.root, "key": job.key}.items()): job
    for plan in PLANS.values()
    for job in plan.jobs
}
REPORTS = {name: list(plan.report.outputs.values()) for name, plan in PLANS.items()}


wildcard_constraints:
    root="|".join(plan.root for plan in PLANS.values()),
    key="[0-9a-f]{10}",
    split="[0-9]+",
    seed="[0-9]+",
    dataset="[A-Za-z0-9_]+",
    protocol="[A-Za-z0-9_]+",
    features="[A-Za-z0-9_]+",
    recipe="[A-Za-z0-9_]+",
    model="[A-Za-z0-9_]+",


def job_of(wildcards):
    """The job whose files have these wildcards in their names."""
    try:
        return JOBS[frozenset(wildcards.items())]
    except KeyError:
        raise WorkflowError(
            f"no file of today's params.yaml has the key {wildcards.key}; `drnn why` lists the plan"
        ) from None


def inputs(wildcards):
    """A job's inputs. Times mean nothing here: a name carries what the file was made of."""
    return {
        name: ancient(paths) if isinstance(paths, str) else [ancient(path) for path in paths]
        for name, paths in job_of(wildcards).inputs.items()
    }


def arguments(wildcards):
    """What follows `drnn <step>`."""
    return job_of(wildcards).arguments


def gpus(wildcards):
    """One for a training that DRNN_DEVICE sends to a GPU: `--resources gpu=1` then runs one at a time."""
    return int(os.environ.get("DRNN_DEVICE", "").startswith("cuda"))


def print_latest():
    """Refresh the report's fixed address and say where the reports are that exist."""
    for name, plan in PLANS.items():
        if plan.report.exists:
            subprocess.run([sys.executable, "-m", "drnn", "latest", "--experiment", name], check=True)
