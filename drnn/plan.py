"""Every file of an experiment: which step makes it, from which parameters and files, under which name.

This is the order of the steps, said once: the workflow's rules, `drnn why` and `drnn publish` all read it.
"""

import itertools
import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from drnn import keys
from drnn.datasets import REGISTRY
from drnn.datasets.manifest import SOURCES, content_hash
from drnn.errors import UserError
from drnn.params import Dataset, Params, load
from drnn.report.names import file_names

EXPERIMENTS = {"paper": ("params.yaml", "results"), "demo": ("demo/params.yaml", "demo/results")}
RUN = "{root}/train/{dataset}/{model}/{recipe}/{protocol}/split{split}/seed{seed}@{key}"
OUTPUTS = {
    "download": {"archive": "{root}/recordings/{dataset}/recordings@{key}.zip"},
    "synthesise": {"archive": "{root}/recordings/{dataset}/recordings@{key}.zip"},
    "skeletons": {"sequences": "{root}/skeletons/{dataset}/skeletons@{key}.h5"},
    "split": {"split": "{root}/split/{dataset}/{protocol}/split{split}@{key}.json"},
    "features": {"features": "{root}/features/{dataset}/{features}/{protocol}/split{split}@{key}.h5"},
    "train": {"scores": RUN + ".npz", "weights": RUN + ".pt"},
    "metrics": {
        "metrics": "{root}/metrics/{dataset}/metrics@{key}.json",
        "predictions": "{root}/metrics/{dataset}/predictions@{key}.csv",
    },
    "traces": {"traces": "{root}/traces/{dataset}/traces@{key}.npz"},
    "report": {},  # one folder, whose files depend on the datasets
}
REPORT = "{root}/report/report@{key}/{file}"


@dataclass(frozen=True)
class Job:
    """One run of a step.

    Attributes:
        step: name of the step, of its rule and of its command.
        params: what the step is told, JSON values.
        inputs: name → file or files; the names carry the inputs' keys.
        code: modules at which the step's code starts.
        key: hash of all of the above.
        outputs: name → file.
        names: values of the wildcards in the outputs' names.
    """

    step: str
    params: dict
    inputs: dict[str, str | list[str]]
    code: tuple[str, ...]
    key: str
    outputs: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> str:
        """What follows `drnn <step>` on a command line, quoted for a shell."""
        words = ["--key", self.key, "--params", json.dumps(self.params)]
        for name, paths in self.inputs.items():
            listed = [f"{name}={paths}"] if isinstance(paths, str) else [f"{name}[]={path}" for path in paths]
            words += itertools.chain.from_iterable(("--input", pair) for pair in listed)
        words += itertools.chain.from_iterable(("--output", f"{n}={path}") for n, path in self.outputs.items())
        return shlex.join(words)

    @property
    def exists(self) -> bool:
        """Whether all that the job makes is there."""
        return all(Path(path).is_file() for path in self.outputs.values())


def flat(inputs: dict[str, str | list[str]]) -> list[str]:
    """All files of a job's inputs, in their order."""
    return list(itertools.chain.from_iterable([v] if isinstance(v, str) else v for v in inputs.values()))


def code_of_step(step: str, params: dict) -> tuple[str, ...]:
    """The modules at which a step's code starts: its own, and those that its parameters name."""
    named = params.get("reader"), params.get("kind") and f"drnn.features.{params['kind']}"
    return (f"drnn.steps.{step}", *filter(None, named))


