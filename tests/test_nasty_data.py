"""Own data as an attacker or an unlucky export hands it in: one clear error or a repair that is told, no traceback."""

import io
import json
import os
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.io import savemat
from scipy.sparse import csc_matrix
from test_table import OWN, TWO, folder, npy, packed
from test_uea import TRAIN, made

from drnn.cli.init import init
from drnn.datasets import table, uea
from drnn.datasets.frames import read_frames
from drnn.datasets.skeleton_file import parse
from drnn.errors import UserError

LIST = "file,label\na.csv,x\nb.csv,y\n"
DIGITS = "9" * 5000  # more than int() takes


def zipped(path: Path, *members: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members:
            file.writestr(name, content)
    return path


def matlab(**arrays) -> bytes:
    content = io.BytesIO()
    savemat(content, arrays)
    return content.getvalue()


# The list


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (LIST.encode("utf-16"), r"sequences.csv: is not UTF-8 text \(byte 0\); save it as UTF-8"),
        (LIST.replace("x", "größe").encode("latin-1"), r"is not UTF-8 text \(byte 19\)"),
        (LIST.replace("x", "x\0"), r"row 2: label holds '\\x00', which is not printed; take it out"),
        (LIST.replace("x", "x\u2028run: [y]"), r"row 2: label holds '\\u2028', which is not printed"),
        (LIST.replace("x", "x\u00a0z"), r"row 2: label holds '\\xa0', which is not printed"),
        (LIST.replace("x", "x" * 300), "row 2: label has 300 characters; write at most 250"),
        (LIST.replace("x", "x" * 200_000), r"row 2: is not CSV \(field larger than field limit"),
        (LIST.replace(",x", ',"x'), r"row 3: label holds '\\n', which is not printed"),
        (f"file,label,first\na.csv,x,{DIGITS}\nb.csv,y,1\n", "row 2: first has 5000 characters; write at most 250"),
        ("file,label,first\na.csv,x,9999999999\nb.csv,y,1\n", "row 2: first is '9999999999'; write a frame's number"),
        ("file,label,first\na.csv,x,²\nb.csv,y,1\n", "row 2: first is '²'; write a frame's number"),
        ("file,label,last\na.csv,x,-2\nb.csv,y,1\n", "row 2: last is '-2'; write a frame's number"),
        ("file,label,first\na.csv,x,9\nb.csv,y,1\n", "has 3 frames, and sequences.csv, row 2, wants 9 to 3"),
    ],
)
def test_a_nasty_list_is_told_with_its_row_and_no_more_than_that(tmp_path, rows, said):
    made = folder(tmp_path / "mine", "", a_csv=TWO, b_csv=TWO)
    (made / "sequences.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    with pytest.raises(UserError, match=said) as caught:
        table.read(made)
    assert len(str(caught.value)) < 400 and "all labels are" not in str(caught.value)


@pytest.mark.parametrize("rows", [LIST.replace("\n", "\r"), "\ufeff" + LIST.replace("\n", "\r\n")], ids=["CR", "CRLF"])
def test_line_ends_of_any_system_will_do(tmp_path, rows):
    made = folder(tmp_path, "", a_csv=TWO.replace("\n", "\r"), b_csv="\ufeffp,q\r\n" + TWO)
    (made / "sequences.csv").write_bytes(rows.encode())
    found = table.read(made)
    assert found.classes == ["x", "y"] and found.lengths.tolist() == [3, 3]


def test_labels_may_be_any_words_and_numbers_in_an_order_that_is_the_same_every_time(tmp_path):
    labels = ["nan", "10", "9", "09", "x2", "x10", "<b>", "{{ 7 * 7 }}", "null"]
    rows = "file,label,name\n" + "".join(f"a.csv,{label},s{n}\n" for n, label in enumerate(labels))
    found = table.read(folder(tmp_path, rows, a_csv=TWO))
    assert found.classes == ["09", "9", "10", "<b>", "nan", "null", "x2", "x10", "{{ 7 * 7 }}"]


@pytest.mark.parametrize("people", ["20231128123456789012,7", "007,7", "0,1", "-1,1", "²,1"])
def test_subjects_that_are_no_plain_numbers_are_numbered_from_1(tmp_path, people):
    one, other = people.split(",")
    rows = f"file,label,subject\na.csv,x,{one}\nb.csv,y,{other}\n"
    found = table.read(folder(tmp_path, rows, a_csv=TWO, b_csv=TWO))
    assert sorted(found.subjects.tolist()) == [1, 2]
    assert set(found.attributes["subjects"].values()) == {one, other}


# Files of frames


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.csv", TWO.encode("utf-16"), "f.csv: is not UTF-8 text; save it as UTF-8"),
        ("f.csv", b"1,2\n3,4,5\n6,7\n", "f.csv: row 2: 3 values, not 2 as before"),
        ("f.csv", b"1,5;2,5\n3,5;4,5\n", "f.csv: row 2, column 1: '3,5' is no number"),
        ("f.csv", b"1,2\n3," + b"z" * 10**6, r"f.csv: row 2, column 2: 'z{40}' is no number"),
        ("f.csv", b"0x10,2\n3,4\n", "f.csv: row 1, column 1: '0x10' is no number"),
        ("f.csv", b"<html>404</html>\n", "f.csv: holds no frame"),
        ("f.npy", TWO.encode(), "f.npy: is no array of NumPy"),
        ("f.npy", npy(np.ones(3) + 1j), "f.npy: holds complex128, not numbers"),
        ("f.npy", npy(np.zeros(3, "f4,f4")), "f.npy: holds .*, not numbers"),
        ("f.npy", npy(np.zeros((3, 2))).replace(b"(3, 2), }             ", b"(3000000000000, 2), } "), "cut short"),
        ("f.npy", npy(np.zeros((3, 2))).replace(b"(3, 2), } ", b"(-3, 2), }"), "negative dimensions"),
        ("f.npz", packed(a=np.arange(999.0))[:300], "f.npz: is no array of NumPy, or is cut short"),
        ("f.mat", matlab(a=csc_matrix(np.eye(3))), "f.mat: holds object, not numbers"),
        ("f.mat", matlab(a={"x": np.eye(2)}), "f.mat: holds .*, not numbers"),
        ("f.mat", matlab(), r"f.mat: holds 0 arrays \(\), not one"),
    ],
)
def test_a_nasty_file_is_named(name, content, said):
    with pytest.raises(UserError, match=said) as caught:
        read_frames(content, name)
    assert len(str(caught.value)) < 400


