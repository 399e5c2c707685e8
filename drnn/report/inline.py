"""Figures inside one page, made small: what they repeat is said once, and places have hundredths of a point."""

import re

BESIDE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", re.DOTALL)
"""What a figure says of itself and to its readers; rules for its elements are the page's."""
STYLE = re.compile(r' style="([^"]*)"')
THEMED = re.compile(r"([\w-]+): #[0-9a-f]{6}; \1: var\((--\w+), #[0-9a-f]{6}\)")
"""A colour with what stands for it where there are no variables; on the page there are."""
ID, ASKED = re.compile(r' id="([^"]*)"'), re.compile(r"#([\w.-]+)")
PLACES = re.compile(r' (?:d|x|y|width|height|transform)="[^"]*"')
LONG = re.compile(r"-?\d+\.\d{3,}")
INDENT = re.compile(r"\n\s*")


def inline(figures: list[tuple[str, str]]) -> tuple[list[str], str]:
    """Figures as they stand inside a page, and the style sheet of all of them.

    Args:
        figures: text of an SVG file and the id of its caption each.
    """
    classes: dict[str, str] = {}

    def named(found: re.Match) -> str:
        style = THEMED.sub(r"\1: var(\2)", found[1])
        return f' class="{classes.setdefault(style, f"f{len(classes)}")}"'

    drawn = [STYLE.sub(named, _alone(svg, f"g{n}-", caption)) for n, (svg, caption) in enumerate(figures)]
    return drawn, "\n".join(f".{name} {{ {style} }}" for style, name in classes.items())


def _alone(svg: str, prefix: str, caption: str) -> str:
    """Without its file's head, its ids unique by a prefix; of these only those that something asks for."""
    body = BESIDE.sub("", svg[svg.index("<svg") :])
    asked = set(ASKED.findall(body))
    body = ID.sub(lambda found: f' id="{prefix}{found[1]}"' if found[1] in asked else "", body)
    body = body.replace('href="#', f'href="#{prefix}').replace("url(#", f"url(#{prefix}")
    body = PLACES.sub(_rounded, INDENT.sub("\n", body))
    return body.replace("<svg ", f'<svg role="img" aria-labelledby="{caption}" ', 1)


def _rounded(places: re.Match) -> str:
    return LONG.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), places[0])
