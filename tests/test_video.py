"""Decoding: exact frames, in blocks or at once, and what happens to files that are not whole."""

import os
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from drnn.datasets import video
from drnn.errors import UserError


def moving_square(frames: int, height: int = 48, width: int = 64) -> np.ndarray:
    # With noise, so that the frames and not the headers make up the file.
    scene = np.random.default_rng(0).integers(40, 80, (frames, height, width)).astype(np.uint8)
    for t in range(frames):
        scene[t, 10:30, t % 40 : t % 40 + 15] += 120
    return scene


def write(path: Path, frames: np.ndarray, codec: str = "ffv1") -> Path:
    """A video of grey frames; ffv1 keeps every value."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames.shape[1:]
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        stream.bit_rate = 1_000_000
        for frame in frames:
            rgb = np.repeat(frame[:, :, None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def whole(tmp_path) -> Path:
    return write(tmp_path / "whole.avi", moving_square(50), "mpeg4")


def test_lossless_frames_come_back_as_they_were(tmp_path):
    scene = np.random.default_rng(0).integers(0, 256, (5, 24, 32)).astype(np.uint8)
    read = video.read_grey(write(tmp_path / "noise.avi", scene))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, scene)


@given(arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 7), st.just(3))))
def test_grey_is_the_weighted_mean_of_the_colours_rounded(rgb):
    mean = rgb.astype(float) @ [0.299, 0.587, 0.114]
    # The weights are rounded to 1/16384, so that a mean within 0.02 of a half may go either way.
    assert (abs(video.grey_of(rgb) - mean) <= 0.5 + 0.02).all()


@pytest.mark.parametrize("length", [1, 7, 50, 64])
def test_blocks_put_together_are_the_video(whole, length):
    blocks = list(video.grey_blocks(whole, length))
    assert [len(block) for block in blocks[:-1]] == [length] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.concatenate(blocks), video.read_grey(whole))


def test_only_the_block_that_is_asked_for_is_decoded(whole):
    blocks = video.grey_blocks(whole, 4)
    assert next(blocks).shape == (4, 48, 64)
    blocks.close()


def test_blocks_without_frames_are_refused(whole):
    with pytest.raises(ValueError, match="blocks of 0 frames"):
        next(video.grey_blocks(whole, 0))


def test_the_header_tells_how_many_frames_there_are(whole):
    assert video.frames_announced(whole) == len(video.read_grey(whole)) == 50


def test_a_file_cut_short_gives_its_whole_frames_and_a_warning(whole, tmp_path, caplog):
    cut = tmp_path / "cut.avi"
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    read = video.read_grey(cut)
    assert 0 < len(read) < video.frames_announced(cut) == 50
    np.testing.assert_array_equal(read, video.read_grey(whole)[: len(read)])
    assert f"cut.avi: {len(read)} frames decode, the header announces 50" in caplog.text


def test_a_damaged_file_gives_the_frames_before_the_damage(whole, tmp_path, caplog):
    damaged = tmp_path / "damaged.avi"
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600 : 9] = bytes(67)
    damaged.write_bytes(content)
    read = video.read_grey(damaged)
    assert 0 < len(read) < 50
    np.testing.assert_array_equal(read, video.read_grey(whole)[: len(read)])
    assert "damaged.avi" in caplog.text


def test_a_missing_file_is_named_with_a_remedy(tmp_path):
    for use in (video.read_grey, video.frames_announced):
        with pytest.raises(UserError, match=r"none\.avi: is missing; fetch"):
            use(tmp_path / "none.avi")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (bytes(5000), "is no video"), (b"hello\n" * 99, "is no video"), (None, "is no video")],
)
def test_a_file_without_frames_is_named_with_a_remedy(whole, tmp_path, content, reason):
    path = tmp_path / "bad.avi"
    path.write_bytes(whole.read_bytes()[:300] if content is None else content)
    for use in (video.read_grey, video.frames_announced):
        with pytest.raises(UserError, match=rf"bad\.avi: {reason}.*fetch it again"):
            use(path)


def test_a_file_of_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(UserError, match=r"sound\.wav: holds no pictures"):
        video.read_grey(path)


@pytest.mark.real_data
def test_real_videos_decode_whole():
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    paths = sorted(Path(mirror).glob("kth/videos/*.avi")) if mirror else []
    if not paths:
        pytest.skip("set DRNN_DATA_MIRROR to a folder that holds kth/videos/*.avi")
    for path in paths:
        shapes = [block.shape for block in video.grey_blocks(path)]
        assert {shape[1:] for shape in shapes} == {(120, 160)}
        assert sum(shape[0] for shape in shapes) == video.frames_announced(path)
