"""Two commands on one's own data: `drnn init`, and the run that it names, to a report that answers."""

import os
import re
import resource
from pathlib import Path

import numpy as np
import pytest
import yaml
from engine_room import Workspace
from test_uea import PUBLISHED

from drnn.cli.init import init
from drnn.cli.steps import run_job
from drnn.config.params import validate
from drnn.errors import UserError
from drnn.machine import Machine
from drnn.plan.experiment import Plan

SUBJECTS = ("anna", "ben", "carl", "dora", "emil")
CPU_SECONDS = 240
"""Of two cores in two minutes."""


def curves(folder: Path, files: int = 40) -> Path:
    """Files of three drawn figures by five people, of unequal lengths, one with a value that is missing."""
    random, rows = np.random.default_rng(0), ["file,label,subject"]
    folder.mkdir(parents=True)
    for n in range(files):
        label, subject = ("circle", "line", "wave")[n % 3], SUBJECTS[n // 3 % 5]
        t = np.linspace(0, 2 * np.pi, int(random.integers(20, 45)))
        x = {"circle": np.cos(t), "line": t / 3 - 1, "wave": np.cos(2 * t)}[label]
        y = {"circle": np.sin(t), "line": t / 3 - 1, "wave": t / 3 - 1}[label]
        frames = np.stack([x, y, 0 * t], 1) + random.normal(0, 0.4, (len(t), 3))
        lines = ["x,y,z", *(",".join(f"{value:.4f}" for value in frame) for frame in frames)]
        if n == 7:
            lines[4] = "NaN" + lines[4][lines[4].index(",") :]
        (folder / f"{n:02}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        rows.append(f"{n:02}.csv,{label},{subject}")
    (folder / "sequences.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def ts_set(folder: Path) -> Path:
    """A set of the UEA archive: slow and fast waves of two values."""
    head = "@problemName Toy\n@timeStamps false\n@equalLength false\n@classLabel true slow fast\n@data\n"
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for side in ("TRAIN", "TEST"):
        cases = []
        for n in range(12):
            t = np.linspace(0, 3 * (1 + 2 * (n % 2)), 15 + n)
            values = (
                ",".join(f"{v:.3f}" for v in wave(t) + random.normal(0, 0.1, len(t))) for wave in (np.sin, np.cos)
            )
            cases.append(":".join([*values, ("slow", "fast")[n % 2]]))
        (folder / f"Toy_{side}.ts").write_text(head + "\n".join(cases) + "\n", encoding="utf-8")
    return folder


def bodies(folder: Path, layout: str, joints: int) -> Path:
    """Skeletons of a known layout that raise one joint or another, by three people, and no subject is told."""
    random, rows = np.random.default_rng(0), ["file,label"]
    folder.mkdir(parents=True)
    rest = random.normal(0, 0.5, (joints, 3))
    for n in range(24):
        frames = np.repeat(rest[None], 12 + n % 5, 0) + random.normal(0, 0.02, (12 + n % 5, joints, 3))
        frames[:, 5 + n % 2, 1] += np.sin(np.linspace(0, 3, len(frames)))
        np.save(folder / f"{n:02}.npy", frames)
        rows.append(f"{n:02}.npy,{('left', 'right')[n % 2]}")
    (folder / "sequences.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "skeleton.yaml").write_text(f"layout: {layout}\n", encoding="utf-8")
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str) -> dict:
    """The experiment, which has to be a sound one."""
    params = yaml.safe_load(Path(f"{name}.yaml").read_text(encoding="utf-8"))
    validate(params, f"{name}.yaml")
    return params


def test_init_says_what_it_found_and_writes_a_whole_experiment(here):
    said = init(str(curves(here / "My data")), None)
    assert "40 sequences of 3 classes: circle (14), line (13), wave (13)" in said
    assert "5 subjects: anna, ben, carl, dora, emil" in said and "3 values a frame" in said
    assert "missing values in 1 frame: filled between the measured ones before and after" in said
    assert said.endswith("snakemake --cores 8 --configfile my_data.yaml")
    params = written("my_data")
    own = params["datasets"]["my_data"]
    assert own["subjects"] == [1, 2, 3, 4, 5] and params["protocols"][own["protocols"][0]]["leave_one_out"] == "subject"
    assert own["hidden_size"] == 32 and params["recipes"]["generic"]["epochs"] == "auto"
    assert params["models"]["lstm_large"] == {"order": 0, "as_large_as": "drnn2"}
    assert "epochs: auto  # about 120" in Path("my_data.yaml").read_text(encoding="utf-8")


def test_an_experiment_that_is_there_is_not_overwritten(here):
    curves(here / "mine", 6)
    Path("mine.yaml").write_text("mine: all mine\n")
    with pytest.raises(UserError, match=r"mine\.yaml: is there already; take another name with --name"):
        init("mine", None)
    assert Path("mine.yaml").read_text() == "mine: all mine\n"
    init("mine", "other")
    assert written("other")["datasets"]["other"]["path"] == "mine"


def test_a_set_of_the_archive_is_tested_as_given_and_resampled(here):
    said = init(str(ts_set(here / "Toy")), None)
    assert "tests other recordings, not other people" in said
    params = written("toy")
    own = params["datasets"]["toy"]
    assert own["source"] == "uea" and "subjects" not in own
    assert params["protocols"] == {"resamples": {"resamples": {"k": 10, "seed": 0}}, "given": {"given": True}}


@pytest.mark.parametrize(("layout", "joints"), [("sbu_15", 15), ("kinect2_25", 25)])
def test_joints_are_described_as_joints_and_augmented(here, layout, joints):
    assert f"{joints} joints of 3" in init(str(bodies(here / "bodies", layout, joints)), None)
    params = written("bodies")
    assert params["datasets"]["bodies"]["features"] == "joints" and params["recipes"]["generic"]["augmentation"]
    assert params["protocols"]["folds"] == {"folds": {"of": "sequence", "k": 5, "seed": 0}}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "nowhere: there is no such folder or zip archive"),
        ("", r"holds neither sequences\.csv nor"),
    ],
)
def test_what_is_not_there_is_told(here, name, said):
    with pytest.raises(UserError, match=said):
        init(str(here / name), "own")


