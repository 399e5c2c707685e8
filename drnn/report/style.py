"""One look for every figure, and the way from a figure to bytes that are the same every time."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

# Okabe and Ito's palette: told apart by all common kinds of colour vision.
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#555555"
LINES = ["-", "--", "-.", ":"]  # a second mark beside the colour, for print
COLOURS = [GREY, BLUE, RED, GREEN, PURPLE, ORANGE]

SETTINGS = {
    "svg.hashsalt": "drnn",  # ids from the content, not from a random number
    "svg.fonttype": "path",  # the same letters on every machine
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "mathtext.fontset": "dejavusans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "axes.edgecolor": "#888888",
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def look(size: float = 9.5) -> Iterator[None]:
    """Draw within matplotlib's defaults and this project's look, whatever the user's settings say.

    Args:
        size: of the letters, in points.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS | {"font.size": size})
        yield


def svg(figure: Figure, synthetic: bool) -> str:
    """A figure as SVG text, the same bytes for the same figure; a synthetic one is stamped."""
    text = saved(figure, "svg", synthetic).decode()
    return re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)


def saved(figure: Figure, form: str, synthetic: bool) -> bytes:
    """The file of a figure: svg, pdf or png, the same bytes for the same figure; a synthetic one is stamped."""
    if synthetic:
        stamp(figure)
    buffer = io.BytesIO()
    unsaid = {"svg": ("Date", "Creator"), "pdf": ("CreationDate", "Creator", "Producer"), "png": ("Software",)}
    metadata = dict.fromkeys(unsaid[form])  # neither the hour nor the version belongs to the figure
    figure.savefig(buffer, format=form, metadata=metadata, bbox_inches="tight", pad_inches=0.12, dpi=200)
    return buffer.getvalue()


def stamp(figure: Figure) -> None:
    """Say SYNTHETIC across the figure and above it."""
    across = {"color": RED, "alpha": 0.10, "rotation": 24, "weight": "bold", "ha": "center", "va": "center"}
    size = 9.5 * min(figure.get_figwidth(), 1.8 * figure.get_figheight())
    figure.text(0.5, 0.5, "SYNTHETIC", fontsize=size, zorder=10, **across)
    above = "SYNTHETIC: made-up recordings, not the paper's data"
    figure.text(0.5, 1.03, above, color=RED, weight="bold", ha="center", va="bottom")
