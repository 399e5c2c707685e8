"""Reading MSR Action3D: what is understood, what is mended, and what is refused with which words."""

import logging
import zipfile
from pathlib import PurePosixPath

import numpy as np
import pytest

from drnn.datasets import msr_action3d as msr
from drnn.datasets.layouts import MSR_20
from drnn.datasets.repair import Repair, repair
from drnn.errors import UserError

FIRST = "a01_s01_e01_skeleton3D.txt"


def skeletons(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, 20, 3)).round(6)


def archive_of(path, members: list[tuple[str, bytes]]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


@pytest.fixture
def archive(tmp_path):
    def build(**sequences):
        members = [(name + msr.SUFFIX, msr.format_frames(positions)) for name, positions in sequences.items()]
        return archive_of(tmp_path / "sequences.zip", members)

    return build


def test_bones_are_a_tree_over_the_joints():
    assert len(set(msr.ACTIONS)) == len(set(MSR_20.joints)) == len(msr.ACTIONS) == msr.JOINTS == 20
    reached = set(MSR_20.centre)
    for _ in MSR_20.joints:
        reached |= {j for bone in MSR_20.bones if reached & set(bone) for j in bone}
    assert len(MSR_20.bones) == 19 and len(reached) == 20


def test_name_gives_label_subject_and_execution():
    assert msr.parse_name("a12_s10_e03_skeleton3D.txt") == ("a12_s10_e03", 11, 10, 3)
    assert msr.ACTIONS[11] == "side boxing"


@pytest.mark.parametrize("name", ["a1_s01_e01", "a21_s01_e01", "a00_s01_e01", "x_a01_s01_e01"])
def test_wrong_name_is_refused(name):
    with pytest.raises(UserError, match=rf"^{name}_.*: is not the name of a sequence; aAA_sSS_eEE.* 01 to 20"):
        msr.parse_name(name + msr.SUFFIX)


def test_parse_reverses_format_which_writes_no_negative_zero():
    np.testing.assert_array_equal(msr.parse(msr.format_frames(skeletons(3)), FIRST), skeletons(3))
    lines = msr.format_frames(np.full((1, 20, 3), -1e-9)).decode().splitlines()
    assert lines == ["0.000000 0.000000 0.000000 1.000000"] * 20


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"1 2 three 4\n" * 20, "is not a table of numbers .*three"),
        (b"1 2 3 4\n1 2 3\n" * 10, "is not a table of numbers"),
        (b"\xff\xfe\x00", "is not a table of numbers"),
        (b"1 2 3\n" * 20, "has 3 columns, not 4"),
        (b"1 2 3 4\n" * 21, "21 rows are not a multiple of 20"),
    ],
)
def test_malformed_content_is_refused(content, words):
    with pytest.raises(UserError, match=rf"^{FIRST}: {words}.*; fetch it again$"):
        msr.parse(content, FIRST)


def test_nan_and_inf_are_parsed():
    positions = msr.parse(b"nan inf -inf 1\n" * 20, FIRST)
    np.testing.assert_array_equal(positions[0, 0], [np.nan, np.inf, -np.inf])


def test_whole_sequence_with_a_zero_joint_needs_no_repair():
    positions = skeletons(4)
    positions[1, 7] = 0
    repaired, counts = repair(positions)
    np.testing.assert_array_equal(repaired, positions)
    assert counts == (0, 0)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_interior_frames_are_interpolated(value):
    positions = skeletons(5)
    positions[2:4] = value
    repaired, counts = repair(positions)
    a, b = positions[1], positions[4]
    np.testing.assert_allclose(repaired[2:4], [a + (b - a) / 3, a + (b - a) * 2 / 3])
    np.testing.assert_array_equal(repaired[[0, 1, 4]], positions[[0, 1, 4]])
    assert counts == Repair(interpolated=2, cut=0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e300])
def test_one_bad_number_spoils_its_frame(value):
    positions = skeletons(3)
    positions[1, 7, 2] = value
    repaired, counts = repair(positions)
    assert counts == (1, 0) and np.isfinite(repaired.astype(np.float32)).all()


def test_padding_is_cut_from_both_ends():
    positions = skeletons(10)
    positions[:2] = positions[5:] = 0
    repaired, counts = repair(positions)
    np.testing.assert_array_equal(repaired, positions[2:5])
    assert counts == (0, 7)
    repaired, counts = repair(np.zeros((4, 20, 3)))
    assert repaired.shape == (0, 20, 3) and counts == (0, 4)


def test_read_gives_sorted_float32_frames_with_labels(archive):
    second, first = skeletons(2, 1), skeletons(1, 2)
    read = msr.read(archive(a12_s02_e01=second, a01_s01_e01=first), "error")
    assert read.names == ["a01_s01_e01", "a12_s02_e01"] and read.lengths.tolist() == [1, 2]
    assert read.labels.tolist() == [0, 11] and read.subjects.tolist() == [1, 2]
    assert read.classes == msr.ACTIONS and read.frames.dtype == np.float32
    np.testing.assert_array_equal(read[1], second.reshape(2, 60).astype(np.float32))
    assert read.attributes == {"repairs": {}, "excluded": {}, "listed": 2, "skeleton": MSR_20.values()}
    assert read.skeleton == MSR_20


def test_repairs_are_recorded_and_logged(archive, caplog):
    positions = skeletons(6)
    positions[2] = positions[5] = 0
    with caplog.at_level(logging.WARNING):
        read = msr.read(archive(a01_s01_e01=positions), "error")
    assert read.attributes["repairs"] == {"a01_s01_e01": {"interpolated": 1, "cut": 1}}
    assert caplog.messages == [f"{FIRST}: 2 of 6 frames are zero or not finite; 1 interpolated, 1 cut from the ends"]


