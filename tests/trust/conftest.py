"""What the tests of trust share: one experiment that is made, and folders in which it can be disturbed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from bench import Bench


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Bench:
    """The bench as nobody disturbed it, made once for all processes of a run; nothing in it is to be changed."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "trust"
    home.mkdir(exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "done").exists():
            shutil.rmtree(home / "bench", ignore_errors=True)  # of a process that failed
            Bench.made(home / "bench")
            (home / "done").touch()
    return Bench.at(home / "bench")


@pytest.fixture
def bench(undisturbed, tmp_path) -> Bench:
    """A bench of one's own."""
    return undisturbed.linked(tmp_path / "bench")


@pytest.fixture
def mounted():
    """Mounts a file system at a folder until the test ends, by the words for `mount`; skips where that is forbidden."""
    places: list[Path] = []

    def mount(*words: str | Path, at: Path) -> None:
        done = subprocess.run(["mount", *map(str, words), str(at)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"run as root, in a container with CAP_SYS_ADMIN: {done.stderr.strip()}")
        if at not in places:
            places.append(at)

    yield mount
    for place in reversed(places):
        subprocess.run(["umount", str(place)], check=True)
