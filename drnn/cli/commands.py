"""`drnn <command>` = `python -m drnn <command>`: what people ask, and the steps, which the workflow's rules call."""

import logging
import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from drnn import __version__
from drnn.cli.exits import CODES, Commands
from drnn.cli.steps import add_steps
from drnn.errors import UserError
from drnn.record.accuracies import RECORD

ABOUT = """Differential recurrent neural networks for action recognition, as a reproducible benchmark.

Snakemake or DVC makes the results; these commands say what there is, and keep it in order."""
WAYS_IN = """`snakemake --cores 2 demo` shows everything on synthetic data within minutes and offline;

`snakemake --cores 8` makes the paper's tables, which `drnn publish` then keeps."""
PANEL = "What people ask"
RECORDS = Path(RECORD).parent

app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=ABOUT,
    epilog=f"{WAYS_IN}\n\n{CODES}",
)
Experiment = Annotated[
    str | None,
    typer.Option(help="paper (params.yaml), demo, searches or a file of parameters; default: what was run last"),
]


class ToStderr(logging.Handler):
    """Writes to stderr as it is at the moment: a progress bar stands in for it, and moves down."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message."""
        print(self.format(record), file=sys.stderr)


def _version(asked: bool) -> None:
    if asked:
        print(f"drnn {__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", envvar="DRNN_VERBOSE", help="say what a step will do, log more, show tracebacks"
        ),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say which version this is")
    ] = False,
) -> None:
    """Set up what every command writes to stderr."""
    logging.basicConfig(format="%(message)s", handlers=[ToStderr()])  # of libraries warnings alone
    logging.getLogger("drnn").setLevel(logging.DEBUG if verbose else logging.INFO)


@app.command(rich_help_panel=PANEL)
def init(
    path: Annotated[
        str, typer.Argument(help="folder or zip archive: with sequences.csv, or with NAME_TRAIN.ts; or uea:NAME")
    ],
    name: Annotated[str | None, typer.Option(help="of the experiment; default: that of the folder")] = None,
) -> None:
    """Look at sequences of your own, and write an experiment with them: NAME.yaml."""
    from drnn.cli.init import init

    print(init(path, name))


@app.command(rich_help_panel=PANEL)
def status(
    verify: Annotated[bool, typer.Option(help="compare every file with what was made")] = False,
    experiment: Experiment = None,
) -> None:
    """Say what is made, what the next run would make, and why."""
    from drnn.cli import status

    print(status.verify(experiment) if verify else status.status(experiment))


@app.command(rich_help_panel=PANEL)
def why(
    what: Annotated[str, typer.Argument(help="a file, a key, a step or a target")],
    experiment: Experiment = None,
) -> None:
    """Say what a key is made of."""
    from drnn.cli.why import explain

    print(explain(what, experiment))


@app.command(rich_help_panel=PANEL)
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="a file of metrics, or a git revision of this project")],
    second: Annotated[str, typer.Argument(metavar="B", help="what to compare it with, likewise")] = RECORD,
    form: Annotated[Literal["text", "markdown", "json"], typer.Option("--format", help="how to print it")] = "text",
    every: Annotated[bool, typer.Option("--all", help="list equal rows too")] = False,
) -> None:
    """Say in which accuracies two results differ: files, or git revisions of reports/metrics.json.

    A file has the form of reports/metrics.json or of reports/metrics/<dataset>.json. The exit code is 0 whether they
    differ or not.
    """
    from drnn.record.compare import compare

    print(compare(first, second, form, every, shutil.get_terminal_size().columns))


@app.command(rich_help_panel=PANEL)
def publish(
    only: Annotated[list[str] | None, typer.Option(help="a dataset of `run`; default: all of them")] = None,
    experiment: Experiment = None,
    remove: Annotated[list[str] | None, typer.Option(help="a dataset of the record that is to go")] = None,
) -> None:
    """Copy a finished report to the committed record: of params.yaml to reports/, of another file to reports/own/.

    It is added: datasets of the record that are not in the report stay.
    """
    from drnn.record.publish import publish

    print(publish(only, experiment, remove or []))


