"""The metrics of a dataset: what was measured, on what, and how the models compare. One file of JSON a dataset.

Accuracies and rates are in % unless they are called shares; differences are in percentage points.
"""

import json
import re
from typing import Any

from pydantic import Field, model_serializer, model_validator

from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.typed import Measured

Bounds = list[float]
"""Low and high end of a 95 % interval."""


class ModelFacts(Measured):
    """A recurrent layer, as the block of params.yaml says it, and its number of parameters with its first recipe."""

    layer: str = "drnn"
    order: int
    truncation: str = "dos"
    as_large_as: str | None = None
    parameters: int | None = None


class Choice(Measured):
    """What a baseline's training subjects chose on a split, and the accuracy on each of them, left out."""

    protocol: str
    split: int
    settings: dict[str, Any]
    left_out: float

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, flat: dict) -> dict:
        return _gathered(flat, "protocol", "split", "left_out")

    @model_serializer
    def _spread(self) -> dict:
        return {"protocol": self.protocol, "split": self.split} | self.settings | {"left_out": self.left_out}


class BaselineFacts(Measured):
    """A non-recurrent baseline: its method, the other values of its block, and what was chosen on each split."""

    method: str
    settings: dict[str, Any]
    chosen: list[Choice] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, flat: dict) -> dict:
        return _gathered(flat, "method", "chosen")

    @model_serializer
    def _spread(self) -> dict:
        return {"method": self.method} | self.settings | {"chosen": [one.values() for one in self.chosen]}


def _gathered(flat: dict, *named: str) -> dict:
    """A flat object of JSON with all that is not ``named`` gathered as settings."""
    if not isinstance(flat, dict) or "settings" in flat:
        return flat
    kept = {name: value for name, value in flat.items() if name in named}
    return kept | {"settings": {name: value for name, value in flat.items() if name not in named}}


class Sides(Measured):
    """Numbers of training and of test sequences of a split."""

    train: int
    test: int


class Energy(Measured):
    """Share of the frames' energy that a split's PCA keeps, of the subjects on either side."""

    components: int
    subjects: dict[str, list[int]] = Field(default_factory=dict)
    train: float
    test: float


class Repairs(Measured):
    """How many sequences there were, which were excluded and why, and what was repaired; in frames and sequences."""

    listed: int | None = None
    excluded: dict[str, str] = Field(default_factory=dict)
    interpolated_sequences: int | None = None
    interpolated_frames: int | None = None
    cut_sequences: int | None = None
    cut_frames: int | None = None
    shortened_sequences: int | None = None
    shortened_frames: int | None = None


class Curve(Measured):
    """Training loss after each epoch: mean, least and greatest over splits and seeds."""

    protocol: str
    recipe: str
    model: str
    mean: list[float]
    low: list[float]
    high: list[float]


class Titles(Measured):
    """Display names that params.yaml gives, by name; what it does not name has a default (drnn/report/display.py)."""

    dataset: str | None = None
    protocols: dict[str, str] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    recipes: dict[str, str] = Field(default_factory=dict)
    baselines: dict[str, str] = Field(default_factory=dict)


class Facts(Measured):
    """What the report says besides accuracies.

    Attributes:
        sequences, energies: protocol → one entry a split.
        parameters: recipe → model → number of parameters.
        compared: models that the claims are about; None: all.
        keys: what → short hashes of what made it.
    """

    dataset: str
    synthetic: bool
    hidden_size: int
    protocols: list[str]
    recipes: list[str]
    source: str
    models: dict[str, ModelFacts]
    compared: list[str] | None = None
    settings: dict[str, dict[str, Any]]
    baselines: dict[str, BaselineFacts]
    keys: dict[str, list[str]] = Field(default_factory=dict)
    classes: list[str]
    sample: str | None = None
    feature_size: int
    parameters: dict[str, dict[str, int]] = Field(default_factory=dict)
    sequences: dict[str, list[Sides]]
    repairs: Repairs = Repairs()
    devices: list[str] = Field(default_factory=list)
    versions: dict[str, str | list[str]] = Field(default_factory=dict)
    curves: list[Curve]
    energies: dict[str, list[Energy]] = Field(default_factory=dict)
    titles: Titles = Titles()

    @property
    def claimed(self) -> list[str]:
        """Names of the models that the claims are about."""
        return list(self.models) if self.compared is None else self.compared


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
        interval, interval_subjects: over test sequences; over subjects and, if there are several, seeds.
        confusion: (k, k) share of each true class (row) taken for each class, mean over the runs.
        per_class: (k,) accuracy of each class.
    """

    model: str
    runs: int
    splits: int
    seeds: int
    accuracies: list[float]
    by_split: list[float]
    mean: float
    std: float | None
    interval: Bounds
    interval_subjects: Bounds | None
    test_sequences: int | list[int]
    confusion: list[list[float]]
    per_class: list[float]


class Effect(Measured):
    """The size of a difference in units that do not depend on the data set; see ``effects.effect``."""

    cohens_h: float
    odds_ratio: list[float] | None
    dz: float | None


class OverSplits(Measured):
    """The corrected resampled t-test of the splits' differences; see ``effects.over_splits``."""

    mean: float
    interval: Bounds
    p: float
    t: float
    splits: int


class Compared(Placed):
    """The claim that ``better`` is better than ``baseline``, tested; see ``pairs``."""

    better: str
    baseline: str
    difference: float
    interval: Bounds
    interval_subjects: Bounds | None
    by_seeds: float | None
    only_better: int
    only_baseline: int
    p: float
    detectable: float
    effect: Effect
    over_splits: OverSplits | None
    p_holm: float
    verdict: str


class Metrics(Measured):
    """Everything that is measured on a dataset."""

    facts: Facts
    results: list[Result]
    comparisons: list[Compared]

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
