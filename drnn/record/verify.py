"""`drnn verify`: what follows from the record's predictions, recomputed and compared byte for byte."""

import difflib
import json
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.facts import Facts
from drnn.evaluation.metrics import summarise
from drnn.evaluation.predictions import read_predictions
from drnn.evaluation.results import Metrics, to_json
from drnn.evaluation.typed import Measured, parsed, read
from drnn.files import write_text
from drnn.record import drawn, searches
from drnn.record.index import index
from drnn.record.pages import OWN, pages
from drnn.report import data
from drnn.report.choices import discrepancies
from drnn.report.tables import paper_tables

RECORD = Path("reports")
README = Path("README.md")
REMEDY = "run `snakemake --cores all`, look at the report, then `drnn publish`"
REWRITE = "`drnn verify --rewrite` writes it anew"


class _Published(Measured, extra="ignore"):
    """What of a file of metrics is taken as it is; the rest is recomputed."""

    facts: Facts


def verify_all() -> str:
    """Verify the record and those of other experiments in it; see `verify`."""
    return "\n".join([verify(), *(verify(own, None) for own in _own())])


def rewrite_all() -> str:
    """Rewrite the record and those of other experiments in it; see `rewrite`."""
    return "\n".join([rewrite(), *(rewrite(own, None) for own in _own())])


def _own() -> list[Path]:
    return sorted(path.parent for path in (RECORD / OWN).glob("*/provenance.json"))


def verify(record: Path = RECORD, readme: Path | None = README) -> str:
    """Recompute what follows from the record's predictions and compare every byte.

    Raises:
        UserError: the record is incomplete, or files differ; names each, and shows the first lines of one that do.
    """
    texts = {path: text for path, text in recomputed(record, readme).items() if _committed(path) != text}
    if texts:
        said = [_differs(path, in_record=path.is_relative_to(record)) for path in texts]
        raise UserError("\n".join(said + _lines(*next(iter(texts.items())))))
    return f"{record}/: accuracies, comparisons and tables recomputed from the predictions, every byte equal"


def rewrite(record: Path = RECORD, readme: Path | None = README) -> str:
    """Write what follows from the record's predictions: after a change of wording, not of numbers.

    Raises:
        UserError: the record is incomplete.
    """
    texts = {path: text for path, text in recomputed(record, readme).items() if _committed(path) != text}
    for path, text in texts.items():
        write_text(path, text)
    return "\n".join([*(f"{path}: written" for path in texts), f"{len(texts)} files were other than recomputed"])


def recomputed(record: Path, readme: Path | None) -> dict[Path, str]:
    """Each file that follows from the record's predictions, and what it should hold.

    That is the results and comparisons of metrics/*.json, the tables, the discrepancies, metrics.json, the CSVs of
    accuracies, of claims and of where a higher order helps, the confusions and gains in data/, the figures, index.html,
    from their runs the searches, and what README.md, docs/layer.md and docs/method.md say of all this and of the
    layer's speed. The facts (sizes, repairs, device, loss curves), what data/ holds of single runs, and the provenance
    are taken as they were published.
    """
    try:
        params = json.loads((record / "provenance.json").read_text(encoding="utf-8"))["params"]
        names = params["run"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{record}/: is not a whole record ({error}); {REMEDY}") from None
    facts = {name: read(_Published, record / f"metrics/{name}.json", REMEDY).facts for name in names}
    runs = {name: read_predictions(record / f"predictions/{name}.csv") for name in names}
    files = {f"metrics/{name}.json": to_json(summarise(runs[name], facts[name])) for name in names}
    metrics = [parsed(Metrics, text, record / name, REMEDY) for name, text in files.items()]
    files |= {"paper_tables.md": paper_tables(metrics, params), "discrepancies.md": discrepancies(params)}
    files["metrics.json"] = data.accuracies(metrics)
    files |= {"accuracies.csv": data.results(metrics), "claims.csv": data.claims(metrics)}
    files["where.csv"] = data.where(metrics)
    files |= {f"data/confusion/{m.facts.dataset}.csv": data.confusions(m) for m in metrics}
    files |= {f"data/gains/{m.facts.dataset}.csv": data.class_gains(m, runs[m.facts.dataset]) for m in metrics}
    figures = drawn.figures(record, metrics, files)
    files |= figures | {"index.html": index(figures, metrics, params, runs)}
    files |= searches.recomputed(record, params["recipes"])
    written = {record / name: text for name, text in files.items()}
    return written | (pages(readme, metrics, record) if readme else {})


def _differs(path: Path, in_record: bool) -> str:
    if in_record:
        return f"{path}: differs from what the committed predictions give; {REMEDY}"
    return f"{path}: differs from what the record and benchmarks/layer.md give; {REWRITE}"


def _lines(path: Path, recomputed: str) -> list[str]:
    """The first lines of a file that differ."""
    lines = _committed(path).splitlines(), recomputed.splitlines()
    return list(difflib.unified_diff(*lines, f"{path}, committed", "recomputed", lineterm="", n=0))[:12]


def _committed(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
