"""Where a higher order helps: each dataset's difference against what the dataset is like."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from drnn.evaluation.results import Metrics
from drnn.evaluation.verdicts import MARGIN
from drnn.evaluation.where import PROPERTIES, Pair, Setting, settings
from drnn.report import measured
from drnn.report.display import Names
from drnn.report.figures import style

MARKS = {"skeletons": ("o", style.BLUE), "sensors": ("s", style.ORANGE), "videos": ("D", style.RED)}
UNKNOWN = ("x", style.GREY)
AXES = {
    "length": ("frames", 1),
    "sequences": ("sequences", 1),
    "noise": ("noise, %", 100),
    "values": ("values", 1),
    "classes": ("classes", 1),
}
"""Property → its name on an axis, and by what it is shown. Sequences are those that train, values those of a frame."""


def where(metrics: list[Metrics], width: str = "page") -> Figure:
    """Of the highest order the differences at equal units and at equal parameters, a panel for each property."""
    synthetic = measured.all_synthetic(metrics)
    found = [one for one in settings(metrics) if synthetic or one.facts.is_whole]
    pairs = _highest(found)
    size = max(len(pairs), 1)
    with style.look():
        if width == "page":
            figure = style.canvas(width, 0.6 + 1.6 * size)
            panels = figure.subplots(size, len(AXES), sharex="col", sharey=True, squeeze=False)
        else:
            figure = style.canvas(width, 0.5 + 1.4 * len(AXES))
            panels = figure.subplots(len(AXES), size, sharex="row", sharey=True, squeeze=False).T
        for row, pair in zip(panels, pairs, strict=False):
            for panel, name in zip(row, AXES, strict=True):
                _scatter(panel, name, pair, found)
            if width == "page":
                row[0].set_ylabel(f"{_label(pair, found)},\npoints")
            else:
                row[0].set_title(_label(pair, found))
        for n, row in enumerate(panels, 1):
            for panel, (label, _) in zip(row, AXES.values(), strict=True):
                _axis(panel, label if width == "column" or n == len(panels) else "")
        for panel in panels[0] if width == "column" else []:
            panel.set_ylabel("points")
        if pairs:
            names = next(Names(one.facts) for one in found if pairs[0] in one.found)
            style.title(figure, f"{names.model(pairs[0][0])}, over an LSTM of …")
        _legend(figure, panels[0][0])
    return figure


def _highest(found: list[Setting]) -> list[Pair]:
    """The claims about the highest order."""
    orders = {pair: one.facts.models[pair[0]].order for one in found for pair in one.found}
    return [pair for pair, order in orders.items() if order == max(orders.values())]


def _label(pair: Pair, found: list[Setting]) -> str:
    models = next(one.facts.models for one in found if pair in one.found)
    return "equal parameters" if models[pair[1]].as_large_as else "equal units"


def _scatter(panel: Axes, name: str, pair: Pair, found: list[Setting]) -> None:
    """A mark for each dataset that has the property, by kind."""
    panel.axhspan(-MARGIN, MARGIN, color=style.GREY, alpha=0.15, linewidth=0)
    panel.axhline(0, color=style.INK, linewidth=0.8)
    for one in (one for one in found if pair in one.found):
        if (x := PROPERTIES[name](one)) is not None:
            shape, colour = MARKS.get(one.facts.kind, UNKNOWN)
            label = one.facts.kind or "kind not known"
            panel.plot(x * AXES[name][1], one.found[pair].difference, shape, color=colour, label=label)


def _axis(panel: Axes, label: str) -> None:
    """A logarithmic axis on which few numbers stand, and these in full."""
    panel.set(xlabel=label, xscale="log")
    least, most = panel.get_xlim()
    subs = (1, 3) if most < 100 * least else (1,)
    panel.xaxis.set_major_locator(LogLocator(subs=subs, numticks=6))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())


def _legend(figure: Figure, panel: Axes) -> None:
    """Each kind once."""
    handles = dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
    if handles:
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(handles))
