"""The record's figures, drawn again from its numbers."""

import re
from itertools import zip_longest
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.report.figures.every import OF_TABLES, svgs

ROUNDING = 0.05
"""Points by which a place in a figure may differ: other processors round otherwise."""
NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)")
NAMED = re.compile(r'(?<=[#"])[mpPCh][0-9a-f_]{9,}\b')
"""What matplotlib names by a hash of its places."""


def figures(record: Path, metrics: list[Metrics], files: dict[str, str]) -> dict[str, str]:
    """The files of the record's figures; one that is there and differs by rounding alone stays as it is.

    Args:
        record: its folder.
        metrics: of its datasets.
        files: what else was recomputed; the other tables are the record's own.
    """
    found = {ran.facts.dataset: tables(record, ran.facts.dataset, files) for ran in metrics}
    drawn = svgs(metrics, found)
    committed = {name: (record / name).read_text(encoding="utf-8") for name in drawn if (record / name).is_file()}
    return {name: committed[name] if alike(committed.get(name, ""), svg) else svg for name, svg in drawn.items()}


def tables(record: Path, dataset: str, files: dict[str, str] | None = None) -> dict[str, str]:
    """The tables that a dataset's figures are drawn from, by kind.

    Raises:
        UserError: one cannot be read.
    """
    found = {}
    for kind in OF_TABLES:
        name = f"data/{kind}/{dataset}.csv"
        try:
            found[kind] = (files or {}).get(name) or (record / name).read_text(encoding="utf-8")
        except OSError as error:
            raise UserError(f"{record / name}: cannot be read ({error.strerror}); restore it from git") from None
    return found


def alike(one: str, other: str) -> bool:
    """Are two SVGs the same drawing, but for rounding?"""
    pieces = [NUMBER.split(NAMED.sub("", text)) for text in (one, other)]
    return all(a == b or _near(a, b) for a, b in zip_longest(*pieces, fillvalue=""))


def _near(a: str, b: str) -> bool:
    return bool(NUMBER.fullmatch(a) and NUMBER.fullmatch(b)) and abs(float(a) - float(b)) <= ROUNDING