def test_an_archive_in_place_of_an_array_and_a_damaged_one_are_named(tmp_path):
    text = zipped(tmp_path / "text.npz", ("readme.txt", "hello")).read_bytes()
    with pytest.raises(UserError, match=r"f\.npz: holds \|S5, not numbers"):
        read_frames(text, "f.npz")
    content = io.BytesIO()
    np.savez_compressed(content, a=np.random.default_rng(0).normal(size=999))
    damaged = bytearray(content.getvalue())
    damaged[600:700] = bytes(100)
    with pytest.raises(UserError, match=r"f\.npz: is no array of NumPy, or is cut short"):
        read_frames(bytes(damaged), "f.npz")


def test_columns_that_pandas_numbers_are_no_frame():
    np.testing.assert_array_equal(read_frames(b"0,1,2\n7,8,9\n", "f.csv"), [[7, 8, 9]])
    assert len(read_frames(b"0,1\n7,8\n", "f.csv")) == len(read_frames(b"0.0,1,2\n7,8,9\n", "f.csv")) == 2


@pytest.mark.parametrize("value", ["inf", "-Infinity", "-1e31", "1e39", "1e999", "?", "NULL"])
def test_what_was_hardly_measured_is_filled_and_told(tmp_path, caplog, value):
    found = table.read(folder(tmp_path, LIST, a_csv=f"1,2\n{value},4\n5,6\n", b_csv=TWO))
    np.testing.assert_array_equal(found[0], [[1, 2], [3, 4], [5, 6]])
    assert "a: missing values filled in 1 frames" in caplog.text


