"""`drnn figure`: a figure of the committed record for a paper, drawn from its numbers; nothing is run."""

import json
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.files import write_bytes
from drnn.record.verify import RECORD, REMEDY
from drnn.report import forest


def figure(width: str, form: str, out: Path, record: Path = RECORD) -> str:
    """Write the figure of the verdict.

    Args:
        width: column or page of a paper of two columns.
        form: svg, pdf or png.
        out: the file.
        record: the folder of the record.

    Raises:
        UserError: the record is incomplete, or the file cannot be written.
    """
    try:
        names = json.loads((record / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{record}/: is not a whole record ({error}); {REMEDY}") from None
    metrics = [read(Metrics, record / f"metrics/{name}.json", REMEDY) for name in names]
    write_bytes(out, forest.saved(metrics, width, form))
    return f"{out}: written, {forest.WIDTHS[width]:g} inches wide"
