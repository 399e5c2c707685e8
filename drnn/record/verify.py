"""`drnn verify`: what follows from the record's predictions, recomputed and compared byte for byte."""

import difflib
import json
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.metrics import summarise, to_json
from drnn.evaluation.predictions import read_predictions
from drnn.record import searches
from drnn.report import data
from drnn.report.choices import discrepancies
from drnn.report.readme import replaced, results
from drnn.report.tables import paper_tables

RECORD = Path("reports")
README = Path("README.md")
REMEDY = "run `snakemake --cores all`, look at the report, then `drnn publish`"


def verify(record: Path = RECORD, readme: Path = README) -> str:
    """Recompute what follows from the record's predictions and compare every byte.

    That is the results and comparisons of metrics/*.json, the tables, the discrepancies, README's results,
    metrics.json, the confusions and gains in data/ and, from their runs, the studies. The facts (sizes, repairs,
    device, loss curves), the figures and the provenance are taken as they were published.

    Raises:
        UserError: the record is incomplete, or a file differs; shows the first lines that do.
    """
    try:
        params = json.loads((record / "provenance.json").read_text())["params"]
        facts = [json.loads((record / f"metrics/{name}.json").read_text())["facts"] for name in params["run"]]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{record}/: is not a whole record ({error}); {REMEDY}") from None
    files = {}
    for name, fact in zip(params["run"], facts, strict=True):
        runs = read_predictions(record / f"predictions/{name}.csv")
        files[f"metrics/{name}.json"] = to_json(summarise(runs, fact))
    metrics = [json.loads(text) for text in files.values()]
    files |= {"paper_tables.md": paper_tables(metrics, params), "discrepancies.md": discrepancies(params)}
    files["metrics.json"] = data.accuracies(metrics)
    files |= {f"data/confusion/{m['facts']['dataset']}.csv": data.confusions(m) for m in metrics}
    files |= {f"data/gains/{m['facts']['dataset']}.csv": data.class_gains(m) for m in metrics}
    files |= searches.recomputed(record, params["recipes"])
    for name, text in files.items():
        _compare(record / name, text)
    _compare(readme, replaced(readme.read_text(), results(metrics)))
    return f"{record}/: accuracies, comparisons and tables recomputed from the predictions, every byte equal"


def _compare(path: Path, recomputed: str) -> None:
    committed = path.read_text() if path.is_file() else ""
    if committed != recomputed:
        lines = committed.splitlines(), recomputed.splitlines()
        shown = list(difflib.unified_diff(*lines, "committed", "recomputed", lineterm="", n=0))[:12]
        raise UserError(f"{path}: differs from what the committed predictions give; {REMEDY}\n" + "\n".join(shown))
