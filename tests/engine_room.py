"""A small copy of the project in which the real Snakemake and DVC run, and which counts what they execute.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import fcntl
import itertools
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
SNAKEMAKE = ("snakemake", "--cores", "2", "--quiet", "all")
DVC = ("dvc", "repro", "-q")
PYTHON = ("python", "-m", "drnn")
ONCE = ["recordings", "sequences", "split", "features", "metrics", "traces", "behaviour", "report"]
ALL = Counter(ONCE) + Counter(train=2)
WRITING = "        temporary.write_bytes(content)\n"
"""The line of drnn/files.py at which a file is written, under a temporary name; `path` is the final one."""
TINY = {
    "run": ["tiny"],
    "seeds": [0],
    "datasets": {
        "tiny": {
            "source": "synthetic",
            "synthesis": {"subjects": 4, "repetitions": 1, "seed": 0},
            "features": "skeleton_583",
            "protocols": ["half"],
            "recipes": ["quick"],
            "models": ["lstm", "drnn1"],
            "hidden_size": 8,
            "trace_sequence": "a01_s02_e01",
        }
    },
    "features": {"skeleton_583": {"kind": "skeleton", "layout": "583", "velocity_window": 5}},
    "protocols": {"half": {"train_subjects": [1, 3], "test_subjects": [2, 4]}},
    "baselines": {"dtw": {"method": "dtw"}, "svm": {"method": "pooled_svm"}},
    "models": {"lstm": {"order": 0}, "drnn1": {"order": 1}},
    "recipes": {"quick": {"learning_rate": 1.0e-3, "epochs": 2}},
}


class Workspace:
    """A git repository with the project's files, a small experiment and no results.

    Args:
        folder: does not exist yet.
        files: path → content of files that differ from the project's.

    Attributes:
        patience: seconds that a command may take.
    """

    patience = 300

    def __init__(self, folder: Path, files: dict[str, str]):
        self.folder, self.log = folder, folder.with_name(f"{folder.name}.executions")
        listed = _output(["git", "ls-files", "-co", "--exclude-standard", "-z"], ROOT).split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():  # deleted and not yet committed otherwise
                self.write(name, (ROOT / name).read_bytes())
        for name, content in files.items():
            self.write(name, content.encode())
        self.check("git", "init", "-q")
        self.commit()

    @classmethod
    def at(cls, folder: Path) -> "Workspace":
        """The workspace that a folder is."""
        workspace = object.__new__(cls)
        workspace.folder, workspace.log = folder, folder.with_name(f"{folder.name}.executions")
        return workspace

    def clone(self, folder: Path) -> "Workspace":
        """A git clone: what is committed, and no results."""
        self.check("git", "clone", "--quiet", ".", str(folder))
        return Workspace.at(folder)

    def copy(self, folder: Path) -> "Workspace":
        """A copy, with all results and the log of what ran."""
        other = Workspace.at(folder)
        shutil.copytree(self.folder, folder, symlinks=True)
        shutil.copy(self.log, other.log)
        return other

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command here, with nothing of the surroundings but PATH, HOME and the like.

        Snakemake has no executor of a cluster here, unless PYTHONPATH is given.
        """
        env = {k: v for k, v in os.environ.items() if not re.match(r"DRNN_|GIT_|PYTHON|SNAKEMAKE_|DVC_", k)}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        names = itertools.product(("AUTHOR", "COMMITTER"), ("NAME", "EMAIL"))
        env |= {f"GIT_{who}_{what}": "tests@example.org" for who, what in names}
        env |= {"DRNN_EXECUTION_LOG": str(self.log), "DVC_NO_ANALYTICS": "1", "COLUMNS": "200"}
        env |= {"PYTHONPATH": str(ROOT / "tests/without_clusters"), **environment}
        return subprocess.run(words, cwd=self.folder, env=env, capture_output=True, text=True, timeout=self.patience)

    def check(self, *words: str, **environment: str) -> str:
        """The output of a command that has to succeed."""
        done = self.run(*words, **environment)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def executed(self, *words: str, **environment: str) -> Counter:
        """Step → how often the command, which has to succeed, ran it."""
        self.log.write_text("")
        self.check(*words, **environment)
        return self.ran

    @property
    def ran(self) -> Counter:
        """Step → how often the last command whose steps were counted ran it."""
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())

    def planned(self, *words: str) -> Counter:
        """Rule → number of its jobs, as a dry run lists them."""
        said = self.check("snakemake", "--dry-run", *words).partition("Job stats:")[2].partition("total")[0]
        return Counter({rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", said, re.MULTILINE)})

    def write(self, name: str, content: bytes) -> None:
        """Write a file, in folders that it needs."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first ``old``, which has to be there."""
        text = (self.folder / name).read_text()
        if old not in text:
            raise ValueError(f"{name}: has no {old!r} to edit")
        self.write(name, text.replace(old, new, 1).encode())

    def after_each_epoch(self, code: str) -> None:
        """Let a training save a checkpoint after every epoch and then run ``code``, where it is ``checkpoint``."""
        fit, saved = "drnn/training/fit.py", "            last_saved = time.monotonic()\n"
        self.edit(fit, "SECONDS_BETWEEN_CHECKPOINTS = 10", "SECONDS_BETWEEN_CHECKPOINTS = -1")
        self.edit(fit, saved, saved + textwrap.indent(textwrap.dedent(code), " " * 12))
        self.edit(fit, "import time\n", "import os\nimport sys\nimport time\n")

    def set(self, change: Callable[[dict], object], name: str = "params.yaml") -> None:
        """Change the parameters."""
        params = yaml.safe_load((self.folder / name).read_text())
        change(params)
        self.write(name, yaml.safe_dump(params, sort_keys=False).encode())

    def commit(self) -> None:
        """Commit all that is not ignored."""
        self.check("git", "add", "--all")
        self.check("git", "commit", "--quiet", "--message", "state", "--allow-empty")

    def reset(self) -> None:
        """Take every edit since the last commit back; results stay."""
        self.check("git", "reset", "--quiet", "--hard")
        self.check("git", "clean", "--quiet", "--force", "-d")

    def products(self, pattern: str) -> dict[str, bytes]:
        """Path → content of the files below results/ that match."""
        results = self.folder / "results"
        return {str(p.relative_to(results)): p.read_bytes() for p in sorted(results.glob(pattern)) if p.is_file()}


def tiny(folder: Path, **files: str) -> Workspace:
    """A workspace whose experiment takes seconds: two models, four synthetic subjects."""
    return Workspace(folder, {"params.yaml": yaml.safe_dump(TINY, sort_keys=False), **files})


def made_once(folder: Path) -> Workspace:
    """The workspace of `tiny` in which Snakemake made everything: by the first process that asks, for all that share
    ``folder``. It is to be copied, not to be changed.
    """
    folder.mkdir(exist_ok=True)
    home, done = folder / "workspace", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)  # of a process that failed
            tiny(home).executed(*SNAKEMAKE)
            done.touch()
    return Workspace.at(home)


def _output(words: list[str], folder: Path) -> str:
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout
