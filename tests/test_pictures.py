"""Videos of any size and rate, which have to be the same in a set; each thing that is wrong is named with a remedy."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from small_videos import encoded, experiment, people, scene
from video_room import Experiment, members

from drnn.datasets import video
from drnn.datasets.archive import write_store
from drnn.datasets.pictures import common
from drnn.datasets.store import SequenceSet
from drnn.datasets.video import Pictures, Recording
from drnn.datasets.weizmann import Store
from drnn.errors import UserError

ODD = "wave2/shahar_wave2.avi"  # of the last subject
JERKY = [t + 5 * (t > 9) for t in range(20)]  # ticks of the frames of a video of variable rate


def store_of(folder: Path, *videos: bytes) -> Path:
    """A store of so many videos of one person."""
    names = [name for name in people() if "daria" in name]
    write_store(list(zip(names, videos, strict=False)), folder / "s.zip")
    return folder / "s.zip"


def pictures_of(folder: Path, *videos: bytes) -> Pictures:
    with Store(store_of(folder, *videos)) as store:
        return common(store)


def small(seed: int = 0, height: int = 24, width: int = 32, frames: int = 20, **how) -> bytes:
    return encoded(scene(seed, frames, height, width), **how)


# Any size, rate and container will do


@pytest.mark.parametrize("rate", [25, Fraction(25, 2), Fraction(30000, 1001)], ids=str)
def test_a_set_has_its_own_size_and_rate(tmp_path, rate):
    assert pictures_of(tmp_path, small(0, rate=rate), small(1, rate=rate)) == Pictures(32, 24, float(rate))


@pytest.mark.parametrize("container", ["avi", "mp4", "matroska"])
def test_the_frames_are_the_same_whatever_contains_them(container):
    read = video.read_grey(Recording(small(container=container), container))
    np.testing.assert_array_equal(read, video.read_grey(Recording(small(), "avi")))


def test_containers_and_the_rounding_of_their_rates_may_be_mixed(tmp_path):
    rate = Fraction(30000, 1001)
    videos = [small(0, rate=30), small(1, rate=rate, container="mp4"), small(2, rate=rate, container="matroska")]
    assert pictures_of(tmp_path, *videos)[:2] == (32, 24)


@pytest.mark.parametrize(("height", "width"), [(41, 43), (25, 32)])
def test_a_side_may_be_odd(height, width):
    assert video.read_grey(Recording(small(height=height, width=width), "odd")).shape == (20, height, width)


def test_a_rotation_that_is_noted_is_not_applied():
    upright = bytes.fromhex("00010000" + "00000000" * 3 + "00010000" + "00000000" * 3 + "40000000")
    turned = bytes.fromhex("00000000" + "00010000" + "00000000" + "ffff0000" + "00000000" * 4 + "40000000")
    content = small(container="mp4")
    assert upright in content
    read = video.read_grey(Recording(content.replace(upright, turned), "turned"))
    np.testing.assert_array_equal(read, video.read_grey(Recording(content, "upright")))


@pytest.mark.parametrize("container", ["avi", "mp4", "matroska"])
def test_noise_in_the_middle_ends_a_video_there_and_is_told(caplog, container):
    content = bytearray(small(frames=60, container=container))
    middle = len(content) // 2
    content[middle : middle + 300] = bytes(300)
    read = video.read_grey(Recording(bytes(content), "noisy"))
    assert 0 < len(read) < 60 and f"noisy: {len(read)} frames decode, the header announces 60" in caplog.text


def test_half_an_mkv_is_told_though_its_header_counts_no_frames(caplog):
    content = small(frames=60, container="matroska")
    read = video.read_grey(Recording(content[: len(content) // 2], "half"))
    assert 0 < len(read) < 60 and f"half: {len(read)} frames decode, the header announces 60" in caplog.text


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_video_without_frames_is_named_in_any_container(container):
    with pytest.raises(UserError, match=r"empty: (is no video|holds no pictures)"):
        video.read_grey(Recording(encoded(scene(0)[:0], container=container), "empty"))


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile other.avi\n", "#EXTM3U\n#EXTINF:1,\nother.avi\n"])
def test_a_list_of_other_files_is_no_video(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.avi").write_bytes(small())
    with pytest.raises(UserError, match="list: is no video that can be read"):
        video.read_grey(Recording(text.encode(), "list"))


def test_a_variable_rate_is_taken_frame_by_frame():
    jerky = small(container="matroska", times=JERKY)
    np.testing.assert_array_equal(
        video.read_grey(Recording(jerky, "jerky")), video.read_grey(Recording(small(), "even"))
    )


def test_the_grid_follows_the_picture_and_the_step_says_how_many_positions_it_has(tmp_path):
    wide = {name: encoded(scene(n, width=90)) for n, name in enumerate(people())}
    made = experiment(tmp_path, wide)
    job = made.plan.jobs.of("sketch")[-1]
    assert "40 videos of 90×40 pixels at 25 frames a second, described at 4 positions" in made.make([job])[-1]
    sequences = SequenceSet.load(made.made("sequences"))
    assert sequences.attributes["pictures"] == {"width": 90, "height": 40, "rate": 25, "positions": 4}


# What does not fit is refused by the first job that reads videos, whoever acts in the odd one


@pytest.mark.parametrize(
    ("odd", "is_odd"),
    [
        (encoded(scene(0, width=64)), "64×40 pixels at 25 frames a second"),
        (encoded(scene(0), rate=Fraction(25, 2)), "40×40 pixels at 12.5 frames a second"),
        (encoded(scene(0), container="matroska", rate=15), "40×40 pixels at 15 frames a second"),
        (encoded(scene(0), container="mp4", times=JERKY), "40×40 pixels at 20 frames a second"),
    ],
    ids=["size", "rate", "rate of another container", "mean of a variable rate"],
)
def test_an_odd_video_is_refused_by_name(tmp_path, odd, is_odd):
    made = experiment(tmp_path, people() | {ODD: odd})
    said = rf"1 of 90 videos are not of 40×40 pixels at 25 .*: shahar_wave2 \({is_odd}\); convert them or take them out"
    with pytest.raises(UserError, match=said):
        made.made("sketch", part="0")


def test_all_odd_videos_are_named(tmp_path):
    with pytest.raises(UserError, match=r"2 of 5 videos .*: daria_jump \(48×24 .*\), daria_pjump \(32×48 "):
        pictures_of(tmp_path, small(), small(), small(width=48), small(height=48), small())


def test_kth_of_another_size_is_refused(tmp_path):
    large = {name: small() if name.endswith(".avi") else content for name, content in members().items()}
    with pytest.raises(UserError, match=r"18 of 18 videos are not of 160×120 pixels at 25 .* known to be: person01_"):
        Experiment(tmp_path, large).made("sketch")


def test_pictures_too_small_for_the_grid_are_refused(tmp_path):
    made = experiment(tmp_path, {name: small() for name in people()})
    with pytest.raises(UserError, match=r"zip: frames of 32×24 pixels are too small .*'dense_3scale'; enlarge"):
        made.made("sketch", part="0")


def test_a_set_without_a_video_that_can_be_read_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"none of its 2 videos can be read; fetch them again"):
        pictures_of(tmp_path, b"no video", b"")


def test_ranges_that_no_list_has_are_refused(tmp_path):
    made = experiment(tmp_path, people(), lambda params: params["datasets"]["weizmann"].update(cut="ranges"))
    with pytest.raises(UserError, match="cut: ranges: this set of videos has no list of ranges; set cut: videos"):
        made.made("sequences")


# A video that cannot be used is left out, or refused where that is wanted


def headed_without_frames() -> bytes:
    return encoded(scene(0)[:0])


BAD = {
    "broken": (b"no video", "does not decode"),
    "cut off in its header": (encoded(scene(0))[:300], "does not decode"),
    "without frames": (headed_without_frames(), "does not decode"),
    "too short": (encoded(scene(0, frames=15)), "has no frame with a descriptor: of the video's 15, none have one"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_video_is_left_out_by_name(tmp_path, caplog, what):
    content, why = BAD[what]
    made = experiment(tmp_path, people() | {ODD: content})
    sequences = SequenceSet.load(made.made("sequences"))
    assert sequences.attributes["excluded"] == {"shahar_wave2": why} and len(sequences) == 89
    assert f"shahar_wave2: {why}; it is left out" in caplog.text


@pytest.mark.parametrize("what", BAD)
def test_or_refused_where_that_is_wanted(tmp_path, what):
    content, why = BAD[what]
    made = experiment(
        tmp_path, people() | {ODD: content}, lambda params: params["datasets"]["weizmann"].update(on_empty="error")
    )
    with pytest.raises(UserError, match=f"shahar_wave2: {why}; replace the video, or set on_empty: exclude"):
        made.made("sequences")


@pytest.mark.parametrize("name", ["bend/daria_jack.avi", "bend/anna_bend.avi", "daria_bend.avi", "bend/daria_bend.mp4"])
def test_a_name_that_does_not_fit_is_refused(tmp_path, name):
    write_store([(name, small())], tmp_path / "s.zip")
    with pytest.raises(
        UserError, match=rf"{name}: is not the name of a Weizmann video \(bend/daria_bend.avi\); rename"
    ):
        Store(tmp_path / "s.zip")
