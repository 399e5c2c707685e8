"""Foreign machines: the same keys and the same bytes, wherever the project lies and however a machine is set up."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from bench import PARAMS, Bench
from engine_room import Workspace
from faults import StaleError, TracebackError

pytestmark = pytest.mark.slow
NOBODY = 65534
ODD_FOLDER = "Übung mit 'Blanks' & $(touch evil) ½"
MATPLOTLIBRC = "font.size: 30\nsvg.fonttype: none\nfigure.dpi: 30\naxes.grid: True\nbackend: TkAgg\n"
NEVER, ALWAYS = 0, 4_000_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Workspace:
    """A git checkout whose parameters are the bench's."""
    content = yaml.safe_dump(PARAMS, sort_keys=False)
    return Workspace(tmp_path_factory.mktemp("foreign") / "home", {"params.yaml": content})


class Machine:
    """A machine with the project in a folder, and with the bench's results."""

    def __init__(self, project: Path, undisturbed: Bench, bench: Bench):
        self.project = project
        self.undisturbed = undisturbed
        self.bench = bench

    def run(self, *words: str, folder: Path | None = None, **environment: str | None) -> subprocess.CompletedProcess:
        """`drnn` by the project's own code; a variable that is None is taken out."""
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("DRNN_", "GIT_", "PYTHON"))}
        changed = surroundings | {"PYTHONPATH": str(self.project)} | environment
        done = subprocess.run(
            [sys.executable, "-m", "drnn", *words],
            cwd=folder or self.bench.folder,
            env={k: v for k, v in changed.items() if v is not None},
            capture_output=True,
            text=True,
        )
        if "Traceback" in done.stderr or "this is a defect" in done.stderr:
            raise TracebackError(done.stderr)
        return done

    def makes_the_same(self, *steps: str, **environment: str | None) -> None:
        """These steps' keys and files are those of an ordinary machine."""
        for step in steps:
            job = self.bench.of(step)
            self.bench.drop(job)
            done = self.run(*job.command.split(), **environment)
            assert done.returncode == 0, done.stderr
            for path, right in self.undisturbed.files(job).items():
                if self.bench.read(path) != right:
                    raise StaleError(path)


@pytest.fixture
def machine(home, undisturbed, bench) -> Machine:
    """An ordinary one."""
    return Machine(home.folder, undisturbed, bench)


@pytest.mark.parametrize(
    "surroundings",
    [
        {"HOME": None},
        {"HOME": "/proc"},
        {"HOME": "/nowhere/at/all"},
        {"HOME": None, "XDG_CACHE_HOME": "/proc", "MPLCONFIGDIR": "/proc", "NUMBA_CACHE_DIR": "/proc/numba"},
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "1"},
        {"TERM": "dumb", "COLUMNS": "10", "NO_COLOR": "1"},
        {"LC_ALL": "POSIX", "LANG": None},
        {"TZ": "Pacific/Kiritimati"},
        {"OMP_NUM_THREADS": "7", "MKL_NUM_THREADS": "5", "OPENBLAS_NUM_THREADS": "3"},
    ],
    ids=str,
)
def test_however_the_surroundings_are_keys_and_bytes_are_the_same(machine, surroundings):
    machine.makes_the_same("features", "train", "traces", **surroundings)


