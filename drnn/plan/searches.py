"""Hyper-parameter search: configurations of a recipe, compared by leave-one-subject-out on training subjects alone.

searches.yaml lists them; datasets, features, protocols and models are those of params.yaml. From the file of the
training subjects' sequences on, a search is an experiment like any other: a configuration stands for a recipe, and the
subject left out for a test subject.
"""

import itertools
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from drnn.config.block import Block, Name, Seed
from drnn.config.by_subject import FixedSubjects
from drnn.config.features import FITTING
from drnn.config.params import Params, load, read_yaml
from drnn.config.recipe import Recipe
from drnn.datasets.source import source
from drnn.errors import UserError
from drnn.plan import chains
from drnn.plan.divided import Split, add_splits
from drnn.plan.jobs import Job
from drnn.plan.planned import Planned

FILE = "searches.yaml"
PROTOCOL = "leave_one_out"


class Search(Block):
    """What is tried, on what, and for which recipe."""

    chooses: Name = Field(description="recipe of params.yaml that is to be what the last search for it chose")
    follows: Name | None = Field(None, description="search before, whose chosen configuration is the base of this one")
    dataset: Name = Field(description="dataset of params.yaml")
    protocol: Name = Field(description="protocol of params.yaml with fixed training subjects")
    models: list[Name] = Field(min_length=1, description="models that each configuration trains")
    seeds: list[Seed] = Field(min_length=1, description="seeds of each training")
    base: dict[str, Any] = Field(description="fields of the recipe that the configurations change")
    configurations: dict[Name, dict[str, Any]] = Field(min_length=1, description="changes of the base, by name")

    def recipes(self) -> dict[str, Recipe]:
        """Every configuration as a whole recipe.

        Raises:
            ValidationError: a field is unknown or has an impossible value.
        """
        return {name: Recipe(**self.base | changes) for name, changes in self.configurations.items()}


class SearchPlan(Planned):
    """All jobs of the searches; ``ends`` are their tables."""

    def __init__(self, searches: dict[str, Search], params: Params, root: str = "results"):
        super().__init__(params, root)
        self.searches = searches
        self.ends = {name: self._search(name, search) for name, search in searches.items()}
        self.wanted = list(self.ends.values())

    @classmethod
    def load(cls, params: Params | None = None) -> "SearchPlan":
        """The plan of searches.yaml.

        Raises:
            UserError: the file cannot be read, or does not fit params.yaml.
        """
        params = params or load("params.yaml")
        return cls(read(FILE, params), params)

    def _search(self, name: str, search: Search) -> Job:
        dataset, protocol = self.params.datasets[search.dataset], self.params.protocols[search.protocol]
        recordings, filenames = self.recordings(dataset)
        sequences, _ = chains.skeletons(self, search.dataset, dataset, recordings, filenames)
        rules = {(search.protocol, 0): protocol.rule(0, {})}
        (split,) = add_splits(self.jobs, sequences, rules, search.dataset).values()
        seen = {"sequences": sequences.outputs["sequences"]}
        training = self.jobs.add(
            "sequences", split.told, seen, module="training_sequences", holders=split.holders, dataset=name
        )
        vectors = chains.described(self, training)
        runs = []
        rows = []
        subjects = protocol.train_subjects
        folds = self._folds(name, training, subjects)
        for (configuration, recipe), model, seed in itertools.product(
            search.recipes().items(), search.models, search.seeds
        ):
            block = recipe.model_dump()
            for subject, fold in folds.items():
                features = vectors(block["features"] or dataset.features, fold)
                run = self.training(dataset, block, model, seed, features, recipe=configuration, **fold.names)
                runs.append(run)
                rows.append([configuration, model, seed, subject, run.key])
        self.train(runs)
        facts = search.model_dump() | {"search": name, "keys": {"training": training.key}}
        facts["titles"] = self.params.titles(search.dataset)
        holders = {"trainings": [self.trained[run.key].outputs["trainings"] for run in runs]}
        return self.jobs.add("search", {"facts": facts, "runs": rows}, {}, holders=holders, dataset=name)

    def _folds(self, name: str, training: Job, subjects: list[int]) -> dict[int, Split]:
        """Who trains where one training subject is left out, by that subject."""
        rules = {}
        for number, left_out in enumerate(subjects):
            rest = [subject for subject in subjects if subject != left_out]
            rules[PROTOCOL, number] = FixedSubjects(train_subjects=rest, test_subjects=[left_out]).rule(0, {})
        folds = add_splits(self.jobs, training, rules, name)
        return dict(zip(subjects, folds.values(), strict=True))


def read(path: str | Path, params: Params) -> dict[str, Search]:
    """Read and check the searches.

    Raises:
        UserError: names the file, the search and the value that is wrong.
    """
    try:
        searches = TypeAdapter(dict[Name, Search]).validate_python(read_yaml(path))
    except ValidationError as error:
        raise _explained(str(path), error) from None
    earlier: dict[str, Search] = {}
    for name, search in searches.items():
        _check(f"{path}: {name}", search, params)
        _check_order(f"{path}: {name}", search, earlier)
        earlier[name] = search
    return searches


def _explained(where: str, error: ValidationError) -> UserError:
    first = error.errors()[0]
    place = f"{where}: {'.'.join(map(str, first['loc']))}".removesuffix(": ")
    return UserError(f"{place}: {first['msg'].removeprefix('Value error, ')}, not {first['input']!r}")


def _check_order(where: str, search: Search, earlier: dict[str, Search]) -> None:
    """One search after the other for a recipe, each after the one listed before it."""
    last = next((name for name in reversed(earlier) if earlier[name].chooses == search.chooses), None)
    if search.follows != last:
        listed = (
            f"the one listed before it is {last}: write {last}" if last else "none is listed before it: leave it out"
        )
        raise UserError(f"{where}: follows: {search.follows!r} is not the search before for {search.chooses}; {listed}")


def _check(where: str, search: Search, params: Params) -> None:
    named = {"chooses": ([search.chooses], params.recipes), "dataset": ([search.dataset], params.datasets)}
    named |= {"protocol": ([search.protocol], params.protocols), "models": (search.models, params.models)}
    try:
        recipes = search.recipes()
    except ValidationError as error:
        raise _explained(f"{where}: a configuration", error) from None
    named["features"] = ([recipe.features for recipe in recipes.values() if recipe.features], params.features)
    for part, (names, known) in named.items():
        if unknown := [name for name in names if name not in known]:
            raise UserError(f"{where}: {part}: {unknown[0]!r} is not in params.yaml; known: {', '.join(known)}")
    if source(params.datasets[search.dataset].source).kind != "skeletons":
        raise UserError(f"{where}: dataset: {search.dataset} has videos; searches are of skeletons")
    for name, recipe in recipes.items():
        kind = params.features[recipe.features or params.datasets[search.dataset].features].kind
        if kind not in FITTING["skeletons"] or (recipe.augmentation and kind != "joints"):
            raise UserError(f"{where}: configurations.{name}: features of kind {kind} do not go with it")
    protocol = params.protocols[search.protocol]
    if not isinstance(protocol, FixedSubjects) or len(protocol.train_subjects) < 3:
        raise UserError(f"{where}: protocol: {search.protocol} needs a list of three training subjects or more")
