"""The report as one HTML file that opens without a network: the same tables, the figures, the choices."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from drnn.evaluation.facts import Facts
from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report import behaviour, choices, measured, overlays, player, tables, verdicts
from drnn.report.blocks import FULL, Section
from drnn.report.followed import Followed, RunFacts, Trace
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
KINDS = ("loss", "dos_drawn", "confusion", "gains", "behaviour")
"""The figures of a dataset, but for the one that another one contains."""
PLAIN = {"dos_drawn": "dos"}
"""What stands for a figure that draws a recording where there is none, as in the committed record."""
LONG = 24
"""A cell of more characters may break into lines."""
MARKED = {"code": re.compile(r"`([^`]+)`"), "strong": re.compile(r"\*\*([^*]+)\*\*")}
NAME = re.compile(r"[\w./]{24,}")
"""What is too long for a line of a narrow column: names of parameters, of files."""

PAGE = "templates/report.html.j2"
PARTS = ["templates/parts.html.j2", "templates/tools.html.j2"]
"""What the page's template is made of besides."""
STYLES = ["templates/report.css", "templates/tools.css", "templates/media.css"]
SCRIPTS = ["templates/tools.js", "templates/contents.js", "templates/drawing.js", "templates/player.js"]
SCRIPTS += ["templates/report.js"]
OF_PLAYER = {"templates/drawing.js", "templates/player.js"}
MOST, TEXT = 2_900_000, 500_000
"""Characters that the page may have, and those of them that its text, tables and scripts may."""

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
    parts, synthetic = tables.parts(metrics, params), measured.all_synthetic(metrics)
    scripts = [Markup(_text(name)) for name in SCRIPTS if behaviours or name not in OF_PLAYER]
    drawn = [_figure(n, *figure) for n, figure in enumerate(_captioned(metrics, traces, figures))]
    data = {"confusions": overlays.confusions(metrics, predictions), "losses": overlays.losses(metrics)}
    room = MOST - TEXT - sum(len(figure["svg"]) for figure in drawn) - len(json.dumps(data))
    data["players"] = player.players(metrics, traces, behaviours, predictions, max(room, 0)) if behaviours else []
    return (
        _environment(synthetic)
        .get_template(PAGE)
        .render(
            title=tables.title(metrics),
            heading=SAY.heading(synthetic, tables.title(metrics)),
            introduction=tables.introduction(),
            synthetic=synthetic,
            verdict=verdicts.sentences(metrics),
            summary=parts.summary,
            sections=_sections(metrics, behaviours, parts),
            forest=drawn[0],
            figures=drawn[1:],
            choices=choices.section(params),
            choices_introduction=choices.introduction(),
            full=FULL,
            long=LONG,
            style=Markup("".join(map(_text, STYLES))),
            scripts=scripts,
            hashes=Markup(" ".join(map(_hash, scripts))),
            data=data,
        )
    )


def _environment(synthetic: bool) -> jinja2.Environment:
    """Text is escaped; a table's title says SYNTHETIC only where the page's banner does not."""
    texts = {name: _text(name) for name in (PAGE, *PARTS)}
    loader, undefined = jinja2.DictLoader(texts), jinja2.StrictUndefined
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=undefined)
    environment.filters["shown"] = shown
    environment.filters["unmarked"] = lambda title: title.removeprefix(measured.MARK) if synthetic else title
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return environment


def _sections(metrics: list[Metrics], behaviours: dict[str, Followed], parts: tables.Parts) -> list[Section]:
    """The tables' sections: the paper's come first where one of its datasets ran, else what did run."""
    of_behaviour = [behaviour.section(metrics, behaviours)] if behaviours else []
    if measured.admitted(metrics):
        return [*parts.paper, *parts.others, *of_behaviour, *parts.sources]
    return [*parts.others, *of_behaviour, *parts.paper, *parts.sources]


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def shown(text: str) -> Markup:
    """Text as markup: `code` and **strong** as in Markdown, and a long name may break after its dots."""
    broken = NAME.sub(lambda name: re.sub(r"[._/](?=.)", r"\g<0><wbr>", name[0]), str(escape(text)))
    for tag, mark in MARKED.items():
        broken = mark.sub(rf"<{tag}>\1</{tag}>", broken)
    return Markup(broken)


def _hash(script: str) -> str:
    """What a policy calls a script, so that the page runs it and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _captioned(
    metrics: list[Metrics], traces: dict[str, Trace], figures: dict[str, str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Caption, SVG and files of every figure but those that another one contains; the verdict's comes first."""
    for name, caption, table in (("verdict", SAY.verdict(MARGIN), ["claims.csv"]), ("figure1", SAY.layer(), [])):
        yield caption, figures[f"figures/{name}.svg"], [f"figures/{name}.svg", *table]
    ran = measured.admitted(metrics)
    for facts in (m.facts for m in metrics):
        name = facts.dataset
        trace = traces[name].facts if name in traces else None
        for kind in KINDS:
            plain = PLAIN.get(kind, kind)
            files = (f"figures/{name}_{one}.svg" for one in (kind, plain))
            if file := next((file for file in files if file in figures), None):
                yield _caption(facts, kind, trace, name in ran), figures[file], [file, f"data/{plain}/{name}.csv"]


def _caption(facts: Facts, kind: str, trace: RunFacts | None, in_rows: bool) -> str:
    """Under the paper's number if the paper shows this figure of this dataset; else what of the paper it is like."""
    alike = {figure.number: figure.dataset for figure in paper().figures if kind.startswith(figure.kind)}
    own = [number for number, dataset in alike.items() if in_rows and dataset == facts.dataset]
    return SAY.caption(facts, kind, trace, own[0] if own else None, list(alike))


def _figure(n: int, caption: str, svg: str, files: list[str]) -> dict:
    """A figure fit to stand in a page beside others, as markup; ``files`` are those to save, beside the page."""
    width = re.search(r'<svg [^>]*?\bwidth="([^"]+)"', svg)[1]
    return {"caption": caption, "width": width, "svg": Markup(inline(svg, f"g{n}-")), "files": files}


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
