"""The plan of videos: datasets share what they have in common, and a change makes what follows from it alone."""

import copy
from pathlib import Path

import pytest
import yaml

from drnn.config.features import SkeletonFeatures
from drnn.config.params import validate
from drnn.datasets.contents import contents
from drnn.datasets.source import source
from drnn.errors import UserError
from drnn.plan.experiment import Plan
from drnn.plan.targets import targets

ROOT = Path(__file__).parent.parent
COMMITTED = yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture(autouse=True)
def without_mirror(monkeypatch):
    monkeypatch.delenv("DRNN_DATA_MIRROR", raising=False)


def plan_of(change=lambda params: None, run=("kth1", "kth2")) -> Plan:
    config = copy.deepcopy(COMMITTED) | {"run": list(run)}
    change(config)
    return Plan(validate(config))


def keys_of(plan: Plan, step: str, **names: str) -> set[str]:
    return {job.key for job in plan.jobs.of(step, **names)}


@pytest.fixture
def plan() -> Plan:
    return plan_of()


def test_whole_videos_and_ranges_share_all_work_on_the_videos(plan):
    alone = plan_of(run=["kth1"])
    for step, count in {"recordings": 1, "sketch": 5, "gram": 1, "basis": 6, "project": 5}.items():
        assert len(plan.jobs.of(step)) == count and keys_of(plan, step) == keys_of(alone, step)
    assert len(plan.jobs.of("features")) == 12
    assert keys_of(alone, "features") == keys_of(plan, "features", dataset="kth1")


def test_thirty_trainings_are_the_papers_and_six_are_those_of_schuldts_split(plan):
    of_protocol = [run.names["protocol"] for run in plan.runs]
    assert of_protocol.count("random_16_9") == 2 * 5 * 3 and of_protocol.count("schuldt") == 2 * 3
    assert len(plan.jobs.of("train")) == 2 * 3 * 2


def test_schuldts_split_is_that_of_the_list():
    from drnn.datasets.kth import SCHULDT_TEST, SCHULDT_TRAIN, SCHULDT_VALIDATION

    block = COMMITTED["protocols"]["schuldt"]
    assert set(block["train_subjects"]) == {*SCHULDT_TRAIN, *SCHULDT_VALIDATION}
    assert set(block["test_subjects"]) == set(SCHULDT_TEST)


def test_another_drawn_split_leaves_those_before_it(plan):
    after = plan_of(lambda params: params["protocols"]["random_16_9"].update(splits=6))
    known = {run.key for run in plan.runs}
    assert known < {run.key for run in after.runs} and len(after.runs) - len(known) == 6
    for step, more in {"basis": 1, "features": 2}.items():
        assert keys_of(plan, step) < keys_of(after, step)
        assert len(keys_of(after, step) - keys_of(plan, step)) == more
    assert keys_of(plan, "sketch") == keys_of(after, "sketch") and keys_of(plan, "gram") == keys_of(after, "gram")


def test_sequences_left_out_change_no_basis(plan):
    after = plan_of(lambda params: params["protocols"]["schuldt"].update(leave_out=["person01_boxing_d1"]), ["kth1"])
    assert keys_of(plan, "basis") == keys_of(after, "basis") and keys_of(plan, "project") == keys_of(after, "project")
    assert keys_of(plan, "split", dataset="kth1") != keys_of(after, "split")


@pytest.mark.parametrize(
    ("setting", "stay"),
    [
        ({"n_components": 100}, ["sketch", "gram", "sequences", "split"]),
        ({"directions": 600}, ["sketch", "gram", "sequences", "split"]),
        ({"landmarks": 2000}, []),
        ({"grid": "grid_8x7"}, []),
    ],
    ids=str,
)
def test_a_setting_of_the_features_runs_what_depends_on_it(plan, setting, stay):
    after = plan_of(lambda params: params["features"]["hog3d"].update(setting))
    steps = {job.step for job in plan.jobs} - {"recordings", "report"}
    assert {step for step in steps if keys_of(plan, step) == keys_of(after, step)} == set(stay)


def test_other_features_of_the_same_videos_stand_beside(plan):
    def change(params):
        params["features"]["other"] = params["features"]["hog3d"] | {"grid": "grid_8x7"}
        params["datasets"]["kth2"]["features"] = "other"

    after = plan_of(change)
    assert len(after.jobs.of("sketch")) == 10 and keys_of(plan, "sketch") < keys_of(after, "sketch")


def test_seeds_of_a_dataset_are_its_own():
    plan = plan_of(lambda params: params["datasets"]["kth1"].update(seeds=[3, 4]), ["kth1", "msr_action3d"])
    assert {run.seed for run in plan.runs if run.names["dataset"] == "kth1"} == {3, 4}
    names = {"dataset": "msr_action3d", "recipe": "paper"}.items()
    assert {run.seed for run in plan.runs if names <= run.names.items()} == set(plan.params.seeds)


def test_a_sample_has_the_subjects_that_the_folder_holds_and_a_key_of_its_own(tmp_path, monkeypatch, plan):
    for subject in (3, 7):
        (tmp_path / f"person{subject:02}_boxing_d1_uncomp.avi").write_bytes(b"%d" % subject)
    monkeypatch.setenv("DRNN_DATA_MIRROR", str(tmp_path))
    sample = plan_of(run=["kth1_sample"])
    assert [job.params["subjects"] for job in sample.jobs.of("sketch")] == [[3, 7]]
    assert keys_of(plan, "recordings") == {contents(source("kth")).content[:10]} != keys_of(sample, "recordings")
    assert keys_of(plan_of(run=["kth1"]), "recordings") == keys_of(plan, "recordings")  # a part is not taken unasked


def test_a_sample_and_the_whole_set_do_not_share_a_basis(tmp_path, monkeypatch):
    (tmp_path / "person03_boxing_d1_uncomp.avi").write_bytes(b"3")
    monkeypatch.setenv("DRNN_DATA_MIRROR", str(tmp_path))
    both = plan_of(run=["kth1", "kth1_sample"])
    assert len(both.jobs.of("gram")) == 2 and len(both.jobs.of("sketch")) == 6
    assert {job.names["protocol"] for job in both.jobs.of("basis")} == {"random_16_9", "schuldt", "six_subjects"}


def test_a_sample_without_a_folder_is_refused():
    with pytest.raises(UserError, match="DRNN_DATA_MIRROR"):
        plan_of(run=["kth1_sample"])


def test_the_targets_of_both_datasets_name_the_recordings_that_they_share(plan):
    named = targets(plan, "paper")
    assert named["recordings_kth1"] == named["recordings_kth2"] == named["recordings_all"]
    assert len(named["features_kth1"]) == len(named["features_kth2"]) == 6


def test_the_parameters_of_skeleton_features_are_those_that_the_record_was_made_with():
    assert SkeletonFeatures().model_dump() == {"kind": "skeleton", "layout": "583", "velocity_window": 5}


def test_a_recording_is_hashed_once_however_many_plans_look_at_it_and_again_when_it_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("DRNN_DATA_MIRROR", str(tmp_path))
    video = tmp_path / "person02_boxing_d2_uncomp.avi"  # whose checksum is not known
    (tmp_path / "00sequences.txt").write_bytes(b"")
    video.write_bytes(b"one")
    read, whole = [], Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or whole(path))
    published = source("kth")
    first = contents(published, str(tmp_path), sample=True)
    assert contents(published, str(tmp_path), sample=True) == first and read.count(video) == 1
    video.write_bytes(b"two, changed")
    assert contents(published, str(tmp_path), sample=True).content != first.content and read.count(video) == 2
