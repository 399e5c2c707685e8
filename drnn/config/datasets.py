"""The blocks `datasets`: which recordings, and what is trained on them."""

from collections.abc import Collection
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from drnn.config.block import Block, Name, Seed, Subject, Titled
from drnn.config.division import SEQUENCE, SUBJECT, Members, Value
from drnn.datasets.source import known, source


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


class _Dataset(Titled):
    source: Name = Field(description="file in drnn/datasets/sources that says where the recordings come from")
    on_empty: Literal["exclude", "error"] = Field(
        "exclude", description="what to do with a sequence without a single usable frame"
    )
    features: Name = Field(description="name of a block of `features`")
    protocols: list[Name] = Field(min_length=1, description="names of `protocols`; the first is the main row")
    recipes: list[Name] = Field(min_length=1, description="names of `recipes`")
    models: list[Name] = Field(min_length=1, description="names of `models`")
    baselines: list[Name] = Field([], description="names of `baselines`")
    seeds: list[Seed] | None = Field(None, min_length=1, description="seeds of its trainings; default: `seeds` above")
    extra_runs: list[Runs] = Field([], description="further trainings, as lists of the same names")
    ensembles: dict[Name, Annotated[list[Name], Field(min_length=2)]] = Field(
        {}, description="recipes whose trainings of a model are one classifier together, the main one first, by name"
    )
    hidden_size: int = Field(ge=1, description="units of the internal state, m (Table 1)")
    subjects: list[Subject] | None = Field(
        None, min_length=1, description="who is in the recordings, for leave_one_out; default: what the source knows"
    )
    sequences: int | None = Field(
        None, ge=1, description="how many usable sequences there are, for leave_one_out: sequence"
    )
    groups: dict[Name, list[Value]] = Field(
        {}, description="values of further groups of the recordings, such as {view: [1, 2, 3]}, for leave_one_out: view"
    )
    trace_sequence: str | None = Field(
        None, description="test sequence drawn in Figure 3, or an action, for the first one of it; default: the first"
    )

    @model_validator(mode="after")
    def _made_or_downloaded(self):
        if self.source not in known():
            raise ValueError(f"source: unknown {self.source!r}; known: {', '.join(known())}")
        if (self.synthesis is None) != (source(self.source).made_by in ("download", "collect")):
            raise ValueError(f"synthesis: belongs to a source that is made, not downloaded, unlike {self.source!r}")
        listed = {"subjects": self.subjects or [], **{f"groups.{name}": values for name, values in self.groups.items()}}
        if twice := [name for name, values in listed.items() if len(set(values)) < len(values)]:
            raise ValueError(f"{twice[0]}: names one twice")
        return self

    def members(self, subjects: Collection[int] = ()) -> Members:
        """What the plan knows of the groups of the recordings.

        Args:
            subjects: of the recordings, where their files' names tell.
        """
        made = range(1, self.synthesis.subjects + 1) if self.synthesis else ()
        whose = self.subjects or list(subjects or made or source(self.source).subjects)
        counted = {SEQUENCE: self.sequences} if self.sequences else {}
        return {SUBJECT: whose} | counted | self.groups if whose else counted | self.groups


class SkeletonDataset(_Dataset):
    """A set of recorded skeletons and what is done with it."""

    synthesis: SkeletonSynthesis | None = Field(None, description="contents, for a source that is made, not downloaded")


class OwnDataset(_Dataset):
    """A folder or zip archive of one's own, and what is done with it; `drnn init` writes one."""

    path: str = Field(min_length=1, description="folder or zip archive: with sequences.csv, or of the UEA archive")
    synthesis: None = Field(None, description="nothing: these are recordings")


class VideoDataset(_Dataset):
    """A set of videos and what is done with it."""

    cut: Literal["videos", "ranges"] = Field(
        "videos", description="a sequence is a whole video, or one of the ranges that KTH's list has of it"
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
    name = block.get("source") if isinstance(block, dict) else getattr(block, "source", None)
    kind = source(name).kind if name in known() else "skeletons"
    return "skeletons" if kind == "values" else kind


Dataset = Annotated[
    Annotated[SkeletonDataset, Tag("skeletons")]
    | Annotated[OwnDataset, Tag("own")]
    | Annotated[VideoDataset, Tag("videos")],
    Discriminator(kind_of_dataset),
]
