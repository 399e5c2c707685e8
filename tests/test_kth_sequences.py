"""KTH's list of sequences: the official file, its quirks, and what is refused."""

import os
from collections import Counter
from pathlib import Path

import pytest

from drnn.datasets import kth_sequences
from drnn.errors import UserError

PROSE = b"\r\nThis database contains sequences\r\nTraining:   person11, 12, 13\r\n\r\n"
LINE = b"person01_boxing_d1\t\tframes\t1-95, 96-185\n"


def parse(text: bytes) -> dict:
    return kth_sequences.parse(text, "00sequences.txt")


def test_ranges_are_those_that_are_listed():
    assert parse(LINE) == {"person01_boxing_d1": [(1, 95), (96, 185)]}


def test_prose_before_the_list_blank_lines_and_crlf_are_passed_over():
    assert parse(PROSE + LINE.replace(b"\n", b"\r\n") + b"\r\n\r\n") == parse(LINE)


def test_lists_that_overlap_or_are_out_of_order_are_kept():
    listed = parse(b"person02_walking_d3 frames 50-90,40-60,  1-10")
    assert listed == {"person02_walking_d3": [(50, 90), (40, 60), (1, 10)]}


@pytest.mark.parametrize("listed", ["*missing*", "frames", "frames *missing*", ""])
def test_a_missing_video_has_no_ranges(listed):
    text = LINE + f"person13_handclapping_d3\t{listed}\n".encode()
    assert parse(text)["person13_handclapping_d3"] == []


@pytest.mark.parametrize(
    "line",
    [
        "person01_boxing_d1 frames 1-95; 96-185",
        "person01_boxing_d1 frames 1-95, 96",
        "person01_boxing_d1 frames 1-95,",
        "person01_boxing_d1 frames 95-1",
        "person01_boxing_d1 frames 0-10",
        "person26_boxing_d1 frames 1-95",
        "person00_boxing_d1 frames 1-95",
        "person01_bowling_d1 frames 1-95",
        "person01_boxing_d5 frames 1-95",
        "person01_boxing_d1 1-95 of é",
        "perso01_boxing_d1 frames 1-95",
    ],
)
def test_a_malformed_line_is_named(line):
    text = b"prose\n" + b"person02_boxing_d1 frames 1-95\n" + line.encode() + b"\n"
    with pytest.raises(UserError) as error:
        parse(text)
    assert str(error.value).startswith("00sequences.txt:3: ")
    assert line.split()[0] in str(error.value) and "fetch the file again" in str(error.value)


def test_a_video_that_is_listed_twice_is_refused():
    with pytest.raises(UserError, match=r"00sequences.txt:2: .*listed twice"):
        parse(LINE + LINE)


@pytest.mark.parametrize("text", [b"", b"\n", PROSE])
def test_a_file_without_a_list_is_refused(text):
    with pytest.raises(UserError, match="lists no video"):
        parse(text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"00sequences.txt: cannot be read"):
        kth_sequences.read(tmp_path / "00sequences.txt")


@pytest.fixture(scope="module")
def official() -> dict:
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    path = Path(mirror or "") / "kth" / "00sequences.txt"
    if not mirror or not path.is_file():
        pytest.skip("set DRNN_DATA_MIRROR to a folder that holds kth/00sequences.txt")
    return kth_sequences.read(path)


@pytest.mark.real_data
def test_the_official_file(official):
    assert len(official) == 25 * 6 * 4
    assert Counter(map(len, official.values())) == {4: 594, 3: 5, 0: 1}
    assert official["person13_handclapping_d3"] == []
    assert official["person01_boxing_d4"] == [(1, 106), (107, 170), (171, 245), (246, 370)]
    lengths = [last - first + 1 for ranges in official.values() for first, last in ranges]
    assert len(lengths) == 2391 and (min(lengths), max(lengths)) == (24, 362)
