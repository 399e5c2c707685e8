"""What every plan has: parameters, jobs under one results folder, recordings and splits."""

import os
from pathlib import Path

from drnn import keys
from drnn.blocks import Runs, SkeletonDataset, VideoDataset
from drnn.datasets import REGISTRY
from drnn.datasets.contents import Contents, contents, is_address
from drnn.errors import UserError
from drnn.jobs import Job, Jobs
from drnn.params import Params

Dataset = SkeletonDataset | VideoDataset


class Planned:
    """Jobs of an experiment or of studies, and how they begin; ``wanted`` are the last of them."""

    wanted: list[Job]

    def __init__(self, params: Params, root: str):
        self.params, self.root = params, root
        self.jobs = Jobs(root)
        self._offered: dict[tuple[str, bool], Contents] = {}

    def grids(self, dataset: Dataset) -> list[Runs]:
        """What is trained: the dataset's own lists, then those of `besides` with theirs filled in."""
        own = {name: getattr(dataset, name) for name in ("protocols", "recipes", "models")}
        own["seeds"] = dataset.seeds or self.params.seeds
        return [Runs(**own), *(Runs(**own | runs.model_dump(exclude_none=True)) for runs in dataset.besides)]

    def splits(self, dataset: Dataset) -> list[tuple[str, int]]:
        """Every split of every protocol, each once."""
        protocols = dict.fromkeys(name for grid in self.grids(dataset) for name in grid.protocols)
        return [(name, k) for name in protocols for k in range(self.params.protocols[name].splits)]

    def recordings(self, dataset: Dataset) -> tuple[Job, list[str]]:
        """The job of the recordings' store, and the recordings' names where the plan has to know them."""
        provider, source = REGISTRY[dataset.source], dataset.source
        if provider.source is None:
            return self.jobs.add(provider.step, dataset.synthesis.model_dump(), {}, source=source), []
        sample = isinstance(dataset, VideoDataset) and dataset.sample
        offered = self._contents(source, sample)
        params = {"source": source, "sample": sample, "content": offered.content}
        # The key is that of the bytes, whoever fetched them.
        job = self.jobs.add(provider.step, params, {}, key=offered.content[: keys.LENGTH], source=source)
        if not job.exists:
            _check_mirror(os.environ.get("DRNN_DATA_MIRROR"))
        return job, offered.names

    def trained(self, of: Dataset, block: dict, model: str, seed: int, features: Job, **names: str | int) -> Job:
        """The job of one training.

        Args:
            block: fields of a recipe, of which those that name inputs and sizes are taken out.
            model: name of a block of `models`.
            names: what the job is called by, besides the model and the seed.
        """
        settings = dict(block)
        size, layer = settings.pop("hidden_size") or of.hidden_size, self.params.models[model].model_dump()
        settings.pop("features")
        if layer["as_large_as"]:
            layer["as_large_as"] = self.params.models[layer["as_large_as"]].model_dump()
        params = {"recipe": settings, "model": layer, "hidden_size": size, "seed": seed}
        inputs = {"features": features.outputs["features"]}
        return self.jobs.add("train", params, inputs, model=model, seed=seed, **names)

    def _contents(self, source: str, sample: bool) -> Contents:
        """What a store will hold, given what the mirror offers, which is looked at once."""
        if (source, sample) not in self._offered:
            found = contents(REGISTRY[source].source, os.environ.get("DRNN_DATA_MIRROR"), sample)
            self._offered[source, sample] = found
        return self._offered[source, sample]


def _check_mirror(mirror: str | None) -> None:
    """Refuse a folder that is not there: the run would go to the public address in its place."""
    if mirror and not is_address(mirror) and not Path(mirror).is_dir():
        raise UserError(f"DRNN_DATA_MIRROR={mirror}: no such folder; correct it, or unset it to download")
