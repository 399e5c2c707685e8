"""One's own sequences: what is understood, what is mended, and which faults are told, all at once."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from drnn.datasets import table
from drnn.datasets.collection import Collection
from drnn.datasets.frames import read_frames
from drnn.datasets.layouts import LAYOUTS
from drnn.datasets.listing import wanted
from drnn.errors import UserError

TWO = "1,2\n3,4\n5,6\n"


def folder(path: Path, rows: str, **files: str | bytes) -> Path:
    """A folder with a list and files; ``a_csv`` is a.csv."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "sequences.csv").write_text(rows, encoding="utf-8")
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (path / name.replace("_", ".")).write_bytes(data)
    return path


def npy(values) -> bytes:
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def test_a_list_gives_names_labels_subjects_and_sides(tmp_path):
    rows = "file,label,subject,name,split\na.csv,walk,ben,first,train\nb.csv,run,anna,,test\n"
    found = table.read(folder(tmp_path, rows, a_csv=TWO, b_csv="x,y\n7,8\n9,10\n"))
    assert found.names == ["first", "b"] and found.classes == ["run", "walk"]
    assert found.labels.tolist() == [1, 0] and found.subjects.tolist() == [2, 1]
    assert found.attributes["subjects"] == {"1": "anna", "2": "ben"}
    assert found.attributes["given"] == ["train", "test"] and found.skeleton is None
    np.testing.assert_array_equal(found[1], [[7, 8], [9, 10]])


def test_the_columns_may_stand_in_any_order_with_any_mark_and_a_byte_order_mark(tmp_path):
    rows = "\ufefflabel;FILE\n walk ; a.csv\n\nrun;b.csv\n"
    assert table.read(folder(tmp_path, rows, a_csv=TWO, b_csv=TWO)).classes == ["run", "walk"]


def test_numbers_as_subjects_stay_and_labels_sort_as_numbers(tmp_path):
    rows = "file,label,subject\na.csv,10,7\nb.csv,2,3\n"
    found = table.read(folder(tmp_path, rows, a_csv=TWO, b_csv=TWO))
    assert found.subjects.tolist() == [7, 3] and found.classes == ["2", "10"]


def test_without_subjects_none_is_known(tmp_path):
    found = table.read(folder(tmp_path, "file,label\na.csv,x\nb.csv,y\n", a_csv=TWO, b_csv=TWO))
    assert found.subjects.tolist() == [0, 0] and "given" not in found.attributes


def test_a_file_may_hold_several_sequences(tmp_path):
    rows = "file,label,first,last\na.csv,x,1,2\na.csv,y,2,3\na.csv,x,2,\n"
    found = table.read(folder(tmp_path, rows, a_csv=TWO))
    assert found.names == ["a_1-2", "a_2-3", "a_2-end"] and found.lengths.tolist() == [2, 2, 2]
    np.testing.assert_array_equal(found[1], [[3, 4], [5, 6]])


def test_missing_values_are_filled_padding_is_cut_and_single_frames_are_left_out(tmp_path, caplog):
    files = {"a_csv": "1,2\n,4\n5,nan\n,\n", "b_csv": "1,2\n,\n", "c_csv": TWO, "d_csv": ",\n,\n"}
    rows = "file,label\na.csv,x\nb.csv,y\nc.csv,y\nd.csv,x\n"
    found = table.read(folder(tmp_path, rows, **files))
    assert found.names == ["a", "c"]
    np.testing.assert_array_equal(found[0], [[1, 2], [3, 4], [5, 4]])
    assert found.attributes["repairs"] == {"a": {"interpolated": 2, "cut": 1}}
    assert found.attributes["excluded"] == {"b": "has a single frame", "d": "no value is measured"}
    assert found.attributes["listed"] == 4
    assert "a: missing values filled in 2 frames, 1 frames without any value cut" in caplog.text
    with pytest.raises(UserError, match="b: has a single frame; set on_empty: exclude to leave it out"):
        table.read(tmp_path, "error")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.csv", b"1,2\n3,4\n"),
        ("f.csv", b"x,y\n1,2\n3,4\n"),
        ("f.csv", b"# made by hand\n1;2\n3;4\n"),
        ("f.txt", b"1 2\n3   4\n\n"),
        ("f.txt", b"1\t2\r\n3\t4\r\n"),
        ("f.npy", npy(np.array([[1, 2], [3, 4]]))),
        ("f.npy", npy(np.array([[[1], [2]], [[3], [4]]]))),
    ],
)
def test_a_file_of_frames_is_read(name, content):
    np.testing.assert_array_equal(read_frames(content, name), [[1, 2], [3, 4]])


def test_arrays_of_numpy_and_matlab_are_read():
    packed, matlab = io.BytesIO(), io.BytesIO()
    np.savez(packed, frames=np.eye(3))
    savemat(matlab, {"frames": np.eye(3)})
    for name, content in (("f.npz", packed), ("f.mat", matlab)):
        np.testing.assert_array_equal(read_frames(content.getvalue(), name), np.eye(3))
    assert read_frames(npy(np.arange(4)), "f.npy").shape == (4, 1)


