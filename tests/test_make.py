"""A stage of DVC starts Snakemake for what is missing, and does without it where nothing is."""

import os
from pathlib import Path

import pytest
import yaml
from engine_room import TINY

from drnn.cli import make
from drnn.errors import UserError
from drnn.plan.experiment import Plan
from drnn.plan.targets import targets


@pytest.fixture
def started(tmp_path, monkeypatch):
    """The commands that took the place of this process, in the folder of a small experiment without results."""
    monkeypatch.chdir(tmp_path)
    for path in ("params.yaml", "demo/params.yaml"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(yaml.safe_dump(TINY))
    commands = []

    def become(program, words):
        commands.append(words)
        raise SystemExit

    monkeypatch.setattr(os, "execvp", become)
    return commands


def finish(target: str, experiment: str = "paper") -> list[Path]:
    """Let the files of a target be there."""
    paths = [Path(path) for path in targets(Plan.load(experiment), experiment)[target]]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    return paths


@pytest.mark.parametrize(("target", "experiment"), [("train_tiny", "paper"), ("demo_train_tiny", "demo")])
def test_snakemake_starts_where_a_file_of_the_target_is_missing(started, target, experiment):
    *_, last = finish(target, experiment)
    make.make(target)
    assert not started
    last.unlink()
    with pytest.raises(SystemExit):
        make.make(target)
    assert started == [["snakemake", "--quiet", "host", "progress", "reason", "--", target]]


def test_the_latest_report_is_that_of_the_parameters_whatever_is_asked_for(started):
    finish("report_all")
    finish("recordings_all")
    make.make("recordings_all")
    assert Path("results/report/latest/key").read_text() == Plan.load("paper").report.key and not started


def test_a_stage_without_files_has_its_folder_all_the_same(started):
    make.make("baseline_tiny")
    assert Path("results/baseline/tiny").is_dir() and not started


def test_snakemake_says_what_an_unknown_target_is(started):
    with pytest.raises(SystemExit):
        make.make("recording")
    assert started[0][-1] == "recording"


def test_parameters_that_are_not_valid_are_refused(started):
    Path("params.yaml").write_text(yaml.safe_dump(TINY | {"run": ["tinny"]}))
    with pytest.raises(UserError, match="did you mean 'tiny'"):
        make.make("recordings_all")
    assert not started
