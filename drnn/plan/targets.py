"""The named targets of the workflow: what a person, or a stage of dvc.yaml, asks for by name."""

from drnn.plan.experiment import Plan

STAGES = {
    "recordings": ("download", "synthesise_skeletons", "synthesise_videos"),
    "sequences": ("skeletons", "sequences"),
    "split": ("split",),
    "features": ("features", "cut"),
    "train": ("train", "baseline"),
    "metrics": ("metrics",),
    "traces": ("traces", "behaviour"),
}
WORK = ("sketch", "gram", "basis", "project")
"""Steps between the videos and their features: what they make is needed no more when these are there."""


def targets(plan: Plan, experiment: str) -> dict[str, list[str]]:
    """Name → files: `train` is all of a stage, `train_msr_action3d` that of one dataset; `report` the end.

    `msr_action3d` is all of a dataset. The demo's names begin with `demo_`.
    """
    prefix = "demo_" if experiment == "demo" else ""
    upstream = {"": plan.jobs} | {f"_{name}": plan.jobs.upstream(ends) for name, ends in plan.ends.items()}
    named = {
        f"{stage}{suffix}": [job for job in jobs if job.step in steps]
        for stage, steps in STAGES.items()
        for suffix, jobs in upstream.items()
    }
    named |= {name: list(ends) for name, ends in plan.ends.items()}
    named["report"] = [plan.report]
    return {prefix + name: [path for job in jobs for path in job.outputs.values()] for name, jobs in named.items()}
