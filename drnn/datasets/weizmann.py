"""Weizmann: ten actions of nine people, 90 videos of 180×144 pixels."""

import re

from drnn.datasets.videos import Video, VideoStore
from drnn.errors import UserError

ACTIONS = ["bend", "jack", "jump", "pjump", "run", "side", "skip", "walk", "wave1", "wave2"]
PEOPLE = ["daria", "denis", "eli", "ido", "ira", "lena", "lyova", "moshe", "shahar"]
"""Subjects 1 to 9."""

_NAME = re.compile(rf"({'|'.join(ACTIONS)})/({'|'.join(PEOPLE)})_\1\.avi")


class Store(VideoStore):
    """Weizmann's videos, called daria_bend and so on."""

    def video(self, filename: str) -> Video:
        """What the name of a file tells."""
        return parse_name(filename)


def parse_name(filename: str) -> Video:
    """The video of a file called "bend/daria_bend.avi".

    Raises:
        UserError: the name has another form.
    """
    match = _NAME.fullmatch(filename)
    if not match:
        raise UserError(
            f"{filename}: is not the name of a Weizmann video (bend/daria_bend.avi); rename it or take it out"
        )
    action, person = match.groups()
    return Video(filename, f"{person}_{action}", PEOPLE.index(person) + 1, ACTIONS.index(action))
