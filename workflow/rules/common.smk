# The plan of every experiment. A job is found in it by the wildcards in the names of its files.
import os
import shutil
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

HOME = Path(str(workflow.current_basedir)).resolve().parents[1]
sys.path.insert(0, str(HOME))  # drnn/ need not be installed where Snakemake is, nor its environment activated
os.environ.update(
    PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),
    PYTHONPATH=os.pathsep.join([str(HOME), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
)

from drnn.config.params import validate
from drnn.errors import UserError
from drnn.plan.chosen import remember, told
from drnn.plan.experiment import Plan, report_patterns
from drnn.plan.latest import refresh_latest
from drnn.plan.lock import only_run
from drnn.plan.searches import SearchPlan
from drnn.plan.steps import STEPS
from drnn.plan.targets import targets
from drnn.report.names import FIGURES

if workflow.modifier.skip_configfile:  # another workflow, of which this one is a module, says what to run
    TOLD = told(config, [], {})
else:
    TOLD = told(config, workflow.config_settings.configfiles or [Path("params.yaml")], workflow.config_settings.config)
try:
    PLANS = {"paper": Plan(validate(config, TOLD.name), TOLD.root), "demo": Plan.load("demo")}
except UserError as error:
    sys.exit(f"error: {error}")

if workflow.is_main_process:
    for sentence in PLANS["paper"].untested():
        print(f"warning: {sentence}", file=sys.stderr)

UNFIT = None
try:
    SEARCHES = SearchPlan.load(PLANS["paper"].params)
except UserError as error:  # an experiment of one's own need not have a search
    SEARCHES, UNFIT = SearchPlan({}, PLANS["paper"].params), error

ALL_PLANS = [SEARCHES, *PLANS.values()]
JOBS = {
    frozenset({**job.names, "root": plan.root, "key": job.key}.items()): (job, plan)
    for plan in ALL_PLANS
    for job in plan.jobs
}


wildcard_constraints:
    **dict.fromkeys(("split", "block", "part"), "[0-9]+"),
    **dict.fromkeys(("source", "dataset", "protocol", "features", "recipe", "model", "baseline"), "[A-Za-z0-9_]+"),
    root="|".join(plan.root for plan in PLANS.values()),
    key="[0-9a-f]{10}",


def job_of(wildcards):
    """The job whose files have these wildcards in their names, and its plan."""
    if found := JOBS.get(frozenset(wildcards.items())):
        return found
    raise WorkflowError(f"no file of today's params.yaml has the key {wildcards.key}; `drnn status` lists the plan")


def inputs(wildcards):
    """The files that a job needs. Times mean nothing, since a name carries what a file was made of.

    What was forced (--forcerun) and what follows from it counts as new. A finished job does without a file that is
    missing and will be made for another job: it would start again.
    """
    job, plan = job_of(wildcards)
    forced = plan.forced(workflow.dag_settings.forcerun)
    missing = set() if forced or workflow.dag_settings.forceall else plan.to_come(job)
    return [path if path in forced else ancient(path) for path in job.needs if path not in missing]


def executing():
    """Whether jobs will run: not in a dry run, a listing or a graph, which write nothing."""
    return workflow.executor_plugin is not None and not workflow.dryrun


def command(wildcards):
    """What follows `drnn`: the step and the file that tells it everything, written when the job starts."""
    job, _ = job_of(wildcards)
    if executing():
        job.write_order()
    return job.command


def step_of(wildcards):
    """The record of a job's step."""
    job, _ = job_of(wildcards)
    return STEPS[job.step]


def memory(wildcards, input):
    """Megabytes; what reads features of a split takes up to four times their size, and a gigabyte."""
    return step_of(wildcards).mem_mb or int(2000 + 6 * max(input.size_files_mb))


def gpus(wildcards):
    """One for a training that will run on a GPU: the profile's `gpu=1` then lets one run at a time."""
    device = os.environ.get("DRNN_DEVICE", "auto")
    if step_of(wildcards).name != "train":
        return 0
    if device == "auto" and shutil.which("nvidia-smi"):
        try:
            import torch  # seconds, and only where there may be a GPU
        except ImportError:  # it is in the rules' environment alone (--use-conda)
            return 1
        return int(torch.cuda.is_available())
    return int(device.startswith("cuda"))


def report_of(experiment):
    """The files of a report; shown at their address, also where nothing is left to run."""
    plan = PLANS[experiment]
    if executing() and plan.report.exists:
        refresh_latest(plan)
        if experiment == "paper":
            remember(TOLD)
    return plan.report.makes


def searches(wildcards):
    """The tables and pages of all searches."""
    if UNFIT:
        raise WorkflowError(str(UNFIT))
    return [path for job in SEARCHES.ends.values() for path in job.makes]


onstart:
    try:
        workflow.run_lock = only_run()  # another run would do the same work
        if any(job.wildcards.get("root") == TOLD.root for job in workflow.dag.jobs):
            remember(TOLD)
    except UserError as error:
        sys.exit(f"error: {error}")
    forced = set().union(*(plan.forced(workflow.dag_settings.forcerun) for plan in ALL_PLANS))
    trainings = [job for job, _ in JOBS.values() if job.step == "train"]
    # For these nothing counts of what was done before.
    anew = [job.key for job in trainings if workflow.dag_settings.forceall or forced & set(job.makes)]
    os.environ.update(DRNN_FORCED=" ".join(anew))


onsuccess:  # a report is at an address that does not change; of another target the number of its files is said
    for target in workflow.dag.targetjobs:
        files = [str(path) for path in (*target.input, *target.output)]
        reports = [plan for plan in PLANS.values() if plan.report.outputs["report.html"] in files]
        for plan in reports:
            print(refresh_latest(plan))
        if not reports:
            print(f"{target.rule.name}: {len(files)} file{'s' * (len(files) > 1)} made")


onerror:
    print("stopped; what is made is kept, and the same command goes on from here", file=sys.stderr)
