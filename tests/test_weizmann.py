"""Weizmann: the published set, and folds of people whose PCA knows nothing of the person that tests."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from engine_room import Workspace
from small_videos import encoded, experiment, people, scene

from drnn.config import generic
from drnn.config.params import load
from drnn.datasets.acquire import acquire
from drnn.datasets.pictures import common
from drnn.datasets.source import source
from drnn.datasets.store import SequenceSet
from drnn.datasets.video import Pictures, frames_announced
from drnn.datasets.weizmann import ACTIONS, PEOPLE, Store, parse_name
from drnn.features import hog3d
from drnn.features.hog3d_grid import positions

MIRROR = os.environ.get("DRNN_DATA_MIRROR", "")
LEFT_OUT = 2  # the fold that tests the third subject


def features(made, split: int) -> SequenceSet:
    return SequenceSet.load(made.made("features", split=str(split)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return experiment(tmp_path_factory.mktemp("weizmann"), people())


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """The same with noise in place of the third subject."""
    random = np.random.default_rng(0)
    noise = {name: encoded(random.integers(0, 256, scene(0).shape, dtype=np.uint8)) for name in people()}
    theirs = {name: noise[name] for name in noise if parse_name(name).subject == LEFT_OUT + 1}
    return experiment(tmp_path_factory.mktemp("noisy"), people() | theirs)


def test_the_published_set_is_each_action_once_of_each_person():
    videos = [parse_name(name) for name in source("weizmann").recordings]
    assert len(videos) == 90 and {(v.subject, v.label) for v in videos} == {
        (subject, label) for subject in range(1, len(PEOPLE) + 1) for label in range(len(ACTIONS))
    }


def test_its_units_follow_from_the_components_by_the_rule():
    params = load("breadth.yaml")
    block = params.datasets["weizmann"]
    assert block.hidden_size == generic.units(params.features[block.features].n_components)


def test_each_fold_tests_one_person(made):
    assert len(made.plan.jobs.of("basis")) == 9
    for split in (0, 8):
        train, test = features(made, split).sides()
        assert set(test.subjects) == {split + 1} and len(test) == 10
        assert set(train.subjects) == set(range(1, 10)) - {split + 1} and len(train) == 80


def test_noise_in_place_of_the_person_that_tests_leaves_the_folds_basis_as_it_was(made, noisy):
    mine, theirs = (one.made("basis", split=str(LEFT_OUT)).read_bytes() for one in (made, noisy))
    assert mine == theirs
    mine, theirs = (features(one, LEFT_OUT).sides() for one in (made, noisy))
    np.testing.assert_array_equal(mine[0].frames, theirs[0].frames)
    assert not np.array_equal(mine[1].frames, theirs[1].frames)


def test_and_it_changes_the_basis_of_every_fold_that_the_person_trains(made, noisy):
    for split in range(9):
        same = made.made("basis", split=str(split)).read_bytes() == noisy.made("basis", split=str(split)).read_bytes()
        assert same == (split == LEFT_OUT)


def test_the_remark_on_the_copy_goes_with_the_metrics(made):
    (job,) = made.plan.jobs.of("metrics")
    assert job.params["facts"]["remark"] == "a re-encoded copy"


def test_the_grid_has_99_positions_in_pictures_of_180_by_144():
    boxes = positions(180, 144)
    assert sorted(Counter(boxes[:, 2].round(1)).values()) == [12, 24, 63]
    assert (boxes[:, 0] + boxes[:, 2]).max() <= 180 and (boxes[:, 1] + boxes[:, 2]).max() <= 144
    assert len(positions(160, 120)) == 56 and len(positions(36, 36)) == 1 and hog3d.DIMENSIONS == 1000


# The real videos

real = pytest.mark.skipif(
    not any(Path(MIRROR or "nowhere").glob("weizmann/*.zip")),
    reason="set DRNN_DATA_MIRROR to a folder that holds weizmann/*.zip",
)


@real
@pytest.mark.real_data
def test_the_real_set_has_the_published_counts(tmp_path):
    acquire(source("weizmann"), tmp_path / "s.zip", MIRROR)
    with Store(tmp_path / "s.zip") as store:
        lengths = [frames_announced(store.open(video)) for video in store.videos]
        assert common(store) == Pictures(180, 144, 25)
    assert len(lengths) == 90 and sum(lengths) == 5855 and (min(lengths), max(lengths)) == (36, 146)


@real
@pytest.mark.real_data
@pytest.mark.long
def test_the_real_set_goes_to_a_report_that_says_what_copy_it_is(tmp_path):
    def quick(params):
        params["recipes"]["generic"]["epochs"] = 1
        params["features"]["hog3d"].update(n_components=20, landmarks=100, rank=30, directions=50)
        params["datasets"]["weizmann"].update(models=["drnn2"], seeds=[0], extra_runs=[], hidden_size=8)

    workspace = Workspace(tmp_path / "project", {})
    workspace.set(quick, "breadth.yaml")
    ran = workspace.executed(
        "snakemake",
        *("--cores", "2", "--quiet", "--configfile", "breadth.yaml", "--config", "run=[weizmann]"),
        DRNN_DATA_MIRROR=MIRROR,
    )
    assert ran["sketch"] == ran["project"] == 2 and ran["basis"] == 9 and ran["report"] == 1
    tables = (workspace.folder / "results/report/latest/paper_tables.md").read_text(encoding="utf-8")
    assert "Accuracies on Weizmann (a re-encoded copy)" in tables
    assert "90 sequences listed, 0 excluded" in tables
    assert "Videos of 180 × 144 pixels at 25 frames a second: 99 positions in each are described." in tables
