"""KTH: who acts in its videos and what, the list's ranges, and Schüldt's split."""

import re
from pathlib import Path

from drnn.datasets.kth_sequences import ACTIONS, LIST, SUFFIX, parse
from drnn.datasets.videos import Video, VideoStore
from drnn.errors import UserError

SUBJECTS = tuple(range(1, 26))
SCHULDT_TRAIN = (11, 12, 13, 14, 15, 16, 17, 18)
SCHULDT_VALIDATION = (19, 20, 21, 23, 24, 25, 1, 4)
SCHULDT_TEST = (22, 2, 3, 5, 6, 7, 8, 9, 10)
"""The split of C. Schüldt, I. Laptev, B. Caputo, ICPR 2004, as 00sequences.txt states it. Train and validation
together are 16 training subjects beside 9 of the test."""

_NAME = re.compile(rf"person(0[1-9]|1[0-9]|2[0-5])_({'|'.join(ACTIONS)})_d[1-4]")


class Store(VideoStore):
    """KTH's videos, called person01_boxing_d1 and so on, with the ranges of the list.

    Raises:
        UserError: also where a video is not in the list, or the list is missing or broken.
    """

    others = (LIST,)
    size = (160, 120)

    def __init__(self, path: str | Path):
        self._ranges: dict[str, list[tuple[int, int]]] | None = None
        super().__init__(path)

    def video(self, filename: str) -> Video:
        """What the name of a file tells, and the list of it."""
        if self._ranges is None:
            self._ranges = parse(self.read(LIST), f"{self.path}: {LIST}")
        if (name := filename.removesuffix(SUFFIX)) not in self._ranges:
            raise UserError(f"{self.path}: {LIST} does not list {name}; delete the store and make it again")
        return parse_name(filename)._replace(ranges=tuple(self._ranges[name]))


def parse_name(filename: str) -> Video:
    """The video of a file called "person01_boxing_d1_uncomp.avi".

    Raises:
        UserError: the name has another form.
    """
    name = filename.removesuffix(SUFFIX)
    match = _NAME.fullmatch(name)
    if not match or name == filename:
        raise UserError(
            f"{filename}: is not the name of a KTH video (person01_boxing_d1{SUFFIX}); rename it or take it out"
        )
    return Video(filename, name, int(match[1]), ACTIONS.index(match[2]))
