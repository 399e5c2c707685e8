"""The pages that tell the record's results and the benchmarks' figures in words: written by template, never by hand."""

from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.report import readme as front
from drnn.report import speed

LAYER = "docs/layer.md"


def pages(readme: Path, metrics: list[Metrics]) -> dict[Path, str]:
    """README.md and docs/layer.md beside it, and what each should hold.

    Args:
        readme: README.md; benchmarks/ lies beside it, too.
        metrics: of the record.

    Raises:
        UserError: a page is missing, or lacks the marks between which something is written.
    """
    benchmark = _text(readme.parent / speed.PAGE)
    layer = readme.parent / LAYER
    return {
        readme: front.page(_text(readme), metrics, benchmark),
        layer: front.replaced(_text(layer), speed.table(benchmark), LAYER),
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); restore it from git") from None
