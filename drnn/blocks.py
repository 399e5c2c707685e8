"""The blocks of params.yaml: what may be set in each, its type, its default and its meaning."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from drnn.datasets import REGISTRY

Subject = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Block(BaseModel):
    """What all blocks have in common: an unknown key is an error, and nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SkeletonSynthesis(Block):
    """What a dataset of skeletons that the package makes itself contains."""

    subjects: int = Field(10, ge=2, le=99, description="figures of different build, speed and style")
    repetitions: int = Field(2, ge=1, le=99, description="performances of each action by each subject")
    seed: int = Field(0, ge=0, description="seed of every draw")


class VideoSynthesis(Block):
    """What a dataset of videos that the package renders itself contains."""

    subjects: int = Field(25, ge=2, le=25, description="figures of different build, clothes and style")
    scenarios: int = Field(4, ge=1, le=4, description="videos of each action by each subject")
    frames: int = Field(483, ge=100, description="length of a video on average")
    seed: int = Field(0, ge=0, description="seed of every draw")


class Runs(Block):
    """Trainings beside those of the dataset's own lists: every combination of these, which default to them."""

    protocols: list[Name] | None = Field(None, min_length=1, description="names of `protocols`")
    recipes: list[Name] | None = Field(None, min_length=1, description="names of `recipes`")
    models: list[Name] | None = Field(None, min_length=1, description="names of `models`")
    seeds: list[Seed] | None = Field(None, min_length=1, description="seeds of the trainings")


class _Dataset(Block):
    source: Name = Field(description="entry of REGISTRY in drnn/datasets, which provides the recordings")
    on_empty: Literal["exclude", "error"] = Field(
        "exclude", description="what to do with a sequence without a single usable frame"
    )
    features: Name = Field(description="name of a block of `features`")
    protocols: list[Name] = Field(min_length=1, description="names of `protocols`; the first is the main row")
    recipes: list[Name] = Field(min_length=1, description="names of `recipes`")
    models: list[Name] = Field(min_length=1, description="names of `models`")
    baselines: list[Name] = Field([], description="names of `baselines`")
    seeds: list[Seed] | None = Field(None, min_length=1, description="seeds of its trainings; default: `seeds` above")
    besides: list[Runs] = Field([], description="further trainings, as lists of the same names")
    hidden_size: int = Field(ge=1, description="units of the internal state, m (Table 1)")
    trace_sequence: str = Field(
        description="test sequence drawn in Figure 3; or an action, for the first test sequence of it"
    )

    @model_validator(mode="after")
    def _made_or_downloaded(self):
        if self.source not in REGISTRY:
            raise ValueError(f"source: unknown {self.source!r}; known: {', '.join(REGISTRY)}")
        if (self.synthesis is None) != (REGISTRY[self.source].step == "download"):
            raise ValueError(f"synthesis: belongs to a source that is made, not downloaded, unlike {self.source!r}")
        return self


class SkeletonDataset(_Dataset):
    """A set of recorded skeletons and what is done with it."""

    synthesis: SkeletonSynthesis | None = Field(None, description="contents, for a source that is made, not downloaded")


class VideoDataset(_Dataset):
    """A set of videos and what is done with it."""

    cut: Literal["videos", "ranges"] = Field(
        "videos", description="a sequence is a whole video, or one of the ranges that the list has of it"
    )
    sample: bool = Field(
        False, description="whether the videos that a folder holds will do; every result is then labelled as a sample's"
    )
    synthesis: VideoSynthesis | None = Field(None, description="contents, for a source that is made, not downloaded")

    @model_validator(mode="after")
    def _sampled_or_made(self):
        if self.sample and self.synthesis:
            raise ValueError("sample: belongs to recordings that lie in a folder, not to a synthesis")
        return self


def kind_of_dataset(block: Any) -> str:
    """The kind of a dataset's recordings, from its source; that of an unknown one is refused later, with a message."""
    source = block.get("source") if isinstance(block, dict) else getattr(block, "source", None)
    return REGISTRY[source].kind if isinstance(source, str) and source in REGISTRY else "skeletons"


Dataset = Annotated[
    Annotated[SkeletonDataset, Tag("skeletons")] | Annotated[VideoDataset, Tag("videos")],
    Discriminator(kind_of_dataset),
]


class SkeletonFeatures(Block):
    """How a sequence of skeletons becomes a sequence of vectors (the paper's five groups)."""

    kind: Literal["skeleton"] = Field("skeleton", description="module of drnn/features")
    layout: Literal["583", "472"] = Field("583", description="reading of the paper's five groups")
    velocity_window: int = Field(5, ge=1, description="frames of the velocity histogram, odd")

    @model_validator(mode="after")
    def _odd_window(self):
        if self.velocity_window % 2 == 0:
            raise ValueError(f"velocity_window must be odd, not {self.velocity_window}")
        return self


class JointFeatures(Block):
    """How a sequence of skeletons becomes a sequence of joints as all bodies would show them to the camera."""

    kind: Literal["joints"] = Field(description="module of drnn/features")
    size: bool = Field(True, description="whether the distance from hip centre to head is made 1")
    view: bool = Field(True, description="whether the hips are turned parallel to the image")
    smoothing: int = Field(5, ge=1, description="frames of a triangular window over time, odd; 1: none")

    @model_validator(mode="after")
    def _odd_window(self):
        if self.smoothing % 2 == 0:
            raise ValueError(f"smoothing must be odd, not {self.smoothing}")
        return self


class Hog3dFeatures(Block):
    """How a video becomes a sequence of vectors: HOG3D on a grid, and a PCA of each split's training subjects."""

    kind: Literal["hog3d"] = Field(description="module of drnn/features")
    grid: Literal["dense_3scale", "grid_8x7"] = Field("dense_3scale", description="where the 56 descriptors lie")
    n_components: int | float = Field(
        450, gt=0, description="dimensions that are kept; below 1 the part of the training energy that is to be kept"
    )
    center: bool = Field(False, description="whether the mean of the training frames is removed first")
    landmarks: int = Field(3000, ge=1, description="frames of each subject, evenly spread, that the PCA is fitted to")
    chunk: int = Field(1000, ge=1, description="landmarks that are compressed together")
    rank: int = Field(300, ge=1, description="rows that stand for a chunk, and then for a subject")
    directions: int = Field(
        700, ge=1, description="directions of a cell that all components share, without `center`: more lose less energy"
    )

    @model_validator(mode="after")
    def _whole_components(self):
        if self.n_components > 1 and self.n_components != int(self.n_components):
            raise ValueError(f"n_components must be a whole number, or below 1 a part, not {self.n_components}")
        return self


def kind_of_features(block: Any) -> str:
    """The kind of a features block; skeleton where it has none."""
    kind = block.get("kind", "skeleton") if isinstance(block, dict) else getattr(block, "kind", "skeleton")
    return str(kind)


Features = Annotated[
    Annotated[SkeletonFeatures, Tag("skeleton")]
    | Annotated[JointFeatures, Tag("joints")]
    | Annotated[Hog3dFeatures, Tag("hog3d")],
    Discriminator(kind_of_features),
]
FITTING = {"skeletons": ("skeleton", "joints"), "videos": ("hog3d",)}
"""The kinds of features for each kind of recordings."""


class Protocol(Block):
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

    def rule(self) -> dict:
        """What divides the subjects, JSON values. How many splits are drawn changes none of them."""
        return self.model_dump(exclude={"splits"} if isinstance(self.train_subjects, int) else None)
