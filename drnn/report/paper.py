"""Every number that the paper prints, and what its figures show: paper.yaml as typed values."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict


class _Printed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dataset(_Printed):
    """A dataset of the paper, and the source of its recordings."""

    title: str
    source: str


class Sizes(_Printed):
    """A row of Table 1: numbers of units."""

    dataset: str
    title: str
    input: int
    state: int
    output: int


class Row(_Printed):
    """An accuracy in %; ``model`` and ``order`` name the model of this project that the row is compared with."""

    dataset: str
    method: str
    accuracy: float
    cited: bool
    model: str | None = None
    order: int | None = None


class SizeTable(_Printed):
    """Table 1."""

    title: str
    rows: list[Sizes]


class AccuracyTable(_Printed):
    """Table 2, 3 or 4; ``counts`` refers to another table for its protocols."""

    title: str
    counts: str | None = None
    rows: list[Row]


class Tables(_Printed):
    """The paper's tables."""

    table1: SizeTable
    table2: AccuracyTable
    table3: AccuracyTable
    table4: AccuracyTable

    def accuracies(self, number: int) -> AccuracyTable:
        """Table 2, 3 or 4."""
        return getattr(self, f"table{number}")


class Cited(Row):
    """An accuracy that the text cites, shown under the table of this number."""

    table: Literal[2, 3, 4]


class Claim(_Printed):
    """That one model is better than another, in words."""

    better: str
    baseline: str
    words: str


class Figure(_Printed):
    """What a figure of the paper shows of a dataset, and the kind of ours."""

    number: int
    shows: str
    dataset: str | None
    kind: str


class DefaultTitles(_Printed):
    """Display names of protocols and recipes by the names that this project gives them."""

    protocols: dict[str, str]
    recipes: dict[str, str]


class Paper(_Printed):
    """The paper; ``parameters`` are inferred: dataset → model → number of parameters."""

    title: str
    authors: str
    venue: str
    datasets: dict[str, Dataset]
    training: dict[str, Any]
    tables: Tables
    text: list[Cited]
    claims: list[Claim]
    figures: list[Figure]
    parameters: dict[str, dict[str, int]]
    titles: DefaultTitles

    @property
    def rows(self) -> list[Row]:
        """The rows of Tables 2 and 4, in which the paper states its results."""
        return [*self.tables.table2.rows, *self.tables.table4.rows]

    def own_rows(self, dataset: str) -> list[Row]:
        """Those of a dataset that hold a model of the paper, not what it cites."""
        return [row for row in self.rows if row.dataset == dataset and row.model]

    def method(self, model: str) -> str | None:
        """What Table 4 calls a model of this project's name; None where it has none."""
        return next((row.method for row in self.tables.table4.rows if row.model == model), None)


@cache
def paper() -> Paper:
    """The numbers of paper.yaml."""
    return Paper.model_validate(yaml.safe_load(Path(__file__).with_name("paper.yaml").read_text(encoding="utf-8")))
