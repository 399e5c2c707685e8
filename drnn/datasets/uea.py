"""Sets of the UEA archive: NAME_TRAIN.ts and NAME_TEST.ts, text with a head of lines that begin with @.

The format is that of sktime and aeon: a case a line, `dimension:dimension:…:label`, a dimension being values with
commas; "?" is missing. Bagnall et al., "The UEA multivariate time series classification archive", 2018.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drnn.datasets.assembly import Recorded, assemble
from drnn.datasets.collection import Collection
from drnn.datasets.frames import MISSING, measured
from drnn.datasets.store import SequenceSet
from drnn.datasets.ts_files import pair
from drnn.errors import UserError

Case = tuple[np.ndarray, str]
"""Frames (T, D), and the name of the class."""


def read(archive: str | Path, on_empty: str = "exclude") -> SequenceSet:
    """Read both files: the training cases, `train_0001` and so on, then the test cases. No subject is known.

    Raises:
        UserError: a file is missing or malformed; names the file, the line and the remedy.
    """
    cases, classes = [], None
    with Collection(archive) as collection:
        for side, file in zip(("train", "test"), pair(collection), strict=True):
            found, names = parse(collection.read(file), file)
            if classes not in (None, names):
                raise UserError(
                    f"{file}: its classes are {names}, those of the training file {classes}; get both again"
                )
            classes = names
            cases += [(f"{side}_{n:04}", side, *case) for n, case in enumerate(found, 1)]
    width = cases[0][2].shape[1]
    if odd := [name for name, _, frames, _ in cases if frames.shape[1] != width]:
        raise UserError(
            f"{archive}: {odd[0]} has another number of dimensions than the first case ({width}); get it again"
        )
    recorded = (Recorded(name, frames, classes.index(label), given=side) for name, side, frames, label in cases)
    return assemble(recorded, classes, on_empty)


def parse(content: bytes, file: str) -> tuple[list[Case], list[str]]:
    """The cases of one file, and the names of its classes.

    Raises:
        UserError: names the file, the line and the remedy.
    """
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip().lower().startswith("@data")), None)
    if start is None:
        raise UserError(f"{file}: has no line @data; it is no .ts file, or cut short: get it again")
    classes = _classes(lines[:start], file)
    cases = list(_cases(lines, start + 1, classes, file))
    if not cases:
        raise UserError(f"{file}: holds no case after @data; get it again")
    return cases, classes


def _classes(head: list[str], file: str) -> list[str]:
    """The names of the classes, as @classLabel lists them."""
    stated = [line.split() for line in head if line.strip().startswith("@")]
    known = {words[0].lower(): words[1:] for words in stated}
    if known.get("@timestamps", ["false"])[0].lower() == "true":
        raise UserError(f"{file}: its values have time stamps; write them evenly spaced, with @timeStamps false")
    listed = known.get("@classlabel", [])
    if not listed or listed[0].lower() != "true" or len(listed) < 3:
        raise UserError(f"{file}: names no two classes in a line `@classLabel true a b …`; this is for classification")
    classes = listed[1:]
    if twice := [name for name in classes if classes.count(name) > 1]:
        raise UserError(f"{file}: @classLabel names {twice[0]} twice; name each class once, in UTF-8")
    return classes


def _cases(lines: list[str], start: int, classes: list[str], file: str) -> Iterator[Case]:
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip() or line.lstrip().startswith(("#", "%")):
            continue
        *dimensions, label = line.strip().split(":")
        where = f"{file}: line {number}"
        if not dimensions or label.strip() not in classes:
            raise UserError(
                f"{where}: its class is {label.strip()[:40]!r}, not one of {', '.join(classes)}; correct it"
            )
        columns = [_values(text, where) for text in dimensions]
        if len({len(column) for column in columns}) > 1:
            lengths = sorted({len(column) for column in columns})
            raise UserError(
                f"{where}: its dimensions have {lengths} values; write as many in each, ? where one is missing"
            )
        yield measured(np.stack(columns, axis=1)), label.strip()


def _values(text: str, where: str) -> np.ndarray:
    cells = text.split(",")
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:  # a value is missing, or none
        pass
    try:
        return np.array([np.nan if cell.strip().lower() in MISSING else float(cell) for cell in cells])
    except ValueError as error:
        raise UserError(f"{where}: {str(error)[:80]}; correct it, or write ?") from None
