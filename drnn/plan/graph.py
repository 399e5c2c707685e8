"""The steps of the paper's run as a graph for README.md, drawn from the plan."""

from collections import Counter

from drnn.plan.experiment import Plan

BEGIN, END = "<!-- steps: written by `drnn describe` -->", "<!-- end of steps -->"


def graph(plan: Plan) -> str:
    """Mermaid: a node for each step with its number of jobs, and what each step needs.

    An arrow is left out where longer ways lead to the same step.
    """
    makers = plan.jobs.makers()
    jobs = Counter(job.step for job in plan.jobs)
    needs = {step: {makers[path].step for job in plan.jobs.of(step) for path in job.needs} for step in jobs}
    nodes = [f'    {step}["{step}{f" × {count}" if count > 1 else ""}"]' for step, count in jobs.items()]
    arrows = [
        f"    {before} --> {step}"
        for step in jobs
        for before in sorted(needs[step])
        if not any(before in _behind(other, needs) for other in needs[step])
    ]
    return "\n".join([BEGIN, "```mermaid", "flowchart LR", *nodes, *arrows, "```", END])


def _behind(step: str, needs: dict[str, set[str]]) -> set[str]:
    """All steps that a step needs, whatever lies between."""
    return needs[step].union(*(_behind(before, needs) for before in needs[step]))
