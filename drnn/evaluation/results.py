"""The metrics of a dataset: what was measured, on what, and how the models compare. One file of JSON a dataset.

Accuracies and rates are in % unless they are called shares; differences are in percentage points.
"""

import json
import re
from typing import Literal

from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.facts import Facts
from drnn.evaluation.typed import Measured

Bounds = list[float]
"""Low and high end of a 95 % interval."""


class Placed(Measured):
    """Something measured under a protocol with a recipe; `BASELINE` stands for what has no recipe."""

    protocol: str
    recipe: str

    @property
    def place(self) -> tuple[str, str]:
        """Protocol and recipe."""
        return self.protocol, self.recipe

    @property
    def is_baseline(self) -> bool:
        """Is it of a non-recurrent baseline?"""
        return self.recipe == BASELINE

    @property
    def is_ensemble(self) -> bool:
        """Is it of all seeds of a model together?"""
        return self.recipe.endswith(ENSEMBLE)


class Result(Placed):
    """Accuracies of a model.

    Attributes:
        accuracies: of each run; ``by_split``: of each split, mean over its seeds.
        interval: of the mean, 95 %, over other subjects or other sequences, as ``over`` says, and other seeds.
        confusion: (k, k) share of each true class (row) taken for each class, mean over the runs.
        per_class: (k,) accuracy of each class.
        train_accuracy, failed: of its trainings (`drnn.evaluation.learning`); None: not known, or there are none.
    """

    model: str
    runs: int
    splits: int
    seeds: int
    accuracies: list[float]
    by_split: list[float]
    mean: float
    std: float | None
    over: Literal["subjects", "sequences"]
    interval: Bounds
    test_sequences: int | list[int]
    confusion: list[list[float]]
    per_class: list[float]
    train_accuracy: float | None = None
    failed: int | None = None


class Compared(Placed):
    """The claim that ``better`` is better than ``baseline``, weighed; see ``pairs``.

    Attributes:
        over: what the interval and the probabilities speak of: other `splits`, other `subjects`, or other `sequences`.
        splits, seeds: on which both models were run, and of how many seeds each.
        difference, interval: of the accuracies.
        p_better, p_equivalent, p_worse: probability that the difference is above the margin, within it, below it.
        p, p_holm: two-sided p-value of no difference; and corrected for its family of claims.
    """

    better: str
    baseline: str
    over: Literal["splits", "subjects", "sequences"]
    splits: int
    seeds: int
    difference: float
    interval: Bounds
    p_better: float
    p_equivalent: float
    p_worse: float
    p: float
    p_holm: float
    verdict: Literal["better", "worse", "equivalent", "undecided"]


class Metrics(Measured):
    """Everything that is measured on a dataset."""

    facts: Facts
    results: list[Result]
    comparisons: list[Compared]

    def under_protocol(self, protocol: str) -> list[Result]:
        """The results under a protocol."""
        return [found for found in self.results if found.protocol == protocol]

    def under(self, protocol: str, recipe: str) -> list[Result]:
        """The results under a protocol with a recipe."""
        return [found for found in self.results if found.place == (protocol, recipe)]


def to_json(metrics: Metrics) -> str:
    """``metrics`` as JSON: floats with at most 6 decimals, lists of numbers on one line, LF."""
    text = json.dumps(_rounded(metrics.values()), indent=1, ensure_ascii=False, allow_nan=False)
    # A line break follows "[" in no JSON string, so only lists without strings, lists or objects match.
    number_list = r'\[\n[^\[\]{}"]*\]'
    return re.sub(number_list, lambda found: f"[{' '.join(found[0][1:-1].split())}]", text) + "\n"


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value  # + 0.0: no "-0.0"
