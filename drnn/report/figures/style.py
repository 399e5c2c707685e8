"""One look for every figure, and the way from a figure to bytes that are the same every time."""

import io
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

WIDTHS = {"column": 3.3, "page": 6.9}
"""Inches of a figure in a paper of two columns."""
LETTERS = 8.0
"""Points of the smallest letters, as printed."""
THEME = {
    "paper": ("#ffffff", "#15181c"),
    "ink": ("#1d2127", "#e4e7ea"),
    "soft": ("#59616b", "#a3abb4"),
    "line": ("#d9dde2", "#353b43"),
    "head": ("#f3f5f7", "#20252b"),
    "line0": ("#555555", "#b4bac1"),
    "line1": ("#0072b2", "#4fa8e0"),
    "line2": ("#d55e00", "#f0843a"),
    "line3": ("#009e73", "#2fc79b"),
    "line4": ("#b8578b", "#dd94bd"),
    "line5": ("#c98a00", "#efb73e"),
}
"""CSS variable → its colour on a light page and on a dark one, as the report's page has them too.

The lines have Okabe and Ito's colours, which all common kinds of colour vision tell apart.
"""
PAPER, INK, SOFT, LINE, HEAD, *COLOURS = (light for light, _ in THEME.values())
GREY, BLUE, RED, GREEN, PURPLE, ORANGE = COLOURS
LINES = ["-", "--", "-.", ":"]
MARKS = ["o", "s", "D", "^", "v", "P"]
"""Lines and marks tell apart what colours do, in grey print too."""
PAINT = re.compile(r"\b(fill|stroke|stop-color): (#[0-9a-f]{6})\b")
MATHS = re.compile(rb"'DejaVu Sans'(?=[;\"])")
"""Formulas name one font; a reader without it gets the others of the text."""
SPAN = re.compile(r"(<tspan [^>]*?); fill: #[0-9a-f]{6}")
"""A part of a formula says again what colour the whole has."""
STAMP = re.compile(r"<text [^>]*>SYNTHETIC[^<]*</text>")
"""What a page with a banner hides."""
RULE = "*{stroke-linejoin: round; stroke-linecap: butt}"
"""matplotlib's one rule of CSS."""

SETTINGS = {
    "svg.hashsalt": "drnn",  # ids from the content, not from a random number
    "svg.fonttype": "none",  # text that can be searched, copied and edited
    "pdf.fonttype": 42,  # likewise; many publishers refuse the default
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],  # the others are as wide, or narrower
    "font.size": LETTERS,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": LETTERS,
    "axes.titlelocation": "left",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "xtick.labelsize": LETTERS,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "ytick.labelsize": LETTERS,
    "legend.frameon": False,
    "legend.fontsize": LETTERS,
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.2,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}


@contextmanager
def look() -> Iterator[None]:
    """Draw within matplotlib's defaults and this project's look, whatever the user's settings say."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def canvas(width: str, height: float) -> Figure:
    """An empty figure whose parts find their places; ``height`` in inches, ``width`` one of `WIDTHS`."""
    return Figure(figsize=(WIDTHS[width], height), layout="constrained")


def title(figure: Figure, *lines: str) -> None:
    """Lines above a figure, at its left, each broken where it is too long; the figure grows by them."""
    letters = round(14.5 * figure.get_figwidth())
    broken = [part for line in lines for part in textwrap.wrap(line, letters, break_long_words=False)]
    more = len(broken) - len(figure.get_suptitle().splitlines())
    figure.suptitle("\n".join(broken), x=0.01, ha="left", fontsize=LETTERS, parse_math=False)
    figure.set_figheight(figure.get_figheight() + 0.135 * more)


def svg(figure: Figure, synthetic: bool = False) -> str:
    """A figure as SVG text for a page: as `saved`, with colours that follow the page's, or its reader's, theme.

    Every colour is a variable of CSS with the light colour as its default. Where the SVG stands alone or as an image,
    it sets them itself for readers who prefer dark pages.
    """
    text = re.sub(r"[ \t]+$", "", saved(figure, "svg", synthetic).decode(), flags=re.MULTILINE)
    names = {light: name for name, (light, _) in THEME.items()}

    def themed(found: re.Match) -> str:
        paint, colour = found.groups()
        # The plain colour first: what knows no variables takes that.
        return f"{paint}: {colour}; {paint}: var(--{names[colour]}, {colour})" if colour in names else found[0]

    dark = " ".join(f"--{name}: {colour};" for name, (_, colour) in THEME.items())
    own = f"@media (prefers-color-scheme: dark) {{ svg:root {{ {dark} }} }}"
    text = STAMP.sub(r'<g class="stamp">\g<0></g>', SPAN.sub(r"\1", text))
    return PAINT.sub(themed, text).replace(RULE, f"{RULE}\n{own}", 1)


def saved(figure: Figure, form: str, synthetic: bool = False) -> bytes:
    """The file of a figure: svg, pdf or png, the same bytes for the same figure; a synthetic one is stamped."""
    buffer = io.BytesIO()
    unsaid = {"svg": ("Date", "Creator"), "pdf": ("CreationDate", "Creator", "Producer"), "png": ("Software",)}
    metadata = dict.fromkeys(unsaid[form])  # neither the hour nor the version belongs to the figure
    with look():
        if synthetic:
            stamp(figure)
        figure.draw_without_rendering()  # the labels of the ticks follow from their places, and these from the labels
        figure.savefig(buffer, format=form, metadata=metadata, dpi=300)
    content = buffer.getvalue()
    return MATHS.sub(rb"\g<0>, 'Verdana', 'Arial', 'Helvetica', sans-serif", content) if form == "svg" else content


def stamp(figure: Figure) -> None:
    """Say SYNTHETIC across the figure and above it."""
    title(figure, "SYNTHETIC: made-up recordings", *figure.get_suptitle().splitlines())
    size = 9.5 * min(figure.get_figwidth(), 1.8 * figure.get_figheight())
    across = {"color": RED, "alpha": 0.10, "rotation": 24, "weight": "bold", "ha": "center", "va": "center"}
    figure.text(0.5, 0.5, "SYNTHETIC", fontsize=size, zorder=10, **across)
