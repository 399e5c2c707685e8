"""KTH's list of sequences, 00sequences.txt: which frames of each video hold the action."""

import re
from pathlib import Path

from drnn.errors import UserError

ACTIONS = ["boxing", "handclapping", "handwaving", "jogging", "running", "walking"]
LIST = "00sequences.txt"
SUFFIX = "_uncomp.avi"
ABSENT = "person13_handclapping_d3"
"""The video that was never recorded: 599 of 25 subjects, 6 actions and 4 scenarios are there."""

_LINE = re.compile(rf"(person(?:0[1-9]|1[0-9]|2[0-5])_(?:{'|'.join(ACTIONS)})_d[1-4])\b(?:\s+frames\b)?\s*(.*)")
_RANGE = re.compile(r"([0-9]+)\s*-\s*([0-9]+)")
_MISSING = "*missing*"


def parse(content: bytes, filename: str) -> dict[str, list[tuple[int, int]]]:
    """Read the text of the list: a line `person01_boxing_d1 frames 1-95, 96-185, …` for each video.

    What stands before the first line that begins with "person" is prose. From there on each line is a video's,
    or blank. A list may overlap or be out of order, as nine of the official file are: it is kept as it stands.

    Returns:
        For each video ("person01_boxing_d1"), in the file's order, its ranges (first, last): 1-based frames,
        both included. A video that is listed without ranges has an empty list; in the official file that is
        ABSENT alone, which is `*missing*` (some copies: nothing).

    Raises:
        UserError: a line of another form, a range that is none, a video listed twice, or no line at all.
    """
    ranges: dict[str, list[tuple[int, int]]] = {}
    text = content.decode("ascii", errors="backslashreplace")
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or not (ranges or line.startswith("person")):
            continue
        try:
            name, listed = _parse_line(line)
            if name in ranges:
                raise ValueError("the video is listed twice")
        except ValueError as error:
            raise UserError(f"{filename}:{number}: {line!r}: {error}; fetch the file again") from None
        ranges[name] = listed
    if not ranges:
        raise UserError(f"{filename}: lists no video (person01_boxing_d1 frames 1-95, …); fetch the file again")
    return ranges


def read(path: str | Path) -> dict[str, list[tuple[int, int]]]:
    """`parse` the file at ``path``.

    Raises:
        UserError: it cannot be read, and what `parse` raises.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); fetch the file again") from None
    return parse(content, str(path))


def _parse_line(line: str) -> tuple[str, list[tuple[int, int]]]:
    match = _LINE.fullmatch(line)
    if not match:
        raise ValueError("is not `personNN_action_dN frames a-b, a-b, …`")
    name, listed = match.groups()
    if listed in ("", _MISSING):
        return name, []
    return name, [_parse_range(part.strip()) for part in listed.split(",")]


def _parse_range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    first, last = map(int, match.groups()) if match else (0, 0)
    if not 1 <= first <= last:
        raise ValueError(f"{text!r} is not a range first-last of frames counted from 1")
    return first, last
