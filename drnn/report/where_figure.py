"""Where a higher order helps, as a figure: each dataset's difference against what the dataset is like."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.evaluation.where import PROPERTIES, Pair, Setting, settings
from drnn.report import measured, style
from drnn.report.display import Names

LETTERS = 8  # points
MARKS = {"skeletons": ("o", style.BLUE), "sensors": ("s", style.ORANGE), "videos": ("D", style.RED)}
UNKNOWN = ("x", style.GREY)
AXES = {
    "length": ("frames", "log"),
    "sequences": ("training sequences", "log"),
    "noise": ("share of noise", "linear"),
    "values": ("values of a frame", "log"),
    "classes": ("classes", "log"),
}


def svg(metrics: list[Metrics]) -> str:
    """Of the highest order a row at equal units and one at equal parameters, a panel for each property of the data."""
    synthetic = measured.all_synthetic(metrics)
    found = [one for one in settings(metrics) if synthetic or one.facts.is_whole]
    pairs = _highest(found)
    with style.look(size=LETTERS):
        figure = Figure(figsize=(8.6, 0.7 + 1.75 * max(len(pairs), 1)), layout="constrained")
        panels = figure.subplots(max(len(pairs), 1), len(AXES), sharex="col", sharey=True, squeeze=False)
        for row, pair in zip(panels, pairs, strict=False):
            names = next(Names(one.facts) for one in found if pair in one.found)
            row[0].set_ylabel(f"{names.model(pair[0])}, less\n{names.model(pair[1])}, points", parse_math=False)
            for panel, name in zip(row, AXES, strict=True):
                _scatter(panel, name, pair, found)
        for panel, (label, scale) in zip(panels[-1], AXES.values(), strict=True):
            panel.set(xlabel=label, xscale=scale)
        _legend(figure, panels[0][0])
        return style.svg(figure, synthetic)


def _highest(found: list[Setting]) -> list[Pair]:
    """The claims about the highest order."""
    orders = {pair: one.facts.models[pair[0]].order for one in found for pair in one.found}
    return [pair for pair, order in orders.items() if order == max(orders.values())]


def _scatter(panel: Axes, name: str, pair: Pair, found: list[Setting]) -> None:
    """A mark for each dataset that has the property, by kind."""
    panel.axhspan(-MARGIN, MARGIN, color=style.GREY, alpha=0.15, linewidth=0)
    panel.axhline(0, color="black", linewidth=0.8)
    for one in (one for one in found if pair in one.found):
        if (x := PROPERTIES[name](one)) is not None:
            shape, colour = MARKS.get(one.facts.kind, UNKNOWN)
            label = one.facts.kind or "kind not known"
            panel.plot(x, one.found[pair].difference, shape, color=colour, markersize=4.5, label=label)


def _legend(figure: Figure, panel: Axes) -> None:
    """Each kind once."""
    handles = dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(handles))
