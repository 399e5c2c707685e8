"""The named targets of the workflow: what a person, or a stage of dvc.yaml, asks for by name."""

from drnn.plan.experiment import Plan
from drnn.plan.steps import STEPS

ENDS = ("report", "search")
"""Steps that make nothing of one dataset alone."""


def targets(plan: Plan, experiment: str) -> dict[str, list[str]]:
    """Name → files: `train_msr_action3d` is all that the step `train` makes of a dataset.

    `train_all` is that of all datasets, `msr_action3d` the end of one. The demo's names begin with `demo_`.
    """
    prefix = "demo_" if experiment == "demo" else ""
    upstream = {"all": plan.jobs} | {name: plan.jobs.upstream(ends) for name, ends in plan.ends.items()}
    named = {
        f"{step.name}_{name}": [job for job in jobs if job.step == step.name]
        for step in STEPS.values()
        if not step.scratch and step.name not in ENDS
        for name, jobs in upstream.items()
    }
    named["report_all"] = [plan.report]
    named |= {name: list(ends) for name, ends in plan.ends.items()}
    return {prefix + name: [path for job in jobs for path in job.makes] for name, jobs in named.items()}
