"""The stages of dvc.yaml and their diagram, written from the records of the steps."""

import yaml

from drnn.plan.experiment import EXPERIMENTS
from drnn.plan.steps import STEPS, Step

BEGIN = "# The stages: written by `drnn describe`."
END = "# end of stages"
DIAGRAM_BEGIN, DIAGRAM_END = "<!-- stages: written by `drnn describe` -->", "<!-- end of stages -->"


def stages(experiment: str) -> str:
    """The block `stages` of the dvc.yaml of `paper` or `demo`: a stage for each step that reads parameters."""
    found = {step.name: _stage(step, experiment) for step in STEPS.values() if step.reads}
    return "\n".join([BEGIN, yaml.safe_dump({"stages": found}, sort_keys=False).rstrip(), END])


def diagram() -> str:
    """Markdown: what `dvc dag --mermaid` draws, with one box for a stage of all datasets.

    An arrow that follows from others is left out.
    """
    drawn = [step for step in STEPS.values() if step.reads]
    arrows = [f"    {name} --> {step.name}" for step in drawn for name in _nearest(step)]
    return "\n".join([DIAGRAM_BEGIN, "```mermaid", "flowchart LR", *arrows, "```", DIAGRAM_END])


def _stage(step: Step, experiment: str) -> dict:
    """A stage, or one for each dataset that runs; it asks for the target of its name."""
    file, root = EXPERIMENTS[experiment]
    demo = experiment == "demo"
    prefix = "demo_" if demo else ""
    item = "${item}" if step.of_dataset else "all"
    params = ["datasets.${item}" if step.of_dataset and part == "datasets" else part for part in step.reads]
    body: dict = {"wdir": ".."} if demo else {}
    if not step.after and not demo:  # a sample lies in a folder that DVC does not see: Snakemake looks
        body["always_changed"] = True
    body |= {
        "cmd": f"python -m drnn.cli.make {prefix}{step.name}_{item}",
        "deps": ["drnn", "workflow", *(_folder(root, STEPS[name], step) for name in step.after)],
        "params": [{file: params}] if demo else params,
        "outs": [{_folder(root, step, step): {"persist": True}}],
    }
    return {"foreach": "${run}", "do": body} if step.of_dataset else body


def _folder(root: str, step: Step, reader: Step) -> str:
    """What a step makes, of one dataset where both it and what reads it are of one."""
    return f"{root}/{step.name}" + ("/${item}" if step.of_dataset and reader.of_dataset else "")


def _nearest(step: Step) -> list[str]:
    """The steps that a step comes after, but for those that come before another of them."""
    before = set().union(*(_before(STEPS[name]) for name in step.after))
    return [name for name in step.after if name not in before]


def _before(step: Step) -> set[str]:
    """All steps that a step comes after."""
    return set(step.after).union(*(_before(STEPS[name]) for name in step.after))
