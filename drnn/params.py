"""The one definition of params.yaml: what may be set, its type, its default and its meaning."""

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from drnn.datasets import REGISTRY
from drnn.errors import UserError

Subject = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Synthesis(_Block):
    """What a dataset that the package makes itself contains."""

    subjects: int = Field(10, ge=2, le=99, description="figures of different build, speed and style")
    repetitions: int = Field(2, ge=1, le=99, description="performances of each action by each subject")
    seed: int = Field(0, ge=0, description="seed of every draw")


class Dataset(_Block):
    """A set of recordings and what is done with it."""

    source: Name = Field(description="entry of REGISTRY in drnn/datasets, which provides the recordings")
    synthesis: Synthesis | None = Field(None, description="contents, for a source that is made, not downloaded")
    on_empty: Literal["exclude", "error"] = Field(
        "exclude", description="what to do with a sequence without a single usable frame"
    )
    features: Name = Field(description="name of a block of `features`")
    protocols: list[Name] = Field(min_length=1, description="names of `protocols`; the first is the main row")
    recipes: list[Name] = Field(min_length=1, description="names of `recipes`")
    models: list[Name] = Field(min_length=1, description="names of `models`")
    hidden_size: int = Field(ge=1, description="units of the internal state, m (Table 1)")
    trace_sequence: str = Field(description="test sequence drawn in Figure 3")

    @model_validator(mode="after")
    def _source_is_known(self):
        if self.source not in REGISTRY:
            raise ValueError(f"source: unknown {self.source!r}; {_suggestion(self.source, REGISTRY)}")
        if (self.synthesis is not None) != (REGISTRY[self.source].step == "synthesise"):
            raise ValueError(f"synthesis: belongs to a source that is made, not downloaded, unlike {self.source!r}")
        return self


class Features(_Block):
    """How a sequence of skeletons becomes a sequence of vectors (the paper's five groups)."""

    kind: Name = Field("skeleton", description="module of drnn/features")
    layout: Literal["583", "472"] = Field("583", description="reading of the paper's five groups")
    velocity_window: int = Field(5, ge=1, description="frames of the velocity histogram, odd")

    @model_validator(mode="after")
    def _odd_window(self):
        if self.velocity_window % 2 == 0:
            raise ValueError(f"velocity_window must be odd, not {self.velocity_window}")
        return self


class Protocol(_Block):
    """Who trains and who tests: two fixed lists of subjects, or random draws from a seed."""

    train_subjects: list[Subject] | int = Field(description="subjects, or how many to draw for each split")
    test_subjects: list[Subject] | None = Field(None, description="subjects; with a draw, all others")
    splits: int = Field(1, ge=1, description="number of random splits")
    seed: int = Field(0, ge=0, description="seed of the random splits")
    leave_out: list[str] = Field([], description="names of sequences left out of the list")

    @model_validator(mode="after")
    def _disjoint_and_not_empty(self):
        if isinstance(self.train_subjects, int):
            if self.test_subjects is not None:
                raise ValueError("test_subjects are all others when train_subjects is a number")
            if self.train_subjects < 1:
                raise ValueError("empty split: train_subjects must draw at least 1 subject")
            return self
        if not self.train_subjects or not self.test_subjects:
            raise ValueError("empty split: train_subjects and test_subjects need at least one subject each")
        if both := sorted(set(self.train_subjects) & set(self.test_subjects)):
            raise ValueError(f"test subject {both[0]} also trains; take it out of one of the two lists")
        if self.splits != 1:
            raise ValueError("fixed lists of subjects make one split")
        return self


class Model(_Block):
    """A recurrent layer."""

    order: int = Field(ge=0, description="highest derivative of states N; 0 is the LSTM")
    truncation: Literal["dos", "strict", "none"] = Field("dos", description="where errors stop flowing back")


class Recipe(_Block):
    """How a model is trained."""

    learning_rate: float = Field(1e-4, gt=0, description="step size")
    epochs: int = Field(50, ge=1, description="passes over the training sequences")
    loss: Literal["last_frame", "every_frame"] = Field("last_frame", description="frames that are scored")
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = Field(
        "adam", description="torch.optim's; sgd: momentum 0.9"
    )
    batch_size: int = Field(16, ge=1, description="sequences a step")
    normalisation: Literal["zscore", "none"] = Field("zscore", description="by the training sequences' statistics")
    forget_bias: float = Field(1.0, description="initial value of b_f")
    input_dropout: float = Field(0.0, ge=0, lt=1, description="part of the inputs set to 0, one mask a sequence")
    weight_decay: float = Field(0.0, ge=0, description="the optimiser's")
    clip_norm: float | None = Field(None, gt=0, description="largest gradient norm; null: none")
    frame_step: int = Field(1, ge=1, description="every how many frames one is kept")


class Params(_Block):
    """An experiment."""

    run: list[Name] = Field(min_length=1, description="datasets to run, in the report's order")
    seeds: list[Annotated[int, Field(ge=0)]] = Field(min_length=1, description="seeds of initialisation and order")
    datasets: dict[Name, Dataset]
    features: dict[Name, Features]
    protocols: dict[Name, Protocol]
    models: dict[Name, Model]
    recipes: dict[Name, Recipe]

    @model_validator(mode="after")
    def _names_exist_once(self):
        _known("run", self.run, self.datasets)
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} names a seed twice")
        for name, dataset in self.datasets.items():
            _known(f"datasets.{name}.features", [dataset.features], self.features)
            _known(f"datasets.{name}.protocols", dataset.protocols, self.protocols)
            _known(f"datasets.{name}.models", dataset.models, self.models)
            _known(f"datasets.{name}.recipes", dataset.recipes, self.recipes)
        return self


def _known(where: str, names: list[str], block: dict[str, Any]) -> None:
    for name in names:
        if name not in block:
            raise ValueError(f"{where}: unknown {name!r}; {_suggestion(name, block)}")
    if len(set(names)) < len(names):
        raise ValueError(f"{where}: {names} names one twice")


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
    try:
        config = yaml.safe_load(Path(path).read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run from the repository's root") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: is not YAML: {error}") from None
    return validate(config if isinstance(config, dict) else {}, str(path))


def _explain(detail: dict, where: str) -> str:
    """One line for one of pydantic's errors."""
    path = [str(part) for part in detail["loc"] if part not in ("int", "list[constrained-int]")]
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        fields = _fields_at(detail["loc"][:-1])
        return f"{where}: {'.'.join(path)}: unknown key; {_suggestion(path[-1], fields)}"
    if detail["type"] == "value_error":
        return f"{where}: {'.'.join(path)}: {message}" if path else f"{where}: {message}"
    if detail["type"] == "missing":
        return f"{where}: {'.'.join(path)}: is missing; config/README.md explains it"
    return f"{where}: {'.'.join(path)}: {message}, not {detail['input']!r}"


def _fields_at(loc: tuple) -> list[str]:
    """The keys known at a place such as ("recipes", "paper")."""
    blocks = {
        "datasets": Dataset,
        "features": Features,
        "protocols": Protocol,
        "models": Model,
        "recipes": Recipe,
    }
    if not loc:
        return list(Params.model_fields)
    block = Synthesis if loc[-1] == "synthesis" else blocks[str(loc[0])]
    return list(block.model_fields)
