"""The report as one HTML file that opens without a network: the same tables, the figures, the choices."""

import re
from pathlib import Path

import jinja2
from markupsafe import Markup

from drnn.report import choices, tables
from drnn.report.measured import all_synthetic
from drnn.report.names import file_names

CAPTIONS = {
    "figure1": "Figure 1: the layer, from Equations (3) to (8).",
    "loss": "Figure 2: training loss on {name}, mean over the runs and the band that they span. The paper shows KTH.",
    "dos_drawn": "Figure 3: norms of the derivatives of states over one test sequence of {name}{about}.",
    "confusion": "Figures 4 and 5: confusion matrix on {name}; a row is the true action.",
}


def html(metrics: list[dict], traces: dict, params: dict, figures: dict[str, str]) -> str:
    """The page.

    Args:
        metrics: one entry for each dataset that ran.
        traces: the traced sequence of each dataset, of which the page takes the name and the action.
        params: the experiment, as in params.yaml.
        figures: SVG text by file name, as in `file_names`.
    """
    first, *rest = tables.sections(metrics, params)
    template = Path(__file__).parent / "templates/report.html.j2"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        title=tables.title(metrics),
        introduction=tables.INTRODUCTION,
        synthetic=all_synthetic(metrics),
        summary=first,
        sections=rest,
        figures=[_figure(n, *item) for n, item in enumerate(_shown(metrics, traces, figures))],
        choices=choices.section(params),
        choices_introduction=choices.INTRODUCTION,
    )


def _shown(metrics: list[dict], traces: dict, figures: dict[str, str]) -> list[tuple[str, str]]:
    """Caption and SVG of every figure but those that another one contains."""
    shown = []
    for file in file_names([m["facts"]["dataset"] for m in metrics])[3:]:
        stem = Path(file).stem
        kind = next((kind for kind in CAPTIONS if stem == kind or stem.endswith(f"_{kind}")), None)
        if kind is None:
            continue
        name = stem.removesuffix(f"_{kind}")
        trace = traces.get(name) if kind == "dos_drawn" else None
        facts = (trace["facts"] if isinstance(trace, dict) else trace.facts) if trace is not None else None
        about = f": {facts['action']}, {facts['sequence']}, {facts['model']}" if facts else ""
        shown.append((CAPTIONS[kind].format(name=name, about=about), figures[file]))
    return shown


def _figure(n: int, caption: str, svg: str) -> dict:
    """A figure fit to stand in a page beside others; safe as markup, for its text is drawn as paths."""
    return {"caption": caption, "svg": Markup(inline(svg, f"g{n}-"))}


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
