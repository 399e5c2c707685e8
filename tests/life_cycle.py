"""The life of a checkout, step by step: what each situation makes run beside what it needs.

    python tests/life_cycle.py --out docs/life-cycle.md

Every row starts where the one before it ended. What ran is counted by the log that the `drnn` command writes.
"""

import argparse
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from engine_room import ALL, DVC, ROOT, SNAKEMAKE, Workspace, tiny

DRNN1 = Counter(train=1, metrics=1, traces=1, report=1)  # the model of the highest order, which the traces follow
SEED = Counter(train=2, metrics=1, report=1)
NOTHING = Counter()
PRODUCTS = ("train/**/*@*", "metrics/**/*@*", "traces/**/*@*", "report/report@*/**/*")


class Row(NamedTuple):
    """A situation, the command that met it, the jobs that were needed and those that ran."""

    situation: str
    command: str
    needed: Counter
    ran: Counter


class Life:
    """One checkout, its rows so far, and a clone of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.home = tiny(folder / "home")

    def row(self, situation: str, command: tuple[str, ...], needed: Counter, where: Workspace | None = None) -> Row:
        """Run a command that has to succeed."""
        name = " ".join(word for word in command if word not in ("-q", "--quiet", "all", "--cores", "2"))
        return Row(situation, name, needed, (where or self.home).executed(*command))

    def both(self, situation: str, needed: Counter, first: tuple, where: Workspace | None = None) -> Iterator[Row]:
        """One engine, then the other, which has nothing to do."""
        other = SNAKEMAKE if first == DVC else DVC
        yield self.row(situation, first, needed, where)
        yield self.row("… then the other engine", other, NOTHING, where)

    def truncation(self, value: str) -> Callable[[], None]:
        """Set a parameter of one model."""
        return lambda: self.home.set(lambda params: params["models"]["drnn1"].update(truncation=value))

    def rows(self) -> Iterator[Row]:
        """All rows."""
        yield from self._parameters()
        yield from self._revisions()
        yield from self._code()
        yield from self._files()
        yield from self._clones()
        yield from self._experiments()

    def stale(self) -> list[str]:
        """Files whose bytes are not those that a run from nothing, in a clone, gives to their name."""
        fresh = self.home.clone(self.folder / "fresh")
        fresh.check(*SNAKEMAKE)
        made, lived = ({n: c for p in PRODUCTS for n, c in w.products(p).items()} for w in (fresh, self.home))
        return [name for name, content in made.items() if lived.get(name) != content]

    def _parameters(self) -> Iterator[Row]:
        home = self.home
        yield from self.both("a fresh checkout", ALL, DVC)
        home.commit()
        self.truncation("strict")()
        yield from self.both("a parameter of one model edited", DRNN1, DVC)
        home.commit()
        self.truncation("none")()
        yield from self.both("another value", DRNN1, SNAKEMAKE)
        self.truncation("strict")()
        yield self.row("changed back", DVC, NOTHING)
        self.truncation("none")()
        yield self.row("and forward again", SNAKEMAKE, NOTHING)
        home.set(lambda params: params["seeds"].append(1))
        yield from self.both("a seed added", SEED, DVC)
        home.set(lambda params: params["seeds"].append(2))
        yield from self.both("another seed added", SEED, SNAKEMAKE)
        overridden = (*SNAKEMAKE, "--config", "seeds=[0]")
        yield self.row("seeds overridden on the command line", overridden, NOTHING)
        home.commit()

    def _revisions(self) -> Iterator[Row]:
        self.home.check("git", "checkout", "--quiet", "HEAD~1")
        self.home.check("dvc", "checkout", "--quiet", "dvc.yaml")
        yield from self.both("an older revision, `dvc checkout`", NOTHING, DVC)
        self.home.check("git", "reset", "--quiet", "--hard")
        self.home.check("git", "checkout", "--quiet", "-")
        self.home.check("dvc", "checkout", "--quiet", "dvc.yaml")
        yield self.row("back at the head, `dvc checkout`", SNAKEMAKE, NOTHING)

    def _code(self) -> Iterator[Row]:
        home = self.home
        home.edit("drnn/training/fit.py", '"""Train a layer.', '"""Train one layer.')
        yield from self.both("a docstring edited", NOTHING, DVC)
        home.edit("drnn/report/tables.py", '"Generated from', '"Made from')
        yield from self.both("a module edited that only the report uses", Counter(report=1), SNAKEMAKE)
        home.reset()

    def _files(self) -> Iterator[Row]:
        for path in sorted((self.home.folder / "results/report").glob("report@*/report.html")):
            path.unlink()
        yield self.row("the report's page deleted", SNAKEMAKE, Counter(report=1))
        for path in (self.home.folder / "results/features").rglob("*.h5"):
            path.unlink()
        yield self.row("features deleted whose trainings exist", SNAKEMAKE, NOTHING)

    def _clones(self) -> Iterator[Row]:
        home = self.home
        home.check("dvc", "remote", "add", "--quiet", "--force", "--default", "store", str(self.folder / "store"))
        home.check(*DVC)
        home.commit()
        home.check("dvc", "push", "--quiet", "dvc.yaml")
        clone = home.clone(self.folder / "clone")
        clone.check("dvc", "pull", "--quiet", "dvc.yaml")
        yield from self.both("a clone, `dvc pull`", NOTHING, SNAKEMAKE, clone)
        clone.set(lambda params: params["seeds"].append(7))
        yield from self.both("a clone, `dvc pull`, a seed added", SEED, SNAKEMAKE, clone)
        clone.set(lambda params: params["seeds"].append(8))
        yield from self.both("the same clone, another seed", SEED, DVC, clone)

    def _experiments(self) -> Iterator[Row]:
        edit = ("-S", "recipes.quick.epochs=4")
        needed = Counter(train=6, metrics=1, traces=1, report=1)
        yield self.row("an experiment elsewhere", ("dvc", "exp", "run", "--quiet", "--temp", *edit), needed)
        edit = ("-S", "recipes.quick.epochs=5")
        yield from self.both("an experiment here", needed, ("dvc", "exp", "run", "--quiet", *edit))


TITLE = """# The life of a checkout: what runs, and what is needed

Measured by `python tests/life_cycle.py --out docs/life-cycle.md` on {today}, revision {revision}: a small synthetic
experiment of two models. Each row starts where the one before it ended; jobs are counted by a log that the `drnn`
command writes. What is needed follows from the edit: every row should show the same number twice.
At the end {files}.

| situation | command | jobs needed | jobs that ran |
| --- | --- | ---: | ---: |
"""


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    return "\n".join(f"| {r.situation} | `{r.command}` | {r.needed.total()} | {r.ran.total()} |" for r in rows) + "\n"


def main() -> None:
    """Live, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="file for the table")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder))
        rows, stale = list(life.rows()), life.stale()
    asked = ["git", "describe", "--always", "--dirty"]
    revision = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    print(table(rows))
    files = f"{len(stale)} files differ from those of a run from nothing"
    if out:
        out.write_text(TITLE.format(today=date.today(), revision=revision, files=files) + table(rows))
    if wrong := [row for row in rows if row.needed != row.ran]:
        raise SystemExit(f"not what was needed: {wrong}")
    if stale:
        raise SystemExit(f"stale: {stale}")


if __name__ == "__main__":
    main()
