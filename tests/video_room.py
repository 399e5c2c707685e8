"""A small experiment on synthetic videos whose steps run in this process, one after the other.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import copy
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

from drnn.config.params import validate
from drnn.datasets.archive import write_store
from drnn.datasets.store import SequenceSet
from drnn.datasets.synthetic_kth import Synthesis, videos
from drnn.machine import Machine
from drnn.plan.experiment import Plan
from drnn.plan.jobs import Job

CPU = Machine(mirror=None, device="cpu")
BLOCK = {
    "source": "synthetic_kth",
    "synthesis": {"subjects": 3, "scenarios": 1, "frames": 100, "seed": 0},
    "features": "hog3d",
    "protocols": ["third_tests", "second_tests"],
    "recipes": ["quick"],
    "models": ["lstm"],
    "hidden_size": 4,
    "trace_sequence": "boxing",
}
CONFIG = {
    "run": ["whole", "ranges"],
    "seeds": [0],
    "datasets": {"whole": BLOCK | {"cut": "videos"}, "ranges": BLOCK | {"cut": "ranges"}},
    "features": {
        "hog3d": {"kind": "hog3d", "n_components": 10, "landmarks": 50, "chunk": 20, "rank": 15, "directions": 30}
    },
    "protocols": {
        "third_tests": {"train_subjects": [1, 2], "test_subjects": [3]},
        "second_tests": {"train_subjects": [1, 3], "test_subjects": [2]},
    },
    "baselines": {"dtw": {"method": "dtw"}, "svm": {"method": "pooled_svm"}},
    "models": {"lstm": {"order": 0}},
    "recipes": {"quick": {"learning_rate": 1e-3, "epochs": 2}},
}


@cache
def members() -> dict[str, bytes]:
    """The recordings by file name."""
    return dict(videos(Synthesis(**BLOCK["synthesis"])))


class Experiment:
    """The plan of CONFIG in a folder.

    Args:
        folder: where results go.
        recordings: file name → content; default: those of the synthesis.
        change: of the parameters.
    """

    def __init__(self, folder: Path, recordings: dict[str, bytes] | None = None, change: Callable = lambda p: None):
        config = copy.deepcopy(CONFIG)
        change(config)
        self.plan = Plan(validate(config), str(folder))
        (store,) = self.plan.jobs.of("recordings")
        write_store((members() if recordings is None else recordings).items(), store.outputs["archive"])

    def made(self, step: str, **names: str) -> Path:
        """The first file of the one job of these names, made if it is not there."""
        (job,) = self.plan.jobs.of(step, **names)
        self.make([job])
        return Path(job.makes[0])

    def features(self, dataset: str = "whole", protocol: str = "third_tests") -> SequenceSet:
        """What a training gets."""
        return SequenceSet.load(self.made("features", dataset=dataset, protocol=protocol))

    def make(self, ends: Iterable[Job]) -> list[str]:
        """Run the jobs behind these that have not run; returns what each said."""
        return [_run(job) for job in self.plan.jobs.upstream(ends, made=False)]


def _run(job: Job) -> str:
    files = {
        name: Path(paths) if isinstance(paths, str) else list(map(Path, paths))
        for name, paths in (job.inputs | job.holders).items()
    }
    outputs = {name: Path(path) for name, path in job.outputs.items()}
    return import_module(f"drnn.steps.{job.module}").run(job.params, files, outputs, CPU)
