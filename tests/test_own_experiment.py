"""An experiment of one's own, by --configfile or --config: every command means what was run last."""

import shutil
from collections import Counter

import pytest
import yaml
from engine_room import DVC, ONCE, PYTHON, SNAKEMAKE, TINY, tiny

OWN = "other.yaml"
OTHER = TINY | {
    "run": ["mine"],
    "datasets": {
        "mine": TINY["datasets"]["tiny"]
        | {"protocols": ["each"], "models": ["drnn1"], "baselines": [], "trace_sequence": "a01_s01_e01"}
    },
    "protocols": {"each": {"leave_one_out": "subject"}},
}
JOBS = Counter(ONCE) | Counter(split=1, features=4, train=1)
"""Of the own experiment: four subjects, each left out once, and the four trainings in one job."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A workspace in which Snakemake ran other.yaml, and nothing of params.yaml."""
    workspace = tiny(tmp_path_factory.mktemp("own") / "workspace", **{OWN: yaml.safe_dump(OTHER, sort_keys=False)})
    assert workspace.executed(*SNAKEMAKE, "--configfile", OWN) == JOBS
    return workspace


@pytest.fixture
def workspace(ran, tmp_path):
    return ran.copy(tmp_path / "workspace")


def left(workspace) -> set[str]:
    return {path for path in workspace.products("**/*") if "@" in path}


@pytest.mark.slow
def test_the_file_is_the_whole_experiment_and_the_commands_mean_it(workspace):
    title, _, *steps, report = workspace.check(*PYTHON, "status").splitlines()
    assert title == "other.yaml, the last that was run; of params.yaml: drnn status --experiment paper"
    assert {line.split()[0]: int(line.split()[1]) for line in steps} == JOBS
    assert {line.split()[2] for line in steps} == {"0"} and report.endswith("report.html")
    assert workspace.check(*PYTHON, "why", "train").count("leave_one_out") == 0
    assert workspace.check(*PYTHON, "why", "split").count('"members": [1, 2, 3, 4]') == 4
    assert workspace.check(*PYTHON, "why", "results/report/latest/report.html").startswith("results/report/report@")
    assert "files are as they were made" in workspace.check(*PYTHON, "status", "--verify")
    assert workspace.run(*PYTHON, "publish").stderr == (
        "error: mine: is synthetic and never enters the record; take it out of `run`\n"
    )
    assert "mine" in workspace.check(*PYTHON, "compare", "results/report/latest/metrics.json", "HEAD", "--all")
    assert "not made yet" in workspace.check(*PYTHON, "status", "--experiment", "paper")


@pytest.mark.slow
def test_the_own_file_taken_as_params_yaml_needs_nothing_more_of_either_engine(workspace):
    shutil.copy(workspace.folder / OWN, workspace.folder / "params.yaml")
    workspace.commit()
    assert not workspace.executed(*DVC)
    assert not workspace.executed(*SNAKEMAKE)


@pytest.mark.slow
def test_gc_keeps_what_was_run_until_it_is_told_to_let_go(workspace):
    made = left(workspace)
    said = workspace.check(*PYTHON, "gc", "--delete").splitlines()
    assert said[0] == "kept, for it was run here: other.yaml (drnn gc --forget other.yaml)"
    assert said[1].startswith("nothing to drop") and left(workspace) == made
    workspace.executed(*SNAKEMAKE, "--", "split_tiny")  # of params.yaml, which is the last now
    assert "last that was run" not in workspace.check(*PYTHON, "status")
    (workspace.folder / OWN).unlink()
    workspace.commit()
    workspace.check(*PYTHON, "gc", "--delete")
    assert made <= left(workspace)
    title = workspace.check(*PYTHON, "status", "--experiment", OWN).splitlines()[0]
    assert title == "other.yaml, as it ran: other.yaml is no longer there"
    assert "would drop" in workspace.check(*PYTHON, "gc", "--forget", OWN)
    workspace.check(*PYTHON, "gc", "--delete")
    assert not {path for path in left(workspace) if path.startswith(("train/", "split/mine/"))}
    assert {path for path in left(workspace) if path.startswith("split/tiny/")}


@pytest.mark.slow
def test_values_of_the_command_line_are_remembered(workspace):
    workspace.set(lambda params: params["datasets"].update(second=params["datasets"]["tiny"]))
    workspace.executed(*SNAKEMAKE, "--config", "run=[second]", "--", "split_second")
    title, *lines = workspace.check(*PYTHON, "status").splitlines()
    assert title.startswith("params.yaml with run: [second], the last that was run")
    assert [line.split()[:2] for line in lines if line.startswith("split ")] == [["split", "1"]]


@pytest.mark.slow
def test_draws_that_never_test_a_subject_are_said_once_when_the_plan_is_made(workspace):
    workspace.set(lambda params: params["protocols"].update(half={"train_subjects": 3, "splits": 1}))
    done = workspace.run("snakemake", "--dry-run", "--quiet", "all")
    assert done.stderr.count("warning: protocols.half: its 1 draw never tests the subjects ") == 1


@pytest.mark.slow
def test_a_dataset_that_is_not_there_is_refused_with_the_known_ones(workspace):
    for words in (("--config", "run=[nobody]"), ("--configfile", OWN, "--config", "run=[nobody]")):
        done = workspace.run(*SNAKEMAKE, *words)
        assert done.returncode == 1
        known = "mine" if OWN in words else "tiny"
        assert f"with run: [nobody]: run: unknown 'nobody'; known: {known}" in done.stderr
        assert "Traceback" not in done.stderr
