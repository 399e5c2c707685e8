"""The life of a checkout, step by step: what each situation makes run beside what it needs.

    python tests/lifecycle/life.py --out docs/life-cycle.md

What ran is counted by the log that the `drnn` command writes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

# Run as a program this file finds its neighbours; pytest has put both folders there already.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from chapters import CHAPTERS, kth_list  # noqa: E402
from engine_room import ROOT, SNAKEMAKE, Workspace  # noqa: E402

PAGE = ROOT / "docs/life-cycle.md"
PRODUCTS = ("features/**/*@*", "train/**/*@*", "metrics/**/*@*", "traces/**/*@*", "report/report@*/**/*")


class Row(NamedTuple):
    """A situation, the command that met it, the jobs that were needed and those that ran."""

    situation: str
    command: str
    needed: Counter
    ran: Counter

    def __str__(self) -> str:
        return f"| {self.situation} | `{self.command}` | {self.needed.total()} | {self.ran.total()} |"


def lived(chapter: Callable, folder: Path) -> Iterator[Row]:
    """The rows of a chapter, in workspaces in ``folder``.

    Raises:
        ValueError: after the last row, if a file is not what a run from nothing makes.
    """
    begun = None
    for workspace, situation, command, needed, environment in chapter(folder):
        begun = begun or (workspace, environment)
        words = [word for word in command if word not in ("-q", "--quiet", "all", "--cores", "2", "--")]
        yield Row(situation, " ".join(words), needed, workspace.executed(*command, **environment))
    if wrong := stale(*begun):
        raise ValueError(f"not what a run from nothing makes: {wrong}")


def stale(workspace: Workspace, environment: dict[str, str]) -> list[str]:
    """Files whose bytes are not those that a run from nothing, in a clone, gives to their name."""
    workspace.commit()
    fresh = workspace.clone(workspace.folder.with_name(f"{workspace.folder.name}_fresh"))
    fresh.check(*SNAKEMAKE, **environment)
    made, before = ({n: c for p in PRODUCTS for n, c in w.products(p).items()} for w in (fresh, workspace))
    return [name for name, content in made.items() if before.get(name) != content]


TITLE = """# The life of a checkout: what runs, and what is needed

Measured by `python tests/lifecycle/life.py --out docs/life-cycle.md` on {today}, revision {revision}, in {minutes:.1f}
minutes, with small experiments on synthetic skeletons and videos. A row starts where the one before it ended; jobs
are counted by a log that the `drnn` command writes. What is needed follows from the edit: every row should show the
same number twice. Each table ends with a run from nothing, whose files are compared with those that were lived with:
none differs. The tests live the same life again and compare it with this page.
"""


def section(chapter: Callable, rows: list[Row]) -> str:
    """A chapter's rows as Markdown."""
    head = "| situation | command | jobs needed | jobs that ran |\n| --- | --- | ---: | ---: |\n"
    return f"\n## {chapter.__doc__.rstrip('.')}\n\n{head}" + "".join(f"{row}\n" for row in rows)


def on_the_page(chapter: Callable, rows: list[Row]) -> bool:
    """Whether the committed page has these rows."""
    return section(chapter, rows) in PAGE.read_text()


def main() -> None:
    """Live, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="file for the page")
    if not kth_list():
        raise SystemExit("DRNN_DATA_MIRROR has to name a folder that holds KTH's 00sequences.txt: set it")
    out, begun, page = parser.parse_args().out, time.monotonic(), ""
    for chapter in CHAPTERS:
        with tempfile.TemporaryDirectory() as folder:
            rows = list(lived(chapter, Path(folder)))
        page += section(chapter, rows)
        print(section(chapter, rows), flush=True)
        if wrong := [row for row in rows if row.needed != row.ran]:
            raise SystemExit(f"not what was needed: {wrong}")
    asked = ["git", "describe", "--always", "--dirty"]
    revision = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    if out:
        minutes = (time.monotonic() - begun) / 60
        out.write_text(TITLE.format(today=date.today(), revision=revision, minutes=minutes) + page)


if __name__ == "__main__":
    main()
