"""One subject's videos, decoded and described by HOG3D: what two passes over the videos have in common."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
from rich.progress import track

from drnn.datasets.pictures import common
from drnn.datasets.video import Pictures, read_grey
from drnn.errors import UserError
from drnn.features import hog3d

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decoded:
    """A subject's videos in memory, 10 to 20 MB each.

    Attributes:
        frames: name → (T, H, W) uint8, of the videos that decode, sorted by name.
        faults: name → what is wrong with one that does not.
    """

    frames: dict[str, np.ndarray]
    faults: dict[str, str]

    def described(self, name: str) -> range:
        """The frames of a video that have a descriptor: 8, …, T − 8."""
        return range(hog3d.MARGIN, max(len(self.frames[name]) - hog3d.MARGIN + 1, hog3d.MARGIN))


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


def decode(store: str | Path, reader: str, subject: int) -> Decoded:
    """Decode all videos of a subject.

    Raises:
        UserError: the store is broken.
    """
    frames, faults = {}, {}
    with import_module(f"drnn.datasets.{reader}").Store(store) as opened:
        for video in opened.of_subject(subject):
            recording = opened.open(video)
            try:
                frames[video.name] = read_grey(recording)
            except UserError as error:
                log.warning("%s; it is left out", error)
                faults[video.name] = "does not decode"
    return Decoded(frames, faults)


def cells(decoded: Decoded, grid: str) -> Iterator[tuple[str, hog3d.CellBlock]]:
    """Each video's name and the cells of all its described frames; videos that have none are passed over."""
    for name, frames in track(decoded.frames.items(), "videos", len(decoded.frames), disable=not decoded.frames):
        if len(decoded.described(name)):
            blocks = (frames[i : i + hog3d.BLOCK] for i in range(0, len(frames), hog3d.BLOCK))
            yield name, hog3d.CellBlock.joined(hog3d.stream(blocks, grid))
