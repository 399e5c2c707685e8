"""What `drnn status` and a plan say where nothing is made yet."""

import shutil
from pathlib import Path

import pytest

from drnn.cli import status
from drnn.errors import UserError
from drnn.plan.chosen import Experiment, remember
from drnn.plan.experiment import Plan

ROOT = Path(__file__).parent.parent


@pytest.fixture
def unmade(tmp_path, monkeypatch) -> Path:
    """A folder with the experiment's parameters and no results."""
    for name in ("params.yaml", "searches.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "demo", tmp_path / "demo", ignore=shutil.ignore_patterns("results"))
    monkeypatch.delenv("DRNN_DATA_MIRROR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_where_nothing_is_made_status_says_so_and_how_to_ask_for_the_demo(unmade):
    *_, report, hint = status.status("paper").splitlines()
    assert report == "report: not made yet" and hint.endswith("drnn status --experiment demo")
    assert status.status("demo").splitlines()[-1] == "report: not made yet"
    assert status.status("searches").splitlines()[-1] == "search: not made yet"


def test_of_an_own_experiment_of_which_nothing_is_left_the_demo_is_not_spoken(unmade):
    shutil.copy("demo/params.yaml", "mine.yaml")
    remember(Experiment(("mine.yaml",)))
    assert status.status(None).splitlines()[-1] == "report: not made yet"


def test_a_long_value_that_changed_is_not_written_out():
    assert status._change("recipe.epochs", 50, 51) == "recipe.epochs: 50 → 51"
    assert status._change("facts.classes", ["one"] * 40, ["two"] * 40) == "facts.classes changed"


def test_a_mirror_that_is_no_folder_is_refused_before_anything_is_downloaded(unmade, monkeypatch):
    monkeypatch.setenv("DRNN_DATA_MIRROR", str(unmade / "dta"))
    with pytest.raises(UserError, match=r"DRNN_DATA_MIRROR=.*dta: no such folder; correct it, or unset it to download"):
        Plan.load("paper", ["msr_action3d"])
    for fine in (str(unmade), "https://example.org/data"):
        monkeypatch.setenv("DRNN_DATA_MIRROR", fine)
        assert Plan.load("paper", ["msr_action3d"]).jobs
