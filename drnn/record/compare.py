"""In which accuracies two results differ, files or git revisions: `drnn compare`."""

import io
import json

from drnn.record.accuracies import RECORD, Name, Side, read
from drnn.report.blocks import Section, Table, markdown, percent, plural, signed


def compare(first: str, second: str = RECORD, form: str = "text", every: bool = False, width: int = 80) -> str:
    """A table of the accuracies that differ, or that one of two results lacks, and the count of those that are equal.

    Args:
        first, second: each a file of metrics or else a git revision, which means its reports/metrics.json.
        form: "text", "markdown" or "json".
        every: list equal rows too.
        width: columns of text.

    Raises:
        UserError: one is neither a file nor a revision, or holds no metrics.
    """
    a, b = read(first), read(second)
    names = _in_order([*a.rows, *b.rows])
    listed = [name for name in names if every or a.rows.get(name) != b.rows.get(name)]
    equal = sum(a.rows.get(name) == b.rows.get(name) for name in names)
    if form == "json":
        rows = [_row(name, a, b) for name in listed]
        found = {"a": a.source, "b": b.source, "equal": equal, "rows": rows}
        return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
    tables = _tables(listed, a, b)
    count = f"{plural(equal, 'row')} {'is' if equal == 1 else 'are'} equal"
    count = f"no row differs, {count}" if equal == len(names) else count
    count += "" if every or not equal else "; --all lists what is equal"
    if form == "markdown":
        about = f"A is {a.source}, B is {b.source}. Accuracies in %, mean ± standard deviation (runs). {count}."
        return markdown("Accuracies compared", about, [Section("B − A in points", tables=tables)]).rstrip()
    head = [f"A: {a.source}", f"B: {b.source}", "Accuracies in %, mean ± standard deviation (runs); B − A in points."]
    return "\n\n".join(["\n".join(head), *(_text(table, width) for table in tables), count])


def _in_order(names: list[Name]) -> list[Name]:
    """Each name once, those of a dataset, a protocol and a recipe together, in the order in which these come first."""
    first: dict[tuple, int] = {}
    for place, name in enumerate(names):
        for depth in range(1, 5):
            first.setdefault(name[:depth], place)
    return sorted(set(names), key=lambda name: [first[name[:depth]] for depth in range(1, 5)])


def _difference(name: Name, a: Side, b: Side) -> float | None:
    both = name in a.rows and name in b.rows
    return round(b.rows[name]["mean"] - a.rows[name]["mean"], 6) if both else None


def _row(name: Name, a: Side, b: Side) -> dict:
    """A row as JSON; null where a side lacks it."""
    named = dict(zip(("dataset", "protocol", "recipe", "model"), name, strict=True))
    return named | {"a": a.rows.get(name), "b": b.rows.get(name), "difference": _difference(name, a, b)}


def _tables(listed: list[Name], a: Side, b: Side) -> list[Table]:
    """A table for each protocol of each dataset."""
    groups: dict[str, list[list[str]]] = {}
    for name in listed:
        cells = [_accuracy(side.rows.get(name)) for side in (a, b)]
        groups.setdefault(", ".join(name[:2]), []).append([*name[2:], *cells, _change(name, a, b)])
    return [Table(title, ["recipe", "model", "A", "B", "B − A"], rows) for title, rows in groups.items()]


def _accuracy(row: dict | None) -> str:
    if row is None:
        return "—"
    spread = "" if row["runs"] == 1 or row["std"] is None else f" ± {percent(row['std'])}"
    return f"{percent(row['mean'])}{spread} ({row['runs']})"


def _change(name: Name, a: Side, b: Side) -> str:
    """The last cell of a row: the difference, or why there is none."""
    if name not in a.rows:
        return "only in B"
    if name not in b.rows:
        return "only in A"
    return "equal" if a.rows[name] == b.rows[name] else signed(_difference(name, a, b))


def _text(table: Table, width: int) -> str:
    """A table for a terminal; what is too wide goes on in the next line, and nothing is cut off."""
    import rich.box
    import rich.table
    from rich.console import Console
    from rich.text import Text

    drawn = rich.table.Table(box=rich.box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in table.columns:
        drawn.add_column(column, overflow="fold", justify="right" if column == table.columns[-1] else "left")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, force_terminal=False).print(drawn)
    return "\n".join(line.rstrip() for line in [table.title, *file.getvalue().splitlines()])
