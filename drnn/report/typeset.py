"""A table as LaTeX, for a paper, or as CSV."""

import csv
import io
import re

from drnn.report.blocks import Table

ESCAPED = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "−": "$-$",
        "±": r"$\pm$",
        "‖": r"$\|$",
        "—": "---",
        "–": "--",
        "“": "``",
        "”": "''",
        "’": "'",
    }
    | {character: f"\\{character}" for character in "&%$#_{}"}
)
"""Characters that LaTeX reads otherwise than as themselves, or that its fonts may lack."""
NUMBER = re.compile(r"[+−\d]|—$")
"""How a cell begins that is set at the right."""


def latex(table: Table, label: str) -> str:
    """A table with a caption, by the package booktabs; notes stand under it.

    Args:
        table: its text may hold any character.
        label: for ``\\ref``, after "tab:".
    """
    columns = zip(*table.rows, strict=True) if table.rows else ([""] for _ in table.columns)
    places = "".join("r" if all(map(NUMBER.match, column)) else "l" for column in columns)
    lines = [r"% \usepackage{booktabs}", r"\begin{table}", r"  \centering"]
    lines += [
        rf"  \caption{{{escaped(table.title)}}}",
        rf"  \label{{tab:{label}}}",
        rf"  \begin{{tabular}}{{{places}}}",
    ]
    lines += [r"    \toprule", _row(table.columns), r"    \midrule", *map(_row, table.rows), r"    \bottomrule"]
    lines += [r"  \end{tabular}", *(rf"  \par\smallskip\footnotesize {escaped(note)}" for note in table.notes)]
    return "\n".join([*lines, r"\end{table}"])


def _row(cells: list[str]) -> str:
    return f"    {' & '.join(map(escaped, cells))} \\\\"


def escaped(text: str) -> str:
    """Text on one line that LaTeX sets as it is."""
    return " ".join(text.split()).translate(ESCAPED)


def comma_separated(table: Table) -> str:
    """The rows as CSV, with the minus that programs read; without title and notes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cell.replace("−", "-") for cell in row] for row in table.rows)
    return text.getvalue().rstrip("\n")