def test_when_one_class_is_left_it_is_said(tmp_path):
    with pytest.raises(UserError, match="1 sequences with two frames or more are left, all of 'y'; at least two"):
        init(str(folder(tmp_path, LIST, a_csv="nan,nan\n", b_csv=TWO)), "own")


# Folders and archives


def test_links_are_followed_to_files_and_not_into_folders(tmp_path):
    outside = folder(tmp_path / "outside", "", a_csv=TWO)
    made = folder(tmp_path / "mine", LIST, b_csv=TWO)
    (made / "a.csv").symlink_to(outside / "a.csv")
    assert len(table.read(made)) == 2
    (made / "s").symlink_to(outside)
    (made / "sequences.csv").write_text(LIST.replace("a.csv", "s/a.csv"), encoding="utf-8")
    with pytest.raises(UserError, match=r"row 2: s/a\.csv lies in a folder that is a link; put the folder itself"):
        table.read(made)


def test_a_link_that_leads_nowhere_and_a_pipe_are_no_files(tmp_path):
    made = folder(tmp_path / "mine", LIST)
    (made / "a.csv").symlink_to("a.csv")
    os.mkfifo(made / "b.csv")
    with pytest.raises(UserError, match=r"(?s)row 2: there is no a\.csv.*row 3: there is no b\.csv"):
        table.read(made)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("sequences.csv", LIST), ("a.csv", TWO), ("b.csv", TWO), ("a.csv", "9,9\n")], "holds a.csv twice; pack it"),
        ([("/etc/sequences.csv", LIST)], "'/etc/sequences.csv' has an unsafe path"),
        ([("m\\sequences.csv", LIST)], "has an unsafe path"),
        ([("inner.zip", "PK")], r"holds neither sequences\.csv nor NAME_TRAIN\.ts"),
        ([("p/q/sequences.csv", LIST)], r"holds neither sequences\.csv nor NAME_TRAIN\.ts"),
        ([], r"holds neither sequences\.csv nor NAME_TRAIN\.ts"),
    ],
)
def test_a_nasty_archive_is_refused(tmp_path, members, said):
    with pytest.raises(UserError, match=said):
        init(str(zipped(tmp_path / "a.zip", *members)), "own")


def test_a_locked_archive_is_told(tmp_path):
    path = zipped(tmp_path / "a.zip", ("sequences.csv", LIST))
    content = path.read_bytes()
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(magic) + flags
        content = content[:at] + b"\x01" + content[at + 1 :]
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"sequences\.csv: is broken or cut short .*encrypted, password required"):
        table.read(path)


# Skeletons

BOMB = "layout: [&a [x, x, x, x, x, x, x, x, x]" + "".join(
    f", &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps(OWN | {"centre": 5}), "centre is 5 and head 'top'; write the names of different joints"),
        (json.dumps(OWN | {"centre": [["l"]]}), r"centre is \[\['l'\]\] and head 'top'; write the names"),
        (json.dumps(OWN | {"head": ["top"]}), r"head \['top'\]; write the names"),
        (json.dumps(OWN | {"head": {"a": 1}}), "head {'a': 1}; write the names"),
        (json.dumps(OWN | {"centre": "top"}), "centre is 'top' and head 'top'; write the names of different joints"),
        (json.dumps(OWN | {"hips": ["l", "l"]}), r"bones and hips are pairs of joints.*not \['l', 'l'\]"),
        (json.dumps(OWN | {"joints": [1, 2, 3]}), r"joints is \[1, 2, 3\]; write a list of names"),
        ("layout: [msr_20]", r"unknown layout \['msr_20'\]; known: msr_20"),
        ("layout: {a: b}", "unknown layout {'a': 'b'}; known: msr_20"),
        ("layout: msr_20\npeople: true", "people is True; write one of 1, 2"),
        ("layout: 2001-99-99", "is not YAML: month must be in 1..12"),
        ("layout: " + "[" * 3000, "is not YAML: maximum recursion depth exceeded"),
        ("layout: msr_20\n---\nlayout: sbu_15", "is not YAML: expected a single document"),
        ("!!python/object/apply:os.system ['touch evil']", "is not YAML: could not determine a constructor"),
        (BOMB + "]", r"unknown layout \[\['x'.*, \[\[\.\.\.\], "),
        ("", "holds no keys"),
        ("joints: [größe]".encode("latin-1"), "is not YAML: unacceptable character"),
    ],
)
def test_a_nasty_skeleton_is_told(text, said):
    with pytest.raises(UserError, match=f"skeleton.yaml: .*{said}") as caught:
        parse(text if isinstance(text, bytes) else text.encode())
    assert len(str(caught.value)) < 400


