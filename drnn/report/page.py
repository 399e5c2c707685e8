"""The report as one HTML file that opens without a network: the same tables, the figures, the choices."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from drnn.evaluation.facts import Facts
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report import behaviour, choices, measured, overlays, player, tables
from drnn.report.blocks import FULL
from drnn.report.followed import Followed, RunFacts, Trace
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
KINDS = ("loss", "dos_drawn", "confusion", "gains", "behaviour")
"""The figures of a dataset, but for the one that another one contains."""
PLAIN = {"dos_drawn": "dos"}
"""What stands for a figure that draws a recording where there is none, as in the committed record."""
WHERE = "figures/where.svg"
"""The figure that several datasets together have."""
STYLE = "templates/report.css"
LONG = 24
"""A cell of more characters may break into lines."""
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[\w./]{24,}")
"""What is too long for a line of a narrow column: names of parameters, of files."""

SCRIPTS = ["templates/tools.js", "templates/drawing.js", "templates/player.js", "templates/report.js"]
OF_PLAYER = {"templates/drawing.js", "templates/player.js"}

Runs = dict[str, list[Run]]
"""Dataset → its runs."""


def html(
    metrics: list[Metrics],
    traces: dict[str, Trace],
    behaviours: dict[str, Followed],
    params: dict,
    figures: dict[str, str],
    predictions: Runs,
) -> str:
    """The page.

    Args:
        metrics: one entry for each dataset that ran.
        traces: the traced sequence of each dataset: its name and action, and of a video the pictures.
        behaviours: what a trained model of each dataset does over all test sequences; without them there is no player.
        params: the experiment, as in params.yaml.
        figures: SVG text by file name, as in `file_names`; those that are there are shown.
        predictions: dataset → its runs; without them no sequence is named behind a confusion.
    """
    parts = tables.parts(metrics, params)
    ran = measured.admitted(metrics)
    of_behaviour = [behaviour.section(metrics, behaviours)] if behaviours else []
    first = [*parts.paper, *parts.others, *parts.sources, *of_behaviour] if ran else [*parts.others, *of_behaviour]
    first = [*parts.across, *first]
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["shown"] = shown
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    scripts = [Markup(_text(name)) for name in SCRIPTS if behaviours or name not in OF_PLAYER]
    data = {
        "players": player.players(metrics, traces, behaviours, predictions) if behaviours else [],
        "confusions": overlays.confusions(metrics, predictions),
        "losses": overlays.losses(metrics),
    }
    return environment.from_string(_text("templates/report.html.j2")).render(
        title=tables.title(metrics),
        introduction=tables.introduction(),
        synthetic=measured.all_synthetic(metrics),
        summary=parts.summary,
        verdict=_figure("verdict", SAY.verdict(MARGIN), figures["figures/verdict.svg"]),
        sections=first,
        folded=[] if ran else parts.paper,
        last=[] if ran else parts.sources,
        figures=[_figure(n, *item) for n, item in enumerate(_captioned(metrics, traces, figures))],
        choices=choices.section(params),
        choices_introduction=choices.introduction(),
        full=FULL,
        long=LONG,
        style=Markup(_text(STYLE)),
        scripts=scripts,
        hashes=Markup(" ".join(map(_hash, scripts))),
        data=data,
    )


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def shown(text: str) -> Markup:
    """Text as markup: what stands between backticks is code, and a long name may break after its dots."""
    broken = NAME.sub(lambda name: re.sub(r"[._/](?=.)", r"\g<0><wbr>", name[0]), str(escape(text)))
    return Markup(CODE.sub(r"<code>\1</code>", broken))


def _hash(script: str) -> str:
    """What a policy calls a script, so that the page runs it and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _captioned(metrics: list[Metrics], traces: dict[str, Trace], figures: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Caption and SVG of every figure but those that another one contains."""
    yield SAY.layer(), figures["figures/figure1.svg"]
    if WHERE in figures:
        yield SAY.where(MARGIN), figures[WHERE]
    ran = measured.admitted(metrics)
    for facts in (m.facts for m in metrics):
        name = facts.dataset
        trace = traces[name].facts if name in traces else None
        for kind in KINDS:
            drawn = (figures.get(f"figures/{name}_{one}.svg") for one in (kind, PLAIN.get(kind)))
            if svg := next(filter(None, drawn), None):
                yield _caption(facts, kind, trace, name in ran), svg


def _caption(facts: Facts, kind: str, trace: RunFacts | None, in_rows: bool) -> str:
    """Under the paper's number if the paper shows this figure of this dataset; else what of the paper it is like."""
    alike = {figure.number: figure.dataset for figure in paper().figures if kind.startswith(figure.kind)}
    own = [number for number, dataset in alike.items() if in_rows and dataset == facts.dataset]
    return SAY.caption(facts, kind, trace, own[0] if own else None, list(alike))


def _figure(n: int | str, caption: str, svg: str) -> dict:
    """A figure fit to stand in a page beside others; safe as markup, for its text is drawn as paths."""
    width = re.search(r'<svg [^>]*?\bwidth="([^"]+)"', svg)[1]
    return {"caption": caption, "width": width, "svg": Markup(inline(svg, f"g{n}-"))}


def inline(svg: str, prefix: str) -> str:
    """SVG text without its file's head, its ids made unique by a prefix and its size left to the page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'href="#', f'href="#{prefix}', body)
    body = body.replace("url(#", f"url(#{prefix}")
    # matplotlib's one rule is for every element; inside a page it must not leave the figure.
    body = body.replace("*{stroke", f"#{prefix}root *{{stroke")
    return re.sub(r"<svg ", f'<svg id="{prefix}root" role="img" ', body, count=1)
