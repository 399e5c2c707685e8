"""Jobs: one run of a step each, and the names of the files that it makes."""

import itertools
import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from drnn import keys

RUN = "{root}/train/{dataset}/{model}/{recipe}/{protocol}/split{split}/seed{seed}@{key}"
STORE = "{root}/recordings/{source}/recordings@{key}.zip"
VECTORS = "{root}/features/{dataset}/{features}/{protocol}/split{split}@{key}"
WORK = "{root}/work/{source}/{features}"  # what lies between the videos and their features
OUTPUTS = {
    "download": {"archive": STORE},
    "synthesise_skeletons": {"archive": STORE},
    "synthesise_videos": {"archive": STORE},
    "skeletons": {"sequences": "{root}/sequences/{dataset}/skeletons@{key}.h5"},
    "training_sequences": {"sequences": "{root}/sequences/{dataset}/training@{key}.h5"},
    "sketch": {"sketch": WORK + "/sketches/subject{subject}@{key}.h5"},
    "sequences": {"sequences": "{root}/sequences/{dataset}/sequences@{key}.h5"},
    "split": {"split": "{root}/split/{dataset}/{protocol}/split{split}@{key}.json"},
    "gram": {"gram": WORK + "/gram@{key}.npy"},
    "basis": {"basis": WORK + "/bases/{protocol}/split{split}@{key}.h5"},
    "project": {"projection": WORK + "/projections/subject{subject}@{key}.h5"},
    "features": {"features": VECTORS + ".h5"},
    "cut": {"features": VECTORS + ".h5", "about": VECTORS + ".json"},
    "train": {"scores": RUN + ".npz", "weights": RUN + ".pt"},
    "baseline": {"scores": "{root}/train/{dataset}/{baseline}/{protocol}/split{split}@{key}.npz"},
    "metrics": {
        "metrics": "{root}/metrics/{dataset}/metrics@{key}.json",
        "predictions": "{root}/metrics/{dataset}/predictions@{key}.csv",
    },
    "search": {"search": "{root}/search/{dataset}@{key}.json", "page": "{root}/search/{dataset}@{key}.md"},
    "traces": {"traces": "{root}/traces/{dataset}/traces@{key}.npz"},
    "behaviour": {"behaviour": "{root}/traces/{dataset}/behaviour@{key}.npz"},
    "report": {},  # one folder, whose files depend on the datasets
}
NOTE = "{root}/made/{step}@{key}.json"

Files = dict[str, str | list[str]]
"""Name → file or files."""


@dataclass(frozen=True)
class Job:
    """One run of a step.

    Attributes:
        step: name of the step, of its rule and of its command.
        params: what the step is told, JSON values.
        inputs: files that the outputs are made of; their names carry the inputs' keys.
        holders: files in which something that the outputs are made of lies beside other things. What it is follows
            from the inputs and from the step's code; the other things make no difference, and so no key.
        code: modules at which the step's code starts.
        key: hash of all of the above but the holders.
        outputs: name → file.
        note: file in which it is written down how the outputs were made (drnn.plan.notes).
        names: values of the wildcards in the outputs' names.
    """

    step: str
    params: dict
    inputs: Files
    holders: Files
    code: tuple[str, ...]
    key: str
    outputs: dict[str, str]
    note: str
    names: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> str:
        """What follows `drnn <step>` on a command line, quoted for a shell."""
        words = ["--key", self.key, "--params", json.dumps(self.params), "--note", self.note]
        for option, files in (("--input", self.inputs), ("--holder", self.holders)):
            for name, paths in files.items():
                listed = [f"{name}={paths}"] if isinstance(paths, str) else [f"{name}[]={path}" for path in paths]
                words += itertools.chain.from_iterable((option, pair) for pair in listed)
        words += itertools.chain.from_iterable(("--output", f"{n}={path}") for n, path in self.outputs.items())
        return shlex.join(words)

    @property
    def needs(self) -> list[str]:
        """All files that have to be there."""
        return flat(self.inputs) + flat(self.holders)

    @property
    def exists(self) -> bool:
        """Whether all that the job makes is there."""
        return all(Path(path).is_file() for path in self.outputs.values())


def flat(files: Files) -> list[str]:
    """All files, in their order."""
    return list(itertools.chain.from_iterable([v] if isinstance(v, str) else v for v in files.values()))


def code_of_step(step: str, params: dict) -> tuple[str, ...]:
    """The modules at which a step's code starts: its own, and those that its parameters name."""
    rooms = {"kind": "drnn.features", "method": "drnn.baselines"}
    named = [f"{room}.{params[name]}" for name, room in rooms.items() if name in params]
    return (f"drnn.steps.{step}", *filter(None, [params.get("reader")]), *named)


class Jobs(list[Job]):
    """Jobs under one results folder, each after those whose outputs it needs."""

    def __init__(self, root: str):
        super().__init__()
        self.root = root
        self._known: dict[str, Job] = {}

    def add(
        self,
        step: str,
        params: dict,
        inputs: Files,
        *,
        holders: Files | None = None,
        key: str = "",
        outputs: dict[str, str] | None = None,
        **names: str | int,
    ) -> Job:
        """The job of a step, made unless it is there: datasets may share what they have in common.

        Args:
            step, params, inputs, holders: see `Job`.
            key: where it is not the hash of these.
            outputs: patterns of the files' names; default: those in OUTPUTS.
            names: values of the wildcards.
        """
        params = json.loads(json.dumps(params))  # what the command will read
        code = code_of_step(step, params)
        key = key or keys.key(step, params, flat(inputs), code)
        names = {name: str(value) for name, value in names.items()}
        templates = OUTPUTS[step] if outputs is None else outputs
        paths = {name: path.format(root=self.root, key=key, **names) for name, path in templates.items()}
        note = NOTE.format(root=self.root, step=step, key=key)
        job = Job(step, params, inputs, holders or {}, code, key, paths, note, names)
        if next(iter(paths.values())) not in self._known:
            self._known[next(iter(paths.values()))] = job
            self.append(job)
        return job

    def of(self, step: str, **names: str) -> list[Job]:
        """The jobs of a step, of a dataset, of a model, …"""
        return [job for job in self if job.step == step and names.items() <= job.names.items()]

    def upstream(self, ends: Iterable[Job], made: bool = True) -> list[Job]:
        """The jobs that make ``ends``, these included; without what is ``made``, those that are still to run."""
        maker = {path: job for job in self for path in job.outputs.values()}
        waiting, found = list(ends), set()
        while waiting:
            job = waiting.pop()
            name = next(iter(job.outputs.values()))
            if name not in found and (made or not job.exists):
                found.add(name)
                waiting += [maker[path] for path in job.needs]
        return [job for job in self if next(iter(job.outputs.values())) in found]
