"""The figures as the page shows them: markup with a caption, and the files of what is drawn."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from markupsafe import Markup

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report import measured
from drnn.report.display import Names
from drnn.report.followed import RunFacts, Trace
from drnn.report.inline import inline
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
KINDS = ("loss", "dos_drawn", "confusion", "gains", "behaviour")
"""The figures of a dataset, but for the one that another one contains."""
PLAIN = {"dos_drawn": "dos"}
"""What stands for a figure that draws a recording where there is none, as in the committed record."""
VERDICT, LAYER = "figures/verdict.svg", "figures/figure1.svg"
COLUMN = "figures/verdict_column.svg"
"""What a narrow screen shows of the verdict's figure."""
WHERE = "figures/where.svg"
"""The figure that several datasets together have."""
Told = tuple[str, list[str]]
"""Caption and files of a figure, its SVG first."""


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Attributes:
        svg: its markup.
        width: of the drawing, in units of CSS.
        id: of its caption.
        caption: text.
        files: what can be had of it, relative to the page; its SVG first.
        narrow: markup of what a narrow screen shows instead; none: the same.
    """

    svg: Markup
    width: str
    id: str
    caption: str
    files: list[str]
    narrow: Markup | None = None


@dataclass(frozen=True)
class Group:
    """Figures under a heading, which folds them; without a title they are always there."""

    title: str
    pictures: list[Picture]


def pictures(
    metrics: list[Metrics], traces: dict[str, Trace], figures: dict[str, str]
) -> tuple[Picture, list[Group], str]:
    """The verdict's figure, all others, and the style sheet of all.

    Those of a dataset are folded where there are several datasets.

    Args:
        metrics, traces: of the datasets.
        figures: SVG text by file name.
    """
    told = {"": _of_all(figures)}
    ran = measured.admitted(metrics)
    for facts in (m.facts for m in metrics):
        title = Names(facts).titled if len(metrics) > 1 else ""
        told.setdefault(title, []).extend(_of_dataset(facts, traces, figures, facts.dataset in ran))
    flat = [one for group in told.values() for one in group]
    texts = [(figures[files[0]], f"g{n}") for n, (_, files) in enumerate(flat)]
    drawn, sheet = inline([*texts, (figures[COLUMN], "g0")])
    verdict, *others = (_picture(n, drawn[n], *one) for n, one in enumerate(flat))
    verdict = replace(verdict, narrow=Markup(drawn[-1]))
    left = iter([verdict, *others])
    groups = [Group(title, list(islice(left, len(group)))) for title, group in told.items()]
    groups[0].pictures.remove(verdict)
    return verdict, groups, sheet


def _picture(n: int, svg: str, caption: str, files: list[str]) -> Picture:
    return Picture(Markup(svg), re.search(r'<svg [^>]*?\bwidth="([^"]+)"', svg)[1], f"g{n}", caption, files)


def _of_all(figures: dict[str, str]) -> list[Told]:
    """Caption and files of the figures of all datasets, the verdict's first."""
    found = [(SAY.verdict(MARGIN), [VERDICT, "claims.csv"]), (SAY.layer(), [LAYER])]
    return [*found, (SAY.where(MARGIN), [WHERE, "where.csv"])] if WHERE in figures else found


def _of_dataset(facts: Facts, traces: dict[str, Trace], figures: dict[str, str], in_rows: bool) -> Iterator[Told]:
    """Caption and files of a dataset's figures but those that another one contains."""
    name = facts.dataset
    trace = traces[name].facts if name in traces else None
    for kind in KINDS:
        plain = PLAIN.get(kind, kind)
        files = (f"figures/{name}_{one}.svg" for one in (kind, plain))
        if file := next((file for file in files if file in figures), None):
            yield _caption(facts, kind, trace, in_rows), [file, f"data/{plain}/{name}.csv"]


def _caption(facts: Facts, kind: str, trace: RunFacts | None, in_rows: bool) -> str:
    """Under the paper's number if the paper shows this figure of this dataset; else what of the paper it is like."""
    alike = {figure.number: figure.dataset for figure in paper().figures if kind.startswith(figure.kind)}
    own = [number for number, dataset in alike.items() if in_rows and dataset == facts.dataset]
    return SAY.caption(facts, kind, trace, own[0] if own else None, list(alike))