def test_a_name_that_no_file_of_parameters_can_hold_is_refused(here):
    with pytest.raises(UserError, match="--name 2nd: is no name; take letters, digits and _, a letter first"):
        init(str(here), "2nd")


def briefly(params: dict) -> None:
    """An experiment of few epochs, seeds and splits."""
    params["recipes"]["generic"].update(epochs=1)
    params["seeds"] = [0]
    for name, protocol in params["protocols"].items():
        if rule := protocol.get("folds") or protocol.get("resamples"):
            params["protocols"][name] = {"folds" if "folds" in protocol else "resamples": rule | {"k": 3}}


def reported(params: dict) -> str:
    """The tables of an experiment whose jobs are done in this process, after few epochs."""
    briefly(params)
    plan = Plan(validate(params, "own.yaml"))
    for job in plan.jobs.upstream([plan.report]):
        run_job(job, Machine(device="cpu"))
    return Path(plan.report.outputs["paper_tables.md"]).read_text(encoding="utf-8")


def answered(folder: Path, data: Path, change=lambda params: None) -> list[str]:
    """The lines of the report that two commands make of data, with a change of the experiment between them."""
    workspace = Workspace(folder, {})
    workspace.patience = 1200  # some thirty jobs, which a busy machine may take long to do
    said = workspace.check("python", "-m", "drnn", "init", str(data), "--name", "own")
    workspace.set(change, "own.yaml")
    command = re.search(r"snakemake .*", said)[0].replace("--cores 8", "--cores 2")
    workspace.check(*command.split(), "--quiet", "all")
    assert workspace.planned("--configfile", "own.yaml") == {}
    return (folder / "results/report/latest/paper_tables.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
def test_two_commands_lead_from_files_to_a_verdict(tmp_path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = answered(tmp_path / "project", curves(tmp_path / "data"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    first = next(line for line in lines if line.startswith("- "))
    assert re.match(r"- Does a higher order help on own\? (Yes|No|Undecided|Only as more parameters do)\. ", first)
    assert "95 % interval over splits" in first and "other people than those who train" in first
    assert any("1 filled from their neighbours in 1 sequence" in line for line in lines)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_SECONDS


@pytest.mark.long
@pytest.mark.parametrize(
    "make",
    [ts_set, lambda folder: bodies(folder, "sbu_15", 15), lambda folder: bodies(folder, "kinect2_25", 25)],
    ids=["ts", "15 joints", "25 joints"],
)
def test_archives_and_skeletons_of_any_kind_lead_to_a_verdict(tmp_path, make):
    lines = answered(tmp_path / "project", make(tmp_path / "data"), briefly)
    first = next(line for line in lines if line.startswith("- "))
    assert first.startswith("- Does a higher order help on own?") and "other recordings, not of other people" in first


def sequences(folder: Path, frames: list[np.ndarray], labels: str, **columns: str) -> Path:
    """A folder with these sequences; of labels and further columns each character is one's value."""
    folder.mkdir()
    rows = [",".join(["file", "label", *columns])]
    for n, values in enumerate(zip(labels, *columns.values(), strict=True)):
        np.save(folder / f"{n}.npy", frames[n])
        rows.append(",".join([f"{n}.npy", *values]))
    (folder / "sequences.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


STRANGE = {
    "as few as can be": ([*noise(4, 2, 1)], {"labels": "aabb"}),
    "values that do not move": ([*np.ones((8, 5, 3))], {"labels": "abababab"}),
    "large": ([*(9e29 * np.sign(noise(8, 5, 3)))], {"labels": "abababab"}),
    "small": ([*(1e-300 * noise(8, 5, 3))], {"labels": "abababab"}),
    "two frames and a thousand": ([noise(1000 if n == 3 else 2, 2) for n in range(8)], {"labels": "aabbaabb"}),
    "a class of one sequence": ([*noise(9, 5, 2)], {"labels": "aaaabbbbc"}),
    "a class of one subject": ([*noise(8, 5, 2)], {"labels": "abcabaab", "subject": "11122233"}),
    "a class that only tests": ([*noise(8, 5, 2)], {"labels": "ababcaba", "subject": "12121212"}),
}
OFTEN = ("as few as can be", "a class that only tests")
"""Those that are tried in CI."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "what", [what if what in OFTEN else pytest.param(what, marks=pytest.mark.long) for what in STRANGE]
)
def test_what_is_strange_and_allowed_comes_to_a_verdict(here, what):
    frames, how = STRANGE[what]
    init(str(sequences(here / "strange", frames, **how)), "own")
    said = reported(written("own"))
    assert "- Does a higher order help on own?" in said and "nan" not in said


def test_a_split_that_trains_one_class_is_refused(here):
    init(str(sequences(here / "mine", [*noise(4, 5, 2)], "abbb", subject="1222")), "own")
    with pytest.raises(UserError, match="split 0: all 3 sequences that train are of class 'b'; take another protocol"):
        reported(written("own"))


def published(name: str) -> Path:
    """The archive of a set of the UEA archive, if it is there."""
    archive = Path(os.environ.get("DRNN_DATA_MIRROR", ""), "uea", f"{name}.zip")
    if not archive.is_file():
        pytest.skip(f"DRNN_DATA_MIRROR holds no uea/{name}.zip")
    return archive


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_archive_is_looked_at_planned_and_trained_on(here, name):
    train, test, values, *_, classes = PUBLISHED[name]
    said = init(str(published(name)), "own")
    assert f"{train + test} sequences of {classes} classes" in said and f"{values} values a frame" in said
    params = written("own")
    briefly(params)
    plan = Plan(validate(params, "own.yaml"))
    first = plan.jobs.of("train")[0]
    for job in plan.jobs.upstream([first]):
        run_job(job, Machine(device="cpu"))
    assert first.exists


@pytest.mark.long
@pytest.mark.real_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_archive_leads_to_a_verdict(tmp_path, name):
    lines = answered(tmp_path / "project", published(name), briefly)
    assert any(line.startswith("- Does a higher order help on own?") for line in lines)
