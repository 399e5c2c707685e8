"""Only a lock that is held means another run; a file system without locks is told, and the run goes on."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine_room import SNAKEMAKE

from drnn.plan.lock import only_run

HERE = Path(__file__).parent
TAKE = "import sys; from drnn.plan.lock import only_run; only_run(); print('goes on')"
HOLD = "from drnn.plan.lock import only_run; held = only_run(); print(flush=True); input()"
TOLD = ".snakemake/run.lock: the file system has no locks ({}): nothing keeps a second run out of this folder"
DEAD = "4711 on a machine that was switched off"


def taking(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Another process takes the lock of a folder."""
    command = [sys.executable, "-c", TAKE]
    return subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)


def without_locks(number: int) -> dict[str, str]:
    """The surroundings of a process on a file system that answers with this error."""
    path = os.pathsep.join([str(HERE / "without_locks"), str(HERE.parents[1])])
    return {"PYTHONPATH": path, "NO_LOCKS": str(number)}


@pytest.fixture
def used(tmp_path) -> Path:
    """A folder in which a run was killed, so that the file names a process that is dead."""
    (tmp_path / ".snakemake").mkdir()
    (tmp_path / ".snakemake/run.lock").write_text(DEAD, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_file_system_without_locks_is_told_and_the_run_goes_on(used, number):
    done = taking(used, **without_locks(number))
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    assert done.stderr.startswith(TOLD.format(os.strerror(number))) and done.stderr.count("\n") == 1
    assert "another run" not in done.stderr and "4711" not in done.stderr


def test_a_lock_that_a_dead_process_left_is_taken_without_a_word(used):
    done = taking(used)
    assert (done.returncode, done.stdout, done.stderr) == (0, "goes on\n", "")


def test_a_lock_that_is_held_names_its_holder_and_goes_with_it(used):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD], cwd=used, **pipes) as holder:
        holder.stdout.readline()
        refused = taking(used)
        holder.kill()
    assert refused.returncode and f"another run is at work in this folder (process {holder.pid} on" in refused.stderr
    assert taking(used).returncode == 0


def test_a_lock_that_is_held_is_let_go_where_its_file_is_closed(tmp_path):
    only_run(tmp_path / "lock").close()
    only_run(tmp_path / "lock").close()


@pytest.mark.slow
def test_snakemake_runs_on_a_file_system_without_locks_and_says_so(all_made, tmp_path):
    workspace = all_made.copy(tmp_path / "workspace")
    workspace.edit("drnn/report/templates/tables.j2", "Generated from", "Made from")
    said = workspace.check(*SNAKEMAKE, **without_locks(errno.ENOLCK))
    assert said.count(TOLD.format(os.strerror(errno.ENOLCK))) == 1 and "report: results/report/latest" in said
