"""Every file of an experiment: which step makes it, from which parameters and files, under which name.

This is the order of the steps, said once: the workflow's rules, `drnn status` and `drnn publish` all read it.
"""

import itertools
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from drnn.config.datasets import Dataset, VideoDataset
from drnn.config.division import SUBJECT
from drnn.config.params import Params, load
from drnn.datasets.source import source
from drnn.plan import chains
from drnn.plan.divided import Place, Split, add_splits
from drnn.plan.jobs import Job
from drnn.plan.planned import Planned
from drnn.plan.runs import Run
from drnn.plan.steps import STEPS, Step
from drnn.report.names import file_names

EXPERIMENTS = {"paper": ("params.yaml", "results"), "demo": ("demo/params.yaml", "demo/results")}
PARTS = ("recipes", "models")


class Plan(Planned):
    """All jobs of an experiment under one results folder."""

    def __init__(self, params: Params, root: str = "results"):
        super().__init__(params, root)
        self.ends = {name: self._dataset(name, params.datasets[name]) for name in params.run}
        for step in filter(attrgetter("gathers"), STEPS.values()):
            for name, ends in self.ends.items():
                alone = params.model_copy(update={"run": [name], "datasets": {name: params.datasets[name]}})
                ends.append(self._gathered(step, ends, alone, dataset=name))
        every = list(itertools.chain.from_iterable(self.ends.values()))
        self.report = self._gathered(STEPS["report"], every, params, outputs=report_patterns(params.run))
        self.wanted = [self.report]

    @classmethod
    def load(cls, experiment: str, run: list[str] | None = None) -> "Plan":
        """The plan of `paper` or `demo` as its parameter file stands, perhaps with other datasets to run."""
        path, root = EXPERIMENTS[experiment]
        params = load(path)
        return cls(params.running(run) if run else params, root)

    def _gathered(self, step: Step, ends: list[Job], params: Params, **of: Any) -> Job:
        """The job of a step that is told parts of the parameters, and takes all that the steps before it made.

        Args:
            step: says which parts, and which steps.
            ends: jobs, of which and of those before them it takes.
            params: the experiment, or, for a dataset's own step, the same with this dataset alone.
            of: see `Jobs.add`.
        """
        inputs: dict[str, list[str]] = {}
        for job in self.jobs.upstream(ends):
            for name, path in job.outputs.items() if job.step in step.after else ():
                inputs.setdefault(name, []).append(path)
        told = params.model_dump(mode="json", include=set(step.reads))
        return self.jobs.add(step.name, {"experiment": told}, inputs, **of)

    def _dataset(self, name: str, dataset: Dataset) -> list[Job]:
        """The jobs of one dataset; returns those of its metrics, its traces and its model's behaviour."""
        recordings, filenames = self.recordings(dataset)
        chain = chains.videos if isinstance(dataset, VideoDataset) else chains.skeletons
        sequences, vectors = chain(self, name, dataset, recordings, filenames)
        splits = add_splits(self.jobs, sequences, self.splits(dataset), name)
        features = {
            place: vectors(dataset.features, split)
            for place, split in splits.items()
            if self._own_features(dataset, place[0])
        }
        runs = list(self._trainings(dataset, splits, vectors))
        self.train(runs)
        baselines = [
            job
            for place in features
            if place[0] in dataset.protocols
            for job in self._baselines(dataset, sequences, splits[place], features[place])
        ]
        metrics = self._metrics(name, dataset, recordings, sequences, list(features.values()), runs, baselines)
        followed = self._followed(dataset, runs)
        traces = self._traces(name, dataset, recordings, sequences, followed)
        return [metrics, traces, self._behaviour(name, dataset, sequences, followed)]

    def _own_features(self, dataset: Dataset, protocol: str) -> bool:
        """Whether anything under a protocol takes the dataset's own features, rather than its recipe's."""
        recipes = {recipe for grid in self.grids(dataset) if protocol in grid.protocols for recipe in grid.recipes}
        learnt = any(self.params.recipes[recipe].features is None for recipe in recipes)
        return learnt or (protocol in dataset.protocols and bool(dataset.baselines))

    def _trainings(self, dataset: Dataset, splits: dict[Place, Split], vectors: chains.Vectors) -> Iterator[Run]:
        """Every training once, in the order of the lists."""
        done = set()
        for grid in self.grids(dataset):
            places = [place for place in splits if place[0] in grid.protocols]
            for run in itertools.product(places, grid.recipes, grid.models, grid.seeds):
                if run in done:
                    continue
                done.add(run)
                place, recipe, model, seed = run
                block = self.params.recipes[recipe].model_dump()
                features = vectors(block["features"] or dataset.features, splits[place])
                yield self.training(dataset, block, model, seed, features, recipe=recipe, **splits[place].names)

    def _baselines(self, dataset: Dataset, sequences: Job, split: Split, features: Job) -> list[Job]:
        """Other methods on the same split: on the joints, or on the features."""
        jobs = []
        for name in dataset.baselines:
            params = self.params.baselines[name].model_dump()
            names = {"baseline": name, **split.names}
            if params["method"] == "dtw":
                inputs = {"sequences": sequences.outputs["sequences"]}
                job = self.jobs.add("baseline", params | split.told, inputs, holders=split.holders, **names)
            else:
                job = self.jobs.add("baseline", params, {"features": features.outputs["features"]}, **names)
            jobs.append(job)
        return jobs

    def _metrics(
        self,
        name: str,
        dataset: Dataset,
        recordings: Job,
        sequences: Job,
        features: list[Job],
        runs: list[Run],
        baselines: list[Job],
    ) -> Job:
        """All runs: accuracies, and what the report says besides them."""
        grids = self.grids(dataset)
        used = {part: list(dict.fromkeys(n for grid in grids for n in getattr(grid, part))) for part in PARTS}
        facts = {
            "dataset": name,
            "synthetic": dataset.synthesis is not None,
            "hidden_size": dataset.hidden_size,
            "protocols": dataset.protocols,
            "recipes": used["recipes"],
            **({"ensembles": dataset.ensembles} if dataset.ensembles else {}),
            "source": dataset.source,
            "remark": source(dataset.source).remark,
            "models": {model: self.params.models[model].model_dump() for model in used["models"]},
            "compared": dataset.models,
            "tests": {name: one.tests for name, one in self.protocols(dataset).items() if one.tests != SUBJECT},
            "settings": {recipe: self.params.recipes[recipe].model_dump() for recipe in used["recipes"]},
            "baselines": {baseline: self.params.baselines[baseline].model_dump() for baseline in dataset.baselines},
            "keys": {
                "recordings": [recordings.key],
                "sequences": [sequences.key],
                "features": [job.key for job in features],
            },
            "titles": self.params.titles(name),
        }
        labels = ("protocol", "recipe", "model", "split", "seed")
        inputs = {"sequences": sequences.outputs["sequences"]}
        holders = {"trainings": [self.trained[run.key].outputs["trainings"] for run in runs]}
        params = {"facts": facts, "runs": [[*(run.names[label] for label in labels), run.key] for run in runs]}
        if baselines:
            labels = ("protocol", "baseline", "split")
            params["baselines"] = [[job.names[label] for label in labels] for job in baselines]
            inputs["baselines"] = [job.outputs["scores"] for job in baselines]
        if isinstance(dataset, VideoDataset):
            params["features"] = [job.names["protocol"] for job in features]
            inputs["features"] = [job.outputs["features"] for job in features]
        return self.jobs.add("metrics", params, inputs, holders=holders, dataset=name)

    def _followed(self, dataset: Dataset, runs: list[Run]) -> Run:
        """The training that is looked into: the model of the highest order, first protocol, split, recipe and seed."""
        highest = max(dataset.models, key=lambda model: self.params.models[model].order)
        return next(run for run in runs if run.names["model"] == highest)

    def _traces(self, name: str, dataset: Dataset, recordings: Job, sequences: Job, run: Run) -> Job:
        """Figure 3: a trained model over one test sequence."""
        params = {"sequence": dataset.trace_sequence, "run": run.names, "key": run.key}
        inputs = {"sequences": sequences.outputs["sequences"], "features": run.features}
        if isinstance(dataset, VideoDataset):
            params["reader"] = source(dataset.source).reader
            inputs["recordings"] = recordings.outputs["archive"]
        return self.jobs.add("traces", params, inputs, holders=self._holder(run), dataset=name)

    def _behaviour(self, name: str, dataset: Dataset, sequences: Job, run: Run) -> Job:
        """Where the derivatives of states are large and the gates open: the same model over all test sequences."""
        params = {"run": run.names, "key": run.key}
        inputs = {"features": run.features}
        if not isinstance(dataset, VideoDataset):
            inputs["sequences"] = sequences.outputs["sequences"]
        return self.jobs.add("behaviour", params, inputs, holders=self._holder(run), dataset=name)

    def _holder(self, run: Run) -> dict[str, str]:
        """The file that has a training among others."""
        return {"trainings": self.trained[run.key].outputs["trainings"]}


def report_patterns(datasets: list[str]) -> dict[str, str]:
    """File of a report on these datasets → pattern of its name."""
    folder = STEPS["report"].outputs["report.html"].removesuffix("report.html")
    return {file: folder + file for file in file_names(datasets)}