def packed(**arrays) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.csv", b"", "f.csv: holds no frame; export it again"),
        ("f.csv", b"x,y\n", "f.csv: holds no frame"),
        ("f.csv", b"1,2\n3\n", "f.csv: row 2: 1 values, not 2 as before"),
        ("f.csv", b"x,y\n1,2\n3,four\n", "f.csv: row 3, column 2: 'four' is no number; correct it, or leave it empty"),
        ("f.csv", b"\xff\xfe1\x00", "f.csv: is not UTF-8 text; save it as UTF-8"),
        ("f.npy", npy(np.array([{}, {}], dtype=object)), "f.npy: holds objects, which are never unpickled"),
        ("f.npy", npy(np.eye(3))[:-9], "f.npy: is no array of NumPy, or is cut short"),
        ("f.npy", npy(np.array(["a", "b"])), "f.npy: holds <U1, not numbers"),
        ("f.npy", npy(np.zeros((0, 3))), "f.npy: holds no frame"),
        ("f.npy", npy(np.float64(3)), "f.npy: holds no frame"),
        ("f.npz", packed(a=np.eye(2), b=np.eye(2)), r"f.npz: holds 2 arrays \(a, b\), not one; save one alone"),
        ("f.npz", b"no zip", "f.npz: is no array of NumPy, or is cut short"),
        ("f.npz", packed(a=np.array([None])), "f.npz: holds objects, which are never unpickled"),
        ("f.mat", b"no matlab", "f.mat: is no MATLAB file, or is cut short"),
        ("f.mat", b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(600), "f.mat: is of MATLAB's version 7.3"),
    ],
)
def test_a_file_of_something_else_is_refused(name, content, said):
    with pytest.raises(UserError, match=said):
        read_frames(content, name)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "sequences.csv: is empty; write a head"),
        ("file,label\n", "sequences.csv: has a head and no row"),
        ("a.csv,walk\n", "row 1: unknown column 'a.csv'; known: file, label"),
        ("file,lable\na.csv,x\n", "row 1: unknown column 'lable'; did you mean 'label'?"),
        ("file\na.csv\n", "row 1: no column 'label'; add it"),
        ("file,label,label\na.csv,x,x\n", "row 1: the column 'label' is there twice"),
        ("file,label\na.csv\n", "row 2: 1 cells for 2 columns"),
        ("file,label\na.csv,\n", "row 2: has no label; write its class"),
        ("file,label\n,x\n", "row 2: names no file"),
        ('file,label\na.csv,"x\nrun: [y]"\n', r"row 3: label holds '\\n', which is not printed"),
        ("file,label\nc.csv,x\n", "row 2: there is no c.csv; did you mean"),
        ("file,label\n../a.csv,x\n", "row 2: ../a.csv leads out of mine"),
        ("file,label\n/etc/passwd.csv,x\n", "row 2: /etc/passwd.csv leads out of mine"),
        ("file,label\nC:\\a.csv,x\n", "row 2: C:/a.csv leads out of mine"),
        ("file,label\na.pkl,x\n", "row 2: a.pkl is none of .csv, .txt, .npy, .npz, .mat"),
        ("file,label,split\na.csv,x,dev\n", "row 2: split is 'dev'; write train, test or nothing"),
        ("file,label,first\na.csv,x,0\n", "row 2: first is '0'; write a frame's number, counted from 1"),
        ("file,label,first,last\na.csv,x,3,2\n", "row 2: the first frame 3 is after the last one 2"),
        ("file,label,first,last\na.csv,x,1,9\na.csv,y,1,2\n", "has 3 frames, and sequences.csv, row 2, wants 1 to 9"),
        ("file,label\na.csv,x\na.csv,y\n", "row 3: a is also row 2; give it a name of its own"),
        ("file,label,subject\na.csv,x,ben\nb.csv,y,\n", r"row 3: has no subject, unlike others \(1 such rows\)"),
        ("file,label\na.csv,x\nb.csv,x\n", "all labels are 'x'; at least two classes are needed"),
    ],
)  # fmt: skip
def test_a_fault_of_the_list_is_told_with_its_row(tmp_path, rows, said):
    with pytest.raises(UserError, match=said):
        table.read(folder(tmp_path / "mine", rows, a_csv=TWO, b_csv=TWO))


def test_all_faults_are_told_at_once(tmp_path):
    rows = "file,label,split\na.csv,,\nb.csv,x,dev\nc.csv,y,\nd.csv,y,\na.csv,z,\ne.csv,z,\n"
    with pytest.raises(UserError) as caught:
        table.read(folder(tmp_path, rows, a_csv=TWO, b_csv=TWO, d_csv="1,2,3\n4,5,6\n", e_csv="1,x\n"))
    said = str(caught.value).splitlines()
    assert said[0] == f"{tmp_path}: 5 things to mend:"
    for part in ("row 2: has no label", "row 3: split is", "row 4: there is no c.csv", "e.csv: row 1, column 2"):
        assert sum(part in line for line in said) == 1
    assert sum("d.csv: has 3 values a frame, not 2 (as most files have)" in line for line in said) <= 1