# Sets of the archive


@pytest.mark.parametrize(
    ("train", "said"),
    [
        (TRAIN.encode("utf-16"), "has no line @data; it is no .ts file"),
        (TRAIN.replace("walk run", "walk run walk"), "@classLabel names walk twice; name each class once, in UTF-8"),
        (TRAIN.replace("walk run", "é è").encode("latin-1"), "@classLabel names \ufffd twice"),
        (TRAIN.replace("walk run", "walk"), "names no two classes"),
        (TRAIN.replace(":walk", ":Walk"), "line 8: its class is 'Walk', not one of walk, run"),
        (TRAIN.replace("1,2,3:4,5,6", "(0,1),(1,2):(0,4),(1,5)"), r"line 8: could not convert string to float: '\(0'"),
        (TRAIN + "@data\n1,2,3:4,5,6:walk\n", "line 10: its class is '@data', not one of"),
        (TRAIN.replace("1,2,3", "1,2," + "z" * 10**6), "line 8: could not convert string to float: 'zz"),
        (TRAIN.replace("1,2,3", ""), r"line 8: its dimensions have \[1, 3\] values"),
    ],
)
def test_a_nasty_set_of_the_archive_is_told(tmp_path, train, said):
    made(tmp_path)
    (tmp_path / "Toy_TRAIN.ts").write_bytes(train if isinstance(train, bytes) else train.encode())
    with pytest.raises(UserError, match=said) as caught:
        uea.read(tmp_path)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "train", ["\ufeff" + TRAIN.partition("@equalLength")[2].partition("\n")[2], TRAIN.replace("\n", "\r\n")]
)
def test_a_byte_order_mark_line_ends_and_a_head_that_lies_about_lengths_change_nothing(tmp_path, train):
    expected = uea.read(made(tmp_path))
    found = uea.read(made(tmp_path, train.replace("@equalLength false", "@equalLength true\n@seriesLength 99")))
    np.testing.assert_array_equal(found.frames, expected.frames)


# What `drnn init` makes of little, and of names


def test_few_sequences_have_as_few_folds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "mine", LIST, a_csv=TWO, b_csv=TWO)
    assert "2 stratified folds of the sequences" in init("mine", None)


def test_sequences_of_neither_side_are_counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "file,label,split,name\na.csv,x,train,p\nb.csv,y,train,q\na.csv,x,test,r\nb.csv,y,,s\n"
    folder(tmp_path / "mine", rows, a_csv=TWO, b_csv=TWO)
    assert "; 1 sequences are on neither side and take no part" in init("mine", None)


@pytest.mark.parametrize("word", ["no", "true", "null", "On", "12", "行動"])
def test_a_folder_whose_name_is_no_word_in_yaml_makes_an_experiment_all_the_same(tmp_path, monkeypatch, word):
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / word, LIST, a_csv=TWO, b_csv=TWO)
    init(word, None)
    (written,) = tmp_path.glob("own*.yaml")
    assert yaml.safe_load(written.read_text(encoding="utf-8"))["run"] == [written.stem]
    with pytest.raises(UserError, match="--name no: is no name"):
        init(word, "no")