class Plan:
    """All jobs of an experiment under one results folder."""

    def __init__(self, params: Params, root: str = "results"):
        self.params, self.root = params, root
        self.jobs: list[Job] = []
        ends = [self._dataset(name, params.datasets[name]) for name in params.run]
        metrics, traces = ([end[i] for end in ends] for i in (0, 1))
        experiment = params.model_dump(mode="json")
        self.report = self._add(
            "report",
            {"experiment": experiment},
            {"metrics": [m.outputs["metrics"] for m in metrics], "traces": [t.outputs["traces"] for t in traces]},
            outputs={file: REPORT.replace("{file}", file) for file in file_names(params.run)},
        )

    @classmethod
    def load(cls, experiment: str) -> "Plan":
        """The plan of `paper` or `demo` as its parameter file stands."""
        path, root = EXPERIMENTS[experiment]
        return cls(load(path), root)

    def of(self, step: str, **names: str) -> list[Job]:
        """The jobs of a step, of a dataset, of a model, …"""
        return [
            job
            for job in self.jobs
            if job.step == step and all(job.names.get(name) == value for name, value in names.items())
        ]

    def _add(self, step: str, params: dict, inputs: dict, key: str = "", outputs: dict | None = None, **names) -> Job:
        params = json.loads(json.dumps(params))  # what the command will read
        code = code_of_step(step, params)
        key = key or keys.key(step, params, flat(inputs), code)
        names = {name: str(value) for name, value in names.items()}
        templates = OUTPUTS[step] if outputs is None else outputs
        paths = {name: path.format(root=self.root, key=key, **names) for name, path in templates.items()}
        self.jobs.append(Job(step, params, inputs, code, key, paths, names))
        return self.jobs[-1]

    def _dataset(self, name: str, dataset: Dataset) -> tuple[Job, Job]:
        """The jobs of one dataset; returns those of its metrics and traces."""
        skeletons = self._recordings(name, dataset)
        runs, traced = [], None
        for protocol in dataset.protocols:
            for split in range(self.params.protocols[protocol].splits):
                features = self._features(name, dataset, skeletons, protocol, split)
                trained = self._trainings(name, dataset, features, protocol, split)
                runs += trained
                traced = traced or (features, trained)
        order = {model: self.params.models[model].order for model in dataset.models}
        facts = {
            "dataset": name,
            "synthetic": dataset.synthesis is not None,
            "hidden_size": dataset.hidden_size,
            "protocols": dataset.protocols,
            "recipes": dataset.recipes,
            "source": dataset.source,
            "models": {model: {"order": n} for model, n in order.items()},
            "settings": {recipe: self.params.recipes[recipe].model_dump() for recipe in dataset.recipes},
            "keys": {
                "recordings": [keys.key_of(path) for path in flat(skeletons.inputs)],
                "skeletons": [skeletons.key],
                "features": list(dict.fromkeys(keys.key_of(path) for run in runs for path in flat(run.inputs))),
            },
        }
        labels = ("protocol", "recipe", "model", "split", "seed")
        metrics = self._add(
            "metrics",
            {"facts": facts, "runs": [[run.names[label] for label in labels] for run in runs]},
            {"sequences": skeletons.outputs["sequences"], "scores": [run.outputs["scores"] for run in runs]},
            dataset=name,
        )
        return metrics, self._traces(name, dataset, skeletons, *traced)

    def _recordings(self, name: str, dataset: Dataset) -> Job:
        provider = REGISTRY[dataset.source]
        if provider.step == "download":
            if dataset.source not in SOURCES:
                raise UserError(
                    f"{dataset.source}: is downloaded and needs an entry in drnn/datasets/manifest.py: SOURCES"
                )
            key = content_hash(SOURCES[dataset.source])[: keys.LENGTH]  # the bytes, whoever fetched them
            archive = self._add("download", {"source": dataset.source}, {}, key=key, dataset=name)
        else:
            archive = self._add(provider.step, dataset.synthesis.model_dump(), {}, dataset=name)
        return self._add(
            "skeletons",
            {"source": dataset.source, "reader": provider.reader, "on_empty": dataset.on_empty},
            {"archive": archive.outputs["archive"]},
            dataset=name,
        )

    def _features(self, name: str, dataset: Dataset, skeletons: Job, protocol: str, split: int) -> Job:
        rule = self.params.protocols[protocol].model_dump()
        place = {"dataset": name, "protocol": protocol, "split": split}
        sequences = skeletons.outputs["sequences"]
        who = self._add("split", {"protocol": rule, "split": split}, {"sequences": sequences}, **place)
        features = self.params.features[dataset.features].model_dump()
        inputs = {"sequences": sequences, "split": who.outputs["split"]}
        return self._add("features", features, inputs, features=dataset.features, **place)

    def _trainings(self, name: str, dataset: Dataset, features: Job, protocol: str, split: int) -> list[Job]:
        return [
            self._add(
                "train",
                {
                    "recipe": self.params.recipes[recipe].model_dump(),
                    "model": self.params.models[model].model_dump(),
                    "hidden_size": dataset.hidden_size,
                    "seed": seed,
                },
                {"features": features.outputs["features"]},
                dataset=name,
                protocol=protocol,
                split=split,
                recipe=recipe,
                model=model,
                seed=seed,
            )
            for recipe, model, seed in itertools.product(dataset.recipes, dataset.models, self.params.seeds)
        ]

    def _traces(self, name: str, dataset: Dataset, skeletons: Job, features: Job, trained: list[Job]) -> Job:
        """Figure 3: the model of the highest order, first protocol, split, recipe and seed."""
        highest = max(dataset.models, key=lambda model: self.params.models[model].order)
        run = next(job for job in trained if job.names["model"] == highest)
        return self._add(
            "traces",
            {"sequence": dataset.trace_sequence, "run": run.names, "reader": REGISTRY[dataset.source].reader},
            {
                "sequences": skeletons.outputs["sequences"],
                "features": features.outputs["features"],
                "weights": run.outputs["weights"],
            },
            dataset=name,
        )
