"""Videos through the two engines: every subject once, what is shared is shared, and a kill costs what it killed.

Each test takes its edits back; results stay, as they do for a user.
"""

import os
from collections import Counter
from pathlib import Path

import pytest
import yaml
from engine_room import DVC, SNAKEMAKE, Workspace
from video_room import CONFIG

pytestmark = pytest.mark.slow
NOTHING = Counter()
OF_SUBJECTS = Counter(sketch=1, project=1)
SHARED = Counter(recordings=1, gram=1, basis=2) + OF_SUBJECTS
OF_DATASETS = Counter(sequences=2, split=4, features=4, train=4, metrics=2, traces=2, behaviour=2)
ALL = SHARED + OF_DATASETS + Counter(report=1)
WRITTEN = '        with temporary.open("rb+") as written:\n'
"""The line of drnn/files.py that follows when all is written, under a temporary name; `path` is the final one."""
FATAL = f"""\
        if (moment := os.environ.get("KILL_WHILE_WRITING")) and moment in str(path):
            os.kill(os.getpid(), 9)
{WRITTEN}"""
ROOT = Path(__file__).parent.parent
MIRROR = os.environ.get("DRNN_DATA_MIRROR", "")


def workspace_in(folder) -> Workspace:
    return Workspace(folder, {"params.yaml": yaml.safe_dump(CONFIG, sort_keys=False)})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace in which Snakemake made everything; `first` says what ran."""
    workspace = workspace_in(tmp_path_factory.mktemp("videos") / "snakemake")
    workspace.first = workspace.executed(*SNAKEMAKE)
    workspace.by_the_other = workspace.executed(*DVC)
    workspace.commit()
    return workspace


def test_one_engine_makes_all_from_nothing_and_the_other_has_nothing_to_do(made):
    assert made.first == ALL
    assert made.by_the_other == NOTHING


def test_another_split_is_fitted_and_trained_and_those_before_it_stay(edited):
    def add(params):
        params["protocols"]["first_tests"] = {"train_subjects": [2, 3], "test_subjects": [1]}
        for dataset in params["datasets"].values():
            dataset["protocols"] = [*dataset["protocols"], "first_tests"]

    edited.set(add)
    assert edited.executed(*SNAKEMAKE) == Counter(basis=1, project=1, split=2, features=2, train=2, metrics=2, report=1)
    assert {line.split("/")[-2] for line in edited.log.read_text().splitlines() if line.startswith("train")} == {
        "first_tests"
    }
    assert edited.executed(*DVC) == NOTHING


def test_another_number_of_components_is_fitted_to_the_same_sketches(edited):
    edited.set(lambda params: params["features"]["hog3d"].update(n_components=8))
    assert edited.executed(*SNAKEMAKE, "--", "features_all") == Counter(basis=2, project=1, features=4)


def test_other_work_that_was_done_is_not_needed_again(edited):
    for path in sorted((edited.folder / "results/work").rglob("*.*")):
        path.unlink()
    assert edited.executed(*SNAKEMAKE) == edited.executed(*DVC) == NOTHING
    edited.set(lambda params: params["recipes"]["quick"].update(epochs=1))
    assert edited.executed(*DVC) == Counter(train=4, metrics=2, traces=2, behaviour=2, report=1)


def test_a_dataset_less_changes_nothing_but_the_report(edited):
    edited.set(lambda params: params["run"].remove("ranges"))
    assert edited.executed(*SNAKEMAKE) == Counter(report=1)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory):
    """A workspace whose steps can be killed."""
    workspace = workspace_in(tmp_path_factory.mktemp("videos") / "mortal")
    workspace.edit("drnn/files.py", WRITTEN, FATAL)
    workspace.commit()
    return workspace


def test_a_killed_extraction_repeats_the_unfinished_part_alone(mortal):
    to_features = (*SNAKEMAKE, "--keep-going", "--", "features_whole")
    assert mortal.run(*to_features, KILL_WHILE_WRITING="sketches/part0").returncode
    mortal.log.write_text("")
    assert mortal.run(*to_features, KILL_WHILE_WRITING="/bases/").returncode
    again = mortal.log.read_text()
    assert again.count("/sketches/part0@") == 1 and "/bases/" not in again
    assert mortal.executed(*to_features) == Counter(basis=2, project=1, features=2)


def test_without_a_network_the_download_of_the_videos_says_what_to_do(tmp_path):
    committed = Workspace(tmp_path / "project", {})
    nowhere = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")
    failed = committed.run("snakemake", "--cores", "1", "kth1", **nowhere, no_proxy="", NO_PROXY="")
    said = failed.stdout + failed.stderr
    assert failed.returncode
    for part in ("00sequences.txt", "DRNN_DATA_MIRROR", "sample: true", "snakemake --cores 2 demo"):
        assert part in said
    assert "Traceback" not in said


def test_a_sample_that_no_folder_holds_is_one_message(tmp_path):
    committed = Workspace(tmp_path / "project", {})
    committed.set(lambda params: params.update(run=["kth1_sample"]))
    refused = committed.run("snakemake", "--dry-run", DRNN_DATA_MIRROR=str(tmp_path))
    said = refused.stdout + refused.stderr
    assert refused.returncode and f"{tmp_path} holds none of its 599 recordings" in said and "Traceback" not in said


@pytest.mark.long
@pytest.mark.real_data
@pytest.mark.skipif(
    not list(Path(MIRROR or "nowhere").glob("kth/**/*.avi")),
    reason="set DRNN_DATA_MIRROR to a folder that holds kth/**/*.avi",
)
def test_a_sample_of_the_real_videos_goes_from_avi_to_a_labelled_report(tmp_path):
    def quick(params):
        params["run"] = ["kth1_sample", "kth2_sample"]
        params["recipes"]["paper"]["epochs"] = 1
        for name in params["run"]:
            params["datasets"][name]["models"] = ["drnn2"]

    workspace = Workspace(tmp_path / "project", {})
    workspace.set(quick)
    ran = workspace.executed(*SNAKEMAKE, DRNN_DATA_MIRROR=MIRROR)
    subjects = len({path.name[:8] for path in Path(MIRROR).glob("kth/**/*.avi")})
    assert ran["sketch"] == ran["project"] == -(-subjects // 5)  # subjects a job
    assert workspace.executed(*DVC, DRNN_DATA_MIRROR=MIRROR) == NOTHING
    tables = (workspace.folder / "results/report/latest/paper_tables.md").read_text()
    videos = len(list(Path(MIRROR).glob("kth/**/*.avi")))
    assert f"sample, {videos} of 599 videos" in tables
    rows = [
        line for line in tables.splitlines() if line.startswith(("| KTH-1 |", "| KTH-2 |")) and "| the paper |" in line
    ]
    assert rows and all("not run" in row for row in rows)
