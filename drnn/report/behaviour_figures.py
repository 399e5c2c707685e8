"""Figures of where the derivatives of states help: gains of each class, and energies and gates against motion."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics
from drnn.report import behaviour, style
from drnn.report.behaviour import GATES
from drnn.report.blocks import plural, signed
from drnn.report.display import Names
from drnn.report.followed import Followed
from drnn.report.gains import Gains, gains

MARKS = ["o", "D"]  # of the highest order and of order 1
MOVES = {"joints": "motion of the joints", "features": "change of the features"}
GATE_COLOURS = {"i": style.GREEN, "f": style.PURPLE, "o": style.ORANGE}


def class_gains(ran: Metrics) -> str:
    """Gain of each class over order 0 as SVG, in points, the largest gain of the highest order on top."""
    found, facts, names = gains(ran), ran.facts, Names(ran.facts)
    rows = len(found.rows) if found else 4
    with style.look():
        figure = Figure(figsize=(6.2, 1.5 + 0.24 * rows), layout="constrained")
        panel = figure.subplots()
        title = f"{names.titled}: gain of each class"
        if found is None:
            _say(panel, "Nothing to compare: models of order 0 and of a\nhigher order are needed, and one is missing.")
        else:
            _gains(panel, found, names)
            title += f" over {names.model(found.baseline)}\n{names.protocol(found.protocol)}"
            title += f", {names.recipe(found.recipe)}"
            if found.untested:
                title += f"; not tested: {', '.join(found.untested)}"
        figure.suptitle(title, parse_math=False, fontsize=10.5, wrap=True)
        return style.svg(figure, facts.synthetic)


def _gains(panel: Axes, found: Gains, names: Names) -> None:
    heights = np.arange(len(found.rows))[::-1]
    panel.axvline(0, color="black", linewidth=1)
    for n, (name, order) in enumerate(zip(found.models, found.orders, strict=True)):
        points, colour = [row[2][n] for row in found.rows], style.COLOURS[order % len(style.COLOURS)]
        if n == 0:
            panel.hlines(heights, 0, points, color=colour, linewidth=1.8, alpha=0.6)
        face, size = (colour, 6) if n == 0 else ("none", 8.5)  # one around the other where they meet
        look = {"color": colour, "markerfacecolor": face, "markersize": size, "zorder": 3 + n, "linestyle": "none"}
        panel.plot(points, heights, marker=MARKS[n], label=names.model(name), clip_on=False, **look)
    panel.set_yticks(heights, [row[0] for row in found.rows], parse_math=False)
    panel.set(xlabel="points", ylim=(-0.7, len(found.rows) - 0.3))
    panel.grid(axis="y", linewidth=0.4)
    panel.tick_params(axis="y", length=0)
    panel.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(found.models), borderaxespad=0)


def against_motion(followed: Followed, facts: Facts) -> str:
    """Energies and gates over all test sequences as SVG: over time, by motion, and the gates by motion.

    Args:
        followed: what drnn.steps.behaviour saved.
        facts: those of the dataset's metrics.
    """
    run, sequences, names = followed.facts, len(followed.offsets) - 1, Names(facts)
    with style.look():
        figure = Figure(figsize=(10.6, 3.9), layout="constrained")
        time, motion, gates = figure.subplots(1, 3)
        _over_time(time, followed)
        _by_motion(motion, followed)
        _gates(gates, followed)
        about = f"{names.model(run.model)}, {names.protocol(run.protocol)}, {names.recipe(run.recipe)}"
        title = f"{names.titled}: {about}, seed {run.seed}, {plural(sequences, 'test sequence')}"
        figure.suptitle(title, parse_math=False, fontsize=10.5)
        return style.svg(figure, facts.synthetic)


def _look(name: str) -> tuple[str, str]:
    """Colour and line of motion or of an order."""
    n = int(name.removeprefix("order ")) if name != "motion" else 0
    return style.COLOURS[n % len(style.COLOURS)], style.LINES[(n - 1) % len(style.LINES)]


def _over_time(panel: Axes, followed: Followed) -> None:
    """Mean over the sequences and their quartiles."""
    places = np.linspace(0, 1, behaviour.POINTS)
    drawn = behaviour.over_time(followed)
    for name, (mean, low, high) in drawn.items():
        colour, line = _look(name)
        panel.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)
        label = MOVES[followed.facts.motion] if name == "motion" else name
        panel.plot(places, mean, line, color=colour, linewidth=1.8, label=label)
    panel.set(title="(a) over time, with quartiles", xlabel="part of the sequence", ylabel="energy / its mean")
    panel.set(xlim=(0, 1), ylim=(0, 1.35 * max(1e-9, *(values.max() for values in drawn.values()))))
    panel.legend(loc="upper right")


def _by_motion(panel: Axes, followed: Followed) -> None:
    """Mean energies of the parts of the frames, and the correlations."""
    means, related = behaviour.by_motion(followed), behaviour.correlations(followed)
    panel.set(title="(b) by motion", ylabel="energy / its mean")
    orders = behaviour.energies(followed)
    if not orders:
        _say(panel, "order 0 has no\nderivative of states")
        return
    for name in orders:
        (colour, line), within = _look(name), related[name].within
        label = f"{name}, ρ {'—' if within is None else signed(within[0])}"
        parts = np.arange(1, len(means[name]) + 1)
        panel.plot(parts, means[name], line, marker="o", markersize=4, color=colour, linewidth=1.8, label=label)
    _tenths(panel, len(means["i"]))
    panel.set_ylim(0, None)
    panel.legend(loc="best", title="ρ within sequences, median", title_fontsize=8.5)


def _gates(panel: Axes, followed: Followed) -> None:
    """Mean activations of the gates over the parts of the frames."""
    means = behaviour.by_motion(followed)
    for n, (name, words) in enumerate(GATES.items()):
        parts, look = np.arange(1, len(means[name]) + 1), {"color": GATE_COLOURS[name], "linewidth": 1.8}
        panel.plot(parts, means[name], style.LINES[n], marker="os^"[n], markersize=4, label=words, **look)
    panel.set(title="(c) gates by motion", ylabel="mean activation")
    _tenths(panel, len(means["i"]))
    low, high = panel.get_ylim()
    panel.set_yticks([tick for tick in panel.get_yticks() if low <= tick <= min(high, 1)])
    panel.set_ylim(low, high + 0.4 * (high - low))  # room for the legend, wherever the lines are
    panel.legend(loc="upper right")


def _tenths(panel: Axes, parts: int) -> None:
    """The axis of the parts of the frames, from those that move least to those that move most."""
    if not parts:
        _say(panel, "no sequence has\na second frame")
        return
    what = "tenth" if parts == behaviour.BINS else "part"
    panel.set(xlabel=f"{what} of the frames, by motion", xticks=range(1, parts + 1))


def _say(panel: Axes, text: str) -> None:
    """Words in an empty panel."""
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", fontsize=9.5)
    panel.set(xticks=[], yticks=[])
    panel.grid(False)
