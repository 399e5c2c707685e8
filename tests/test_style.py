"""The look of every figure: letters, colours, themes, and files that are the same every time."""

import re
from pathlib import Path

import pytest
from report_room import fake_metrics, fake_trace, source

from drnn.errors import UserError
from drnn.report.figures import norms, style
from drnn.report.figures.every import OF_ALL, OF_DATASET
from drnn.report.figures.layer import layer

CSS = Path(__file__).parents[1] / "drnn/report/templates/report.css"
DRAWN = [
    (name, width) for name in (*OF_ALL, *OF_DATASET) for width in style.WIDTHS if (name, width) != ("figure1", "column")
]


def drawn(name, width):
    ran = fake_metrics()
    return OF_ALL[name]([ran], width) if name in OF_ALL else OF_DATASET[name](source(ran), width)


@pytest.mark.parametrize(("name", "width"), DRAWN)
def test_a_figure_is_as_wide_as_asked_its_text_is_text_and_its_letters_are_large_enough(name, width):
    svg = style.saved(drawn(name, width), "svg").decode()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(72 * style.WIDTHS[width])
    sizes = {float(size) for size in re.findall(r"font-size: ([\d.]+)px", re.sub("<tspan.*?>", "", svg))}
    assert sizes and min(sizes) >= 8
    assert all(family.endswith("sans-serif") for family in re.findall(r"font-family: ([^;\"]*)", svg))


@pytest.mark.parametrize(("name", "width"), DRAWN)
def test_nothing_of_a_figure_is_cut(name, width):
    figure = drawn(name, width)
    with style.look():
        figure.draw_without_rendering()
    outer, inner = figure.bbox, figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert inner.x0 >= outer.x0 - 1 and inner.x1 <= outer.x1 + 1
    assert inner.y0 >= outer.y0 - 1 and inner.y1 <= outer.y1 + 1


def test_the_layer_in_a_column_is_refused():
    with pytest.raises(
        UserError, match="figure1: its letters would be too small in a column; draw it with --width page"
    ):
        layer("column")


@pytest.mark.parametrize("name", [*OF_ALL, *OF_DATASET])
def test_every_colour_of_a_page_s_figure_follows_the_page_s_theme(name):
    svg = style.svg(drawn(name, "page"))
    body = svg[svg.index("</style>") :]
    lights = {light for light, _ in style.THEME.values()}
    plain = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", body)
    assert plain and set(plain) <= lights
    assert len(re.findall(r"(?:fill|stroke): var\(--\w+, #[0-9a-f]{6}\)", body)) == len(plain)


def test_alone_a_figure_is_dark_for_readers_who_prefer_that_and_for_a_paper_it_is_not():
    figure = norms.norms(source(fake_metrics(), fake_trace()))
    assert "@media (prefers-color-scheme: dark)" in style.svg(figure)
    saved = style.saved(figure, "svg").decode()
    assert "var(" not in saved and "@media" not in saved


def test_the_page_has_the_same_colours():
    css = CSS.read_text(encoding="utf-8")
    for name, colours in style.THEME.items():
        found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", css)
        assert tuple(map(whole, found.groups())) == colours


def whole(colour):
    """#abc as #aabbcc."""
    return "#" + "".join(2 * digit for digit in colour[1:]) if len(colour) == 4 else colour


def test_letters_of_a_pdf_are_of_a_kind_that_publishers_take():
    pdf = style.saved(norms.norms(source(fake_metrics())), "pdf")
    assert b"/Type3" not in pdf and b"/CIDFontType2" in pdf
