"""params.yaml: read and checked."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drnn.config.baselines import Baseline
from drnn.config.block import Name, Seed
from drnn.config.complaints import explain, suggestion
from drnn.config.datasets import Dataset
from drnn.config.division import SUBJECT
from drnn.config.features import FITTING, Features
from drnn.config.protocol import Protocol
from drnn.config.recipe import Recipe
from drnn.config.sized import NamedModel
from drnn.datasets.source import source
from drnn.errors import UserError
from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.keys import ROOT


class Params(BaseModel):
    """An experiment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: list[Name] = Field(min_length=1, description="datasets to run, in the report's order")
    seeds: list[Seed] = Field(min_length=1, description="seeds of initialisation and order")
    datasets: dict[Name, Dataset]
    features: dict[Name, Features]
    protocols: dict[Name, Protocol]
    models: dict[Name, NamedModel]
    recipes: dict[Name, Recipe]
    baselines: dict[Name, Baseline]

    @model_validator(mode="after")
    def _names_exist_once(self):
        _known("run", self.run, self.datasets)
        _once("seeds", self.seeds)
        if BASELINE in self.recipes:
            raise ValueError(f"recipes.{BASELINE}: the name stands for what has no recipe; take another")
        if ending := [name for name in self.recipes if name.endswith(ENSEMBLE)]:
            raise ValueError(f"recipes.{ending[0]}: names with {ENSEMBLE} at their end stand for ensembles; rename it")
        for name, model in self.models.items():
            _known(f"models.{name}.as_large_as", [model.as_large_as] if model.as_large_as else [], self.models)
            if model.as_large_as and min(model.units, self.models[model.as_large_as].units) < 1:
                raise ValueError(f"models.{name}.as_large_as: counts parameters at all units, not at a part of them")
        for name, dataset in self.datasets.items():
            self._check_dataset(f"datasets.{name}", dataset)
        return self

    def _check_dataset(self, where: str, dataset: Dataset) -> None:
        _known(f"{where}.features", [dataset.features], self.features)
        _known(f"{where}.baselines", dataset.baselines, self.baselines)
        for place, runs in [(where, dataset), *((f"{where}.extra_runs", runs) for runs in dataset.extra_runs)]:
            _once(f"{place}.seeds", runs.seeds or [])
            for part in ("protocols", "models", "recipes"):
                _known(f"{place}.{part}", getattr(runs, part) or [], getattr(self, part))
            if runs.models and all(self.models[model].layer != "drnn" for model in dataset.models):
                raise ValueError(f"{where}.models: needs a model of the paper's own layer, whose states are drawn")
            if both := sorted({*dataset.baselines} & {*(runs.models or [])}):
                raise ValueError(f"{place}: {both[0]} is the name of a model and of a baseline; rename one")
        trained = {name for runs in (dataset, *dataset.extra_runs) for name in runs.recipes or []}
        for name, members in dataset.ensembles.items():
            _known(f"{where}.ensembles.{name}", members, {member: None for member in sorted(trained)})
            if name in self.recipes or name == BASELINE or name.endswith(ENSEMBLE):
                raise ValueError(f"{where}.ensembles.{name}: the name stands for another result; take another")
        recordings = source(dataset.source).kind
        named = {name for runs in (dataset, *dataset.extra_runs) for name in runs.protocols or []}
        mixed = [name for name in sorted(named) if self.protocols[name].groups != {SUBJECT}]
        if mixed and recordings == "videos":
            raise ValueError(
                f"{where}.protocols: {mixed[0]} does not divide subjects alone, and the PCA of videos is fitted to the "
                "training subjects; take a protocol that does"
            )
        warping = [name for name in dataset.baselines if self.baselines[name].method == "dtw"]
        if warping and recordings == "videos":
            said = f"{warping[0]} compares joints or values, and {dataset.source} has none"
            raise ValueError(f"{where}.baselines: {said}")
        if posed := [name for name in warping if self.baselines[name].centre and recordings == "values"]:
            said = f"{posed[0]} centres joints, and {dataset.source} has none; set its centre to false"
            raise ValueError(f"{where}.baselines: {said}")
        self._check_features(f"{where}.features", dataset.features, dataset)
        for name in trained:
            own = self.recipes[name].features
            _known(f"recipes.{name}.features", [own] if own else [], self.features)
            if own and own != dataset.features and recordings == "videos":
                raise ValueError(f"recipes.{name}.features: the features of videos are those of {where} itself")
            self._check_features(f"recipes.{name}.features", own or dataset.features, dataset)

    def _check_features(self, where: str, name: str, dataset: Dataset) -> None:
        fitting, kind = FITTING[source(dataset.source).kind], self.features[name].kind
        if kind not in fitting:
            raise ValueError(
                f"{where}: {name} is of kind {kind}; the recordings of {dataset.source} need features of kind "
                f"{' or '.join(fitting)}"
            )

    def titles(self, dataset: str) -> dict:
        """The display names that the file gives to a dataset and to what may run on it, by part."""
        parts = ("protocols", "models", "recipes", "baselines")
        named = {part: {name: block.title for name, block in getattr(self, part).items()} for part in parts}
        given = {part: {name: title for name, title in titles.items() if title} for part, titles in named.items()}
        return {"dataset": self.datasets[dataset].title} | given

    def running(self, names: list[str]) -> "Params":
        """The same with other datasets to run.

        Raises:
            UserError: a name that no dataset has.
        """
        try:
            _known("run", names, self.datasets)
        except ValueError as error:
            raise UserError(str(error)) from None
        return self.model_copy(update={"run": names})


def _known(where: str, names: list[str], block: dict[str, Any]) -> None:
    for name in names:
        if name not in block:
            said = f"{where}: unknown {name!r}; {suggestion(name, block)}"
            raise ValueError(f"{said} known: {', '.join(block)}" if where == "run" and said.endswith("?") else said)
    if len(set(names)) < len(names):
        raise ValueError(f"{where}: {names} names one twice")


def _once(where: str, seeds: list[int]) -> None:
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{where}: {seeds} names a seed twice")


def validate(config: dict, where: str = "params.yaml") -> Params:
    """Check a dictionary against the models.

    Raises:
        UserError: names the file, the key, the value and, for an unknown key, the nearest known one.
    """
    try:
        return Params.model_validate(config)
    except ValidationError as error:
        lines = [explain(detail, where) for detail in error.errors()]
        raise UserError("\n".join(lines)) from None


def load(path: str | Path) -> Params:
    """Read and check a parameter file.

    Raises:
        UserError: the file is missing, is not YAML, or does not fit the models.
    """
    return validate(read_yaml(path), str(path))


def read_yaml(path: str | Path) -> dict:
    """The names and values of a YAML file: of the folder in which one stands, or else of the repository.

    Raises:
        UserError: the file cannot be read, is not YAML, or holds something else; names the remedy.
    """
    places = (Path(path), ROOT / path)
    try:
        found = yaml.safe_load(next((place for place in places if place.exists()), places[0]).read_bytes())
    except OSError as error:
        absent = isinstance(error, FileNotFoundError)
        remedy = "run from the repository's root" if absent else "make it a file that you may read"
        raise UserError(f"{path}: cannot be read ({error.strerror}); {remedy}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none, a thousand brackets
        raise UserError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        held = "nothing" if found is None else f"a {type(found).__name__}"
        raise UserError(f"{path}: holds {held}, not names with values; config/README.md explains it")
    return found
