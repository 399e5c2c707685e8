"""The choice of a configuration by leave-one-subject-out cross-validation on the training subjects."""

import json
from collections import defaultdict
from typing import Any

import numpy as np
from pydantic import Field

from drnn.evaluation.facts import Titles
from drnn.evaluation.typed import Measured


class SearchFacts(Measured):
    """What was tried, on what, and for which recipe; ``keys`` are short hashes of what made it."""

    chooses: str
    follows: str | None = None
    dataset: str
    protocol: str
    models: list[str]
    seeds: list[int]
    base: dict[str, Any]
    configurations: dict[str, dict[str, Any]]
    search: str
    keys: dict[str, str] = Field(default_factory=dict)
    devices: list[str] = Field(default_factory=list)
    parameters: dict[str, int] = Field(default_factory=dict)
    titles: Titles = Titles()


class SearchRun(Measured):
    """One training without a subject, and how many of the subject's sequences it got right."""

    configuration: str
    model: str
    seed: int
    subject: int
    sequences: int
    right: int


class ConfigurationResult(Measured):
    """A configuration's accuracy in %, averaged over models and seeds, with its deviation over these."""

    configuration: str
    mean: float
    std: float
    by_model: dict[str, float]
    by_subject: dict[str, float]


class Made(Measured):
    """What made a published table."""

    made_again_by: str
    date: str
    revision: str
    search: str


class SearchTable(Measured):
    """A search: its runs, what each configuration reached, and which one is chosen."""

    facts: SearchFacts
    runs: list[SearchRun]
    results: list[ConfigurationResult]
    chosen: str
    provenance: Made | None = None

    def to_json(self) -> str:
        """JSON, a line for each run."""
        runs = ",\n".join("  " + json.dumps(run.values()) for run in self.runs)
        text = json.dumps(self.values() | {"runs": []}, indent=1)
        return text.replace('"runs": []', f'"runs": [\n{runs}\n ]') + "\n"


def summarise(facts: SearchFacts, runs: list[SearchRun], provenance: Made | None = None) -> SearchTable:
    """The accuracy of every configuration on the subjects left out, and the one that is chosen.

    A configuration's accuracy is that over all sequences of all subjects left out, averaged over models and seeds. The
    highest is chosen; of equals the one listed first.

    Raises:
        ValueError: the configurations were not all run with the same models, seeds and subjects.
    """
    expected = {_place(run) for run in runs}
    results = []
    for configuration in facts.configurations:
        own = [run for run in runs if run.configuration == configuration]
        if {_place(run) for run in own} != expected or len(own) != len(expected):
            raise ValueError(
                f"{configuration}: was not run once with each of the models, seeds and subjects of the others"
            )
        results.append(_result(configuration, own))
    chosen = max(results, key=lambda result: result.mean).configuration
    made = {} if provenance is None else {"provenance": provenance}
    return SearchTable(facts=facts, runs=runs, results=results, chosen=chosen, **made)


def _result(configuration: str, runs: list[SearchRun]) -> ConfigurationResult:
    accuracies = list(_accuracies(runs, "model", "seed").values())
    return ConfigurationResult(
        configuration=configuration,
        mean=float(np.mean(accuracies)),
        std=float(np.std(accuracies, ddof=1)) if len(accuracies) > 1 else 0.0,
        by_model={model: value for (model,), value in _accuracies(runs, "model").items()},
        by_subject={str(subject): value for (subject,), value in _accuracies(runs, "subject").items()},
    )


def _place(run: SearchRun) -> tuple:
    return run.model, run.seed, run.subject, run.sequences


def _accuracies(runs: list[SearchRun], *names: str) -> dict[tuple, float]:
    """% right of all sequences of the runs that share the values of ``names``."""
    counts: dict[tuple, np.ndarray] = defaultdict(lambda: np.zeros(2))
    for run in runs:
        counts[tuple(getattr(run, name) for name in names)] += (run.right, run.sequences)
    return {values: float(100 * right / total) for values, (right, total) in counts.items()}
