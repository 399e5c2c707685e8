"""The command line: what it says about itself, how its commands end, and what a step says while it works."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from drnn import __version__, keys
from drnn.cli import commands as cli
from drnn.cli import why
from drnn.cli.steps import STEPS
from drnn.config.protocol import Protocol
from drnn.datasets.store import SequenceSet
from drnn.plan.jobs import code_of_step

ROOT = Path(__file__).parent.parent
DRNN = [sys.executable, "-m", "drnn"]
PEOPLE = ["status", "why", "compare", "publish", "verify", "gc", "synthesise", "describe"]
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


@pytest.fixture
def split(tmp_path):
    """The words of a small step, and the file that it makes."""
    sequences = tmp_path / "skeletons@9876543210.h5"
    frames, names = [np.zeros((3, 4))] * 4, [f"sequence{n}" for n in range(4)]
    SequenceSet.of(frames, names, [0, 1, 0, 1], [1, 1, 2, 2], ["a", "b"]).save(sequences)
    rule = {"protocol": Protocol(train_subjects=1).model_dump(), "split": 0}
    key = keys.key("split", rule, [sequences], code_of_step("split", rule))
    output = tmp_path / f"split0@{key}.json"
    words = ["split", "--key", key, "--params", json.dumps(rule)]
    return [*words, "--input", f"sequences={sequences}", "--output", f"split={output}"], output


def test_help_lists_what_people_ask_then_the_steps_in_order_then_exit_codes():
    text = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "200"}).stdout
    first = [line.split()[1] for line in text.splitlines() if line.startswith("│ ") and line[2] != " "]
    assert [word for word in first if word in {*PEOPLE, *STEPS}] == [*PEOPLE, *STEPS]
    assert text.index("report  ") < text.index("Exit codes: 0 done")


def test_every_step_is_a_command_and_no_command_lacks_its_step():
    modules = {path.stem for path in (ROOT / "drnn/steps").glob("*.py") if "\ndef run(" in path.read_text()}
    assert modules == set(STEPS)


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


def test_a_step_s_words_that_cannot_be_are_exit_code_2(split):
    words, _ = split
    for place, bad in ((4, "{"), (4, "[]"), (6, "no path"), (6, "=x")):
        done = run(*words[:place], bad, *words[place + 1 :])
        assert done.returncode == 2 and "Traceback" not in done.stderr, bad


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


def test_ctrl_c_is_one_line_and_exit_code_130(monkeypatch):
    done = failing(monkeypatch, KeyboardInterrupt())
    assert (done.exit_code, done.stderr) == (130, "stopped; the next run goes on from here\n")


def test_who_reads_no_further_hears_no_complaint():
    reader, writer = os.pipe()
    os.close(reader)
    done = run("compare", "reports/metrics.json", "--all", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_defect_in_a_job_s_step_shows_its_traceback(split):
    words, _ = split
    sequences = words[6].partition("=")[2]
    words[2] = keys.key("split", {}, [sequences], code_of_step("split", {}))
    words[4] = "{}"  # as no plan would say it
    done = run(*words)
    assert done.returncode == 70 and "Traceback" in done.stderr
    assert done.stderr.endswith("error: KeyError: 'protocol'; this is a defect: the traceback above says where\n")


def test_a_step_in_a_job_s_log_is_one_line_with_what_where_and_how_long(split):
    words, output = split
    done = run(*words)
    assert done.returncode == 0 and done.stderr == "" and output.exists()
    (line,) = done.stdout.splitlines()
    assert line.startswith("split: ") and str(output) in line and line.endswith(" s)")


def test_an_input_that_is_not_there_is_named(split):
    words, _ = split
    Path(words[6].partition("=")[2]).unlink()
    done = run(*words)
    assert done.returncode == 1 and "skeletons@9876543210.h5: is not there; Snakemake and DVC make" in done.stderr


def test_asked_for_a_step_says_what_it_will_do(split):
    words, output = split
    lines = run(*words, env={"DRNN_VERBOSE": "1"}).stderr.splitlines()
    assert lines[0] == f"split: say who trains and who tests → {output}"
    assert [line.split()[0] for line in lines[1:5]] == ["key", "params", "input", "output"]


def test_on_a_terminal_a_step_announces_itself(split):
    words, output = split
    ours, theirs = pty.openpty()
    try:
        done = run(*words, capture_output=False, stdout=subprocess.PIPE, stderr=theirs)
        said = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0 and said.strip() == f"split: say who trains and who tests → {output}"
