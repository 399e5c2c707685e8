"""Videos as grey frames: decoded one by one, exact, and up to the first damage."""

import io
import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import av
import av.error
import numba
import numpy as np
from av.video.reformatter import VideoReformatter

from drnn.errors import UserError

BLOCK = 64  # frames: 1.2 MB at 160×120

logger = logging.getLogger(__name__)


class Recording(io.BytesIO):
    """A video file in memory, read as one on the disk; messages call it by its name."""

    def __init__(self, content: bytes, name: str):
        super().__init__(content)
        self.name = name

    def __str__(self) -> str:
        return self.name


class Pictures(NamedTuple):
    """What a video's pictures are like: pixels, and frames a second (0 where its header does not say)."""

    width: int
    height: int
    rate: float

    def __str__(self) -> str:
        rate = f" at {self.rate:.4g} frames a second" if self.rate else ""
        return f"{self.width}×{self.height} pixels{rate}"


def read_grey(path: str | Path | Recording) -> np.ndarray:
    """All frames of a video.

    Returns:
        (T, H, W) uint8, grey as OpenCV's BGR2GRAY makes it of the frames' full-range RGB, one rounding to RGB and
        one to grey (the raw Y plane is another thing, 0.05 away). T is smaller than
        `frames_announced` where the file is cut short; see `grey_blocks`.

    Raises:
        UserError: the file is missing, empty, no video, or holds no whole frame.
    """
    return np.concatenate(list(grey_blocks(path)))


def grey_blocks(path: str | Path | Recording, length: int = BLOCK) -> Iterator[np.ndarray]:
    """The frames of `read_grey` in blocks of ``length``, (n, H, W) uint8; the last may be shorter.

    A file that is cut short or damaged gives the frames before the first that does not decode whole: those
    after it are predicted from it. This is logged as a warning, as is any other difference from the number of
    `frames_announced`.

    Raises:
        UserError: as `read_grey`, when the first block is asked for.
        ValueError: a length below 1.
    """
    if length < 1:
        raise ValueError(f"blocks of {length} frames: at least 1 is needed")
    with _opened(path) as (container, stream):
        stream.thread_type = "NONE"  # the scheduler runs a process for each core
        frames = _grey_frames(container, stream)
        decoded = 0
        # Not itertools.batched, which came with Python 3.12.
        while batch := list(itertools.islice(frames, length)):
            decoded += len(batch)
            yield np.stack(batch)
        if not decoded:
            raise UserError(f"{path}: holds no frame that decodes; fetch it again")
        promised = _promised(container, stream)
        if promised not in (0, decoded):
            logger.warning("%s: %d frames decode, the header announces %d", path, decoded, promised)


def frames_announced(path: str | Path | Recording) -> int:
    """How many frames the file's header promises; 0 where it makes no promise.

    Raises:
        UserError: the file is missing, empty or no video.
    """
    with _opened(path) as (container, stream):
        return _promised(container, stream)


def _promised(container, stream) -> int:
    """Frames as the header counts them or, where it does not (mkv), as its duration and mean rate say."""
    if stream.frames or not (container.duration and stream.average_rate):
        return stream.frames
    return round(container.duration / av.time_base * stream.average_rate)


def announced(path: str | Path | Recording) -> Pictures:
    """What the file's header says of the pictures. A variable rate is the mean one.

    Raises:
        UserError: the file is missing, empty or no video, or its header says no size.
    """
    with _opened(path) as (_, stream):
        if not (stream.width and stream.height):
            raise UserError(f"{path}: its header says no size of the pictures; fetch it again")
        return Pictures(stream.width, stream.height, float(stream.average_rate or 0))


@contextmanager
def _opened(path: str | Path | Recording):
    """The container and its first video stream."""
    held = isinstance(path, Recording)
    if not held and not Path(path).is_file():
        raise UserError(f"{path}: is missing; fetch the dataset again, or correct the folder it is read from")
    try:
        if not (path.seek(0, io.SEEK_END) if held else Path(path).stat().st_size):
            raise UserError(f"{path}: is empty; delete it and fetch it again")
        if held:
            path.seek(0)
        # A list of other files, which FFmpeg would open, is no video.
        container = av.open(path if held else str(path), options={"protocol_whitelist": "none" if held else "file"})
    except (OSError, av.error.FFmpegError) as error:
        reason = error.strerror or error
        raise UserError(f"{path}: is no video that can be read ({reason}); delete it and fetch it again") from None
    with container:
        if not container.streams.video:
            raise UserError(f"{path}: holds no pictures, only other streams; fetch it again")
        yield container, container.streams.video[0]


def _grey_frames(container, stream) -> Iterator[np.ndarray]:
    """(H, W) uint8 frames, up to the first that is damaged or of another size than the header says."""
    # One for all frames: `VideoFrame.reformat` would prepare a conversion for each, four times the decoding.
    reformatter = VideoReformatter()
    shape = stream.height, stream.width
    try:
        for frame in container.decode(stream):
            if frame.is_corrupt or (frame.height, frame.width) != shape:
                logger.warning("%s: a frame is damaged; it and those after it are left out", container.name)
                return
            yield grey_of(reformatter.reformat(frame, format="rgb24", threads=1).to_ndarray())
    except av.error.FFmpegError as error:
        logger.warning("%s: a frame does not decode (%s); those after it are left out", container.name, error.strerror)


def grey_of(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 R, G, B → (H, W) uint8, OpenCV's 14-bit form of 0.299 R + 0.587 G + 0.114 B, rounded."""
    grey = np.empty(rgb.shape[:2], np.uint8)
    _grey(np.ascontiguousarray(rgb).reshape(-1), grey.reshape(-1))
    return grey


# Compiled anew in every process, in about 0.2 s.
@numba.njit(nogil=True)
def _grey(rgb, grey):
    for i in range(grey.size):
        red, green, blue = np.int32(rgb[3 * i]), np.int32(rgb[3 * i + 1]), np.int32(rgb[3 * i + 2])
        grey[i] = (4899 * red + 9617 * green + 1868 * blue + 8192) >> 14
