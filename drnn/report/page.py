"""The report as one HTML file that opens without a network: the same tables, the figures, the choices."""

import base64
import hashlib
import json
import re
from functools import partial
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report import behaviour, choices, measured, overlays, pictures, player, tables, verdicts
from drnn.report.blocks import FULL, Section
from drnn.report.followed import Followed, Trace
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
LONG = 24
"""A cell of more characters may break into lines."""
MARKED = {"code": re.compile(r"`([^`]+)`"), "strong": re.compile(r"\*\*([^*]+)\*\*")}
SAID = re.compile(rf"{measured.MARK}|SYNTHETIC, | \(SYNTHETIC\)")
"""What the banner of a page on synthetic data says already."""
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
    metrics = measured.shown(metrics)
    parts, synthetic = tables.parts(metrics, params), measured.all_synthetic(metrics)
    scripts = [Markup(_text(name)) for name in SCRIPTS if behaviours or name not in OF_PLAYER]
    forest, groups, sheet = pictures.pictures(metrics, traces, figures)
    data = {"confusions": overlays.confusions(metrics, predictions), "losses": overlays.losses(metrics)}
    every = [forest, *(figure for group in groups for figure in group.pictures)]
    drawn = sum(len(figure.svg) + len(figure.narrow or "") for figure in every)
    room = MOST - TEXT - drawn - len(sheet) - len(json.dumps(data))
    data["players"] = player.players(metrics, traces, behaviours, predictions, max(room, 0)) if behaviours else []
    template = _environment(synthetic).get_template(PAGE)
    return template.render(
        title=tables.title(metrics),
        heading=SAY.heading(metrics, synthetic, tables.title(metrics) if measured.admitted(metrics) else ""),
        introduction=tables.introduction(),
        synthetic=synthetic,
        verdict=verdicts.sentences(metrics),
        summary=parts.summary,
        sections=_sections(metrics, behaviours, parts),
        forest=forest,
        groups=groups,
        choices=choices.section(params),
        choices_introduction=choices.introduction(),
        full=FULL,
        long=LONG,
        style=Markup("".join([*map(_text, STYLES), sheet])),
        scripts=scripts,
        hashes=Markup(" ".join(map(_hash, scripts))),
        data=data,
    )


def _environment(synthetic: bool) -> jinja2.Environment:
    """Text is escaped; it says SYNTHETIC only where the page's banner does not."""
    texts = {name: _text(name) for name in (PAGE, *PARTS)}
    loader, undefined = jinja2.DictLoader(texts), jinja2.StrictUndefined
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=undefined)
    unmarked = partial(SAID.sub, "") if synthetic else str
    environment.filters["unmarked"] = unmarked
    environment.filters["shown"] = lambda text: shown(unmarked(text))
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return environment


def _sections(metrics: list[Metrics], behaviours: dict[str, Followed], parts: tables.Parts) -> list[Section]:
    """The tables' sections: the paper's come first where one of its datasets ran, else what did run."""
    of_behaviour = [behaviour.section(metrics, behaviours)] if behaviours else []
    if measured.admitted(metrics):
        return [*parts.across, *parts.paper, *parts.others, *of_behaviour, *parts.sources]
    return [*parts.across, *parts.others, *of_behaviour, *parts.paper, *parts.sources]


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
