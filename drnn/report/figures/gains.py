"""What derivatives of states gain for each class, with intervals, a panel for each recipe."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.report.display import Names
from drnn.report.figures import style
from drnn.report.figures.source import Source, rows

FEWEST = 5
"""Of fewer test sequences an interval says nothing, and the class is left out."""
NOTHING = "Nothing to compare: models of order 0 and of a higher order are needed, and one is missing."
ROW = 0.25
"""Inches of a class."""


def gains(of: Source, width: str = "page") -> Figure:
    """Gain of each class over order 0 in points, the largest of the highest order and the first recipe on top."""
    names, found = Names(of.ran.facts), rows(of.tables["gains"])
    recipes = list(dict.fromkeys(row["recipe"] for row in found))
    few = {row["class"] for row in found if 0 < int(row["tested"] or FEWEST) < FEWEST}
    untested = {row["class"] for row in found if not row["gain"]}
    drawn = [row for row in found if row["class"] not in few | untested]
    classes = list(dict.fromkeys(row["class"] for row in drawn))
    with style.look():
        figure = style.canvas(width, 0.85 + ROW * max(len(classes), 1))
        if not drawn:
            figure.subplots().axis("off")
        else:
            panels = figure.subplots(1, len(recipes), sharex=True, sharey=True, squeeze=False)[0]
            for panel, recipe in zip(panels, recipes, strict=True):
                _panel(panel, [row for row in drawn if row["recipe"] == recipe], classes, names)
                panel.set_title(names.recipe(recipe), parse_math=False)
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        style.title(figure, *_about(of, found, sorted(few), sorted(untested)))
    return figure


def _about(of: Source, found: list[dict[str, str]], few: list[str], untested: list[str]) -> list[str]:
    """The title, and what is not drawn."""
    names = Names(of.ran.facts)
    if not found:
        return [f"{names.titled}: gain of each class", NOTHING]
    protocol = names.protocol(of.ran.facts.protocols[0])
    lines = [f"{names.titled}, {protocol}: gain of each class over {names.model(found[0]['baseline'])}"]
    lines += [f"left out, of fewer than {FEWEST} test sequences: {', '.join(few)}"] if few else []
    return lines + ([f"not tested: {', '.join(untested)}"] if untested else [])


def _panel(panel: Axes, found: list[dict[str, str]], classes: list[str], names: Names) -> None:
    """A dot with its interval for each class and model, one model below the other."""
    models = list(dict.fromkeys(row["model"] for row in found))
    panel.axvline(0, color=style.INK, linewidth=0.8)
    for n, model in enumerate(models):
        order = names.facts.models[model].order
        colour, shape = style.COLOURS[order % len(style.COLOURS)], style.MARKS[order % len(style.MARKS)]
        own = [row for row in found if row["model"] == model]
        heights = np.array([classes.index(row["class"]) for row in own]) + 0.36 * (n - (len(models) - 1) / 2)
        if all(row["low"] for row in own):
            low, high = ([float(row[end]) for row in own] for end in ("low", "high"))
            panel.hlines(heights, low, high, color=colour, linewidth=1)
        points = [float(row["gain"]) for row in own]
        panel.plot(points, heights, shape, color=colour, markersize=4, label=names.model(model))
    panel.set_yticks(range(len(classes)), classes, parse_math=False)
    panel.set(xlabel="points", ylim=(len(classes) - 0.4, -0.6))
    panel.grid(axis="y", linewidth=0.3)
    panel.tick_params(axis="y", length=0)
