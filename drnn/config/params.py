"""params.yaml: read, checked, and each mistake told in one line."""

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drnn.config import protocol
from drnn.config.baselines import Baseline, Dtw, PooledSvm
from drnn.config.block import Name, Seed
from drnn.config.datasets import Dataset, SkeletonDataset, VideoDataset
from drnn.config.features import FITTING, Features, Hog3dFeatures, JointFeatures, SkeletonFeatures
from drnn.config.model import Model
from drnn.config.protocol import Protocol
from drnn.config.recipe import Recipe
from drnn.datasets.source import source
from drnn.errors import UserError
from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.keys import ROOT

BLOCKS = {
    "datasets": {"skeletons": SkeletonDataset, "videos": VideoDataset},
    "features": {"skeleton": SkeletonFeatures, "joints": JointFeatures, "hog3d": Hog3dFeatures},
    "protocols": protocol.FORMS,
    "models": {"": Model},
    "recipes": {"": Recipe},
    "baselines": {"dtw": Dtw, "pooled_svm": PooledSvm},
}
"""The definitions of each part of params.yaml, by kind where there is more than one."""
RENAMED = {
    "besides": "extra_runs",
    "score_scale": "logit_scale",
    "averaging": "ema_decay",
    "by_length": "bucket_by_length",
    "frame_step": "frame_stride",
    "input_limit": "clip_inputs",
}
"""Keys as they were called until version 0.1, and as they are called now."""
EXPECTED = {"int": "a whole number", "float": "a number", "bool": "true or false"}
"""What a value must be, by the first word of the type of pydantic's error."""


class Params(BaseModel):
    """An experiment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: list[Name] = Field(min_length=1, description="datasets to run, in the report's order")
    seeds: list[Seed] = Field(min_length=1, description="seeds of initialisation and order")
    datasets: dict[Name, Dataset]
    features: dict[Name, Features]
    protocols: dict[Name, Protocol]
    models: dict[Name, Model]
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
        recordings = source(dataset.source).kind
        named = {name for runs in (dataset, *dataset.extra_runs) for name in runs.protocols or []}
        mixed = [name for name in sorted(named) if self.protocols[name].groups != {protocol.SUBJECT}]
        if mixed and recordings == "videos":
            raise ValueError(
                f"{where}.protocols: {mixed[0]} does not divide subjects alone, and the PCA of videos is fitted to the "
                "training subjects; take a protocol that does"
            )
        joints = [name for name in dataset.baselines if self.baselines[name].method == "dtw"]
        if joints and recordings != "skeletons":
            raise ValueError(f"{where}.baselines: {joints[0]} compares joints, and {dataset.source} has none")
        self._check_features(f"{where}.features", dataset.features, dataset)
        for name in {name for runs in (dataset, *dataset.extra_runs) for name in runs.recipes or []}:
            own = self.recipes[name].features
            _known(f"recipes.{name}.features", [own] if own else [], self.features)
            if own and own != dataset.features and recordings == "videos":
                raise ValueError(f"recipes.{name}.features: the features of videos are those of {where} itself")
            self._check_features(f"recipes.{name}.features", own or dataset.features, dataset)
            if self.recipes[name].augmentation and self.features[own or dataset.features].kind != "joints":
                raise ValueError(
                    f"recipes.{name}.augmentation: turns joints, and {own or dataset.features} is of another kind; "
                    "name features of kind joints"
                )

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
            raise ValueError(f"{where}: unknown {name!r}; {_suggestion(name, block)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{where}: {names} names one twice")


def _once(where: str, seeds: list[int]) -> None:
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{where}: {seeds} names a seed twice")


def _suggestion(name: str, known) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


def validate(config: dict, where: str = "params.yaml") -> Params:
    """Check a dictionary against the models.

    Raises:
        UserError: names the file, the key, the value and, for an unknown key, the nearest known one.
    """
    try:
        return Params.model_validate(config)
    except ValidationError as error:
        lines = [_explain(detail, where) for detail in error.errors()]
        raise UserError("\n".join(lines)) from None


def load(path: str | Path) -> Params:
    """Read and check a parameter file.

    Raises:
        UserError: the file is missing, is not YAML, or does not fit the models.
    """
    config = read_yaml(path)
    return validate(config if isinstance(config, dict) else {}, str(path))


def read_yaml(path: str | Path):
    """What a YAML file holds: of the folder in which one stands, or else of the repository.

    Raises:
        UserError: the file is missing or is not YAML.
    """
    places = (Path(path), ROOT / path)
    try:
        return yaml.safe_load(next((place for place in places if place.exists()), places[0]).read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run from the repository's root") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None


def _explain(detail: dict, where: str) -> str:
    """One line for one of pydantic's errors."""
    kind, loc = _place(detail["loc"])
    path = [str(part) for part in loc if part not in ("int", "float", "list[constrained-int]")]
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        known = _fields_at(kind, loc[:-1])
        if (now := RENAMED.get(path[-1])) in known:
            return f"{where}: {'.'.join(path)}: is called {now} now; rename it"
        return f"{where}: {'.'.join(path)}: unknown key; {_suggestion(path[-1], known)}"
    if detail["type"] == "value_error":
        return f"{where}: {'.'.join(path)}: {message}" if path else f"{where}: {message}"
    if detail["type"] == "missing":
        return f"{where}: {'.'.join(path)}: is missing; config/README.md explains it"
    if detail["type"] == "union_tag_not_found":
        return f"{where}: {'.'.join(path)}: is no protocol; the forms: {' · '.join(protocol.EXAMPLES)}"
    if detail["type"] == "union_tag_invalid":
        tag, name = detail["ctx"]["tag"], "method" if loc[0] == "baselines" else "kind"
        return f"{where}: {'.'.join(path)}.{name}: unknown {tag!r}; {_suggestion(tag, BLOCKS[str(loc[0])])}"
    if expected := EXPECTED.get(detail["type"].partition("_")[0]):
        message = f"must be {expected}"
    return f"{where}: {'.'.join(path)}: {message}, not {detail['input']!r}"


def _place(loc: tuple) -> tuple[str, tuple]:
    """The kind of the block in which a place lies, and the place as it stands in the file, without the kind."""
    if len(loc) > 2 and loc[2] in BLOCKS.get(str(loc[0]), {}):
        return str(loc[2]), (*loc[:2], *loc[3:])
    return "", loc


def _fields_at(kind: str, loc: tuple) -> list[str]:
    """The keys known at a place such as ("recipes", "paper")."""
    if not loc:
        return list(Params.model_fields)
    block = BLOCKS[str(loc[0])][kind]
    for part in loc[2:]:
        if part in block.model_fields:
            block = block_in(block.model_fields[part].annotation)
    return list(block.model_fields)


def block_in(kind) -> type[BaseModel] | None:
    """The block that a field holds, perhaps several of them, or none."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next(filter(None, map(block_in, get_args(kind))), None)
