"""One subject's videos, decoded and described by HOG3D: what two passes over the videos have in common."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path

import numpy as np
from rich.progress import track

from drnn.datasets.pictures import common
from drnn.datasets.video import Pictures, Recording, grey_blocks
from drnn.errors import UserError
from drnn.features import hog3d

log = logging.getLogger(__name__)
PIECE = 512  # frames whose cells are in memory together: 29 MB at 56 positions


def survey(store: str | Path, reader: str, grid: str) -> tuple[Pictures, int]:
    """The size and the rate of all videos, of whatever subject, and how many positions the grid has in their pictures.

    Raises:
        UserError: videos differ, or are too small for the grid.
    """
    with import_module(f"drnn.datasets.{reader}").Store(store) as opened:
        pictures = common(opened)
    try:
        return pictures, len(hog3d.positions(pictures.width, pictures.height, grid))
    except ValueError as error:
        raise UserError(f"{store}: {error}; enlarge the videos, or choose another grid") from None


def described(frames: int) -> range:
    """Which frames of a video of so many have a descriptor: 8, …, T − 8."""
    return range(hog3d.MARGIN, max(frames - hog3d.MARGIN + 1, hog3d.MARGIN))


def counted(store: str | Path, reader: str, subject: int) -> tuple[dict[str, int], dict[str, str]]:
    """How many frames each video of a subject has that decodes, and what is wrong with each that does not, by name.

    Raises:
        UserError: the store is broken.
    """
    frames: dict[str, int] = {}
    faults: dict[str, str] = {}
    for name, recording in _recordings(store, reader, subject):
        try:
            frames[name] = sum(map(len, grey_blocks(recording)))
        except UserError as error:
            log.warning("%s; it is left out", error)
            faults[name] = "does not decode"
    return frames, faults


def cells(store: str | Path, reader: str, subject: int, grid: str) -> Iterator[tuple[str, hog3d.CellBlock]]:
    """The cells of all described frames of a subject's videos, video by video, about `PIECE` frames at a time.

    A video is decoded as it is described: memory grows neither with its length nor with the number of videos. Videos
    that do not decode are passed over, and those that have no described frame.

    Raises:
        UserError: the store is broken.
    """
    for name, recording in _recordings(store, reader, subject):
        blocks = hog3d.stream(_decoded(recording), grid)
        while piece := list(islice(blocks, PIECE // hog3d.BLOCK)):
            yield name, hog3d.CellBlock.joined(piece)


def _recordings(store: str | Path, reader: str, subject: int) -> Iterator[tuple[str, Recording]]:
    """Each video's name and its file in memory, sorted by name."""
    with import_module(f"drnn.datasets.{reader}").Store(store) as opened:
        videos = opened.of_subject(subject)
        for video in track(videos, "videos", disable=not videos):
            yield video.name, opened.open(video)


def _decoded(recording: Recording) -> Iterator[np.ndarray]:
    """The frames (n, H, W) of a video; none where it does not decode."""
    with suppress(UserError):
        yield from grey_blocks(recording, hog3d.BLOCK)
