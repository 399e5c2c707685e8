"""What every run predicted for every test sequence: one tidy CSV, a row for each run and sequence."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from drnn.errors import UserError
from drnn.files import write_text

COLUMNS = ("protocol", "recipe", "model", "split", "seed", "key", "sequence", "subject", "label", "predicted")
RUN_COLUMNS = 6
"""The first columns identify the run, the others the sequence."""
INTEGERS = {"split", "seed", "subject", "label", "predicted"}


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
        """(protocol, recipe, model, split, seed, key): the first columns of the table."""
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
    """Write ``runs`` to ``path`` in the order given, with a header, in UTF-8 with LF line ends.

    Raises:
        ValueError: two runs have the same identity, so that reading could not tell them apart.
        UserError: the file cannot be written.
    """
    if len({run.identity for run in runs}) != len(runs):
        raise ValueError(f"{path}: a run occurs twice")
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for run in runs:
        sequences = zip(run.names, run.subjects, run.labels, run.predicted, strict=True)
        table.writerows((*run.identity, *sequence) for sequence in sequences)
    write_text(path, text.getvalue())


def read_predictions(path: str | Path) -> list[Run]:
    """The runs that ``write_predictions`` wrote to ``path``, in the order of their first rows.

    Raises:
        UserError: the file is missing, or is not such a table; names the file and the line.
    """
    rows_of: dict[tuple, dict[str, tuple]] = {}
    for line, row in _rows(Path(path)):
        identity, (name, *values) = tuple(row[:RUN_COLUMNS]), row[RUN_COLUMNS:]
        rows = rows_of.setdefault(identity, {})
        if name in rows:
            raise UserError(f"{path}, line {line}: sequence {name} occurs twice in one run; remove one row")
        rows[name] = tuple(values)
    return [Run(*run, tuple(rows), *zip(*rows.values(), strict=True)) for run, rows in rows_of.items()]


def _rows(path: Path) -> list[tuple[int, list]]:
    """Every row of the file with the number of its line, integers parsed."""
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
        header = next(table, [])
        if tuple(header) != COLUMNS:
            raise UserError(f"{path}, line 1: columns are {','.join(header)!r}, not {','.join(COLUMNS)!r}")
        return [(table.line_num, _parse(path, table.line_num, row)) for row in table]
    except csv.Error as error:
        raise UserError(f"{path}, line {table.line_num}: is not CSV ({error}); restore the file") from error


def _parse(path: Path, line: int, row: list[str]) -> list:
    if len(row) != len(COLUMNS):
        raise UserError(f"{path}, line {line}: {len(row)} columns; expected {len(COLUMNS)}")
    values: list = []
    for column, text in zip(COLUMNS, row, strict=True):
        try:
            values.append(int(text) if column in INTEGERS else text)
        except ValueError as error:
            raise UserError(f"{path}, line {line}: {column} is {text!r}; expected a whole number") from error
    return values
