"""The sets beside the paper's: their real files where they are, small made-up ones, and the recipe fixed beforehand."""

import io
import json
import os
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from drnn.config import generic
from drnn.config.params import load, read_yaml, validate
from drnn.datasets import nw_ucla, sbu, utd_mhad
from drnn.datasets.acquire import acquire
from drnn.datasets.archive import write_store
from drnn.datasets.source import source
from drnn.errors import UserError
from drnn.plan.experiment import Plan

BREADTH = "breadth.yaml"
PARAMS = load(BREADTH)
FURTHER = [name for name in PARAMS.datasets if name != "msr_action3d"]
SETS = [name for name in FURTHER if source(name).kind != "videos"]
LISTED = {"utd_mhad": 861, "nw_ucla": 1484, "sbu": 282, "natops": 360, "basic_motions": 80, "epilepsy": 275}
LISTED |= {"articulary_word_recognition": 575, "handwriting": 1000, "japanese_vowels": 640, "racket_sports": 303}
LISTED |= {"uwave_gesture_library": 440}
SINGLE = {"a02_s09_e04_v02": "has a single frame", "a02_s09_e04_v03": "has a single frame"}


def store(path: Path, **members: bytes) -> Path:
    write_store(list(members.items()), path)
    return path


def matlab(frames: np.ndarray) -> bytes:
    content = io.BytesIO()
    savemat(content, {"d_skel": frames.transpose(1, 2, 0)})
    return content.getvalue()


def test_utd_mhad_has_the_joints_of_its_own_order(tmp_path):
    frames = np.random.default_rng(0).normal(size=(5, 20, 3))
    files = {"a3_s2_t1_skeleton.mat": matlab(frames), "a27_s8_t4_skeleton.mat": matlab(frames)}
    found = utd_mhad.read(store(tmp_path / "s.zip", **files), "exclude")
    assert found.names == ["a27_s8_t4", "a3_s2_t1"] and found.subjects.tolist() == [8, 2]
    assert [found.classes[label] for label in found.labels] == ["squat", "wave"]
    np.testing.assert_allclose(found.posed(1), frames, rtol=1e-6)
    assert found.skeleton.joints[:4] == ("head", "shoulder centre", "spine", "hip centre")
    with pytest.raises(UserError, match=r"a1_s1_t1_skeleton\.mat: is no skeleton of UTD-MHAD"):
        other = store(tmp_path / "t.zip", **{"a1_s1_t1_skeleton.mat": matlab(frames[:, :19])})
        utd_mhad.read(other, "exclude")


def test_nw_ucla_knows_the_camera_and_leaves_single_frames_out(tmp_path):
    def text(frames: int) -> bytes:
        return json.dumps({"skeletons": np.ones((frames, 20, 3)).tolist()}).encode()

    files = {"a01_s01_e00_v01.json": text(3), "a12_s10_e04_v03.json": text(2), "a02_s03_e00_v02.json": text(1)}
    found = nw_ucla.read(store(tmp_path / "s.zip", **files), "exclude")
    assert found.groups["view"] == [1, 3] and found.groups["subject"] == [1, 10]
    assert [found.classes[label] for label in found.labels] == ["pick up with one hand", "carry"]
    assert found.attributes["excluded"] == {"a02_s03_e00_v02": "has a single frame"}
    with pytest.raises(UserError, match=r"a07_s01_e00_v01\.json: is no skeleton of Northwestern-UCLA"):
        nw_ucla.read(store(tmp_path / "t.zip", **{"a07_s01_e00_v01.json": text(2)}), "exclude")


