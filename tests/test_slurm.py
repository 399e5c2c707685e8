"""The experiment through a real SLURM of one machine, on loopback and in a temporary folder.

Needs root, `apt install slurm-wlm munge` and `pip install -c constraints.txt -e '.[workflow,test]'`; skipped
elsewhere. Its slurm.conf is linked to as /etc/slurm/slurm.conf, where a job looks for it, until the tests end.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from engine_room import tiny

INSTALLED = Path("/etc/slurm/slurm.conf")
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")


def missing() -> str:
    """Why no SLURM can be started here, if so."""
    if os.geteuid() != 0:
        return "run as root, whom SLURM's daemons need"
    if absent := [name for name in PROGRAMS if not shutil.which(name, path=PATH)]:
        return f"no {', '.join(absent)}: apt install slurm-wlm munge"
    if not find_spec("snakemake_executor_plugin_slurm"):
        return "no snakemake-executor-plugin-slurm: pip install -c constraints.txt -e '.[workflow,test]'"
    return f"{INSTALLED} is there: a real cluster's, or remove what a killed test left" if INSTALLED.exists() else ""


pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]

CONFIG = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
KillWait=2
MinJobAge=3600
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000
PartitionName=tests Nodes={host} Default=YES
"""
SNAKEMAKE = ("snakemake", "--profile", "workflow/profiles/slurm", "--slurm-status-command", "squeue")
SNAKEMAKE += ("--slurm-no-account", "--slurm-init-seconds-before-status-checks", "3")
# Small steps go together into one job, which asks for the largest memory of any and for the time of all.
SNAKEMAKE += ("--groups", "sequences=small", "split=small", "features=small", "--keep-going")
ASKED = {
    "rule_recordings": ["1000M", "1:00:00"],
    "rule_small_features_sequences_split": ["4200M", "30:00"],
    "rule_train": ["2300M", "4:00:00"],
    "rule_metrics": ["1000M", "10:00"],
    "rule_traces": ["2000M", "10:00"],
    "rule_behaviour": ["1500M", "10:00"],
    "rule_report": ["1000M", "10:00"],
}
WITH_CLUSTERS = {"PYTHONPATH": ""}  # Snakemake has its executors
# After its first epoch's checkpoint a training breaks, or waits at a gate that nobody opens.
FAULTS = """
    if os.environ.get("BREAK", "-") in str(checkpoint):
        sys.exit(7)
    if os.environ.get("HOLD", "-") in str(checkpoint):
        open(os.environ["GATE"]).read()
"""


def until(condition, seconds: float = 60) -> None:
    """Return as soon as ``condition`` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds} seconds")
        time.sleep(0.1)


def output(*words: str) -> str:
    """What a command says."""
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=30).stdout


def jobs() -> dict[str, list[str]]:
    """Number of a job → its state, the rule that it runs, its memory and its time limit; finished ones too."""
    lines = output("squeue", "--states=all", "--noheader", "--format=%i|%T|%k|%m|%l").splitlines()
    return {line.split("|")[0]: line.split("|")[1:] for line in lines}


@contextmanager
def daemon(folder: Path, *words: str):
    """A daemon in the foreground of a process of ours; what it says is in a file beside the configuration."""
    with (folder / f"{words[0]}.out").open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def end_all_jobs() -> None:
    """Cancel what is queued or running, and wait until it is gone."""
    with suppress(subprocess.SubprocessError, TimeoutError):
        output("scancel", "--user=root")
        until(lambda: not output("squeue", "--noheader"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A SLURM of one node with two processors, which has nothing to do."""
    folder = tmp_path_factory.mktemp("slurm")
    config, key, gate = folder / "slurm.conf", folder / "munge.key", folder / "munge.socket"
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [free.getsockname()[1] for free in (one, other)]
    config.write_text(CONFIG.format(folder=folder, host=socket.gethostname().split(".")[0], ports=ports))
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    munge = [f"--socket={gate}", *(f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "seed", "log"))]
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("PATH", PATH)
        INSTALLED.unlink(missing_ok=True)  # a link of a killed test, whose folder is gone
        INSTALLED.symlink_to(config)
        stack.callback(INSTALLED.unlink)
        stack.enter_context(daemon(folder, "munged", "--foreground", "--force", *munge))
        until(gate.exists)
        for name in ("slurmctld", "slurmd"):
            stack.enter_context(daemon(folder, name, "-D"))
        stack.callback(end_all_jobs)
        until(lambda: subprocess.run(("sinfo", "-ho", "%T"), capture_output=True, text=True).stdout == "idle\n")
        yield


@pytest.fixture(scope="module")
def workspace(cluster, tmp_path_factory):
    """A workspace whose trainings can be broken and held, and the cluster's partition in its profile."""
    made = tiny(tmp_path_factory.mktemp("cluster") / "workspace")
    made.edit("workflow/profiles/slurm/config.yaml", "# - slurm_partition=cpu", "- slurm_partition=tests")
    made.after_each_epoch(FAULTS)
    return made


@pytest.fixture(scope="module")
def first(workspace):
    """A run in which the training of drnn1 breaks, and the job of the other, half-way, is cancelled; all jobs."""
    os.mkfifo(gate := workspace.folder.with_name("gate"))
    faults = {"BREAK": "/drnn1/", "HOLD": "/lstm/", "GATE": str(gate), **WITH_CLUSTERS}
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(workspace.run, *SNAKEMAKE, **faults)
        until(lambda: run.done() or list(workspace.folder.glob("results/train/tiny/lstm/**/.*checkpoint")), 250)
        (held,) = [job for job, (state, comment, *_) in jobs().items() if "_lstm_" in comment and state == "RUNNING"]
        output("scancel", held)
        until(lambda: jobs()[held][0] == "CANCELLED")
        return run.result(), jobs()


@pytest.fixture(scope="module")
def second(workspace, first):
    """What the next run executed, and all jobs until then."""
    return workspace.executed(*SNAKEMAKE, **WITH_CLUSTERS), jobs()


def test_a_job_that_fails_is_reported_with_its_log_and_exit_code(first):
    said = first[0].stdout + first[0].stderr
    assert first[0].returncode == 1 and "Traceback" not in said
    (log,) = set(re.findall(r"^Logfile (results/logs/train/tiny/drnn1/\S+\.log):$", said, re.MULTILINE))
    assert "epoch 1 of 2" in said.partition(f"Logfile {log}:")[2]
    assert "returned non-zero exit status 7" in said and "SLURM status is: 'CANCELLED'" in said


def test_the_next_run_makes_what_is_missing_and_a_cancelled_training_goes_on(workspace, second):
    assert second[0] == {"train": 2, "metrics": 1, "traces": 1, "behaviour": 1, "report": 1}
    (log,) = workspace.products("logs/train/tiny/lstm/**/*.log").values()
    assert b"going on after epoch 1" in log


def test_every_job_went_through_the_scheduler_with_what_its_rule_asks_for(first, second):
    assert Counter(state for state, *_ in first[1].values()) == {"COMPLETED": 2, "FAILED": 1, "CANCELLED": 1}
    done = [rest for state, *rest in second[1].values() if state == "COMPLETED"]
    assert len(done) == len(ASKED) + 1  # two trainings
    assert {comment.split("_wildcards_")[0]: limits for comment, *limits in done} == ASKED


def test_then_there_is_nothing_to_do(workspace, second):
    assert workspace.executed(*SNAKEMAKE, **WITH_CLUSTERS) == {} and jobs() == second[1]
