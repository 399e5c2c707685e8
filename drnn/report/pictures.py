"""The figures as the page shows them: markup with a caption, and the files of what is drawn."""

import re
from collections.abc import Iterator

from markupsafe import Markup

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report import measured
from drnn.report.followed import RunFacts, Trace
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
KINDS = ("loss", "dos_drawn", "confusion", "gains", "behaviour")
"""The figures of a dataset, but for the one that another one contains."""
PLAIN = {"dos_drawn": "dos"}
"""What stands for a figure that draws a recording where there is none, as in the committed record."""
VERDICT, LAYER = "figures/verdict.svg", "figures/figure1.svg"
WHERE = "figures/where.svg"
"""The figure that several datasets together have."""


def pictures(metrics: list[Metrics], traces: dict[str, Trace], figures: dict[str, str]) -> list[dict]:
    """Every figure with its caption, the verdict's first; ``figures`` are SVG text by file name."""
    found = []
    for n, (caption, files) in enumerate(_captioned(metrics, traces, figures)):
        svg = figures[files[0]]
        width = re.search(r'<svg [^>]*?\bwidth="([^"]+)"', svg)[1]
        drawn = {"svg": Markup(inline(svg, f"g{n}-")), "id": f"g{n}-caption", "width": width}
        found.append(drawn | {"caption": caption, "files": files})
    return found


def _captioned(metrics: list[Metrics], traces: dict[str, Trace], figures: dict[str, str]) -> Iterator[tuple]:
    """Caption and files of every figure but those that another one contains, its SVG first among them."""
    yield SAY.verdict(MARGIN), [VERDICT, "claims.csv"]
    yield SAY.layer(), [LAYER]
    if WHERE in figures:
        yield SAY.where(MARGIN), [WHERE, "where.csv"]
    ran = measured.admitted(metrics)
    for facts in (m.facts for m in metrics):
        name = facts.dataset
        trace = traces[name].facts if name in traces else None
        for kind in KINDS:
            plain = PLAIN.get(kind, kind)
            files = (f"figures/{name}_{one}.svg" for one in (kind, plain))
            if file := next((file for file in files if file in figures), None):
                yield _caption(facts, kind, trace, name in ran), [file, f"data/{plain}/{name}.csv"]


def _caption(facts: Facts, kind: str, trace: RunFacts | None, in_rows: bool) -> str:
    """Under the paper's number if the paper shows this figure of this dataset; else what of the paper it is like."""
    alike = {figure.number: figure.dataset for figure in paper().figures if kind.startswith(figure.kind)}
    own = [number for number, dataset in alike.items() if in_rows and dataset == facts.dataset]
    return SAY.caption(facts, kind, trace, own[0] if own else None, list(alike))


def inline(svg: str, prefix: str) -> str:
    """SVG text without its file's head, its ids made unique by a prefix; its size and its caption are the page's."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'href="#', f'href="#{prefix}', body)
    body = body.replace("url(#", f"url(#{prefix}")
    # matplotlib's one rule is for every element; inside a page it must not leave the figure.
    body = body.replace("*{stroke", f"#{prefix}root *{{stroke")
    named = f'<svg id="{prefix}root" role="img" aria-labelledby="{prefix}caption" '
    return body.replace("<svg ", named, 1)
