"""The named targets of the workflow: what a person, or a stage of dvc.yaml, asks for by name."""

from drnn.plan import Job, Plan


def targets(plan: Plan, experiment: str) -> dict[str, list[str]]:
    """Name → files. The demo's names begin with `demo_`.

    `features` and the like are all of a step; `features_msr_action3d` is that of one dataset, `train_msr_action3d_lstm`
    that of one model on it.
    """
    prefix = "demo_" if experiment == "demo" else ""
    named: dict[str, list[Job]] = {}
    for dataset in plan.params.run:
        named[f"recordings_{dataset}"] = [
            *plan.of("download", dataset=dataset),
            *plan.of("synthesise", dataset=dataset),
        ]
        named[f"skeletons_{dataset}"] = plan.of("skeletons", dataset=dataset)
        named[f"features_{dataset}"] = plan.of("features", dataset=dataset)
        for model in plan.params.datasets[dataset].models:
            named[f"train_{dataset}_{model}"] = plan.of("train", dataset=dataset, model=model)
        named[f"metrics_{dataset}"] = plan.of("metrics", dataset=dataset) + plan.of("traces", dataset=dataset)
        named[dataset] = named[f"metrics_{dataset}"]
    named |= {"features": plan.of("features"), "report": [plan.report]}
    return {prefix + name: [path for job in jobs for path in job.outputs.values()] for name, jobs in named.items()}
