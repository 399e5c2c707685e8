"""Derivatives of states and gates against motion, over all test sequences of a trained model."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.report.behaviour import BINS, GATES, POINTS
from drnn.report.blocks import signed
from drnn.report.display import Names
from drnn.report.figures import source, style
from drnn.report.figures.source import Against, Source

GATE_COLOURS = {"i": style.GREEN, "f": style.PURPLE, "o": style.ORANGE}


def behaviour(of: Source, width: str = "page") -> Figure:
    """Energies over time and by motion, and the gates by motion."""
    found = source.against(of)
    with style.look():
        figure = style.canvas(width, 2.7 if width == "page" else 6.0)
        panels = figure.subplots(*((1, 3) if width == "page" else (3, 1)))
        _over_time(panels[0], found)
        _by_motion(panels[1], found)
        _gates(panels[2], found)
        lines = [f"{Names(of.ran.facts).titled}: derivatives of states and gates, over all test sequences"]
        if any(one.within is not None for name, one in found.correlations.items() if name not in GATES):
            lines.append("ρ: rank correlation with motion within a sequence, median")
        style.title(figure, *lines)
        handles: dict = {}
        for panel in panels:
            handles |= dict(zip(*reversed(panel.get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=3 if width == "page" else 2)
    return figure


def _look(name: str) -> dict:
    """Colour and line of motion or of an order."""
    n = int(name.removeprefix("order ")) if name != "motion" else 0
    return {"color": style.COLOURS[n % len(style.COLOURS)], "linestyle": style.LINES[(n - 1) % len(style.LINES)]}


def _label(name: str, found: Against) -> str:
    """An order with its correlation, where there is one."""
    one = found.correlations.get(name)
    return name if one is None or one.within is None else f"{name} (ρ {signed(one.within[0])})"


def _over_time(panel: Axes, found: Against) -> None:
    """Mean over the sequences and their quartiles."""
    places = np.linspace(0, 1, POINTS)
    for name, (mean, low, high) in found.over_time.items():
        look = _look(name)
        panel.fill_between(places, low, high, color=look["color"], alpha=0.12, linewidth=0)
        panel.plot(places, mean, label=_label(name, found), **look)
    panel.set(title="over time, with quartiles", xlabel="part of the sequence", ylabel="energy / its mean")
    panel.set(xlim=(0, 1), ylim=(0, None))


def _by_motion(panel: Axes, found: Against) -> None:
    """Mean energies of the parts of the frames."""
    panel.set(title="by motion", ylabel="energy / its mean")
    orders = [name for name in found.by_motion if name not in GATES]
    if not orders:
        few = "no sequence has\na second frame" if not found.by_motion else "order 0 has no\nderivative of states"
        _say(panel, few)
        return
    for name in orders:
        means = found.by_motion[name]
        panel.plot(
            np.arange(1, len(means) + 1), means, marker="o", markersize=3, label=_label(name, found), **_look(name)
        )
    panel.set_ylim(0, None)
    _parts(panel, found)


def _gates(panel: Axes, found: Against) -> None:
    """Mean activations of the gates over the parts of the frames."""
    panel.set(title="gates by motion", ylabel="mean activation")
    if not found.by_motion:
        _say(panel, "no sequence has\na second frame")
        return
    for n, (name, words) in enumerate(GATES.items()):
        means, look = found.by_motion[name], {"color": GATE_COLOURS[name], "marker": "os^"[n], "markersize": 3}
        panel.plot(np.arange(1, len(means) + 1), means, style.LINES[n], label=words, **look)
    panel.locator_params(axis="y", nbins=4)  # as many labels whatever the height: their width is part of the layout
    _parts(panel, found)


def _parts(panel: Axes, found: Against) -> None:
    """The axis of the parts of the frames, from those that move least to those that move most."""
    parts = len(found.by_motion["i"])
    what = "tenth" if parts == BINS else "part"
    panel.set(xlabel=f"{what} of the frames, by motion", xticks=range(1, parts + 1, 3 if parts == BINS else 1))


def _say(panel: Axes, text: str) -> None:
    """Words in an empty panel."""
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center")
    panel.set(xticks=[], yticks=[])
    panel.grid(False)
