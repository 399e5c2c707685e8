"""Where a higher order helps, as a figure: each dataset's difference against what the dataset is like."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.evaluation.where import PROPERTIES, Pair, Setting, settings
from drnn.report import measured, style
from drnn.report.display import Names

LETTERS = 8  # points
MARKS = {"skeletons": ("o", style.BLUE), "sensors": ("s", style.ORANGE), "videos": ("D", style.RED)}
UNKNOWN = ("x", style.GREY)
AXES = {
    "length": ("frames", 1),
    "sequences": ("training sequences", 1),
    "noise": ("share of noise, %", 100),
    "values": ("values of a frame", 1),
    "classes": ("classes", 1),
}
"""Property → what stands below its panels, and the factor by which it is shown."""


def svg(metrics: list[Metrics]) -> str:
    """Of the highest order a row at equal units and one at equal parameters, a panel for each property of the data."""
    synthetic = measured.all_synthetic(metrics)
    found = [one for one in settings(metrics) if synthetic or one.facts.is_whole]
    pairs = _highest(found)
    with style.look(size=LETTERS):
        figure = Figure(figsize=(8.6, 0.7 + 1.75 * max(len(pairs), 1)), layout="constrained")
        panels = figure.subplots(max(len(pairs), 1), len(AXES), sharex="col", sharey=True, squeeze=False)
        for row, pair in zip(panels, pairs, strict=False):
            row[0].set_ylabel(_label(next(one.facts for one in found if pair in one.found), pair), parse_math=False)
            for panel, name in zip(row, AXES, strict=True):
                _scatter(panel, name, pair, found)
        for panel, (label, _) in zip(panels[-1], AXES.values(), strict=True):
            _logarithmic(panel, label)
        _legend(figure, panels[0][0])
        return style.svg(figure, synthetic)


def _highest(found: list[Setting]) -> list[Pair]:
    """The claims about the highest order."""
    orders = {pair: one.facts.models[pair[0]].order for one in found for pair in one.found}
    return [pair for pair, order in orders.items() if order == max(orders.values())]


def _label(facts: Facts, pair: Pair) -> str:
    """What a row shows: points over an LSTM of as many units, or parameters."""
    equal = "units" if pair[1] in facts.claimed else "parameters"
    return f"{Names(facts).model(pair[0])}:\npoints over LSTM\nof equal {equal}"


def _logarithmic(panel: Axes, label: str) -> None:
    """An axis on which few numbers stand, and these in full."""
    panel.set(xlabel=label, xscale="log")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=6))
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())


def _scatter(panel: Axes, name: str, pair: Pair, found: list[Setting]) -> None:
    """A mark for each dataset that has the property, by kind."""
    panel.axhspan(-MARGIN, MARGIN, color=style.GREY, alpha=0.15, linewidth=0)
    panel.axhline(0, color="black", linewidth=0.8)
    for one in (one for one in found if pair in one.found):
        if (x := PROPERTIES[name](one)) is not None:
            shape, colour = MARKS.get(one.facts.kind, UNKNOWN)
            label = one.facts.kind or "kind not known"
            panel.plot(x * AXES[name][1], one.found[pair].difference, shape, color=colour, markersize=4.5, label=label)


def _legend(figure: Figure, panel: Axes) -> None:
    """Each kind once."""
    handles = dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(handles))
