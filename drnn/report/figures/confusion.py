"""Figures 4 and 5: which action was taken for which, one matrix for each recipe."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics, Result
from drnn.report.blocks import percent, plural
from drnn.report.display import Names
from drnn.report.figures import style
from drnn.report.figures.source import Source
from drnn.report.gains import recipes_of
from drnn.report.measured import in_paper_row

VISIBLE = 0.005
"""Smallest share that has a cell."""
DARKEST = 0.6
"""Opacity of a cell of 100 %: letters on it stay readable, light or dark."""
LEAST = 0.05
"""Smallest share whose number is written."""
LETTER = 0.077
"""Inches of a letter on average."""
NARROW = 12
"""Points: a narrower cell has no room for two digits."""


def confusion(of: Source, width: str = "page") -> Figure:
    """Share of each true action taken for each action, mean over runs, under the first protocol.

    Of the order-2 dRNN as in the paper, or, without one, of the model of the highest order; with the first two recipes.
    Where the cells are wide enough, numbers stand in them.
    """
    shown = [_shown(of.ran, recipe) for recipe in recipes_of(of.ran)]
    facts, names = of.ran.facts, Names(of.ran.facts)
    classes, longest = len(facts.classes), LETTER * max(map(len, facts.classes))
    room = style.WIDTHS[width] - longest - 0.4
    beside = len(shown) > 1 and 72 * room / (len(shown) * classes) >= NARROW
    numbered = 72 * room / (classes * (len(shown) if beside else 1)) >= NARROW
    cell = 0.16 if classes > 10 else 0.28
    with style.look():
        panel_height, stacked = classes * cell + 0.25, 1 if beside else len(shown)
        figure = style.canvas(width, stacked * panel_height + (0.9 * longest if numbered else 0.5) + 0.3)
        grid = (1, len(shown)) if beside else (len(shown), 1)
        panels = figure.subplots(*grid, sharex=True, sharey=True, squeeze=False).ravel()
        for panel, found in zip(panels, shown, strict=True):
            _matrix(panel, np.asarray(found.confusion, dtype=float), facts, numbered)
            panel.set_title(f"{names.recipe(found.recipe)}: {percent(found.mean)} %", parse_math=False)
            panel.label_outer()
        found = shown[0]
        about = f"{names.titled}, {names.protocol(found.protocol)}, {names.model(found.model)}"
        *fewer, last = dict.fromkeys(one.runs for one in shown)
        runs = "".join(f"{number} and " for number in fewer) + plural(last, "run")
        style.title(figure, f"{about}: mean of {runs}{', %' if numbered else ''}")
        if not numbered:
            shades = (0.2, 0.6, 1.0)
            handles = [Patch(color=_paint(share), linewidth=0, label=f"{100 * share:.0f} %") for share in shades]
            figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def _shown(ran: Metrics, recipe: str) -> Result:
    here = [r for r in ran.under(ran.facts.protocols[0], recipe) if r.model in ran.facts.claimed]
    as_the_paper = [r for r in here if in_paper_row(ran, r.model, order=2)]
    return (as_the_paper or sorted(here, key=lambda r: ran.facts.models[r.model].order))[-1]


def _paint(share: float) -> tuple:
    return to_rgba(style.BLUE, DARKEST * share)


def _matrix(panel: Axes, rates: np.ndarray, facts: Facts, numbered: bool) -> None:
    """A cell for each pair that occurs, the darker the more."""
    names, size = facts.classes, len(facts.classes)
    places = np.argwhere(rates >= VISIBLE)
    cells = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in places]
    paints = [_paint(rates[row, column]) for row, column in places]
    panel.add_collection(PatchCollection(cells, facecolors=paints, linewidths=0))
    for row, column in places if numbered else []:
        if rates[row, column] >= LEAST:
            panel.text(column, row, f"{100 * rates[row, column]:.0f}", ha="center", va="center")
    panel.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="recognised as", ylabel="true action")
    if numbered:
        panel.set_xticks(range(size), names, rotation=60, ha="right", rotation_mode="anchor", parse_math=False)
        panel.set_yticks(range(size), names, parse_math=False)
    else:  # letters would lie on each other: the columns are counted as the rows are
        panel.set_xticks([n for n in range(size) if n in (0, size - 1) or (n + 1) % 5 == 0])
        panel.xaxis.set_major_formatter(lambda place, _: f"{place + 1:.0f}")
        panel.set_yticks(range(size), [f"{name} {n}" for n, name in enumerate(names, 1)], parse_math=False)
    panel.grid(linewidth=0.3)
    panel.tick_params(length=0)
