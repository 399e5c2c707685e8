"""The verdict as a figure: differences to order 0 with their intervals, beside the accuracies behind them."""

import re
import textwrap
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.report.figures import forest_rows as behind
from drnn.report.figures import style
from drnn.report.figures.forest_rows import ACCURACY, PARAMETERS, UNITS, Mark, Row

ROW, FRAME = 0.36, 1.0
"""Inches of a row whose label has two lines at most, and of all around the rows."""
LINE = 0.13
"""Inches of each further line of a label."""
ENTRY = 0.15
"""Inches of a line of a legend."""
APART = 0.4
"""Of a row: room above those over all datasets."""
LONGEST = 16
"""Letters of a label in one line."""
FENCE = 1.5
"""So many interquartile ranges beyond its quartile an interval's end leaves the axis: the rule of box plots."""
TITLES = {UNITS: "equal units", PARAMETERS: "equal parameters", ACCURACY: "accuracy"}
GAIN, ACHIEVED = "points over LSTM", "%"
Limits = tuple[float, float]


def verdict(metrics: list[Metrics], width: str = "page") -> Figure:
    """A row for each dataset and recipe under its first protocol, and below them one for all datasets together.

    Differences to order 0 of equal units, of equal parameters where that ran, and accuracies, each in a panel. A column
    has one panel: the differences of the highest order, those at equal parameters hollow.

    Args:
        metrics: of the datasets.
        width: one of `style.WIDTHS`.
    """
    rows = behind.rows(metrics)
    kinds = [kind for kind in TITLES if any(row.marks[kind] for row in rows)] or [UNITS]
    in_column = width == "column"
    if in_column:
        kinds = [kind for kind in kinds if kind != ACCURACY] or [UNITS]
        rows = [_of_highest(row) for row in rows]
    limits = _limits([mark for row in rows for kind in (UNITS, PARAMETERS) for mark in row.marks[kind]])
    with style.look():
        lines = max((_label(row, rows).count("\n") + 1 for row in rows), default=1)
        height = ROW + LINE * max(0, lines - 2)
        figure = style.canvas(width, FRAME + height * max(len(rows), 1))
        panels = figure.subplots(1, 1 if in_column else len(kinds), sharey=True, squeeze=False)[0]
        for panel, shown in zip(panels, [kinds] if in_column else [[kind] for kind in kinds], strict=True):
            _panel(panel, rows, shown, limits)
            panel.set_title("" if in_column else TITLES[shown[0]])
        recipes = {row.recipe for row in rows}
        if len(recipes) == 1:
            style.title(figure, f"Recipe: {recipes.pop()}")
        handles = _legend(rows, kinds, in_column)
        if in_column:
            figure.set_figheight(figure.get_figheight() + ENTRY * len(handles))
        figure.legend(handles=handles, loc="outside lower center", ncols=1 if in_column else len(handles))
    return figure


def _of_highest(row: Row) -> Row:
    """A row with the marks of the highest order alone."""
    highest = max((mark.order for marks in row.marks.values() for mark in marks), default=0)
    marks = {kind: [mark for mark in marks if mark.order == highest] for kind, marks in row.marks.items()}
    return replace(row, marks=marks)


def _panel(panel: Axes, rows: list[Row], kinds: list[str], limits: Limits) -> None:
    """The axis of the rows, from the top, and the marks of one kind or of two."""
    heights = np.arange(len(rows)) + APART * np.array([row.overall for row in rows])
    panel.set_yticks(heights, [_label(row, rows) for row in rows], parse_math=False)
    panel.set(ylim=(max(heights, default=0) + 0.6, -0.6), xlabel=ACHIEVED if kinds == [ACCURACY] else GAIN)
    panel.tick_params(axis="y", length=0, pad=6)
    panel.grid(False, axis="y")
    if kinds == [ACCURACY]:
        limits = (-np.inf, np.inf)
    else:
        panel.set_xlim(limits)
        panel.axvspan(-MARGIN, MARGIN, color=style.GREY, alpha=0.15, linewidth=0)
        panel.axvline(0, color=style.INK, linewidth=0.8)
    if overall := sum(row.overall for row in rows):
        panel.axhline(heights[-overall] - 0.5 - APART / 2, color=style.SOFT, linewidth=0.8)
    for height, row in zip(heights, rows, strict=True):
        marks = [(mark, kind) for kind in kinds for mark in row.marks[kind]]
        for place, (mark, kind) in enumerate(marks):
            at = height + 0.24 * (place - (len(marks) - 1) / 2)
            _draw(panel, mark, at, hollow=kind == PARAMETERS, limits=limits)


