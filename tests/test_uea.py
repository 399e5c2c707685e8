"""Sets of the UEA archive: the form of their files, and the published ones where they are."""

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from loopback import Handler, zipped

from drnn.datasets import uea, uea_archive
from drnn.datasets.collection import Collection
from drnn.datasets.ts_files import wanted
from drnn.errors import UserError

pytest_plugins = ["loopback"]
HEAD = """# a comment
@problemName Toy
@timeStamps false
@missing true
@equalLength false
@classLabel true walk run
@data
"""
TRAIN = HEAD + "1,2,3:4,5,6:walk\n7,?:8,9:run\n"
TEST = HEAD + "1,2:3,4:run\n\n"
PUBLISHED = {  # train, test, values, shortest, longest, classes
    "ArticularyWordRecognition": (275, 300, 9, 144, 144, 25),
    "BasicMotions": (40, 40, 6, 100, 100, 4),
    "Epilepsy": (137, 138, 3, 206, 206, 4),
    "Handwriting": (150, 850, 3, 152, 152, 26),
    "JapaneseVowels": (270, 370, 12, 7, 29, 9),
    "NATOPS": (180, 180, 24, 51, 51, 6),
    "RacketSports": (151, 152, 6, 30, 30, 4),
    "UWaveGestureLibrary": (120, 320, 3, 315, 315, 8),
}


def made(folder: Path, train: str = TRAIN, test: str = TEST) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "Toy_TRAIN.ts").write_text(train, encoding="utf-8")
    (folder / "Toy_TEST.ts").write_text(test, encoding="utf-8")
    return folder


def test_cases_of_any_length_become_frames_with_their_side(tmp_path):
    found = uea.read(made(tmp_path))
    assert found.names == ["train_0001", "train_0002", "test_0001"] and found.classes == ["walk", "run"]
    assert found.lengths.tolist() == [3, 2, 2] and found.labels.tolist() == [0, 1, 1]
    assert found.attributes["given"] == ["train", "train", "test"] and not found.subjects.any()
    np.testing.assert_array_equal(found[0], [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(found[1], [[7, 8], [7, 9]])
    assert found.attributes["repairs"] == {"train_0002": {"interpolated": 1, "cut": 0}}


def test_the_two_files_are_found_among_others(tmp_path):
    (made(tmp_path) / "Toy.txt").write_text("about the set")
    with Collection(tmp_path) as collection:
        assert wanted(collection) == ["Toy_TRAIN.ts", "Toy_TEST.ts"]


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ("", "Toy_TRAIN.ts: has no line @data"),
        (HEAD, "Toy_TRAIN.ts: holds no case after @data"),
        (TRAIN.replace("@timeStamps false", "@timeStamps true"), "its values have time stamps"),
        (TRAIN.replace("@classLabel true walk run", "@targetLabel true"), "names no two classes"),
        (TRAIN.replace(":walk", ":fly"), "line 8: its class is 'fly', not one of walk, run"),
        (TRAIN.replace(":walk", ""), "line 8: its class is '4,5,6', not one of walk, run"),
        (TRAIN.replace("1,2,3", "1,2"), r"line 8: its dimensions have \[2, 3\] values"),
        (TRAIN.replace("1,2,3", "1,two,3"), "line 8: could not convert string to float: 'two'; correct it, or write"),
        (TRAIN.replace("1,2,3:", ""), "train_0002 has another number of dimensions than the first case"),
        (TRAIN.replace("walk run", "run walk"), r"Toy_TEST.ts: its classes are .*, those of the training file"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(tmp_path, train, said):
    with pytest.raises(UserError, match=said):
        uea.read(made(tmp_path, train))


def test_both_files_of_one_set_are_needed(tmp_path):
    (made(tmp_path) / "Toy_TEST.ts").unlink()
    with pytest.raises(UserError, match=r"has no Toy_TEST\.ts beside Toy_TRAIN\.ts; put it there"):
        uea.read(tmp_path)
    (tmp_path / "Other_TRAIN.ts").write_text(TRAIN)
    with pytest.raises(UserError, match=r"holds 2 files \*_TRAIN\.ts, not one"):
        uea.read(tmp_path)


def test_a_set_is_downloaded_by_its_name_once(server, tmp_path, monkeypatch):
    monkeypatch.setattr(uea_archive, "ADDRESS", server.address("/"))
    body = zipped({"Toy_TRAIN.ts": TRAIN.encode(), "Toy_TEST.ts": TEST.encode(), "Toy.txt": b"about"}, under="")
    server.behaviours["/Toy.zip"] = partial(Handler.answer, body=body)
    for _ in range(2):
        assert uea.read(uea_archive.download("Toy", folder=tmp_path)).classes == ["walk", "run"]
    assert server.requests == ["/Toy.zip"]


def test_what_is_no_set_of_the_archive_is_told_and_nothing_is_left(server, tmp_path, monkeypatch):
    monkeypatch.setattr(uea_archive, "ADDRESS", server.address("/"))
    server.behaviours["/Page.zip"] = partial(Handler.answer, body=zipped({"index.html": b"none"}, under=""))
    with pytest.raises(UserError, match=r"holds 0 files \*_TRAIN\.ts, not one"):
        uea_archive.download("Page", folder=tmp_path)
    with pytest.raises(UserError, match="no such file there"):
        uea_archive.download("Nowhere", folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.real_data
def test_a_known_set_is_taken_from_the_mirror_and_verified(tmp_path):
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    if not mirror or not Path(mirror, "uea", "BasicMotions.zip").is_file():
        pytest.skip("DRNN_DATA_MIRROR holds no uea/BasicMotions.zip")
    assert len(uea.read(uea_archive.download("BasicMotions", mirror, tmp_path))) == 80


@pytest.mark.real_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_set_has_its_published_size(name):
    archive = Path(os.environ.get("DRNN_DATA_MIRROR", ""), "uea", f"{name}.zip")
    if not archive.is_file():
        pytest.skip(f"DRNN_DATA_MIRROR holds no uea/{name}.zip")
    found = uea.read(archive, "error")
    given = found.attributes["given"]
    sizes = (found.frames.shape[1], found.lengths.min(), found.lengths.max(), len(found.classes))
    assert (given.count("train"), given.count("test"), *sizes) == PUBLISHED[name]
    assert found.attributes["repairs"] == {}
