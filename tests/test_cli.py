"""The command line: what it says about itself, how its commands end, and what a step says while it works."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from drnn import __version__
from drnn.cli import commands as cli
from drnn.cli import why
from drnn.config.by_subject import DrawnSubjects
from drnn.datasets.store import SequenceSet
from drnn.plan.jobs import Job, Jobs
from drnn.plan.steps import STEPS

ROOT = Path(__file__).parent.parent
DRNN = [sys.executable, "-m", "drnn"]
PEOPLE = ["status", "why", "compare", "publish", "verify", "gc", "synthesise", "describe"]
ANNOUNCED = "split: say which sequences train and which test, in all splits of a protocol → {}"
DEFECT = "error: RuntimeError: oh dear; this is a defect: "


def run(*words, **options):
    """`drnn` as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DRNN_VERBOSE"}
    environment |= options.pop("env", {})
    return subprocess.run(
        [*DRNN, *words], cwd=ROOT, env=environment, timeout=60, text=True, **{"capture_output": True} | options
    )


def failing(monkeypatch, error, *words):
    """`drnn why x` whose work ends with an error."""

    def explain(what, experiment):
        raise error

    monkeypatch.delenv("DRNN_VERBOSE", raising=False)
    monkeypatch.setattr(why, "explain", explain)
    return CliRunner().invoke(cli.app, [*words, "why", "x"])


def ordered(folder: Path, sequences: Path, params: dict) -> Job:
    """The job of a split of sequences, whose order is written."""
    outputs = {"splits": "{root}/half@{key}.json"}
    job = Jobs(str(folder)).add("split", params, {"sequences": str(sequences)}, outputs=outputs)
    job.write_order()
    return job


@pytest.fixture
def split(tmp_path) -> Job:
    """A small job."""
    sequences = tmp_path / "skeletons@9876543210.h5"
    frames, names = [np.zeros((3, 4))] * 4, [f"sequence{n}" for n in range(4)]
    SequenceSet.of(frames, names, [0, 1, 0, 1], [1, 1, 2, 2], ["a", "b"]).save(sequences)
    rule = {"splits": {"one": {"protocol": DrawnSubjects(train_subjects=1).rule(0, {}), "split": 0}}}
    return ordered(tmp_path, sequences, rule)


def test_help_lists_what_people_ask_then_the_steps_in_order_then_exit_codes():
    text = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "200"}).stdout
    first = [line.split()[1] for line in text.splitlines() if line.startswith("│ ") and line[2] != " "]
    assert [word for word in first if word in {*PEOPLE, *STEPS}] == [*PEOPLE, *STEPS]
    assert text.index("report  ") < text.index("Exit codes: 0 done")


def test_every_step_has_its_modules_and_no_module_lacks_its_step():
    modules = {path.stem for path in (ROOT / "drnn/steps").glob("*.py") if "\ndef run(" in path.read_text()}
    assert modules == {module for step in STEPS.values() for module in step.modules or (step.name,)}


def test_the_version_is_said():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"drnn {__version__}\n")


def test_what_a_person_can_mend_is_one_line_and_exit_code_1():
    done = run("why", "nonsense")
    assert done.returncode == 1 and done.stderr.startswith("error: nonsense") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("asked", [{"words": ["--verbose"]}, {"env": {"DRNN_VERBOSE": "1"}}])
def test_asked_for_there_is_a_traceback_too(asked):
    done = run(*asked.get("words", []), "why", "nonsense", env=asked.get("env", {}))
    assert done.returncode == 1 and "Traceback (most recent call last)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: nonsense")


@pytest.mark.parametrize("words", [["nonsense"], ["why"], ["compare", "A", "B", "--format", "pdf"]])
def test_a_command_line_that_cannot_be_is_exit_code_2(words):
    done = run(*words)
    assert done.returncode == 2 and "Usage: " in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", "\xff"], ids=str)
def test_an_order_that_cannot_be_read_is_one_line_and_exit_code_1(tmp_path, content):
    order = tmp_path / "split@0123456789.json"
    if content is not None:
        order.write_bytes(content.encode("latin-1"))
    done = run("split", str(order))
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"error: {order}: is no order of a job (")
    assert done.stderr.endswith("Snakemake writes it when the job starts\n")


