"""One small experiment of skeletons, videos and a search, made once; tests take links of it and disturb them.

No assertion is made here.
"""

import contextlib
import os
import shutil
from pathlib import Path

import yaml
from forked import Done, drnn

from drnn.config.params import validate
from drnn.plan.experiment import Plan
from drnn.plan.jobs import Job
from drnn.plan.searches import SearchPlan, read

ROOT = Path(__file__).parents[2]
OWN = {
    "features": "skeleton_583",
    "protocols": ["half"],
    "recipes": ["quick"],
    "models": ["drnn1"],
    "hidden_size": 4,
}
PARAMS = {
    "run": ["tiny", "films"],
    "seeds": [0],
    "datasets": {
        "tiny": OWN
        | {
            "source": "synthetic",
            "synthesis": {"subjects": 4, "repetitions": 1, "seed": 0},
            "baselines": ["dtw", "svm"],
            "trace_sequence": "a01_s04_e01",
        },
        "films": OWN
        | {
            "source": "synthetic_kth",
            "synthesis": {"subjects": 2, "scenarios": 1, "frames": 100, "seed": 0},
            "features": "hog3d",
            "protocols": ["first"],
            "trace_sequence": "boxing",
        },
    },
    "features": {
        "skeleton_583": {"kind": "skeleton", "layout": "583", "velocity_window": 5},
        "hog3d": {"kind": "hog3d", "n_components": 10, "landmarks": 50, "chunk": 20, "rank": 15, "directions": 30},
    },
    "protocols": {
        "half": {"train_subjects": [1, 2, 3], "test_subjects": [4]},
        "first": {"train_subjects": [1], "test_subjects": [2]},
    },
    "baselines": {"dtw": {"method": "dtw"}, "svm": {"method": "pooled_svm"}},
    "models": {"drnn1": {"order": 1}},
    "recipes": {"quick": {"learning_rate": 1.0e-3, "epochs": 3}},
}
SEARCH = {
    "mine": {
        "chooses": "quick",
        "dataset": "tiny",
        "protocol": "half",
        "models": ["drnn1"],
        "seeds": [0],
        "base": {"learning_rate": 1.0e-3, "epochs": 1},
        "configurations": {"slow": {}, "fast": {"learning_rate": 1.0e-2}},
    }
}
FOLDER = "results"


class Bench:
    """A folder with parameters and, below results/, what they make.

    Attributes:
        folder: where it lies.
        jobs: of the experiment and of the search, each after those that it needs, by the path of its order.
        makers: the job that makes a file.
    """

    def __init__(self, folder: Path, jobs: dict[str, Job]):
        self.folder = folder
        self.jobs = jobs
        self.makers = {path: job for job in jobs.values() for path in job.outputs.values()}

    @classmethod
    def at(cls, folder: Path) -> "Bench":
        """The bench that a folder is, or may become."""
        params = validate(PARAMS)
        plans = [Plan(params, FOLDER), SearchPlan(read(folder / "searches.yaml", params), params, FOLDER)]
        return cls(folder, {job.order: job for plan in plans for job in plan.jobs})

    @classmethod
    def made(cls, folder: Path) -> "Bench":
        """In a new folder, with all jobs done."""
        (folder / "demo").mkdir(parents=True)
        (folder / "params.yaml").write_text(yaml.safe_dump(PARAMS, sort_keys=False), encoding="utf-8")
        (folder / "searches.yaml").write_text(yaml.safe_dump(SEARCH, sort_keys=False), encoding="utf-8")
        shutil.copy(ROOT / "demo/params.yaml", folder / "demo")
        bench = cls.at(folder)
        with contextlib.chdir(folder):
            for job in bench.jobs.values():
                job.write_order()
        for job in bench.jobs.values():
            done = bench.do(job)
            if done.code:
                raise RuntimeError(f"{job.command}: {done.said}")
        return bench

    def linked(self, folder: Path) -> "Bench":
        """The same in a new folder, whose files are links: nothing may be written into one, only in its place."""
        shutil.copytree(self.folder, folder, copy_function=os.link)
        return Bench(folder, self.jobs)

    def do(self, job: Job, **how) -> Done:
        """Do a job."""
        return drnn(*job.command.split(), folder=self.folder, **how)

    def of(self, step: str, **names: str) -> Job:
        """The first job of a step."""
        return next(job for job in self.jobs.values() if job.step == step and names.items() <= job.names.items())

    def files(self, job: Job) -> dict[str, bytes | None]:
        """What a job makes, its note among it: path → content, None where it is not there."""
        paths = [*job.outputs.values(), job.note]
        return {path: self.read(path) for path in paths}

    def all_files(self) -> list[str]:
        """Every file below results/ that has its final name."""
        paths = (path for path in (self.folder / FOLDER).rglob("*") if path.is_file() and path.name[0] != ".")
        return [str(path.relative_to(self.folder)) for path in paths]

    def read(self, path: str) -> bytes | None:
        """A file's content, if it is there."""
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def put(self, path: str, content: bytes) -> None:
        """Another file in place of one."""
        (self.folder / path).unlink(missing_ok=True)
        (self.folder / path).write_bytes(content)

    def drop(self, job: Job) -> None:
        """Delete what a job made."""
        for path in self.files(job):
            (self.folder / path).unlink(missing_ok=True)

    def half_written(self) -> list[str]:
        """Files that are being written, or were."""
        return [str(path) for path in (self.folder / FOLDER).rglob("*.part")]
