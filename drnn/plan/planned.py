"""What every plan has: parameters, jobs under one results folder, recordings and splits."""

import os
from collections.abc import Iterable
from functools import cached_property
from importlib import import_module
from pathlib import Path

from drnn import keys
from drnn.config.datasets import Dataset, OwnDataset, Runs, VideoDataset
from drnn.config.division import Members
from drnn.config.params import Params
from drnn.config.protocol import Protocol
from drnn.datasets.collection import Collection
from drnn.datasets.contents import Contents, contents, is_address
from drnn.datasets.source import Source, source
from drnn.datasets.videos import subjects_of
from drnn.errors import UserError
from drnn.plan.jobs import Job, Jobs
from drnn.plan.runs import Run, add_blocks

LISTED_BY = {"table": "listing", "uea": "ts_files"}
"""Reader of one's own files → the module that says which they are, without NumPy."""


class Planned:
    """Jobs of an experiment or of searches, and how they begin.

    Attributes:
        wanted: the last of the jobs.
        runs: every training.
        trained: key of a training → the job that does it.
    """

    wanted: list[Job]

    def __init__(self, params: Params, root: str):
        self.params, self.root = params, root
        self.jobs = Jobs(root)
        self.runs: list[Run] = []
        self.trained: dict[str, Job] = {}
        self._offered: dict[tuple[str, bool], Contents] = {}

    @cached_property
    def to_make(self) -> list[Job]:
        """The jobs that have to run for what is wanted."""
        return self.jobs.upstream(self.wanted, made=False)

    def to_come(self, job: Job) -> set[str]:
        """Files that a finished job was made of, that are missing, and that will be made for another job."""
        if not job.exists:
            return set()
        return {path for other in self.to_make for path in other.makes} & set(job.needs)

    def forced(self, names: Iterable[str]) -> set[str]:
        """The files of the jobs of these steps, or that make these files, and of all jobs that follow from them."""
        forced: set[str] = set()
        for job in self.jobs if names else ():  # each after those whose outputs it needs
            made = set(job.makes)
            if job.step in names or made & set(names) or forced & set(job.needs):
                forced |= made
        return forced

    def grids(self, dataset: Dataset) -> list[Runs]:
        """What is trained: the dataset's own lists, then those of `extra_runs` with theirs filled in."""
        own = {name: getattr(dataset, name) for name in ("protocols", "recipes", "models")}
        own["seeds"] = dataset.seeds or self.params.seeds
        return [Runs(**own), *(Runs(**own | runs.model_dump(exclude_none=True)) for runs in dataset.extra_runs)]

    def splits(self, dataset: Dataset) -> dict[tuple[str, int], dict]:
        """Every split of every protocol, each once, and the rule that it follows.

        Raises:
            UserError: how many splits there are cannot be known before a run; says what to write.
        """
        members, found = self.members(dataset), {}
        for name, protocol in self.protocols(dataset).items():
            try:
                count = protocol.count(members)
            except UserError as error:
                raise UserError(f"protocols.{name}: {error} into the block of the dataset") from None
            found |= {(name, number): protocol.rule(number, members) for number in range(count)}
        return found

    def protocols(self, dataset: Dataset) -> dict[str, Protocol]:
        """The protocols under which something is trained, by name."""
        names = dict.fromkeys(name for grid in self.grids(dataset) for name in grid.protocols)
        return {name: self.params.protocols[name] for name in names}

    def untested(self) -> list[str]:
        """A sentence for every protocol whose draws never test some of the subjects."""
        found: dict[str, str] = {}
        for dataset in (self.params.datasets[name] for name in self.params.run):
            for name, protocol in self.protocols(dataset).items():
                if missing := ", ".join(map(str, protocol.untested(self.members(dataset)))):
                    several = protocol.splits > 1
                    draws = f"{protocol.splits} draw{'s' * several} never test{'s' * (not several)}"
                    found[name] = (
                        f"protocols.{name}: its {draws} the subjects {missing}; draw more "
                        "often, or test each once by leave_one_out or folds"
                    )
        return list(found.values())

    def members(self, dataset: Dataset) -> Members:
        """What is known of the groups of a dataset's recordings, whether or not they are there."""
        if source(dataset.source).kind != "videos":
            return dataset.members()
        _, filenames = self.recordings(dataset)
        reader = import_module(f"drnn.datasets.{source(dataset.source).reader}")
        return dataset.members(subjects_of(filenames, reader.parse_name))

    def recordings(self, dataset: Dataset) -> tuple[Job, list[str]]:
        """The job of the recordings' store, and the recordings' names where the plan has to know them."""
        origin = source(dataset.source)
        if isinstance(dataset, OwnDataset):
            return self._own(dataset, origin), []
        if not origin.files:
            synthesis = dataset.synthesis.model_dump()
            return self.jobs.add("recordings", synthesis, {}, module=origin.made_by, source=origin.name), []
        sample = isinstance(dataset, VideoDataset) and dataset.sample
        offered = self._contents(origin, sample)
        params = {"source": origin.name, "sample": sample, "content": offered.content}
        # The key is that of the bytes, whoever fetched them.
        key = offered.content[: keys.LENGTH]
        job = self.jobs.add("recordings", params, {}, module=origin.made_by, key=key, source=origin.name)
        if not job.exists:
            _check_mirror(os.environ.get("DRNN_DATA_MIRROR"))
        return job, offered.names

    def _own(self, dataset: OwnDataset, origin: Source) -> Job:
        """The job of a store of one's own files. Its key is that of their names and bytes, wherever they lie."""
        with Collection(dataset.path) as collection:
            names = import_module(f"drnn.datasets.{LISTED_BY[origin.reader]}").wanted(collection)
            content = collection.content(names)
        params = {"path": dataset.path, "names": names, "content": content}
        key = content[: keys.LENGTH]
        return self.jobs.add("recordings", params, {}, module=origin.made_by, key=key, source=origin.name)

    def training(self, of: Dataset, block: dict, model: str, seed: int, features: Job, **names: str) -> Run:
        """One training.

        Args:
            block: fields of a recipe, of which those that name inputs and sizes are taken out.
            model: name of a block of `models`.
            names: what the job is called by, besides the model and the seed.
        """
        settings = dict(block)
        layer = self.params.models[model].model_dump()
        size = round((settings.pop("hidden_size") or of.hidden_size) * layer.pop("units", 1))
        if self.params.features[settings.pop("features") or of.features].kind != "joints":
            settings["augmentation"] = None
        if layer["as_large_as"]:
            layer["as_large_as"] = self.params.models[layer["as_large_as"]].model_dump()
        told = {"recipe": settings, "model": layer, "hidden_size": size}
        return Run(names | {"model": model, "seed": str(seed)}, told, features.outputs["features"])

    def train(self, runs: list[Run]) -> None:
        """Add the jobs that do these trainings."""
        self.runs += runs
        self.trained |= add_blocks(self.jobs, runs)

    def _contents(self, origin: Source, sample: bool) -> Contents:
        """What a store will hold, given what the mirror offers, which is looked at once."""
        if (origin.name, sample) not in self._offered:
            found = contents(origin, os.environ.get("DRNN_DATA_MIRROR"), sample)
            self._offered[origin.name, sample] = found
        return self._offered[origin.name, sample]


def _check_mirror(mirror: str | None) -> None:
    """Refuse a folder that is not there: the run would go to the public address in its place."""
    if mirror and not is_address(mirror) and not Path(mirror).is_dir():
        raise UserError(f"DRNN_DATA_MIRROR={mirror}: no such folder; correct it, or unset it to download")
