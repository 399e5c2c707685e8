"""`drnn figure`: a figure of the committed record for a paper, drawn from its numbers; nothing is run."""

import json
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.files import write_bytes
from drnn.record.drawn import tables
from drnn.record.verify import RECORD, REMEDY
from drnn.report.display import Names
from drnn.report.figures import style
from drnn.report.figures.every import OF_DATASET, of_all
from drnn.report.figures.source import Source
from drnn.report.measured import all_synthetic

SHOWS = {
    "verdict": "differences to order 0 with their intervals, and accuracies",
    "figure1": "the layer",
    "where": "differences against what each dataset is like",
    "loss": "training loss, and accuracies at the end",
    "dos": "norms of the derivatives of states over a sequence",
    "confusion": "confusion matrices",
    "gains": "gain of each class, with intervals",
    "behaviour": "derivatives of states and gates against motion",
}


def listed(record: Path = RECORD) -> str:
    """The names of the figures of a record, and what they show."""
    metrics = load(record)
    named = {name: SHOWS[name] for name in of_all(metrics)}
    for ran in metrics:
        title = Names(ran.facts).titled
        named |= {f"{ran.facts.dataset}_{kind}": f"{title}: {SHOWS[kind]}" for kind in OF_DATASET}
    widest = max(map(len, named))
    return "\n".join(f"{name:{widest}}  {shows}" for name, shows in named.items())


def figure(name: str, width: str, form: str, out: Path, record: Path = RECORD) -> str:
    """Write a figure.

    Args:
        name: of all datasets, or DATASET_KIND; KIND alone where the record has one dataset.
        width: column or page of a paper of two columns.
        form: svg, pdf or png.
        out: the file.
        record: the folder of the record.

    Raises:
        UserError: there is no such figure, the record is incomplete, or the file cannot be written.
    """
    metrics = load(record)
    if name in of_all(metrics):
        drawn, synthetic = of_all(metrics)[name](metrics, width), all_synthetic(metrics)
    else:
        ran, kind = _one(name, metrics, record)
        source = Source(ran, tables(record, ran.facts.dataset))
        drawn, synthetic = OF_DATASET[kind](source, width), ran.facts.synthetic
    write_bytes(out, style.saved(drawn, form, synthetic))
    return f"{out}: written, {style.WIDTHS[width]:g} inches wide"


def load(record: Path) -> list[Metrics]:
    """The metrics of a record's datasets.

    Raises:
        UserError: the record is incomplete.
    """
    try:
        names = json.loads((record / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{record}/: is not a whole record ({error}); {REMEDY}") from None
    return [read(Metrics, record / f"metrics/{name}.json", REMEDY) for name in names]


def _one(name: str, metrics: list[Metrics], record: Path) -> tuple[Metrics, str]:
    """The dataset and the kind that a name means."""
    known = {f"{ran.facts.dataset}_{kind}": (ran, kind) for ran in metrics for kind in OF_DATASET}
    if len(metrics) == 1:
        known |= {kind: (metrics[0], kind) for kind in OF_DATASET}
    if name not in known:
        raise UserError(f"{name}: is no figure of {record}/; `drnn figure` lists those that are")
    return known[name]
