"""The matrix of trust: what was tried against the project and how it ended, as docs/trust.md.

    python tests/trust/matrix.py --out docs/trust.md

runs the tests of every section and counts: a case that fails is lost, stale or a traceback where it says so.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs/trust.md"
SECTIONS = {
    "Bad input": ["trust/test_bad_input.py", "trust/test_damaged_files.py", "test_nasty_data.py", "test_arrays.py"],
    "Interruption": ["trust/test_interruption.py", "test_files.py", "test_engine_faults.py"],
    "Download": ["test_download.py", "test_download_faults.py"],
    "Two at once": ["trust/test_two_at_once.py", "trust/test_locks.py"],
    "Foreign machines": ["trust/test_foreign_machines.py"],
    "Security": ["trust/test_security.py"],
}
"""Title → modules whose tests are the section's."""
HEAD = "| what | tried | right | lost | stale | tracebacks |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
KINDS = {"LostError": "lost", "StaleError": "stale", "TracebackError": "tracebacks"}
TITLE = """# Trust: what was tried, and how it ended

Measured by `python tests/trust/matrix.py --out docs/trust.md` on {today}, revision {revision}, in {minutes:.0f}
minutes: {tried} cases, {right} right, {lost} lost, {stale} stale, {tracebacks} tracebacks. A row is a test, its cases
are different files, moments, steps or machines. Right is what its name says: a clear error or a repair that is
logged, and the same command again makes what an undisturbed run makes, to the byte. Lost is a finished file that is
gone or half, stale one that is not what its name promises. A traceback is what a person should never see. A test
compares the rows with the tests there are.
"""

Rows = dict[str, Counter]
"""What a test says → how many of its cases were tried, right, lost, …"""


class Count:
    """A plugin of pytest that counts how tests end, in whichever process they ran."""

    def __init__(self):
        self.rows: dict[str, Rows] = defaultdict(lambda: defaultdict(Counter))

    def pytest_runtest_logreport(self, report) -> None:
        """Count a case once: when it was called, or where its fixtures failed or skipped it."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            counts = self.rows[report.nodeid.partition("::")[0]][said(report.nodeid)]
            counts["skipped" if report.skipped else "tried"] += 1
            counts["right"] += report.passed
            for kind, column in KINDS.items():
                counts[column] += report.failed and kind in report.longreprtext.rpartition("\nE  ")[2]


def said(nodeid: str) -> str:
    """What a test's name says."""
    return nodeid.partition("::")[2].partition("[")[0].removeprefix("test_").replace("_", " ")


def modules() -> list[str]:
    """The files of all sections."""
    return [str(TESTS / name) for names in SECTIONS.values() for name in names]


def section(title: str, rows: Iterable[tuple[str, Counter]]) -> str:
    """A section as Markdown."""
    lines = [
        "| " + " | ".join([name, *(str(counts[kind]) for kind in ("tried", "right", *KINDS.values()))]) + " |\n"
        for name, counts in rows
    ]
    return f"\n## {title}\n\n{HEAD}{''.join(lines)}"


def page(count: Count, minutes: float) -> str:
    """The whole page."""
    asked = ["git", "describe", "--always", "--dirty"]
    revision = subprocess.run(asked, cwd=TESTS, check=True, capture_output=True, text=True).stdout.strip()
    total: Counter = sum((counts for rows in count.rows.values() for counts in rows.values()), Counter())
    numbers = {kind: total[kind] for kind in ("tried", "right", *KINDS.values())}
    text = TITLE.format(today=date.today(), revision=revision, minutes=minutes, **numbers)
    for title, names in SECTIONS.items():
        text += section(title, [row for name in names for row in count.rows[f"tests/{name}"].items()])
    return text


def main() -> None:
    """Try all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="file for the page")
    parser.add_argument("-n", default="2", help="processes")
    asked, begun, count = parser.parse_args(), time.monotonic(), Count()
    words = ["-q", "-n", asked.n, "-p", "no:cacheprovider", "-m", "slow or not slow", *modules()]
    code = pytest.main(words, plugins=[count])
    asked.out.write_text(page(count, (time.monotonic() - begun) / 60), encoding="utf-8")
    sys.exit(code)


if __name__ == "__main__":
    main()
