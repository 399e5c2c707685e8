"""KTH's store: its videos, who acts in them and where; ranges cut to what decodes; the real sample."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from test_video import moving_square, write

from drnn.datasets import cuts, kth, video
from drnn.datasets.acquire import acquire
from drnn.datasets.archive import PART, Part, write_store
from drnn.datasets.source import source
from drnn.datasets.videos import Video
from drnn.errors import UserError

NAMES = ["person02_walking_d4", "person11_boxing_d1", "person11_boxing_d2"]
LISTED = (
    b"".join(f"{name} frames 1-10, 8-25\r\n".encode() for name in NAMES) + b"person13_handclapping_d3 *missing*\r\n"
)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    return {name: write(folder / f"{name}_uncomp.avi", moving_square(20 + i), "mpeg4") for i, name in enumerate(NAMES)}


@pytest.fixture
def store(tmp_path, clips) -> Path:
    write_store([*((path.name, path.read_bytes()) for path in clips.values()), (kth.LIST, LISTED)], tmp_path / "s.zip")
    return tmp_path / "s.zip"


def without(store: Path, *members: tuple[str, bytes]) -> Path:
    write_store(members, store)
    return store


# What a store tells


def test_a_store_lists_its_videos_with_subject_action_and_ranges(store):
    with kth.Store(store) as opened:
        assert opened.videos == [
            Video("person02_walking_d4_uncomp.avi", "person02_walking_d4", 2, 5, ((1, 10), (8, 25))),
            Video("person11_boxing_d1_uncomp.avi", "person11_boxing_d1", 11, 0, ((1, 10), (8, 25))),
            Video("person11_boxing_d2_uncomp.avi", "person11_boxing_d2", 11, 0, ((1, 10), (8, 25))),
        ]
        assert [v.name for v in opened.of_subject(11)] == NAMES[1:]
        assert opened.of_subject(3) == []
        assert opened.part is None


def test_a_video_decodes_out_of_the_store_as_from_the_disk_and_more_than_once(store, clips):
    with kth.Store(store) as opened:
        recording = opened.open(opened.videos[1])
    assert video.frames_announced(recording) == 21
    for _ in range(2):
        np.testing.assert_array_equal(video.read_grey(recording), video.read_grey(clips[NAMES[1]]))


def test_a_part_of_the_set_says_so(store):
    part = Part(recordings=20, of=599, verified=12)
    write_store(
        [(kth.LIST, LISTED), ("person11_boxing_d1_uncomp.avi", b"x"), (PART, json.dumps(part._asdict()).encode())],
        store,
    )
    with kth.Store(store) as opened:
        assert opened.part == part
    assert part.label == "sample, 20 of 599 videos"
    assert Part(599, 599, 20).label == "599 videos, 20 of them verified"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"RIFF....AVI LIST", "is no video"), (bytes(3000), "is no video")],
)
def test_a_damaged_video_is_named_with_its_store(store, content, said):
    write_store([(kth.LIST, LISTED), ("person11_boxing_d1_uncomp.avi", content)], store)
    with kth.Store(store) as opened, pytest.raises(UserError, match=rf"s\.zip: person11_boxing_d1_uncomp\.avi: {said}"):
        video.read_grey(opened.open(opened.videos[0]))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("person11_boxing_d1_uncomp.avi", b"x")], "holds no 00sequences.txt"),
        ([(kth.LIST, LISTED)], "holds no video"),
        ([(kth.LIST, b"prose"), ("person11_boxing_d1_uncomp.avi", b"x")], "00sequences.txt: lists no video"),
        ([(kth.LIST, LISTED), ("person12_boxing_d1_uncomp.avi", b"x")], "does not list person12_boxing_d1"),
        ([(kth.LIST, LISTED), (PART, b"[]"), ("person11_boxing_d1_uncomp.avi", b"x")], "sample.json"),
    ],
)
def test_what_is_no_store_of_kth_is_named(store, members, said):
    write_store(members, store)
    with pytest.raises(UserError, match=rf"s\.zip.*{said}"):
        kth.Store(store)


@pytest.mark.parametrize("content", [b"", b"PK\3\4"])
def test_a_broken_store_is_named(store, content):
    store.write_bytes(content)
    with pytest.raises(UserError, match=r"s\.zip"):
        kth.Store(store)


@pytest.mark.parametrize("name", ["person26_boxing_d1", "person01_bowling_d1", "person01_boxing_d5", "person01_boxing"])
def test_a_name_of_another_form_is_refused(name):
    with pytest.raises(UserError, match=name):
        kth.parse_name(name + kth.SUFFIX)


# Ranges


def test_ranges_are_cut_to_what_decodes_and_counted(caplog):
    listed = [(1, 106), (107, 170), (171, 245), (306, 330), (246, 370)]
    clipped = cuts.clip("person01_boxing_d4", listed, 305)
    assert clipped.ranges == {0: (1, 106), 1: (107, 170), 2: (171, 245), 4: (246, 305)}
    assert (clipped.shortened, clipped.lost) == (1, 1)
    assert "person01_boxing_d4: 305 frames decode, the list goes to 370: 1 of 5 ranges shortened, 1 lost" in caplog.text


def test_ranges_that_decode_are_left_alone(caplog):
    assert cuts.clip("person01_boxing_d1", [(50, 90), (40, 60)], 90) == ({0: (50, 90), 1: (40, 60)}, 0, 0)
    assert caplog.text == ""


# The published set


def test_the_set_is_599_videos_of_25_subjects_in_six_archives():
    published = source("kth")
    assert len(published.recordings) == 599
    assert sorted(len(published.members(file)) for file in published.files) == [0, 99, 100, 100, 100, 100, 100]
    assert "person13_handclapping_d3_uncomp.avi" not in published.recordings
    parsed = [kth.parse_name(name) for name in published.recordings]
    assert {video.subject for video in parsed} == set(kth.SUBJECTS)


def test_schuldts_split_is_every_subject_once():
    parts = kth.SCHULDT_TRAIN, kth.SCHULDT_VALIDATION, kth.SCHULDT_TEST
    assert sorted(sum(parts, ())) == list(kth.SUBJECTS)
    assert [len(part) for part in parts] == [8, 8, 9]


# The real sample


@pytest.fixture(scope="module")
def mirror() -> str:
    folder = os.environ.get("DRNN_DATA_MIRROR")
    if not folder or not any(Path(folder).glob("kth/videos/*.avi")):
        pytest.skip("set DRNN_DATA_MIRROR to a folder that holds kth/videos/*.avi")
    return folder


@pytest.fixture(scope="module")
def real(mirror, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("real") / "kth.zip"
    acquire(source("kth"), path, mirror, sample=True)
    return path


@pytest.mark.real_data
def test_the_real_videos_become_a_store_that_is_labelled(real):
    with kth.Store(real) as opened:
        assert opened.part == Part(recordings=20, of=599, verified=20)
        assert {video.subject for video in opened.videos} == {1, 4, 6, 9, 14, 15, 21}
        assert opened.videos[0].ranges == ((1, 95), (96, 185), (186, 245), (246, 360))


@pytest.mark.real_data
def test_the_real_ranges_lie_within_the_frames_that_are_announced(real):
    with kth.Store(real) as opened:
        for each in opened.videos:
            assert cuts.clip(each.name, each.ranges, video.frames_announced(opened.open(each))).lost == 0


@pytest.mark.real_data
def test_schuldts_split_is_the_one_in_the_list(mirror):
    prose = (Path(mirror) / "kth" / kth.LIST).read_text()
    for word, subjects in [("Training", kth.SCHULDT_TRAIN), ("Test", kth.SCHULDT_TEST)]:
        line = next(line for line in prose.splitlines() if line.startswith(f"{word}:"))
        assert [int(number) for number in line.replace("person", "").split(":")[1].split(",")] == list(subjects)