def test_sbu_has_two_people_in_metres_whose_pair_is_the_subject(tmp_path):
    row = ",".join(["1", *["0.5,0.25,1.0"] * 30])
    name = "s06s02/05/001/skeleton_pos.txt"
    files = dict.fromkeys((name, "s07s01/01/001/skeleton_pos.txt"), f"{row}\n{row}\n".encode())
    found = sbu.read(store(tmp_path / "s.zip", **files), "exclude")
    assert found.names == ["s06s02_a05_001", "s07s01_a01_001"] and found.subjects.tolist() == [602, 701]
    assert found.groups["pair"] == [602, 701]  # pairs share people: no protocol tests other people
    assert PARAMS.protocols[PARAMS.datasets["sbu"].protocols[0]].tests == "pair"
    assert found.classes[found.labels[0]] == "shaking hands" and len(found.skeleton.joints) == 30
    np.testing.assert_allclose(found.posed(0)[0, 0], [1.28, 0.75 * 1.92, 1.28], rtol=1e-6)
    with pytest.raises(UserError, match="is no table of 2 × 15 joints"):
        sbu.read(store(tmp_path / "t.zip", **{name: b"1,2,3\n"}), "exclude")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Reads a set out of the mirror, by way of the verified store."""
    mirror, folder, known = os.environ.get("DRNN_DATA_MIRROR"), tmp_path_factory.mktemp("stores"), {}

    def read(name: str):
        files = [file.name for file in source(name).files]
        if not mirror or not all(list(Path(mirror).rglob(file)) for file in files):
            pytest.skip(f"DRNN_DATA_MIRROR holds no {files[0]}")
        if name not in known:
            acquire(source(name), folder / f"{name}.zip", mirror)
            reader = import_module(f"drnn.datasets.{source(name).reader}")
            known[name] = reader.read(folder / f"{name}.zip", "exclude")
        return known[name]

    return read


@pytest.mark.parametrize("name", FURTHER)
def test_a_reader_is_short_and_needs_no_other_set(name):
    reader = source(name).reader
    text = Path(import_module(f"drnn.datasets.{reader}").__file__).read_text(encoding="utf-8")
    used = {line.split()[1].rpartition(".")[2] for line in text.splitlines() if line.startswith("from drnn.datasets")}
    assert not used & {source(other).reader for other in PARAMS.datasets}
    assert reader == "uea" or len(text.splitlines()) <= 60  # of eight sets, and of one's own


@pytest.mark.parametrize(
    ("name", "protocol", "splits"),
    [
        ("utd_mhad", {"leave_one_out": "subject"}, 8),
        ("nw_ucla", {"leave_one_out": "subject"}, 10),
        ("nw_ucla", {"train": {"view": [1, 2]}, "test": {"view": [3]}}, 1),
        ("weizmann", {"leave_one_out": "subject"}, 9),
        ("natops", {"resamples": {"k": 10, "seed": 0}}, 10),
    ],
)
def test_a_set_may_be_tested_as_others_do(name, protocol, splits):
    params = read_yaml(BREADTH) | {"run": [name], "protocols": {"tried": protocol}}
    params["datasets"] = {name: params["datasets"][name] | {"protocols": ["tried"]}}
    (job,) = Plan(validate(params)).jobs.of("split")
    assert len(job.params["splits"]) == splits


@pytest.mark.real_data
@pytest.mark.parametrize("name", SETS)
def test_a_published_set_has_its_published_number_of_sequences(read, name):
    found = read(name)
    assert found.attributes["listed"] == LISTED[name] and np.isfinite(found.frames).all()
    assert found.attributes["excluded"] == (SINGLE if name == "nw_ucla" else {})
    if source(name).subjects:
        assert sorted(set(found.subjects.tolist())) == list(source(name).subjects)
    if found.skeleton:
        joints = np.concatenate([found.posed(i) for i in range(len(found))])
        (head,) = found.skeleton.find([found.skeleton.head], "test")
        assert (joints[:, head, 1] > joints[:, found.skeleton.middle].mean(1)[:, 1]).mean() > 0.95


@pytest.mark.parametrize("name", FURTHER)
def test_the_record_was_made_of_the_whole_published_set(name):
    tables = Path("reports/own/breadth/paper_tables.md").read_text(encoding="utf-8")
    (said,) = re.findall(
        rf"^{PARAMS.datasets[name].title} \(.*?actions\): ([0-9,]+) sequences listed, (\d+)", tables, re.M
    )
    assert int(said[0].replace(",", "")) == (LISTED | {"weizmann": 90})[name]
    assert int(said[1]) == (len(SINGLE) if name == "nw_ucla" else 0)


@pytest.mark.real_data
@pytest.mark.parametrize("name", SETS)
def test_units_follow_from_the_values_by_the_rule(read, name):
    assert PARAMS.datasets[name].hidden_size == generic.units(read(name).frames.shape[1])
    assert PARAMS.datasets[name].recipes == ["generic"]
