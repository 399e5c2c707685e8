"""Trainings, and the jobs that do them: a job trains up to ten of one model, by one recipe and protocol."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from drnn.config.training import training_key
from drnn.plan.jobs import Job, Jobs

MOST = 10
"""Trainings a job: few enough that the jobs of an experiment keep many processors busy."""
PLACE = ("dataset", "protocol", "recipe", "model")


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        names: of its dataset, protocol, split, recipe, model and seed.
        told: what the step is told, but for the seeds.
        features: file that it learns from.
    """

    names: dict[str, str]
    told: dict
    features: str

    @property
    def seed(self) -> int:
        """Of the initial parameters and of all that is drawn."""
        return int(self.names["seed"])

    @cached_property
    def key(self) -> str:
        """Hash of what makes the training, whoever shares its job."""
        return training_key(self.told, self.seed, self.features)


def told(runs: Iterable[Run]) -> tuple[dict, dict]:
    """What the step is told to do these runs, and its inputs; of one model, recipe and size."""
    seeds: dict[str, list[int]] = {}
    params: dict = {}
    for run in runs:
        params = run.told
        seeds.setdefault(run.features, []).append(run.seed)
    return params | {"seeds": list(seeds.values())}, {"features": list(seeds)}


def add_blocks(jobs: Jobs, runs: Iterable[Run]) -> dict[str, Job]:
    """Add the jobs that do these runs; key of a run → its job."""
    groups: dict[tuple, list[Run]] = {}
    for run in runs:
        groups.setdefault(tuple(run.names[name] for name in PLACE), []).append(run)
    found = {}
    for place, group in groups.items():
        group.sort(key=lambda run: (int(run.names["split"]), run.seed))
        names = dict(zip(PLACE, place, strict=True))
        for number, first in enumerate(range(0, len(group), MOST)):
            block = group[first : first + MOST]
            job = jobs.add("train", *told(block), block=number, **names)
            found |= dict.fromkeys((run.key for run in block), job)
    return found
