"""Figure 2: the training loss over the epochs, and beside it the accuracies at the end."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from drnn.evaluation.facts import Curve, Facts
from drnn.report import measured
from drnn.report.blocks import plural, span
from drnn.report.display import Names
from drnn.report.figures import style
from drnn.report.figures.source import Source

TICKS = 4
"""Marks on a curve."""


def loss(of: Source, width: str = "page") -> Figure:
    """Mean and range of the runs of every compared model and recipe under the first protocol, in one plot.

    Beside it the test accuracies of the same runs, and those of the training sequences where they are known.
    """
    facts, names = of.ran.facts, Names(of.ran.facts)
    protocol = facts.protocols[0]
    curves = [c for c in facts.curves if c.protocol == protocol and c.model in facts.claimed]
    recipes = list(dict.fromkeys(curve.recipe for curve in curves))
    with style.look():
        figure = style.canvas(width, 2.9 if width == "page" else 4.9)
        if width == "page":
            losses, accuracies = figure.subplots(1, 2, width_ratios=[1.9, 1])
        else:
            losses, accuracies = figure.subplots(2, 1, height_ratios=[1.3, 1])
        for curve in curves:
            _curve(losses, curve, recipes.index(curve.recipe), facts)
        _levels(losses, facts, recipes)
        _accuracies(accuracies, of, curves, recipes)
        runs = [r.runs for r in of.ran.results if r.place in {(protocol, name) for name in recipes}]
        counted = plural(runs[0], "run") if len(set(runs)) == 1 else f"{span(runs)} runs"
        style.title(figure, f"{names.titled}, {names.protocol(protocol)}: mean and range of {counted}")
        handles = _legend(curves, recipes, names)
        figure.legend(handles=handles, loc="outside lower center", ncols=5 if width == "page" else 2)
    return figure


def _look(facts: Facts, model: str) -> dict:
    """Colour and mark of a model, by its order."""
    order = facts.models[model].order
    return {"color": style.COLOURS[order % len(style.COLOURS)], "marker": style.MARKS[order % len(style.MARKS)]}


def _curve(panel: Axes, curve: Curve, recipe: int, facts: Facts) -> None:
    look, epochs = _look(facts, curve.model), np.arange(1, len(curve.mean) + 1)
    # The marks of models whose curves lie on each other stand beside each other.
    every = max(len(epochs) // TICKS, 1)
    first = min(every * facts.models[curve.model].order // 3, len(epochs) - 1)
    panel.fill_between(epochs, curve.low, curve.high, color=look["color"], alpha=0.15, linewidth=0)
    panel.plot(epochs, curve.mean, style.LINES[recipe % len(style.LINES)], markevery=(first, every), **look)


def _levels(panel: Axes, facts: Facts, recipes: list[str]) -> None:
    """What a loss of guessing is, and what none trained as written falls below."""
    # Each label on the side of its line where few curves are.
    levels = [("chance", math.log(len(facts.classes)), "bottom", 1)]
    if measured.RECIPE in recipes:
        floor = f"floor of the loss {Names(facts).recipe(measured.RECIPE)}"
        levels.append((floor, measured.loss_floor(len(facts.classes)), "top", -2))
    for name, height, side, gap in levels:
        panel.axhline(height, color=style.INK, linestyle=(0, (1, 2)), linewidth=1)
        where = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": side}
        panel.annotate(f"{name} {height:.2f}", (0.99, height), (0, gap), **where)
    panel.set(xlabel="epoch", ylabel="training loss")
    panel.margins(x=0.02, y=0.12)


def _accuracies(panel: Axes, of: Source, curves: list[Curve], recipes: list[str]) -> None:
    """Means over the runs, with their range: filled of the test sequences, hollow of the training sequences."""
    facts, names = of.ran.facts, Names(of.ran.facts)
    models = list(dict.fromkeys(curve.model for curve in curves))
    for curve in curves:
        found = measured.result(of.ran, curve.protocol, curve.model, curve.recipe)
        at = recipes.index(curve.recipe) + 0.2 * (models.index(curve.model) - (len(models) - 1) / 2)
        look = _look(facts, curve.model)
        for values, face in ((curve.train_accuracies, style.PAPER), (found.accuracies if found else [], look["color"])):
            if values:
                panel.plot([at, at], [min(values), max(values)], color=look["color"])
                panel.plot(at, np.mean(values), markerfacecolor=face, **look)
    panel.set_xticks(range(len(recipes)), [names.recipe(name) for name in recipes], parse_math=False)
    panel.set(xlim=(-0.6, len(recipes) - 0.4), ylabel="accuracy, %")
    panel.grid(False, axis="x")


def _legend(curves: list[Curve], recipes: list[str], names: Names) -> list[Line2D]:
    """Models by colour and mark, recipes by line, and what is hollow."""
    facts = names.facts
    models = dict.fromkeys(curve.model for curve in curves)
    handles = [Line2D([], [], label=names.model(name), **_look(facts, name)) for name in models]
    if len(recipes) > 1:
        lines = zip(recipes, style.LINES, strict=False)
        handles += [Line2D([], [], color=style.INK, linestyle=line, label=names.recipe(name)) for name, line in lines]
    if any(curve.train_accuracies for curve in curves):
        for label, face in (("test sequences", style.INK), ("training sequences", style.PAPER)):
            dot = {"color": style.INK, "marker": "o", "linestyle": "none", "markerfacecolor": face}
            handles.append(Line2D([], [], label=label, **dot))
    return handles
