"""Tables and paragraphs as data, so that Markdown and HTML show the same rows."""

import re
import textwrap
from dataclasses import dataclass, field, replace

import numpy as np

ENTITY = re.compile(r"&(?=#?\w+;)")
FULL = 20
"""A difference of so many points, or more, is shaded as strongly as any."""


class Cell(str):
    """The text of a cell, with what a page may show beside it.

    Attributes:
        about: what lies behind a number, for a reader who asks.
        points: a difference whose sign and size a page may shade; None: it is none.
    """

    about: str
    points: float | None

    def __new__(cls, text: str, about: str = "", points: float | None = None) -> "Cell":
        cell = super().__new__(cls, text)
        cell.about, cell.points = about, points
        return cell

    @property
    def shade(self) -> float:
        """How strongly to shade the difference, from 0 to 1."""
        return min(abs(self.points or 0) / FULL, 1)


@dataclass(frozen=True)
class Table:
    """A title, the names of the columns, rows of text, and notes under them.

    Attributes:
        lead: names of one or two columns that say most: a page has them first, and in view where the others scroll.
    """

    title: str
    columns: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)
    lead: tuple[str, ...] = ()

    def __post_init__(self):
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.title}: a row of {len(row)} cells for {len(self.columns)} columns: {row}")

    @property
    def led(self) -> "Table":
        """The same table with its lead first."""
        first = [self.columns.index(name) for name in self.lead]
        order = first + [place for place in range(len(self.columns)) if place not in first]
        columns, *rows = ([row[place] for place in order] for row in (self.columns, *self.rows))
        return replace(self, columns=columns, rows=rows)


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs and tables under it; `points` are set as a list, `label` is for the contents."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    label: str = ""


def markdown(title: str, introduction: str, sections: list[Section]) -> str:
    """The sections as a Markdown document; text from data cannot break out of its cell or become HTML."""
    lines = [f"# {_text(title)}", "", _text(introduction), ""]
    for section in sections:
        lines += [f"## {_text(section.title)}", ""]
        for paragraph in section.paragraphs:
            lines += [_text(paragraph), ""]
        if section.points:
            lines += [*(f"- {_text(point)}" for point in section.points), ""]
        for table in section.tables:
            lines += _table(table)
    return "\n".join(lines).rstrip() + "\n"


def _table(table: Table) -> list[str]:
    lines = [f"### {_text(table.title)}", "", *rows(table.columns, table.rows)]
    for note in table.notes:
        lines += ["", _text(note)]
    return [*lines, ""]


def wrapped(text: str, indent: str = "") -> list[str]:
    """The lines of a paragraph in a file that people edit."""
    return textwrap.wrap(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def rows(columns: list[str], cells: list[list[str]]) -> list[str]:
    """The lines of a table in Markdown."""
    return [_row(columns), _row(["---"] * len(columns)), *map(_row, cells)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_text(cell).replace("|", "\\|") for cell in cells) + " |"


def _text(text: str) -> str:
    """One line, with nothing that a Markdown reader would take for HTML; an & that begins no entity stays readable."""
    return ENTITY.sub("&amp;", " ".join(text.split())).replace("<", "&lt;")


def percent(value: float | None) -> str:
    """A number of per cent with two digits, as the paper's tables have; — where there is none."""
    return "—" if value is None else signed(value).removeprefix("+")


def signed(value: float | None, digits: int = 2) -> str:
    """A difference with its sign; zero has none."""
    if value is None:
        return "—"
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def difference(value: float | None) -> Cell:
    """A difference in points with its sign, as a cell that is shaded by its size."""
    return Cell(signed(value), points=value)


def interval(bounds: list[float] | None, show=percent) -> str:
    """An interval as "low to high"; — where there is none. ``show`` is a function, or in a template "signed"."""
    show = signed if show == "signed" else show
    return f"{show(bounds[0])} to {show(bounds[1])}" if bounds else "—"


def probability(p: float | None) -> str:
    """A p-value with three digits."""
    if p is None:
        return "—"
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def plural(number: int, noun: str) -> str:
    """Count and noun: 1 seed, 5 seeds."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span(numbers: list[int]) -> str:
    """A number, or the least and the greatest of several: 383–384."""
    return f"{numbers[0]:,}" if len(set(numbers)) == 1 else f"{min(numbers):,}–{max(numbers):,}"


def plain(value) -> str:
    """A value of a parameter file: a small number without a power of ten, true and false in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return np.format_float_positional(value, trim="-") if isinstance(value, float) else str(value)
