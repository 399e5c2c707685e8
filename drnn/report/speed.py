"""How fast the layer is, from the table that benchmarks/layer.py leaves: ratios to nn.LSTM, each with its size."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from drnn.errors import UserError
from drnn.report.blocks import rows, wrapped
from drnn.report.sentences import Sentences

SAY = Sentences("templates/speed.j2")
PAGE = "benchmarks/layer.md"
REMEDY = f"run `python benchmarks/layer.py --out {PAGE}`"
BEGIN, END = "<!-- speed: written by `drnn verify --rewrite` from benchmarks/layer.md -->", "<!-- end of speed -->"
ORDER, LITERAL = "order 2", "order 2, literal loop"
PEER = "ratio to nn.LSTM"


@dataclass(frozen=True)
class Size:
    """Inputs, units and classes, and a batch of sequences of so many frames."""

    inputs: int
    units: int
    classes: int
    sequences: int
    frames: int


@dataclass(frozen=True)
class Ratio:
    """CPU time of a layer over that of nn.LSTM of the same size.

    Attributes:
        kind: "last frame" or "every frame" of a training step, by its loss, or "inference".
        layer: as the table names it.
    """

    kind: str
    layer: str
    size: Size
    value: float


def ratios(page: str) -> list[Ratio]:
    """The ratios in the tables of the page, whose columns are known by their heads.

    A table has a row for each size with a column for each layer, or a row for each size and layer.

    Raises:
        UserError: there is none of order 2's training step.
    """
    found = [ratio for kind, head, cells in _rows(page) for ratio in _ratios(kind, head, cells)]
    if not any((ratio.kind, ratio.layer) == ("last frame", ORDER) for ratio in found):
        raise UserError(f"{PAGE}: holds no ratio of a training step of {ORDER} to nn.LSTM; {REMEDY}")
    return found


def _rows(page: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """The section's heading, the heads of the columns and the cells of every row of every table."""
    heading, head = "", None
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ").lower()
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip().strip("*") for cell in line.split("|")[1:-1]]
        if head is None:
            head = cells
        elif set("".join(cells)) - set("-: "):
            yield heading, head, cells


def _ratios(heading: str, head: list[str], cells: list[str]) -> Iterator[Ratio]:
    numbers = [int(number) for number in re.findall(r"\d+", cells[0])]
    if len(numbers) != 5 or not (kind := _kind(f"{heading} {cells[0]}".lower())):
        return
    named = dict(zip(head, cells, strict=True))
    column = next((name for name in head if name.endswith(PEER)), None)
    of_layers = (
        {cells[1]: named[column]} if column else {name: named[name] for name in (ORDER, LITERAL) if name in named}
    )
    for layer, value in of_layers.items():
        yield Ratio(kind, layer, Size(*numbers), float(value))


def _kind(text: str) -> str | None:
    if "inference" in text:
        return "inference"
    if "training step" in text:
        return "every frame" if "every frame" in text else "last frame"
    return None


def sentence(page: str) -> str:
    """For README.md: the least and the greatest ratio of order 2's training step, each with its size."""
    trained = [ratio for ratio in ratios(page) if (ratio.kind, ratio.layer) == ("last frame", ORDER)]
    by_value = sorted(trained, key=lambda ratio: ratio.value)
    return "\n".join([BEGIN, *wrapped(SAY.sentence(by_value[0], by_value[-1])), END])


def table(page: str) -> str:
    """For docs/layer.md: order 2 at every size."""
    of_size: dict[Size, dict[tuple[str, str], float]] = {}
    for ratio in ratios(page):
        of_size.setdefault(ratio.size, {})[ratio.kind, ratio.layer] = ratio.value
    wanted = [("last frame", ORDER), ("every frame", ORDER), ("inference", ORDER), ("last frame", LITERAL)]
    columns = ["size", "training step", "loss of every frame", "inference", "training step, reference"]
    cells = [[SAY.size(size), *(_shown(found.get(one)) for one in wanted)] for size, found in of_size.items()]
    return "\n".join([BEGIN, *rows(columns, cells), END])


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"
