"""Whole files or none, whatever happens while they are written."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from drnn.config.params import validate
from drnn.files import replacing, write_bytes, write_text
from drnn.plan.experiment import Plan

ROOT = Path(__file__).parent.parent
HEAD = """
import os, resource, sys
from pathlib import Path
import h5py
import numpy as np
from drnn.errors import UserError
from drnn.files import replacing, write_bytes
from drnn.datasets.store import SequenceSet
path = Path(sys.argv[1])
"""
REFUSED = """
try:
    save()
except UserError as error:
    print(error)
"""
WRITERS = {
    "bytes": "save = lambda: write_bytes(path, bytes(100_000))",
    "store": "some = np.ones((25_000, 1)); save = lambda: SequenceSet.of([some], 'a', [0], [1], 'c').save(path)",
}


def child(program: str, *arguments) -> str:
    """What a Python of its own says that runs a program."""
    command = [sys.executable, "-c", HEAD + program, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reachable():
    """A folder that every user can reach, as pytest's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_file_appears_under_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "new/folder/file"
    with replacing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_text_is_utf_8(tmp_path):
    write_text(tmp_path / "file", "dⁿs")
    assert (tmp_path / "file").read_bytes() == "dⁿs".encode()


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "file") as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_failure_keeps_the_old_file(tmp_path):
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")]


def test_a_failure_that_is_not_of_the_file_is_not_called_so(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "file"):
        Path(tmp_path / "input").read_bytes()


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path, writer):
    path = tmp_path / "file"
    write_bytes(path, b"old")
    limit = "\nresource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))"  # Python itself ignores SIGXFSZ
    said = child(writer + limit + REFUSED, path)
    assert said.startswith(f"{path}: cannot be written (")
    assert "free space" in said
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")]


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("name", ["file", "folder/file"])
def test_a_folder_that_is_read_only_is_told(reachable, writer, name):
    reachable.chmod(0o555)
    nobody = "\nif os.getuid() == 0: os.setuid(65534)"
    said = child(writer + nobody + REFUSED, reachable / name)
    assert said.startswith(f"{reachable / name}: cannot be written (")
    assert "make the folder writable" in said
    assert list(reachable.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="run as root, who alone can be another user")
def test_a_folder_that_cannot_be_entered_is_told(reachable):
    (reachable / "closed").mkdir(mode=0o700)
    path = reachable / "closed/folder/file"
    said = child(WRITERS["bytes"] + "\nos.setuid(65534)" + REFUSED, path)
    assert said.startswith(f"{path}: cannot be written (")


def test_a_file_in_place_of_a_folder_is_told(tmp_path):
    write_bytes(tmp_path / "folder", b"a file")
    path = tmp_path / "folder/file"
    assert child(WRITERS["bytes"] + REFUSED, path).startswith(f"{path}: cannot be written (")


def killed_half_way(path: Path) -> None:
    """Kill a process that has written half of a file."""
    half = """
with replacing(path) as temporary, temporary.open("wb") as file:
    file.write(b"half")
    file.flush()
    print("half", flush=True)
    sys.stdin.read()
"""
    command = [sys.executable, "-c", HEAD + half, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.kill()


def test_a_killed_writer_leaves_no_file_of_that_name(tmp_path):
    path = tmp_path / "file"
    killed_half_way(path)
    assert not path.exists()
    write_bytes(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_a_killed_writer_keeps_the_old_file(tmp_path):
    path = tmp_path / "file"
    write_bytes(path, b"old")
    killed_half_way(path)
    assert path.read_bytes() == b"old"


def test_what_a_killed_writer_leaves_is_not_taken_for_the_output(tmp_path, small_config):
    (job,) = Plan(validate(small_config), str(tmp_path)).jobs.of("features")
    path = Path(job.outputs["features"])
    path.parent.mkdir(parents=True)
    killed_half_way(path)
    assert [p.suffix for p in path.parent.iterdir()] == [".part"]
    assert not job.exists


@pytest.fixture
def small_config() -> dict:
    dataset = {"source": "synthetic", "synthesis": {}, "features": "f", "hidden_size": 2, "trace_sequence": "a"}
    return {
        "run": ["d"],
        "seeds": [0],
        "datasets": {"d": dataset | {"protocols": ["p"], "recipes": ["r"], "models": ["m"]}},
        "features": {"f": {}},
        "protocols": {"p": {"train_subjects": 5}},
        "models": {"m": {"order": 0}},
        "recipes": {"r": {}},
        "baselines": {},
    }
