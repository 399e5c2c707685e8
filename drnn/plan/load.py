"""What can be run, by name: the paper's experiment, the demo, one's own, and the searches that chose the recipes."""

from contextlib import suppress

from drnn.errors import UserError
from drnn.plan.chosen import chosen, others
from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.planned import Planned
from drnn.plan.searches import SearchPlan

SEARCHES = "searches"


def plan_of(experiment: str | None = None) -> Planned:
    """The plan of `paper`, `demo`, `searches` or a file of parameters, as it stands; None: what was run last.

    Raises:
        UserError: there is no such experiment, or its parameters are not valid.
    """
    return SearchPlan.load() if experiment == SEARCHES else chosen(experiment).plan()


def plans() -> list[Planned]:
    """Every plan, those that were run before too.

    Without the searches where searches.yaml is missing or speaks of what params.yaml no longer has.

    Raises:
        UserError: parameters are not valid.
    """
    found: list[Planned] = [Plan.load(experiment) for experiment in EXPERIMENTS]
    found += [experiment.plan() for experiment in others()]
    with suppress(UserError):
        found.append(SearchPlan.load())
    return found
