"""The store of a set of videos: what each reader of videos has in common."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from drnn.datasets.archive import PART, Part, open_archive, read_member
from drnn.errors import UserError

if TYPE_CHECKING:
    from drnn.datasets.video import Recording


class Video(NamedTuple):
    """One video.

    Attributes:
        filename: its path in the store.
        name: by which messages, protocols and tables call it.
        subject: who acts, from 1 on.
        label: index in the reader's `ACTIONS`.
        ranges: (first, last) frames of its sequences, 1-based, both included, where the set lists them.
    """

    filename: str
    name: str
    subject: int
    label: int
    ranges: tuple[tuple[int, int], ...] = ()


class VideoStore:
    """The videos of a store that `drnn.datasets.acquire` or a synthesis wrote; close it, or use it in `with`.

    A reader of a set says what the name of a file tells: `video`. It may name files that are no videos, and the size
    that all pictures have.

    Attributes:
        path: of the store.
        videos: sorted by name.
        part: which part of the published set it is; None if it is the whole, or synthetic.

    Raises:
        UserError: the file is missing, broken or empty, or a name in it does not fit.
    """

    others: tuple[str, ...] = ()
    size: tuple[int, int] | None = None  # (width, height) of all pictures; None: whatever they have in common

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._archive = open_archive(self.path, str(path))
        try:
            self._members = {member.filename: member for member in self._archive.infolist()}
            self.videos = self._listed()
            self.part = self._part() if PART in self._members else None
        except BaseException:
            self.close()
            raise

    def video(self, filename: str) -> Video:
        """What the name of a file tells.

        Raises:
            UserError: it has another form.
        """
        raise NotImplementedError

    def __enter__(self) -> "VideoStore":
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
        """The video's file in memory (some MB), for `drnn.datasets.video`.

        Raises:
            UserError: it is damaged.
        """
        from drnn.datasets.video import Recording

        return Recording(self.read(video.filename), f"{self.path}: {video.filename}")

    def read(self, filename: str) -> bytes:
        """The content of a file.

        Raises:
            UserError: it is missing or damaged.
        """
        if filename not in self._members:
            raise UserError(f"{self.path}: holds no {filename}; delete it and make it again")
        return read_member(self._archive, self._members[filename], str(self.path))

    def _listed(self) -> list[Video]:
        filenames = sorted(self._members.keys() - {PART, *self.others})
        if not filenames:
            raise UserError(f"{self.path}: holds no video; delete it and make it again")
        return sorted(map(self.video, filenames), key=lambda video: video.name)

    def _part(self) -> Part:
        try:
            return Part(**json.loads(self.read(PART)))
        except (ValueError, TypeError) as error:
            raise UserError(f"{self.path}: {PART}: {error}; delete the store and make it again") from None


def subjects_of(filenames: Iterable[str], parse_name: Callable[[str], Video]) -> list[int]:
    """Who acts in the videos of these names, sorted; ``parse_name`` is their reader's.

    Raises:
        UserError: a name has another form.
    """
    return sorted({parse_name(filename).subject for filename in filenames})