def _limits(marks: list[Mark]) -> Limits:
    """All differences, the paper's too, and the ends of the intervals but for outliers."""
    shown = [-1.5 * MARGIN, 1.5 * MARGIN, *(mark.value.estimate for mark in marks)]
    shown += [mark.paper for mark in marks if mark.paper is not None]
    for ends in ([mark.value.low for mark in marks], [mark.value.high for mark in marks]):
        first, third = np.quantile(ends, (0.25, 0.75)) if ends else (0, 0)
        reach = FENCE * (third - first)
        shown += [end for end in ends if first - reach <= end <= third + reach]
    room = 0.04 * (max(shown) - min(shown))
    return min(shown) - room, max(shown) + room


def _draw(panel: Axes, mark: Mark, at: float, hollow: bool, limits: Limits) -> None:
    """A dot with its interval, whose ends outside the panel are arrows, and the paper's number as a tick."""
    look = _look(mark.order, hollow)
    ends = np.clip(mark.value[1:], *limits)
    panel.plot(ends, [at, at], color=look["color"], linewidth=1.4, solid_capstyle="butt")
    for end, arrow, inside in zip(mark.value[1:], "<>", ends, strict=True):
        if end != inside:
            panel.plot(inside, at, arrow, color=look["color"], markersize=4, clip_on=False, zorder=4)
    panel.plot(mark.value.estimate, at, **look, zorder=5)
    if mark.paper is not None:
        panel.plot(mark.paper, at, "|", color=look["color"], markersize=7, markeredgewidth=1.8, zorder=3)


def _look(order: int, hollow: bool) -> dict:
    colour = style.COLOURS[order % len(style.COLOURS)]
    shape = style.MARKS[order % len(style.MARKS)]
    face = style.PAPER if hollow else colour
    return {"color": colour, "marker": shape, "markerfacecolor": face, "markeredgewidth": 1.2, "linestyle": "none"}


def _label(row: Row, rows: list[Row]) -> str:
    """The dataset, in lines that are short, and its recipe where there are several."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=-)", "\0", row.dataset)  # where a long name may break
    lines = [row.dataset]
    if len(row.dataset) > LONGEST:
        lines = textwrap.wrap(words.replace("\0", " "), LONGEST)
        lines = [line if " " not in line or line in row.dataset else line.replace(" ", "") for line in lines]
    several = len({one.recipe for one in rows}) > 1
    return "\n".join([*lines, *([row.recipe] if several else [])])


def _legend(rows: list[Row], kinds: list[str], in_column: bool) -> list[Line2D | Patch]:
    """What the marks mean."""
    marks = [mark for row in rows for kind in kinds for mark in row.marks[kind]]
    names = {mark.order: mark.name for mark in sorted(marks, key=lambda mark: mark.order)}
    hollow = kinds if in_column and len(kinds) > 1 else [UNITS]
    handles = [
        Line2D([], [], label=f"{name}, {TITLES[kind]}" if hollow == kinds else name, **_look(order, kind == PARAMETERS))
        for order, name in names.items()
        for kind in hollow
    ]
    if any(mark.paper is not None for mark in marks):
        tick = {"marker": "|", "markersize": 7, "markeredgewidth": 1.8, "linestyle": "none", "color": style.SOFT}
        handles.append(Line2D([], [], label="the paper's number", **tick))
    band = Patch(color=style.GREY, alpha=0.15, linewidth=0, label=f"within ± {MARGIN:g} point")
    return handles if kinds == [ACCURACY] else [*handles, band]
