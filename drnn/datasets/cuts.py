"""Sequences as places in videos: whole videos, or the ranges of a list (KTH-2)."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from drnn.datasets.archive import Part
from drnn.datasets.store import SequenceSet
from drnn.datasets.videos import Video
from drnn.errors import UserError

log = logging.getLogger(__name__)


class Clipped(NamedTuple):
    """What is left of a video's ranges.

    Attributes:
        ranges: (first, last) by the place in the list (0, 1, …) of those that are left.
        shortened: how many of these end earlier than listed.
        lost: how many are gone.
    """

    ranges: dict[int, tuple[int, int]]
    shortened: int
    lost: int


@dataclass(frozen=True)
class Decoded:
    """What came of the videos.

    Attributes:
        frames: name → how many frames decode, and the first and the end of those that have a descriptor.
        faults: name → what is wrong with a video that does not decode.
        pictures: what the pictures of all are like: their width, height and rate, and the positions described in each.
    """

    frames: dict[str, list[int]]
    faults: dict[str, str]
    pictures: dict[str, float]


@dataclass
class _Cutting:
    """The sequences so far.

    Attributes:
        chosen: video, name, first frame and end of each.
        repairs: name → {"shortened": by how many frames}.
        excluded: name → why.
    """

    chosen: list[tuple[Video, str, int, int]] = field(default_factory=list)
    repairs: dict[str, dict[str, int]] = field(default_factory=dict)
    excluded: dict[str, str] = field(default_factory=dict)


def sequences(
    videos: Iterable[Video], decoded: Decoded, classes: list[str], cut: str, on_empty: str, part: Part | None
) -> SequenceSet:
    """The sequences of a set of videos, as a store without values (D = 0) whose attributes hold their `places`.

    Args:
        videos: of the store.
        decoded: what came of them.
        classes: names of the actions.
        cut: `videos` or `ranges`.
        on_empty: what becomes of a sequence without a frame that has a descriptor: `exclude` or `error`.
        part: which part of the published set the videos are.

    Returns:
        One sequence for each video, or for each range ("person01_boxing_d1_2" is the second). A place is the
        video's name, its first frame and the end, 0-based: of the sequence's frames those that have a descriptor.

    Raises:
        UserError: `error`, and there is such a sequence; or none is left; or there are no ranges.
    """
    videos = list(videos)
    if cut == "ranges" and not any(video.ranges for video in videos):
        raise UserError("cut: ranges: this set of videos has no list of ranges; set cut: videos")
    cutting = _Cutting()
    for video in videos:
        for name, first, end in _pieces(video, decoded, cut, cutting):
            count, start, stop = decoded.frames[video.name]
            inside = max(first, start), min(end, stop)
            if inside[0] < inside[1]:
                cutting.chosen.append((video, name, *inside))
            else:
                within = f"{start} to {stop - 1}" if start < stop else "none"
                cutting.excluded[name] = f"has no frame with a descriptor: of the video's {count}, {within} have one"
                cutting.repairs.pop(name, None)
    for name, reason in cutting.excluded.items():
        if on_empty == "error":
            raise UserError(f"{name}: {reason}; replace the video, or set on_empty: exclude")
        log.warning("%s: %s; it is left out", name, reason)
    if not cutting.chosen:
        raise UserError("no sequence is left: none of the videos has a frame with a descriptor; see the log")
    return _store(cutting, classes, part, decoded.pictures)


def _pieces(video: Video, decoded: Decoded, cut: str, cutting: _Cutting) -> Iterator[tuple[str, int, int]]:
    """Name, first frame and end of each sequence of a video; what is lost or shortened is noted."""
    names = [video.name] if cut == "videos" else [f"{video.name}_{n + 1}" for n in range(len(video.ranges))]
    if video.name in decoded.faults:
        cutting.excluded |= dict.fromkeys(names, decoded.faults[video.name])
        return
    count = decoded.frames[video.name][0]
    if cut == "videos":
        yield video.name, 0, count
        return
    left = clip(video.name, video.ranges, count).ranges
    for place, (name, (_, last)) in enumerate(zip(names, video.ranges, strict=True)):
        if place not in left:
            cutting.excluded[name] = f"begins after the {count} frames that decode"
            continue
        first, end = left[place]
        if end < last:
            cutting.repairs[name] = {"shortened": last - end}
        yield name, first - 1, end


def _store(cutting: _Cutting, classes: list[str], part: Part | None, pictures: dict) -> SequenceSet:
    videos, names, firsts, ends = zip(*cutting.chosen, strict=True)
    lengths = np.array(ends, np.int64) - np.array(firsts, np.int64)
    attributes = {
        "places": {name: [video.name, first, end] for video, name, first, end in cutting.chosen},
        "listed": len(names) + len(cutting.excluded),
        "repairs": cutting.repairs,
        "excluded": cutting.excluded,
        "sample": part.label if part else None,
        "pictures": pictures,
    }
    labels, subjects = (np.array([getattr(v, what) for v in videos], np.int64) for what in ("label", "subject"))
    frames = np.empty((lengths.sum(), 0), np.float32)
    return SequenceSet(frames, lengths, labels, subjects, list(names), list(classes), attributes)


def clip(name: str, ranges: Iterable[tuple[int, int]], decoded: int) -> Clipped:
    """Cut a video's ranges to the ``decoded`` frames that it has; logged as a warning where this changes them.

    The published person01_boxing_d4 is said to have about 305 of the list's 370 frames.
    """
    listed = list(ranges)
    left = {place: (first, min(last, decoded)) for place, (first, last) in enumerate(listed) if first <= decoded}
    clipped = Clipped(left, sum(left[place] != listed[place] for place in left), len(listed) - len(left))
    if clipped.shortened or clipped.lost:
        log.warning(
            "%s: %d frames decode, the list goes to %d: %d of %d ranges shortened, %d lost",
            *(name, decoded, max(last for _, last in listed), clipped.shortened, len(listed), clipped.lost),
        )
    return clipped
