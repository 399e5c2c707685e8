"""Every sentence of the report: macros of templates/*.j2 over typed values. Python computes, templates say."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import jinja2

from drnn.report.blocks import interval, percent, plain, plural, probability, signed, span
from drnn.report.display import Names, capital

FILTERS = {
    "capital": capital,
    "interval": interval,
    "percent": percent,
    "plain": plain,
    "plural": plural,
    "probability": probability,
    "signed": signed,
    "span": span,
}


class Sentences:
    """The macros of one template as functions; each returns one line of plain text.

    Whoever shows the text escapes it: the page by Jinja's autoescape, Markdown in blocks.py. A module names its
    template whole, from this folder on, so that its text counts in the keys of what is made with it.
    """

    def __init__(self, template: str):
        self._template = template

    def __getattr__(self, macro: str) -> Callable[..., str]:
        found = getattr(_environment().get_template(self._template).module, macro)
        return lambda *values: " ".join(found(*values).split())


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent, encoding="utf-8")
    options = {"undefined": jinja2.StrictUndefined, "autoescape": False, "trim_blocks": True, "lstrip_blocks": True}
    environment = jinja2.Environment(loader=loader, **options)
    environment.filters |= FILTERS
    environment.globals["names"] = Names
    return environment
