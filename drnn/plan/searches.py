"""Studies: settings of a recipe tried on the training subjects of a protocol alone, each subject left out in turn.

studies.yaml lists them; datasets, features, protocols and models are those of params.yaml. From the file of the
training subjects' sequences on, a study is an experiment like any other, in which a setting stands for a recipe and a
subject left out for a test subject.
"""

import itertools
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from drnn.config.block import Block, Name, Seed
from drnn.config.features import FITTING
from drnn.config.params import Params, load
from drnn.config.recipe import Recipe
from drnn.datasets import REGISTRY
from drnn.errors import UserError
from drnn.plan import chains
from drnn.plan.jobs import Job
from drnn.plan.planned import Planned

FILE = "studies.yaml"
PROTOCOL = "leave_one_out"


class Study(Block):
    """What is tried, on what, and for which recipe."""

    chooses: Name = Field(description="recipe of params.yaml that is to be what the last study for it chose")
    follows: Name | None = Field(None, description="study before, whose chosen setting is the base of this one")
    dataset: Name = Field(description="dataset of params.yaml")
    protocol: Name = Field(description="protocol of params.yaml with fixed training subjects")
    models: list[Name] = Field(min_length=1, description="models that each setting trains")
    seeds: list[Seed] = Field(min_length=1, description="seeds of each training")
    base: dict[str, Any] = Field(description="fields of the recipe that the settings change")
    settings: dict[Name, dict[str, Any]] = Field(min_length=1, description="changes of the base, by name")

    def recipes(self) -> dict[str, Recipe]:
        """Every setting as a whole recipe.

        Raises:
            ValidationError: a field is unknown or has an impossible value.
        """
        return {name: Recipe(**self.base | changes) for name, changes in self.settings.items()}


class StudyPlan(Planned):
    """All jobs of the studies; ``ends`` are their tables."""

    def __init__(self, studies: dict[str, Study], params: Params, root: str = "results"):
        super().__init__(params, root)
        self.studies = studies
        self.ends = {name: self._study(name, study) for name, study in studies.items()}
        self.wanted = list(self.ends.values())

    @classmethod
    def load(cls, params: Params | None = None) -> "StudyPlan":
        """The plan of studies.yaml.

        Raises:
            UserError: the file cannot be read, or does not fit params.yaml.
        """
        params = params or load("params.yaml")
        return cls(read(FILE, params), params)

    def _study(self, name: str, study: Study) -> Job:
        dataset, protocol = self.params.datasets[study.dataset], self.params.protocols[study.protocol]
        recordings, filenames = self.recordings(dataset)
        sequences, _ = chains.skeletons(self, study.dataset, dataset, recordings, filenames)
        rule = {"protocol": protocol.rule(), "split": 0}
        place = {"dataset": study.dataset, "protocol": study.protocol, "split": 0}
        split = self.jobs.add("split", rule, {"sequences": sequences.outputs["sequences"]}, **place)
        seen = {"sequences": sequences.outputs["sequences"], "split": split.outputs["split"]}
        training = self.jobs.add("training_side", {}, seen, dataset=name)
        vectors, runs, jobs = chains.described(self, training), [], []
        subjects = protocol.train_subjects
        folds = {subject: self._fold(name, training, subjects, subject) for subject in subjects}
        for (setting, recipe), model, seed in itertools.product(study.recipes().items(), study.models, study.seeds):
            block = recipe.model_dump()
            for subject, who in folds.items():
                features = vectors(block["features"] or dataset.features, who)
                jobs.append(self.trained(dataset, block, model, seed, features, recipe=setting, **who.names))
                runs.append([setting, model, seed, subject])
        facts = study.model_dump() | {"study": name, "keys": {"training": training.key}}
        scores = [job.outputs["scores"] for job in jobs]
        return self.jobs.add("study", {"facts": facts, "runs": runs}, {"scores": scores}, dataset=name)

    def _fold(self, name: str, training: Job, subjects: list[int], left_out: int) -> Job:
        """Who trains where one training subject is left out."""
        rest = [subject for subject in subjects if subject != left_out]
        rule = {"train_subjects": rest, "test_subjects": [left_out], "splits": 1, "seed": 0, "leave_out": []}
        inputs = {"sequences": training.outputs["sequences"]}
        names = {"dataset": name, "protocol": PROTOCOL, "split": subjects.index(left_out)}
        return self.jobs.add("split", {"protocol": rule, "split": 0}, inputs, **names)


def read(path: str | Path, params: Params) -> dict[str, Study]:
    """Read and check the studies.

    Raises:
        UserError: names the file, the study and the value that is wrong.
    """
    try:
        content = yaml.safe_load(Path(path).read_bytes())
        studies = TypeAdapter(dict[Name, Study]).validate_python(content)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run from the repository's root") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise _explained(str(path), error) from None
    earlier: dict[str, Study] = {}
    for name, study in studies.items():
        _check(f"{path}: {name}", study, params)
        _check_order(f"{path}: {name}", study, earlier)
        earlier[name] = study
    return studies


def _explained(where: str, error: ValidationError) -> UserError:
    first = error.errors()[0]
    place = f"{where}: {'.'.join(map(str, first['loc']))}".removesuffix(": ")
    return UserError(f"{place}: {first['msg'].removeprefix('Value error, ')}, not {first['input']!r}")


def _check_order(where: str, study: Study, earlier: dict[str, Study]) -> None:
    """One study after the other for a recipe, each after the one listed before it."""
    last = next((name for name in reversed(earlier) if earlier[name].chooses == study.chooses), None)
    if study.follows != last:
        listed = (
            f"the one listed before it is {last}: write {last}" if last else "none is listed before it: leave it out"
        )
        raise UserError(f"{where}: follows: {study.follows!r} is not the study before for {study.chooses}; {listed}")


def _check(where: str, study: Study, params: Params) -> None:
    named = {"chooses": ([study.chooses], params.recipes), "dataset": ([study.dataset], params.datasets)}
    named |= {"protocol": ([study.protocol], params.protocols), "models": (study.models, params.models)}
    try:
        recipes = study.recipes()
    except ValidationError as error:
        raise _explained(f"{where}: a setting", error) from None
    named["features"] = ([recipe.features for recipe in recipes.values() if recipe.features], params.features)
    for part, (names, known) in named.items():
        if unknown := [name for name in names if name not in known]:
            raise UserError(f"{where}: {part}: {unknown[0]!r} is not in params.yaml; known: {', '.join(known)}")
    if REGISTRY[params.datasets[study.dataset].source].kind != "skeletons":
        raise UserError(f"{where}: dataset: {study.dataset} has videos; studies are of skeletons")
    for name, recipe in recipes.items():
        kind = params.features[recipe.features or params.datasets[study.dataset].features].kind
        if kind not in FITTING["skeletons"] or (recipe.augmentation and kind != "joints"):
            raise UserError(f"{where}: settings.{name}: features of kind {kind} do not go with it")
    subjects = params.protocols[study.protocol].train_subjects
    if isinstance(subjects, int) or len(subjects) < 3:
        raise UserError(f"{where}: protocol: {study.protocol} needs a list of three training subjects or more")
