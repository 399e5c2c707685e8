"""`drnn table`: a table of the committed record for a paper, written from its numbers; nothing is run."""

from pathlib import Path

from drnn.errors import UserError
from drnn.record.figure import load
from drnn.record.verify import RECORD
from drnn.report.blocks import rows
from drnn.report.printed import printed
from drnn.report.typeset import comma_separated, latex


def listed(record: Path = RECORD) -> str:
    """The names of the tables of a record, and their titles."""
    return "\n".join(f"{name:10}  {table.title}" for name, table in printed(load(record)).items())


def table(name: str, form: str, record: Path = RECORD) -> str:
    """A table as text.

    Args:
        name: one of those that are listed.
        form: latex, csv or markdown.
        record: the folder of the record.

    Raises:
        UserError: there is no such table, or the record is incomplete.
    """
    known = printed(load(record))
    if name not in known:
        raise UserError(f"{name}: is no table of {record}/, which has {', '.join(known)}")
    found = known[name]
    if form == "latex":
        return latex(found, name)
    return comma_separated(found) if form == "csv" else "\n".join(rows(found.columns, found.rows))
