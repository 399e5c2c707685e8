"""Every file of an experiment: which step makes it, from which parameters and files, under which name.

This is the order of the steps, said once: the workflow's rules, `drnn status` and `drnn publish` all read it.
"""

import itertools
import os

from drnn import chains, keys
from drnn.blocks import SkeletonDataset, VideoDataset
from drnn.datasets import REGISTRY
from drnn.datasets.collection import contents, held
from drnn.datasets.manifest import SOURCES, Collection, content_hash
from drnn.errors import UserError
from drnn.jobs import Job, Jobs
from drnn.params import Params, load
from drnn.report.names import file_names

EXPERIMENTS = {"paper": ("params.yaml", "results"), "demo": ("demo/params.yaml", "demo/results")}
REPORT = "{root}/report/report@{key}/{file}"

Dataset = SkeletonDataset | VideoDataset


class Plan:
    """All jobs of an experiment under one results folder."""

    def __init__(self, params: Params, root: str = "results"):
        self.params, self.root = params, root
        self.jobs = Jobs(root)
        self._offered: dict[tuple[str, bool], tuple[str, list[str]]] = {}
        self.ends = {name: self._dataset(name, params.datasets[name]) for name in params.run}
        metrics, traces = ([end[i] for end in self.ends.values()] for i in (0, 1))
        self.report = self.jobs.add(
            "report",
            {"experiment": params.model_dump(mode="json")},
            {"metrics": [m.outputs["metrics"] for m in metrics], "traces": [t.outputs["traces"] for t in traces]},
            outputs={file: REPORT.replace("{file}", file) for file in file_names(params.run)},
        )

    @classmethod
    def load(cls, experiment: str, run: list[str] | None = None) -> "Plan":
        """The plan of `paper` or `demo` as its parameter file stands, perhaps with other datasets to run."""
        path, root = EXPERIMENTS[experiment]
        params = load(path)
        return cls(params.running(run) if run else params, root)

    def _dataset(self, name: str, dataset: Dataset) -> tuple[Job, Job]:
        """The jobs of one dataset; returns those of its metrics and traces."""
        recordings, filenames = self.recordings(dataset)
        chain = chains.videos if isinstance(dataset, VideoDataset) else chains.skeletons
        sequences, vectors = chain(self, name, dataset, recordings, filenames)
        runs, baselines, features, traced = [], [], [], None
        for protocol, split in self.splits(dataset):
            rule = {"protocol": self.params.protocols[protocol].rule(), "split": split}
            place = {"dataset": name, "protocol": protocol, "split": split}
            who = self.jobs.add("split", rule, {"sequences": sequences.outputs["sequences"]}, **place)
            features.append(vectors(protocol, split, who))
            trained = self._trainings(dataset, features[-1], place)
            runs += trained
            baselines += self._baselines(dataset, sequences, who, features[-1], place)
            traced = traced or (features[-1], trained)
        metrics = self._metrics(name, dataset, recordings, sequences, features, runs, baselines)
        return metrics, self._traces(name, dataset, recordings, sequences, *traced)

    def splits(self, dataset: Dataset) -> list[tuple[str, int]]:
        """Every split of every protocol."""
        return [(name, k) for name in dataset.protocols for k in range(self.params.protocols[name].splits)]

    def recordings(self, dataset: Dataset) -> tuple[Job, list[str]]:
        """The job of the recordings' store, and the recordings' names where the plan has to know them."""
        provider, source = REGISTRY[dataset.source], dataset.source
        if provider.step != "download":
            return self.jobs.add(provider.step, dataset.synthesis.model_dump(), {}, source=source), []
        if source not in SOURCES:
            raise UserError(f"{source}: is downloaded and needs an entry in drnn/datasets/manifest.py: SOURCES")
        about, params, names = SOURCES[source], {"source": source}, []
        if isinstance(about, Collection):
            content, names = self._collected(about, dataset.sample)
            params |= {"sample": dataset.sample, "content": content}
        else:
            content = content_hash(about)
        # The key is that of the bytes, whoever fetched them.
        return self.jobs.add("download", params, {}, key=content[: keys.LENGTH], source=source), names

    def _collected(self, source: Collection, sample: bool) -> tuple[str, list[str]]:
        """What a store will hold, given what the mirror offers, which is looked at once: its hash, and the names."""
        if (source.name, sample) not in self._offered:
            found = contents(source, os.environ.get("DRNN_DATA_MIRROR"), sample)
            self._offered[source.name, sample] = found.content, held(source, found)
        return self._offered[source.name, sample]

    def _trainings(self, dataset: Dataset, features: Job, place: dict) -> list[Job]:
        seeds = dataset.seeds or self.params.seeds
        return [
            self.jobs.add(
                "train",
                {
                    "recipe": self.params.recipes[recipe].model_dump(),
                    "model": self.params.models[model].model_dump(),
                    "hidden_size": dataset.hidden_size,
                    "seed": seed,
                },
                {"features": features.outputs["features"]},
                recipe=recipe,
                model=model,
                seed=seed,
                **place,
            )
            for recipe, model, seed in itertools.product(dataset.recipes, dataset.models, seeds)
        ]

    def _baselines(self, dataset: Dataset, sequences: Job, who: Job, features: Job, place: dict) -> list[Job]:
        """Other methods on the same split: on the joints, or on the features."""
        joints = {"sequences": sequences.outputs["sequences"], "split": who.outputs["split"]}
        vectors, jobs = {"features": features.outputs["features"]}, []
        for name in dataset.baselines:
            block = self.params.baselines[name]
            inputs = joints if block.method == "dtw" else vectors
            jobs.append(self.jobs.add("baseline", block.model_dump(), inputs, baseline=name, **place))
        return jobs

    def _metrics(
        self,
        name: str,
        dataset: Dataset,
        recordings: Job,
        sequences: Job,
        features: list[Job],
        runs: list[Job],
        baselines: list[Job],
    ) -> Job:
        """All runs: accuracies, and what the report says besides them."""
        facts = {
            "dataset": name,
            "synthetic": dataset.synthesis is not None,
            "hidden_size": dataset.hidden_size,
            "protocols": dataset.protocols,
            "recipes": dataset.recipes,
            "source": dataset.source,
            "models": {model: {"order": self.params.models[model].order} for model in dataset.models},
            "settings": {recipe: self.params.recipes[recipe].model_dump() for recipe in dataset.recipes},
            "baselines": {baseline: self.params.baselines[baseline].model_dump() for baseline in dataset.baselines},
            "keys": {
                "recordings": [recordings.key],
                "sequences": [sequences.key],
                "features": [job.key for job in features],
            },
        }
        labels = ("protocol", "recipe", "model", "split", "seed")
        inputs = {"sequences": sequences.outputs["sequences"], "scores": [run.outputs["scores"] for run in runs]}
        params = {"facts": facts, "runs": [[run.names[label] for label in labels] for run in runs]}
        if baselines:
            labels = ("protocol", "baseline", "split")
            params["baselines"] = [[job.names[label] for label in labels] for job in baselines]
            inputs["baselines"] = [job.outputs["scores"] for job in baselines]
        if isinstance(dataset, VideoDataset):
            params["about"] = [job.names["protocol"] for job in features]
            inputs["about"] = [job.outputs["about"] for job in features]
        return self.jobs.add("metrics", params, inputs, dataset=name)

    def _traces(
        self, name: str, dataset: Dataset, recordings: Job, sequences: Job, features: Job, trained: list[Job]
    ) -> Job:
        """Figure 3: the model of the highest order, first protocol, split, recipe and seed."""
        highest = max(dataset.models, key=lambda model: self.params.models[model].order)
        run = next(job for job in trained if job.names["model"] == highest)
        params = {
            "sequence": dataset.trace_sequence,
            "run": run.names,
            "reader": REGISTRY[dataset.source].reader,
        }
        inputs = {
            "sequences": sequences.outputs["sequences"],
            "features": features.outputs["features"],
            "weights": run.outputs["weights"],
        }
        if isinstance(dataset, VideoDataset):
            inputs["recordings"] = recordings.outputs["archive"]
        return self.jobs.add("traces", params, inputs, dataset=name)