def test_an_order_of_another_step_is_one_line_that_says_which(split):
    done = run("train", split.order)
    assert done.returncode == 1 and not Path(split.outputs["splits"]).exists()
    assert done.stderr == f"error: {split.order}: is an order for split; call `drnn split {split.order}`\n"


def test_a_defect_says_that_it_is_one_and_how_to_see_more(monkeypatch):
    done = failing(monkeypatch, RuntimeError("oh\n dear"))
    assert done.exit_code == 70 and done.stderr == DEFECT + "run again with --verbose for its traceback\n"
    done = failing(monkeypatch, RuntimeError("oh\n dear"), "--verbose")
    assert done.exit_code == 70 and "Traceback" in done.stderr
    assert done.stderr.endswith(DEFECT + "the traceback above says where\n")


def test_a_full_disk_and_missing_rights_are_no_defects(monkeypatch):
    done = failing(monkeypatch, PermissionError(13, "Permission denied", "results/x"))
    assert (done.exit_code, done.stderr) == (1, "error: results/x: Permission denied\n")
    with Path("/dev/full").open("w") as full:
        done = run("compare", "reports/metrics.json", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, "error: No space left on device\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "none is left"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried …"),
            "DefaultCPUAllocator: can't allocate",
        ),
        (ImportError("libx.so: failed to map segment from shared object"), "libx.so: failed to map"),
    ],
)
def test_too_little_memory_is_no_defect_and_says_what_to_do(monkeypatch, error, said):
    done = failing(monkeypatch, error)
    assert done.exit_code == 1 and done.stderr.startswith(f"error: too little memory ({said}")
    assert "run fewer jobs at a time" in done.stderr and done.stderr.count("\n") == 1


def test_ctrl_c_is_one_line_and_exit_code_130(monkeypatch):
    done = failing(monkeypatch, KeyboardInterrupt())
    assert (done.exit_code, done.stderr) == (130, "stopped; the next run goes on from here\n")


def test_who_reads_no_further_hears_no_complaint():
    reader, writer = os.pipe()
    os.close(reader)
    done = run("compare", "reports/metrics.json", "--all", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_defect_in_a_job_s_step_shows_its_traceback(split, tmp_path):
    job = ordered(tmp_path, split.inputs["sequences"], {})  # as no plan would say it
    done = run("split", job.order)
    assert done.returncode == 70 and "Traceback" in done.stderr
    assert done.stderr.endswith("error: KeyError: 'splits'; this is a defect: the traceback above says where\n")


def test_a_step_in_a_job_s_log_is_one_line_with_what_where_and_how_long(split):
    done, output = run("split", split.order), split.outputs["splits"]
    assert done.returncode == 0 and done.stderr == "" and Path(output).exists()
    (line,) = done.stdout.splitlines()
    assert line.startswith("split: ") and output in line and line.endswith(" s)")


def test_an_input_that_is_not_there_is_named(split):
    Path(split.inputs["sequences"]).unlink()
    done = run("split", split.order)
    assert done.returncode == 1 and "skeletons@9876543210.h5: is not there; Snakemake and DVC make" in done.stderr


def test_asked_for_a_step_says_what_it_will_do(split):
    lines = run("split", split.order, env={"DRNN_VERBOSE": "1"}).stderr.splitlines()
    assert lines[0] == ANNOUNCED.format(split.outputs["splits"])
    assert [line.split()[0] for line in lines[1:5]] == ["key", "params", "input", "output"]


def test_on_a_terminal_a_step_announces_itself(split, terminal):
    screen, stderr = terminal
    done = run("split", split.order, capture_output=False, stdout=subprocess.PIPE, stderr=stderr)
    said = os.read(screen, 4096).decode()
    assert done.returncode == 0 and said.strip() == ANNOUNCED.format(split.outputs["splits"])


def test_a_figure_is_written_without_the_notes_of_libraries(tmp_path):
    done = run("figure", "verdict", "--out", str(tmp_path / "verdict.pdf"))
    assert (done.stdout, done.stderr) == (f"{tmp_path}/verdict.pdf: written, 3.3 inches wide\n", "")
