"""The named targets of the workflow: what a person, or a stage of dvc.yaml, asks for by name."""

from drnn.plan import Plan

STAGES = {
    "recordings": ("download", "synthesise"),
    "skeletons": ("skeletons",),
    "split": ("split",),
    "features": ("features",),
    "train": ("train",),
    "metrics": ("metrics",),
    "traces": ("traces",),
}


def targets(plan: Plan, experiment: str) -> dict[str, list[str]]:
    """Name → files: `train` is all of a stage, `train_msr_action3d` that of one dataset; `report` the end.

    `msr_action3d` is all of a dataset. The demo's names begin with `demo_`.
    """
    prefix = "demo_" if experiment == "demo" else ""
    named = {
        f"{stage}{suffix}": [job for step in steps for job in plan.of(step, **which)]
        for stage, steps in STAGES.items()
        for suffix, which in [("", {}), *((f"_{dataset}", {"dataset": dataset}) for dataset in plan.params.run)]
    }
    for dataset in plan.params.run:
        named[dataset] = named[f"metrics_{dataset}"] + named[f"traces_{dataset}"]
    named["report"] = [plan.report]
    return {prefix + name: [path for job in jobs for path in job.outputs.values()] for name, jobs in named.items()}
