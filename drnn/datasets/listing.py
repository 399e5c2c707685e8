"""The list of one's own sequences, `sequences.csv`: which file holds which of them. Standard library only.

Every fault is told, each with the row and what to do, and none of them ends the reading of the others.
"""

import csv
import difflib
import io
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from drnn.datasets.collection import Collection
from drnn.errors import UserError

LIST = "sequences.csv"
SKELETON = "skeleton.yaml"
COLUMNS = ("file", "label", "subject", "name", "split", "first", "last")
ENDINGS = (".csv", ".txt", ".npy", ".npz", ".mat")
SIDES = ("train", "test", "")
MOST_FAULTS = 50
"""Faults that are told; of more, how many there are."""
LONGEST = 250
"""Characters of a cell."""


@dataclass(frozen=True)
class Row:
    """One sequence of the list.

    Attributes:
        number: of the row, counted from 1 with the head.
        file: that holds it.
        label: its class.
        subject: who performs; "" where that is not known.
        name: unique.
        split: "train" or "test" as the list says, or "".
        first, last: the part of the file's frames, 1-based, both included; None: all.
    """

    number: int
    file: str
    label: str
    subject: str
    name: str
    split: str
    first: int | None
    last: int | None


class Faults(list[str]):
    """What is wrong, one line each."""

    def check(self, title: str) -> None:
        """Raise UserError with all of them, if there are any."""
        if not self:
            return
        told = [f"\n  - {fault}" for fault in self[:MOST_FAULTS]]
        more = f"\n  … and {len(self) - MOST_FAULTS} more" if len(self) > MOST_FAULTS else ""
        raise UserError(f"{title}: {len(self)} thing{'s' * (len(self) > 1)} to mend:{''.join(told)}{more}")


def wanted(collection: Collection) -> list[str]:
    """The names of the files that make up the set: the list, the skeleton and what the list names.

    Raises:
        UserError: the list is missing or has faults.
    """
    faults = Faults()
    rows = listed(collection, faults)
    faults.check(f"{collection.path}")
    return sorted({LIST, *([SKELETON] if SKELETON in collection.names else []), *(row.file for row in rows)})


def listed(collection: Collection, faults: Faults) -> list[Row]:
    """The rows of the list that are sound; of the others ``faults`` says what is wrong.

    Raises:
        UserError: there is no list, or it is no table.
    """
    if LIST not in collection.names:
        raise UserError(
            f"{collection.path}: holds no {LIST}; write one with a head `file,label` (and, where they are known, "
            "subject, name, split, first, last) and a row for each sequence"
        )
    head, records = _records(collection)
    if unfit := _head_faults(head):
        faults.extend(unfit)
        return []
    found = (
        _row(dict(zip(head, cells, strict=False)), number, len(cells), head, collection, faults)
        for number, cells in records
    )
    rows = [row for row in found if row]
    faults.extend(_together(rows, records))
    return rows


def _records(collection: Collection) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The head, and each row that is not empty with its number."""
    try:
        text = collection.read(LIST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{LIST}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise UserError(f"{LIST}: row {reader.line_num}: is not CSV ({error}); export it again") from None
    if not rows:
        raise UserError(f"{LIST}: is empty; write a head `file,label` and a row for each sequence")
    return [name.lower() for name in rows[0][1]], rows[1:]


def _head_faults(head: list[str]) -> list[str]:
    """What is wrong with the names of the columns."""
    found = []
    for name in head:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(COLUMNS)}; take it out"
            found.append(f"{LIST}: row 1: unknown column {name!r}; {remedy}")
    found += [f"{LIST}: row 1: no column {name!r}; add it" for name in ("file", "label") if name not in head]
    twice = sorted({name for name in head if head.count(name) > 1})
    return found + [f"{LIST}: row 1: the column {name!r} is there twice; keep one" for name in twice]


def _row(
    cells: dict[str, str], number: int, count: int, head: list[str], collection: Collection, faults: Faults
) -> Row | None:
    """One row, or None and what is wrong with it."""
    before = len(faults)
    where = f"{LIST}: row {number}"
    if count != len(head):
        faults.append(f"{where}: {count} cells for {len(head)} columns; write as many as in row 1")
        return None
    if odd := [(name, char) for name, cell in cells.items() for char in cell if not char.isprintable()]:
        faults.append(f"{where}: {odd[0][0]} holds {odd[0][1]!r}, which is not printed; take it out")
        return None
    if long := [name for name, cell in cells.items() if len(cell) > LONGEST]:
        faults.append(f"{where}: {long[0]} has {len(cells[long[0]])} characters; write at most {LONGEST}")
        return None
    file = cells["file"].replace("\\", "/").removeprefix("./")
    faults += _file_faults(where, file, collection)
    if not cells["label"]:
        faults.append(f"{where}: has no label; write its class")
    split = cells.get("split", "").lower()
    if split not in SIDES:
        faults.append(f"{where}: split is {split!r}; write train, test or nothing")
    first, last = (_frame(where, name, cells.get(name, ""), faults) for name in ("first", "last"))
    if first and last and first > last:
        faults.append(f"{where}: the first frame {first} is after the last one {last}; exchange them")
    if len(faults) > before:
        return None
    stem = file.removesuffix(PurePosixPath(file).suffix)
    part = f"_{first or 1}-{last or 'end'}" if first or last else ""
    return Row(
        number, file, cells["label"], cells.get("subject", ""), cells.get("name") or stem + part, split, first, last
    )


def _file_faults(where: str, file: str, collection: Collection) -> list[str]:
    if not file:
        return [f"{where}: names no file; write its name"]
    if file.startswith("/") or re.match(r"[A-Za-z]:", file) or ".." in file.split("/"):
        return [f"{where}: {file} leads out of {collection.path.name}; put the file inside, and name it from there"]
    if not file.lower().endswith(ENDINGS):
        return [f"{where}: {file} is none of {', '.join(ENDINGS)}; export it as one of them"]
    if file not in collection.names:
        if (collection.path / file).is_file():
            return [f"{where}: {file} lies in a folder that is a link; put the folder itself there"]
        near = difflib.get_close_matches(file, collection.names, n=1)
        return [f"{where}: there is no {file}; " + (f"did you mean {near[0]}?" if near else "put it there")]
    return []


def _frame(where: str, name: str, text: str, faults: Faults) -> int | None:
    """A frame's number, from 1; None where nothing stands."""
    if not text:
        return None
    if not re.fullmatch("0*[1-9][0-9]{0,8}", text):
        faults.append(f"{where}: {name} is {text!r}; write a frame's number, counted from 1")
        return None
    return int(text)


def _together(rows: list[Row], records: list) -> list[str]:
    """What is wrong with the rows as a whole."""
    found, seen = [], {}
    for row in rows:
        if row.name in seen:
            found.append(
                f"{LIST}: row {row.number}: {row.name} is also row {seen[row.name]}; give it a name of its own"
            )
        seen.setdefault(row.name, row.number)
    nobody = [row.number for row in rows if not row.subject]
    if nobody and len(nobody) < len(rows):
        found.append(
            f"{LIST}: row {nobody[0]}: has no subject, unlike others ({len(nobody)} such rows); write all or none"
        )
    if not records:
        found.append(f"{LIST}: has a head and no row; write a row for each sequence")
    elif len(rows) == len(records) and len({row.label for row in rows}) < 2:
        found.append(f"{LIST}: all labels are {rows[0].label!r}; at least two classes are needed")
    return found
