"""What every run predicted for every test sequence: one CSV, a row for each sequence and a column for each run.

Six lines at the top say of each column which run it is. A cell is empty where a run did not test the sequence.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from drnn.errors import UserError
from drnn.files import replacing

IDENTITY = ("protocol", "recipe", "model", "split", "seed", "key")
"""What identifies a run: a line each."""
COLUMNS = ("sequence", "subject", "label")
"""The columns before those of the runs."""
PREDICTED = "predicted"
INTEGERS = {"split", "seed", "subject", "label", PREDICTED}


@dataclass(frozen=True)
class Run:
    """One trained model on the test sequences of its split.

    Attributes:
        protocol, recipe, model: names, as in params.yaml; with `BASELINE` for the recipe, the model is a baseline.
        split: index of the split in its protocol.
        seed: seed of the training.
        key: short hash of what made the run.
        names: S names of test sequences, unique.
        subjects: S subjects, as the dataset numbers them.
        labels: S true classes, 0-based.
        predicted: S predicted classes, 0-based.

    Raises:
        ValueError: no sequence, lengths differ, or a name occurs twice.
    """

    protocol: str
    recipe: str
    model: str
    split: int
    seed: int
    key: str
    names: tuple[str, ...]
    subjects: tuple[int, ...]
    labels: tuple[int, ...]
    predicted: tuple[int, ...]

    def __post_init__(self):
        lengths = {len(self.names), len(self.subjects), len(self.labels), len(self.predicted)}
        if len(lengths) != 1 or not self.names or len(set(self.names)) != len(self.names):
            raise ValueError(f"{self}: needs one subject, label and prediction for each of its unique names")

    def __str__(self) -> str:
        return (
            f"{self.protocol}, recipe {self.recipe}, model {self.model}, "
            f"split {self.split}, seed {self.seed} (key {self.key})"
        )

    @property
    def identity(self) -> tuple:
        """(protocol, recipe, model, split, seed, key): the lines above a run's column."""
        return self.protocol, self.recipe, self.model, self.split, self.seed, self.key


class Units(NamedTuple):
    """What is resampled and paired: each test sequence of each split, by split and name.

    Attributes:
        right: (U, R) bool, which of U units the run of each of R seeds got right.
        weights: (U,) all splits equal.
        subjects: (U,) who performed it.
        names: (U,) of the sequences.
    """

    right: np.ndarray
    weights: np.ndarray
    subjects: np.ndarray
    names: np.ndarray


def units(runs: Sequence[Run], splits: Sequence[int]) -> Units:
    """The units of these splits."""
    right, weights, subjects, names = [], [], [], []
    for split in splits:
        of_split = sorted((run for run in runs if run.split == split), key=lambda run: run.seed)
        hits = [dict(zip(run.names, np.equal(run.labels, run.predicted), strict=True)) for run in of_split]
        who = dict(zip(of_split[0].names, of_split[0].subjects, strict=True))
        right += [[hit[name] for hit in hits] for name in sorted(who)]
        weights += [1 / len(who)] * len(who)
        subjects += [who[name] for name in sorted(who)]
        names += sorted(who)
    return Units(np.array(right), np.array(weights), np.array(subjects), np.array(names))


def by_split(runs: Sequence[Run], splits: Sequence[int]) -> np.ndarray:
    """(J,) accuracy in % of each of J splits, the mean over its runs."""
    shares = ([np.equal(run.labels, run.predicted).mean() for run in runs if run.split == split] for split in splits)
    return np.array([100 * np.mean(of_split) for of_split in shares])


def write_predictions(path: str | Path, runs: Sequence[Run]) -> None:
    """Write ``runs`` to ``path``, columns in the order given, in UTF-8 with LF line ends.

    Raises:
        ValueError: two runs have the same identity, so that reading could not tell them apart, or disagree on a
            sequence's subject or label.
        UserError: the file cannot be written.
    """
    if len({run.identity for run in runs}) != len(runs):
        raise ValueError(f"{path}: a run occurs twice")
    known: dict[str, tuple[int, int]] = {}
    for run in runs:
        for name, *about in zip(run.names, run.subjects, run.labels, strict=True):
            if known.setdefault(name, tuple(about)) != tuple(about):
                raise ValueError(f"{run}: {name} has another subject or label than in another run")
    rows = {names: {name: row for row, name in enumerate(names)} for names in {run.names for run in runs}}
    tested = [(run.predicted, rows[run.names]) for run in runs]
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows([field, "", "", *(getattr(run, field) for run in runs)] for field in IDENTITY)
        table.writerow([*COLUMNS, *[PREDICTED] * len(runs)])
        for name, about in known.items():
            cells = (predicted[places[name]] if name in places else "" for predicted, places in tested)
            table.writerow([name, *about, *cells])


def read_predictions(path: str | Path) -> list[Run]:
    """The runs that ``write_predictions`` wrote to ``path``, in the order of their columns.

    Raises:
        UserError: the file is missing, or is not such a table; names the file and the line.
    """
    path = Path(path)
    lines = _lines(path)
    heads, body = lines[: len(IDENTITY)], lines[len(IDENTITY) + 1 :]
    names = [line[0] for _, line in lines[: len(IDENTITY) + 1]]
    if names != [*IDENTITY, COLUMNS[0]]:
        raise UserError(f"{path}: its first lines begin with {names}, not {[*IDENTITY, COLUMNS[0]]}; restore the file")
    first = len(COLUMNS)
    fields = [[_parsed(path, number, line[0], text) for text in line[first:]] for number, line in heads]
    sequences: dict[str, list[int | None]] = {}
    columns = [*COLUMNS[1:], *[PREDICTED] * len(fields[0])]
    for number, (name, *cells) in body:
        if name in sequences:
            raise UserError(f"{path}, line {number}: sequence {name} occurs twice; remove one row")
        sequences[name] = [_parsed(path, number, *pair) for pair in zip(columns, cells, strict=True)]
    return [_run(path, identity, first - 1 + n, sequences) for n, identity in enumerate(zip(*fields, strict=True))]


def _run(path: Path, identity: tuple, column: int, sequences: dict[str, list]) -> Run:
    """The run in a column of the sequences' values."""
    rows = [(name, *values[: len(COLUMNS) - 1], values[column]) for name, values in sequences.items()]
    tested = [row for row in rows if row[-1] is not None]
    if not tested:
        raise UserError(f"{path}: the run {identity} tests no sequence; restore the file")
    return Run(*identity, *zip(*tested, strict=True))


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Every line of the file with its number; all have as many cells."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; make it by running the workflow") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError(f"{path}, line {line}: is not UTF-8 text; restore the file") from error
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(table.line_num, line) for line in table]
    except csv.Error as error:
        raise UserError(f"{path}, line {table.line_num}: is not CSV ({error}); restore the file") from error
    width = max((len(line) for _, line in lines), default=0)
    for number, line in lines:
        if len(line) != width or width <= len(COLUMNS):
            raise UserError(f"{path}, line {number}: {len(line)} columns; expected {max(width, len(COLUMNS) + 1)}")
    return lines


def _parsed(path: Path, line: int, column: str, text: str) -> str | int | None:
    """The value of a cell; None where a run did not test a sequence."""
    if column not in INTEGERS:
        return text
    if column == PREDICTED and not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise UserError(f"{path}, line {line}: {column} is {text!r}; expected a whole number") from error