def test_the_users_own_matplotlibrc_changes_no_figure(machine, tmp_path):
    (tmp_path / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    machine.makes_the_same("report", MATPLOTLIBRC=str(tmp_path / "matplotlibrc"))


@pytest.mark.parametrize("mask", ["0077", "0000"])
def test_whatever_the_umask_keys_and_bytes_are_the_same(machine, mask):
    before = os.umask(int(mask, 8))
    try:
        machine.makes_the_same("split", "features")
    finally:
        os.umask(before)


@pytest.mark.parametrize("moment", [NEVER, ALWAYS])
def test_whatever_the_clock_says_nothing_is_made_again(home, undisturbed, tmp_path, moment):
    place = home.clone(tmp_path / "clock")
    Bench(undisturbed.folder, undisturbed.jobs).linked(tmp_path / "copy")
    (tmp_path / "copy/results").rename(place.folder / "results")
    for path in [path for path in place.folder.rglob("*") if ".git" not in path.parts]:
        if path.suffix in (".yaml", ".py", ".smk") or path.name == "Snakefile":
            os.utime(path, (moment, moment))
    assert not place.planned()


def in_an_odd_folder(home: Workspace, folder: Path) -> Path:
    return home.clone(folder / ODD_FOLDER).folder


def with_crlf(home: Workspace, folder: Path) -> Path:
    home.check("git", "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", ".", str(folder / "crlf"))
    for path in (folder / "crlf/drnn").rglob("*"):
        if path.suffix in (".py", ".yaml", ".j2", ".toml", ".css", ".js"):
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    return folder / "crlf"


def in_a_worktree(home: Workspace, folder: Path) -> Path:
    home.check("git", "worktree", "add", "-q", "--detach", str(folder / "tree"))
    return folder / "tree"


def from_an_archive(home: Workspace, folder: Path) -> Path:
    (folder / "archive").mkdir()
    home.check("git", "archive", "--output", str(folder / "a.tar"), "HEAD")
    home.check("tar", "-xf", str(folder / "a.tar"), "-C", str(folder / "archive"))
    return folder / "archive"


def in_a_shallow_clone(home: Workspace, folder: Path) -> Path:
    home.check("git", "clone", "-q", "--depth", "1", f"file://{home.folder}", str(folder / "shallow"))
    return folder / "shallow"


def of_another_owner(home: Workspace, folder: Path) -> Path:
    place = home.clone(folder / "theirs").folder
    if os.geteuid():
        pytest.skip("run as root, who alone can give a folder away")
    for path in [place, *place.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return place


def linked_to(home: Workspace, folder: Path) -> Path:
    (folder / "link").symlink_to(home.clone(folder / "real").folder)
    return folder / "link"


PLACES = [in_an_odd_folder, with_crlf, in_a_worktree, from_an_archive, in_a_shallow_clone, of_another_owner, linked_to]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_wherever_the_project_lies_keys_and_bytes_are_the_same(machine, home, tmp_path, place: Callable):
    machine.project = place(home, tmp_path)
    machine.makes_the_same("features", "report")
    status = machine.run("status", folder=machine.project)
    assert status.returncode == 0 and "not made yet" in status.stdout
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("place", [in_an_odd_folder, in_a_worktree, from_an_archive], ids=lambda place: place.__name__)
def test_wherever_the_project_lies_snakemake_finds_what_is_made_and_makes_the_rest(home, undisturbed, tmp_path, place):
    project = Workspace.at(place(home, tmp_path))
    undisturbed.linked(tmp_path / "copy")
    (tmp_path / "copy/results").rename(project.folder / "results")
    assert not project.planned()
    job = undisturbed.of("split", dataset="tiny")
    (project.folder / job.makes[0]).unlink()
    project.log.write_text("", encoding="utf-8")
    project.check("snakemake", "--cores", "1", "--quiet", "all", "--", "split_tiny")
    assert project.ran == {"split": 1}
    assert (project.folder / job.makes[0]).read_bytes() == undisturbed.read(job.makes[0])
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("place", "reason"),
    [(from_an_archive, "not a git repository"), (of_another_owner, "dubious ownership")],
    ids=["archive", "another owner"],
)
@pytest.mark.parametrize("words", [("gc",), ("compare", "HEAD")])
def test_where_git_refuses_its_own_reason_is_told(machine, home, tmp_path, place, reason, words):
    project = place(home, tmp_path)
    machine.project = project
    refused = machine.run(*words, folder=project, HOME=str(tmp_path), GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert refused.returncode == 1 and reason in refused.stderr


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_another_python_computes_the_same_keys(machine, version):
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    if not found:
        pytest.skip(f"install Python {version}, for example by `pyenv install {version}`")
    program = "import sys; from drnn import keys; print(*(keys.code_of(f'drnn.steps.{s}') for s in sys.argv[1:]))"
    words = ["-c", program, "split", "train"]
    answers = [
        subprocess.run([python, *words], cwd=machine.project, check=True, capture_output=True, text=True).stdout
        for python in (sys.executable, str(found[-1]))
    ]
    assert answers[0] == answers[1]
