"""KTH: the videos of a store, who acts in them and what, the list's ranges, and Schüldt's split."""

import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drnn.datasets.archive import PART, Part, open_archive, read_member
from drnn.datasets.kth_sequences import ACTIONS, LIST, SUFFIX, parse
from drnn.errors import UserError

if TYPE_CHECKING:
    from drnn.datasets.video import Recording

SUBJECTS = tuple(range(1, 26))
SCHULDT_TRAIN = (11, 12, 13, 14, 15, 16, 17, 18)
SCHULDT_VALIDATION = (19, 20, 21, 23, 24, 25, 1, 4)
SCHULDT_TEST = (22, 2, 3, 5, 6, 7, 8, 9, 10)
"""The split of C. Schüldt, I. Laptev, B. Caputo, ICPR 2004, as 00sequences.txt states it. Train and validation
together are 16 training subjects beside 9 of the test."""

_NAME = re.compile(rf"person(0[1-9]|1[0-9]|2[0-5])_({'|'.join(ACTIONS)})_d([1-4])")

log = logging.getLogger(__name__)


class Video(NamedTuple):
    """One video.

    Attributes:
        name: "person01_boxing_d1".
        subject: 1 to 25.
        label: index in `ACTIONS`.
        scenario: 1 outdoors, 2 with another scale, 3 in other clothes, 4 indoors.
        ranges: (first, last) frames of its sequences, 1-based, both included, as listed.
    """

    name: str
    subject: int
    label: int
    scenario: int
    ranges: tuple[tuple[int, int], ...]


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


class Store:
    """The videos of a store that `drnn.datasets.acquire` or a synthesis wrote; close it, or use it in `with`.

    Attributes:
        path: of the store.
        videos: sorted by name.
        part: which part of the published set it is; None if it is the whole, or synthetic.

    Raises:
        UserError: the file is missing, broken or no store of KTH, or a video is not in its list.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._archive = open_archive(self.path, str(path))
        try:
            self._members = {member.filename: member for member in self._archive.infolist()}
            ranges = parse(self._read(LIST), f"{path}: {LIST}")
            self.videos = [self._video(name, ranges) for name in sorted(self._members) if name.endswith(SUFFIX)]
            self.part = self._part() if PART in self._members else None
            if not self.videos:
                raise UserError(f"{path}: holds no video; delete it and make it again")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; videos that were opened stay."""
        self._archive.close()

    def of_subject(self, subject: int) -> list[Video]:
        """The videos of one subject, sorted by name."""
        return [video for video in self.videos if video.subject == subject]

    def open(self, video: Video) -> "Recording":
        """The video's file in memory (1 to 4 MB), for `drnn.datasets.video`.

        Raises:
            UserError: it is damaged.
        """
        from drnn.datasets.video import Recording

        filename = video.name + SUFFIX
        return Recording(self._read(filename), f"{self.path}: {filename}")

    def _read(self, name: str) -> bytes:
        if name not in self._members:
            raise UserError(f"{self.path}: holds no {name}; delete it and make it again")
        return read_member(self._archive, self._members[name], str(self.path))

    def _part(self) -> Part:
        try:
            return Part(**json.loads(self._read(PART)))
        except (ValueError, TypeError) as error:
            raise UserError(f"{self.path}: {PART}: {error}; delete the store and make it again") from None

    def _video(self, filename: str, ranges: dict[str, list[tuple[int, int]]]) -> Video:
        name = filename.removesuffix(SUFFIX)
        if name not in ranges:
            raise UserError(f"{self.path}: {LIST} does not list {name}; delete the store and make it again")
        return Video(name, *parse_name(name), tuple(ranges[name]))


def parse_name(name: str) -> tuple[int, int, int]:
    """Subject, label and scenario of "person01_boxing_d1".

    Raises:
        UserError: the name has another form.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise UserError(f"{name}: is not the name of a KTH video (person01_boxing_d1); rename it or take it out")
    return int(match[1]), ACTIONS.index(match[2]), int(match[3])


def subjects(filenames: Iterable[str]) -> list[int]:
    """Who acts in the videos of these names ("person01_boxing_d1_uncomp.avi"), sorted.

    Raises:
        UserError: a name has another form.
    """
    return sorted({parse_name(filename.removesuffix(SUFFIX))[0] for filename in filenames})


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
