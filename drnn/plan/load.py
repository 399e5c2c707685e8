"""What can be run, by name: the paper's experiment, the demo, and the studies that chose the recipes."""

from contextlib import suppress

from drnn.errors import UserError
from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.planned import Planned
from drnn.plan.searches import StudyPlan

STUDIES = "studies"


def plan_of(experiment: str) -> Planned:
    """The plan of `paper`, `demo` or `studies` as the parameter files stand."""
    return StudyPlan.load() if experiment == STUDIES else Plan.load(experiment)


def plans() -> list[Planned]:
    """Every plan; without the studies where studies.yaml is missing or speaks of what params.yaml no longer has."""
    found: list[Planned] = [plan_of(experiment) for experiment in EXPERIMENTS]
    with suppress(UserError):
        found.append(plan_of(STUDIES))
    return found