def test_there_has_to_be_a_folder_with_a_list(tmp_path):
    with pytest.raises(UserError, match="nowhere: there is no such folder or zip archive; correct the path"):
        table.read(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"holds no sequences\.csv; write one with a head `file,label`"):
        table.read(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"a\.zip: is not a zip archive, or is cut short"):
        table.read(tmp_path / "a.zip")


def test_an_archive_is_read_as_its_folder_and_has_the_same_content(tmp_path):
    made = folder(tmp_path / "mine", "file,label\na.csv,x\nb.csv,y\n", a_csv=TWO, b_csv=TWO, notes_txt="no frames")
    shutil.make_archive(str(tmp_path / "flat"), "zip", made)
    shutil.make_archive(str(tmp_path / "nested"), "zip", tmp_path, "mine")
    whole = table.read(made)
    contents = set()
    for path in (made, tmp_path / "flat.zip", tmp_path / "nested.zip"):
        np.testing.assert_array_equal(table.read(path).frames, whole.frames)
        with Collection(path) as collection:
            assert wanted(collection) == ["a.csv", "b.csv", "sequences.csv"]
            contents.add(collection.content(wanted(collection)))
    assert len(contents) == 1


def test_an_archive_with_an_unsafe_path_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../a.csv", TWO)
    with pytest.raises(UserError, match="unsafe path"):
        table.read(tmp_path / "a.zip")


def posed(tmp_path: Path, text: str, values: int):
    row = ",".join(map(str, range(1, values + 1)))
    rows = "file,label\na.csv,x\nb.csv,y\n"
    zeros = ",".join(["0"] * values)
    made = folder(tmp_path, rows, a_csv=f"{row}\n{zeros}\n{row}\n", b_csv=f"{row}\n{row}\n", skeleton_yaml=text)
    return table.read(made)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_known_layout_gives_the_skeleton_and_lost_frames_are_filled(tmp_path, layout):
    joints = len(LAYOUTS[layout].joints)
    found = posed(tmp_path, f"layout: {layout}", 3 * joints)
    assert found.skeleton == LAYOUTS[layout] and found.posed(0).shape == (3, joints, 3)
    assert found.attributes["repairs"] == {"a": {"interpolated": 1, "cut": 0}}
    np.testing.assert_array_equal(found[0][1], found[0][0])


def test_joints_of_a_picture_get_a_third_coordinate_and_people_stand_one_behind_the_other(tmp_path):
    found = posed(tmp_path, "{layout: coco_17, dimensions: 2, people: 2}", 2 * 2 * 17)
    assert found.posed(0).shape == (3, 34, 3) and not found.posed(0)[..., 2].any()
    assert found.skeleton.joints[0] == "nose of person 1" and found.skeleton.joints[17] == "nose of person 2"
    assert found.skeleton.head == "nose of person 1" and len(found.skeleton.bones) == 2 * len(LAYOUTS["coco_17"].bones)


OWN = {"joints": ["top", "l", "r"], "bones": [["top", "l"], ["top", "r"]], "centre": ["l", "r"]}
OWN |= {"hips": ["l", "r"], "head": "top"}


def test_a_skeleton_may_be_told_in_words(tmp_path):
    found = posed(tmp_path, json.dumps(OWN), 9)
    assert found.skeleton.middle == [1, 2] and found.skeleton.lines == [(0, 1), (0, 2)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layout: [", "skeleton.yaml: is not YAML"),
        ("kinect", "skeleton.yaml: holds no keys; write `layout: msr_20`"),
        ("layout: kinect", "skeleton.yaml: unknown layout 'kinect'; known: msr_20, kinect_sdk_20"),
        ("layouts: kinect", "skeleton.yaml: unknown key 'layouts'; known: "),
        ("layout: msr_20\nhead: head", "skeleton.yaml: has layout and head; keep one of the two"),
        ("layout: msr_20\npeople: two", "skeleton.yaml: people is 'two'; write one of 1, 2"),
        ("layout: msr_20\ndimensions: 4", "skeleton.yaml: dimensions is 4; write one of 2, 3"),
        ("joints: [a, b]", "skeleton.yaml: has no bones, centre, hips, head; add them, or name a layout"),
        (json.dumps(OWN | {"head": "crown"}), "skeleton.yaml: head: the skeleton has no crown; it has top, l, r"),
        (json.dumps(OWN | {"hips": ["l"]}), r"skeleton.yaml: bones and hips are pairs of joints.*not \['l'\]"),
        (json.dumps(OWN | {"joints": ["top", "l", "r", "l"]}), "skeleton.yaml: joints: 'l' is there twice"),
        (json.dumps(OWN | {"joints": "top"}), "skeleton.yaml: joints is 'top'; write a list of names"),
        ("layout: sbu_15", r"a.csv: has 9 values a frame, not 45 \(skeleton.yaml has 15 joints of 3\)"),
    ],
)
def test_a_fault_of_the_skeleton_is_told(tmp_path, text, said):
    with pytest.raises(UserError, match=said):
        posed(tmp_path, text, 9)
