"""What the report says of a dataset besides accuracies: the data used, models, baselines, curves, display names."""

from typing import Any, Literal

from pydantic import Field, model_serializer, model_validator

from drnn.evaluation.typed import Measured


class ModelFacts(Measured):
    """A recurrent layer, as the block of params.yaml says it, and its number of parameters with its first recipe."""

    layer: str = "drnn"
    order: int
    truncation: str = "dos"
    as_large_as: str | None = None
    units: float = 1
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


class Pictures(Measured):
    """What the videos' pictures are like: pixels, frames a second (0: not known), and how many positions have HOG3D."""

    width: int
    height: int
    rate: float
    positions: int


class Curve(Measured):
    """How a model learnt the training sequences.

    Attributes:
        mean, low, high: training loss after each epoch: mean, least and greatest over splits and seeds.
        train_accuracies: of each run after its training, in %, of sequences that are not augmented; empty: not known.
    """

    protocol: str
    recipe: str
    model: str
    mean: list[float]
    low: list[float]
    high: list[float]
    train_accuracies: list[float] = Field(default_factory=list)


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
        ensembles: name → recipes whose models are one classifier together; the first is what they are changes of.
        compared: models that the claims are about; None: all.
        tests: protocol → what is new in its test sequences, if not the subjects: "sequence", or a group such as "view".
        keys: what → short hashes of what made it.
        sample: which part of the published recordings was used.
        remark: what is to be known of the recordings.
        pictures: of videos.
        length: frames of the median training sequence of a split.
        noise: share of the variance of these sequences' values that is noise (`drnn.training.noise`).
        kind: of the recordings; None: not known.
    """

    dataset: str
    synthetic: bool
    hidden_size: int
    protocols: list[str]
    recipes: list[str]
    ensembles: dict[str, list[str]] = Field(default_factory=dict)
    source: str
    models: dict[str, ModelFacts]
    compared: list[str] | None = None
    tests: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, dict[str, Any]]
    baselines: dict[str, BaselineFacts]
    keys: dict[str, list[str]] = Field(default_factory=dict)
    classes: list[str]
    sample: str | None = None
    remark: str | None = None
    feature_size: int
    parameters: dict[str, dict[str, int]] = Field(default_factory=dict)
    sequences: dict[str, list[Sides]]
    repairs: Repairs = Repairs()
    devices: list[str] = Field(default_factory=list)
    versions: dict[str, str | list[str]] = Field(default_factory=dict)
    curves: list[Curve]
    energies: dict[str, list[Energy]] = Field(default_factory=dict)
    pictures: Pictures | None = None
    length: int | None = None
    noise: float | None = None
    kind: Literal["skeletons", "sensors", "videos"] | None = None
    titles: Titles = Titles()

    @property
    def label(self) -> str | None:
        """What stands beside every result: of a sample, and what is to be known of the recordings."""
        return ", ".join(filter(None, (self.remark, self.sample))) or None

    @property
    def is_whole(self) -> bool:
        """Is it a real dataset and all of it, so that it counts where datasets are compared?"""
        return not self.synthetic and not self.sample

    @property
    def claimed(self) -> list[str]:
        """Names of the models that the claims are about."""
        return list(self.models) if self.compared is None else self.compared

    def claim(self, better: str, baseline: str) -> Literal["units", "parameters"] | None:
        """As many of what order 0 has as the higher order that is claimed to be better; None: no claim of that kind."""
        plain = self.models.get(baseline)
        if better not in self.claimed or not self.models[better].order or plain is None or plain.order:
            return None
        if plain.as_large_as == better:
            return "parameters"
        alike = plain.units == self.models[better].units
        return "units" if alike and baseline in self.claimed else None
