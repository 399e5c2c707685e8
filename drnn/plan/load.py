"""What can be run, by name: the paper's experiment, the demo, and the searches that chose the recipes."""

from contextlib import suppress

from drnn.errors import UserError
from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.planned import Planned
from drnn.plan.searches import SearchPlan

SEARCHES = "searches"


def plan_of(experiment: str) -> Planned:
    """The plan of `paper`, `demo` or `searches` as the parameter files stand."""
    return SearchPlan.load() if experiment == SEARCHES else Plan.load(experiment)


def plans() -> list[Planned]:
    """Every plan; without the searches where searches.yaml is missing or speaks of what params.yaml no longer has."""
    found: list[Planned] = [plan_of(experiment) for experiment in EXPERIMENTS]
    with suppress(UserError):
        found.append(plan_of(SEARCHES))
    return found
