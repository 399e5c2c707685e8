# The plan of every experiment. A job is found in it by the wildcards in the names of its files.
import os
import shutil
import sys

from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(workflow.current_basedir.join("../..")))  # drnn/ need not be installed where Snakemake is
os.environ.update(PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))  # nor activated

from drnn.errors import UserError
from drnn.plan.jobs import OUTPUTS
from drnn.plan.lock import only_run
from drnn.config.params import validate
from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.latest import refresh_latest
from drnn.plan.searches import SearchPlan
from drnn.plan.targets import targets

try:
    PLANS = {
        "paper": Plan(validate(config), EXPERIMENTS["paper"][1]),
        "demo": Plan.load("demo"),
    }
except UserError as error:
    sys.exit(f"error: {error}")

UNFIT = None
try:
    SEARCHES = SearchPlan.load(PLANS["paper"].params)
except UserError as error:  # of an experiment of one's own there need not be a search
    SEARCHES, UNFIT = SearchPlan({}, PLANS["paper"].params), error

JOBS = {
    frozenset({**job.names, "root": plan.root, "key": job.key}.items()): job
    for plan in [SEARCHES, *PLANS.values()]
    for job in plan.jobs
}
REPORTS = {name: list(plan.report.outputs.values()) for name, plan in PLANS.items()}


wildcard_constraints:
    root="|".join(plan.root for plan in PLANS.values()),
    key="[0-9a-f]{10}",
    split="[0-9]+",
    seed="[0-9]+",
    subject="[0-9]+",
    source="[A-Za-z0-9_]+",
    dataset="[A-Za-z0-9_]+",
    protocol="[A-Za-z0-9_]+",
    features="[A-Za-z0-9_]+",
    recipe="[A-Za-z0-9_]+",
    model="[A-Za-z0-9_]+",
    baseline="[A-Za-z0-9_]+",


def job_of(wildcards):
    """The job whose files have these wildcards in their names."""
    try:
        return JOBS[frozenset(wildcards.items())]
    except KeyError:
        raise WorkflowError(
            f"no file of today's params.yaml has the key {wildcards.key}; `drnn status` lists the plan"
        ) from None


def inputs(wildcards):
    """The files that a job needs: none where it is done. Times mean nothing: a name carries what a file was made of."""
    job = job_of(wildcards)
    if job.exists:
        return {}
    return {
        name: ancient(paths) if isinstance(paths, str) else [ancient(path) for path in paths]
        for name, paths in (job.inputs | job.holders).items()
    }


def searches(wildcards):
    """The tables and pages of all searches."""
    if UNFIT:
        raise WorkflowError(str(UNFIT))
    return [path for job in SEARCHES.ends.values() for path in job.outputs.values()]


def arguments(wildcards):
    """What follows `drnn <step>`."""
    return job_of(wildcards).arguments


def memory(wildcards, input):
    """Megabytes for what reads all features; a training takes up to four times their size and a gigabyte."""
    return int(2000 + 6 * input.size_mb)


def gpus(wildcards):
    """One for a training that will run on a GPU: the profile's `gpu=1` then lets one run at a time."""
    device = os.environ.get("DRNN_DEVICE", "auto")
    if device == "auto" and shutil.which("nvidia-smi"):
        try:
            import torch  # seconds, and only where there may be a GPU
        except ImportError:  # it is in the rules' environment alone (--use-conda)
            return 1
        return int(torch.cuda.is_available())
    return int(device.startswith("cuda"))


def names_in(step, wildcard):
    """The values of a wildcard in the names of what a step makes, as a pattern that may match none."""
    names = {job.names[wildcard] for plan in [SEARCHES, *PLANS.values()] for job in plan.jobs.of(step)}
    return "|".join(sorted(names)) or "(?!)"


def latest():
    """Where each finished report of today's parameters is, at an address that does not change."""
    return [refresh_latest(plan) for plan in PLANS.values() if plan.report.exists]


GOES_ON = "stopped; what is made is kept, and the same command goes on from here"


def made():
    """What the run was asked for: a report, at an address that does not change; else a target and its files' number."""
    said = []
    for target in workflow.dag.targetjobs:
        files = [str(path) for path in (*target.input, *target.output)]
        reports = [plan for plan in PLANS.values() if plan.report.outputs["report.html"] in files]
        said += [refresh_latest(plan) for plan in reports] or [
            f"{target.rule.name}: {len(files)} file{'s' * (len(files) > 1)} made"
        ]
    return said


def take_lock():
    """Refuse to run beside another run, which would do the same work."""
    try:
        workflow.run_lock = only_run()
    except UserError as error:
        sys.exit(f"error: {error}")


try:
    latest()  # also when there is nothing to run, as after going back to an older setting
except (UserError, OSError) as error:
    print(f"warning: {error}", file=sys.stderr)