def test_empty_sequence_is_excluded_and_logged(archive, caplog):
    with caplog.at_level(logging.WARNING):
        read = msr.read(archive(a01_s01_e01=np.zeros((38, 20, 3)), a12_s02_e01=skeletons(2)), "exclude")
    assert read.names == ["a12_s02_e01"]
    assert read.attributes["excluded"] == {"a01_s01_e01": "all 38 frames are zero"}
    assert read.attributes["listed"] == 2 and read.attributes["repairs"] == {}
    remedy = "excluded (set datasets.msr_action3d.on_empty: error to refuse)"
    assert caplog.messages == [f"{FIRST}: all 38 frames are zero; {remedy}"]


def test_empty_sequence_is_refused_on_request_and_where_nothing_is_left(archive):
    path = archive(a01_s01_e01=np.where(np.arange(38) == 5, np.nan, 0)[:, None, None] * np.ones((20, 3)))
    with pytest.raises(UserError, match=f"^{FIRST}: all 38 frames are zero or not finite; set .*: exclude"):
        msr.read(path, "error")
    with pytest.raises(UserError, match=r"sequences\.zip: holds no usable"):
        msr.read(path, "exclude")


def test_duplicate_is_refused(tmp_path):
    path = archive_of(tmp_path / "twice.zip", [(f"one/{FIRST}", b""), (f"two/{FIRST}", b"")])
    with pytest.raises(UserError, match=rf"twice\.zip: holds {FIRST} twice"):
        msr.read(path, "exclude")


def test_missing_sequence_is_named_and_counted(archive):
    path = archive(a01_s01_e01=skeletons(1))
    assert len(msr.read(path, "error", expected=["a01_s01_e01"])) == 1
    with pytest.raises(UserError, match=r"zip: a12_s02_e01_skeleton3D.txt is missing; fetch"):
        msr.read(path, "error", expected=["a01_s01_e01", "a12_s02_e01"])
    with pytest.raises(UserError, match=r"a02_s01_e01_skeleton3D.txt is missing, the first of 2 that are"):
        msr.read(path, "error", expected=["a12_s02_e01", "a02_s01_e01"])


def test_wrong_name_in_an_archive_is_refused_and_other_files_are_passed_over(tmp_path):
    content = msr.format_frames(skeletons(1))
    path = archive_of(tmp_path / "a.zip", [("README", b"words"), (FIRST, content)])
    assert msr.read(path, "error").names == ["a01_s01_e01"]
    with pytest.raises(UserError, match="is not the name of a sequence"):
        msr.read(archive_of(path, [("a99_s01_e01_skeleton3D.txt", content)]), "error")


def test_archive_that_is_absent_cut_short_or_damaged_is_refused(archive, tmp_path):
    whole = archive(a01_s01_e01=skeletons(9)).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    # At 56, after the header and the name, the compressed data begin: they fail in zlib, later ones in the checksum.
    for name, start in {"undecodable": 56, "altered": 100}.items():
        (tmp_path / f"{name}.zip").write_bytes(whole[:start] + b"\xff" * 40 + whole[start + 40 :])
    for name in ("absent", "cut", "undecodable", "altered"):
        with pytest.raises(UserError, match=rf"{name}\.zip: is no whole zip file .*; delete it"):
            msr.read(tmp_path / f"{name}.zip", "error")


@pytest.fixture(scope="module")
def flat_archive(msr_archive, tmp_path_factory):
    with zipfile.ZipFile(msr_archive) as source:
        paths = [PurePosixPath(name) for name in source.namelist() if name.endswith(msr.SUFFIX)]
        members = [(path.name, source.read(str(path))) for path in paths]
    return archive_of(tmp_path_factory.mktemp("msr") / "flat.zip", members)


@pytest.mark.real_data
def test_real_files_are_as_published(flat_archive):
    with zipfile.ZipFile(flat_archive) as file:
        raw = {name: msr.parse(file.read(name), name) for name in file.namelist()}
    assert len(raw) == 567
    lengths = {name: len(positions) for name, positions in raw.items()}
    assert sum(lengths.values()) == 23_478
    assert (min(lengths.values()), np.median(list(lengths.values()))) == (13, 39)
    assert max(lengths, key=lengths.get) == "a13_s09_e03_skeleton3D.txt" and max(lengths.values()) == 936
    odd = sum(msr.parse_name(name)[2] % 2 for name in raw)
    assert (odd, len(raw) - odd) == (292, 275)
    assert sum((~positions.any(axis=(1, 2))).any() for positions in raw.values()) == 20


@pytest.mark.real_data
def test_real_files_are_repaired(flat_archive):
    read = msr.read(flat_archive, "exclude")
    assert (len(read), read.attributes["listed"]) == (566, 567)
    assert read.attributes["excluded"] == {"a13_s09_e02": "all 38 frames are zero"}
    repairs = read.attributes["repairs"]
    assert len(repairs) == 19
    assert repairs["a13_s09_e03"] == {"interpolated": 0, "cut": 740}
    lengths = dict(zip(read.names, read.lengths.tolist(), strict=True))
    assert lengths["a13_s09_e03"] == 196 == max(lengths.values())
    cut, interpolated = (sum(r[key] for r in repairs.values()) for key in ("cut", "interpolated"))
    assert (cut, interpolated, len(read.frames)) == (820, 255, 22_620)
    assert np.isfinite(read.frames).all() and read.frames.any(axis=1).all()