@app.command(rich_help_panel=PANEL)
def figure(
    name: Annotated[str | None, typer.Argument(help="such as verdict, or loss; without one, all names")] = None,
    form: Annotated[Literal["svg", "pdf", "png"], typer.Option("--format", help="of the file")] = "pdf",
    width: Annotated[Literal["column", "page"], typer.Option(help="3.3 or 6.9 inches")] = "column",
    record: Annotated[Path, typer.Option(help="folder of the record")] = RECORDS,
    out: Annotated[Path | None, typer.Option(help="the file; default: NAME.FORMAT here")] = None,
) -> None:
    """Draw a figure of the committed record for a paper; nothing is run."""
    from drnn.record.figure import figure, listed

    print(figure(name, width, form, out or Path(f"{name}.{form}"), record) if name else listed(record))


@app.command(rich_help_panel=PANEL)
def table(
    name: Annotated[str | None, typer.Argument(help="such as accuracies; without one, all names")] = None,
    form: Annotated[Literal["latex", "csv", "markdown"], typer.Option("--format", help="how to print it")] = "latex",
    record: Annotated[Path, typer.Option(help="folder of the record")] = RECORDS,
) -> None:
    """Print a table of the committed record for a paper; nothing is run."""
    from drnn.record.table import listed, table

    print(table(name, form, record) if name else listed(record))


@app.command(rich_help_panel=PANEL)
def verify(
    rewrite: Annotated[bool, typer.Option(help="write what differs, after a change of wording")] = False,
) -> None:
    """Recompute reports/ from its committed predictions; fail if a byte differs."""
    from drnn.record import verify

    print(verify.rewrite_all() if rewrite else verify.verify_all())


@app.command(rich_help_panel=PANEL)
def gc(
    delete: Annotated[bool, typer.Option(help="drop the files; otherwise only say which")] = False,
    keep: Annotated[list[str] | None, typer.Option(help="a git revision, besides HEAD, branches and tags")] = None,
    work: Annotated[bool, typer.Option(help="drop too what lies between videos and their finished features")] = False,
    forget: Annotated[list[str] | None, typer.Option(help="an experiment that was run, to let go of")] = None,
) -> None:
    """Drop files that no kept state of the experiments needs."""
    from drnn.cli.gc import gc
    from drnn.plan.chosen import forget as let_go

    for name in forget or []:
        let_go(name)
    print(gc(delete, keep or [], work))


@app.command(rich_help_panel=PANEL)
def synthesise(
    dataset: Annotated[Literal["kth"], typer.Argument(help="whose form the recordings have")],
    folder: Annotated[Path, typer.Option(help="where they go")] = Path("results/synthetic_kth"),
    videos: Annotated[int, typer.Option(help="how many, in the order of their names")] = 599,
    frames: Annotated[int, typer.Option(help="length of a video on average")] = 483,
    seed: Annotated[int, typer.Option(help="of every draw")] = 0,
) -> None:
    """Write synthetic videos as files, named, cut and listed as KTH's; those that are there are kept."""
    from drnn.datasets.synthetic_kth import write_folder

    try:
        written = write_folder(folder, videos, frames, seed)
    except ValueError as error:
        raise UserError(f"synthesise {dataset}: {error}") from None
    print(f"{folder}: {written} videos written, {videos - written} were there; its list is 00sequences.txt")


@app.command(rich_help_panel=PANEL)
def describe(check: Annotated[bool, typer.Option(help="only compare")] = False) -> None:
    """Write what follows from the code: the parameters' page, the table of the steps, the stages of DVC."""
    from drnn.cli.describe import write

    print(write(check))


add_steps(app)


def main() -> None:
    """Run a command; how it ends is drnn.cli.exits'. A character that a terminal lacks is replaced."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    app()
