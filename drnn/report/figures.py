"""Figures 2 to 5: the loss, the derivatives of states over a sequence, and the confusion matrix."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.evaluation.facts import Curve, Facts
from drnn.evaluation.results import Metrics
from drnn.report import drawings, style
from drnn.report.blocks import plural, span
from drnn.report.display import Names
from drnn.report.followed import Trace
from drnn.report.gains import recipe_of
from drnn.report.measured import in_paper_row, loss_floor

NOTHING_TO_DRAW = "These sequences are values without a skeleton: there is no pose to draw at the peaks."
NORMS = {1: r"$\|v_t\|$, 1st derivative", 2: r"$\|a_t\|$, 2nd derivative"}


def loss_curves(ran: Metrics) -> str:
    """Figure 2 as SVG: mean training loss over the epochs with the range of the runs, a panel a protocol."""
    facts, names = ran.facts, Names(ran.facts)
    recipe, protocols = recipe_of(facts), facts.protocols
    with style.look():
        figure = Figure(figsize=(4.6 * len(protocols) + 0.6, 3.6), layout="constrained")
        panels = figure.subplots(1, len(protocols), sharey=True, squeeze=False)[0]
        for panel, protocol in zip(panels, protocols, strict=True):
            curves = [c for c in facts.curves if (c.protocol, c.recipe) == (protocol, recipe)]
            _losses(panel, curves, facts)
            runs = [r.runs for r in ran.under(protocol, recipe)]
            several = "mean and range of " if max(runs) > 1 else ""
            title = f"{names.protocol(protocol)}\n{several}{span(runs)} run{'s' if several else ''}"
            panel.set_title(title, parse_math=False)
        figure.suptitle(f"{names.titled}, {names.recipe(recipe)}", parse_math=False, fontsize=10.5)
        panels[0].set_ylabel("training loss")
        lines, labels = panels[0].get_legend_handles_labels()
        figure.legend(lines, labels, loc="outside lower center", ncols=min(len(lines), 3 * len(protocols)))
        return style.svg(figure, facts.synthetic)


def _losses(panel: Axes, curves: list[Curve], facts: Facts) -> None:
    models, classes, last = list(facts.models), len(facts.classes), 1
    for curve in curves:
        n = models.index(curve.model)
        colour, line = style.COLOURS[n % len(style.COLOURS)], style.LINES[n % len(style.LINES)]
        last = max(last, len(curve.mean))
        epochs = np.arange(1, len(curve.mean) + 1)
        panel.fill_between(epochs, curve.low, curve.high, color=colour, alpha=0.15, linewidth=0)
        panel.plot(epochs, curve.mean, line, color=colour, linewidth=1.8, label=Names(facts).model(curve.model))
    # Each label on the side of its line where no curve can be.
    for height, name, side, gap in (
        (loss_floor(classes), "floor of the loss", "top", -3),
        (math.log(classes), "chance", "bottom", 2),
    ):
        panel.axhline(height, color="black", linestyle=(0, (1, 2)), linewidth=1)
        where = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": side}
        panel.annotate(f"{name} {height:.4f}", (0.99, height), (0, gap), fontsize=8, **where)
    panel.set(xlabel="epoch", xlim=(1, max(last, 2)))
    panel.margins(y=0.12)


def dos_norms(facts: Facts, trace: Trace, drawn: bool) -> str:
    """Figure 3 as SVG: ‖dⁿs_t‖₂ over a sequence, with the figure or the video's frame at the peaks of ‖v_t‖.

    Args:
        facts: of the dataset's metrics.
        trace: what a trained model does over the sequence.
        drawn: draw the poses or frames; these are recordings, so a committed figure does without.
    """
    dos, run, names = trace.dos, trace.facts, Names(facts)
    if not dos.shape[1]:  # order 0 has no derivative of states: an empty panel, for the file is promised
        dos = np.zeros((len(dos), 1))
    with style.look():
        figure = Figure(figsize=(8.2, 4.9 if drawn else 3.2))
        panel = figure.add_axes((0.08, 0.11, 0.9, 0.49) if drawn else (0.08, 0.15, 0.9, 0.74))
        _norms(panel, dos, "frame t" if trace.pictures is None else "frame t, of those with a descriptor")
        title = f"{run.action} ({run.sequence}), {names.model(run.model)}, {names.protocol(run.protocol)}, "
        title += f"seed {run.seed}" + (f" ({facts.label})" if facts.label else "")
        figure.text(0.08, 1.0, title, parse_math=False, va="top", fontsize=10.5)
        if drawn and trace.skeleton is None and trace.pictures is None:
            figure.text(0.08, 0.8, NOTHING_TO_DRAW, va="top", fontsize=9.5)
        elif drawn:
            frames = drawings.peaks(dos[:, 0])
            draw = drawings.poses(trace, frames) if trace.pictures is None else drawings.pictures(trace.pictures)
            drawings.above(figure, panel, dos[:, 0], frames, draw)
        return style.svg(figure, facts.synthetic)


def _norms(panel: Axes, dos: np.ndarray, times_are: str) -> None:
    times = np.arange(1, len(dos) + 1)
    for n in range(1, dos.shape[1] + 1):
        colour, line = style.COLOURS[n % len(style.COLOURS)], style.LINES[(n - 1) % len(style.LINES)]
        panel.plot(times, dos[:, n - 1], line, color=colour, linewidth=1.8, label=NORMS.get(n, f"derivative {n}"))
    panel.set_xlabel(times_are, loc="left")
    panel.locator_params(axis="x", integer=True)  # a frame has no halves
    panel.set(ylabel="L2 norm", xlim=(1, max(len(dos), 2)), ylim=(0, 1.12 * max(dos.max(), 1e-9)))
    inches = panel.get_position().height * panel.figure.get_figheight()
    panel.legend(loc="upper right", ncols=3, bbox_to_anchor=(1.0, -0.23 / inches), borderaxespad=0)


def confusion(ran: Metrics) -> str:
    """Figures 4 and 5 as SVG: share of each true action taken for each action, mean over runs.

    Of the order-2 dRNN as in the paper, or, without one, of the model of the highest order.
    """
    facts, known = ran.facts, Names(ran.facts)
    protocol = facts.protocols[0]
    here = ran.under(protocol, recipe_of(facts))
    as_the_paper = [r for r in here if in_paper_row(ran, r.model, order=2)]
    shown = (as_the_paper or sorted(here, key=lambda r: facts.models[r.model].order))[-1]
    rates, names = np.asarray(shown.confusion, dtype=float), facts.classes
    size, letters = 2.6 + 0.36 * max(len(names), 8), 8 if len(names) > 10 else 10.5
    with style.look():
        figure = Figure(figsize=(size, size), layout="constrained")
        panel = figure.subplots()
        panel.imshow(rates, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.argwhere(rates >= 0.05):
            colour = "white" if rates[row, column] > 0.55 else "black"
            value = f"{100 * rates[row, column]:.0f}"
            panel.text(column, row, value, color=colour, ha="center", va="center", fontsize=letters)
        panel.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", parse_math=False)
        panel.set_yticks(range(len(names)), names, parse_math=False)
        panel.set(xlabel="recognised as", ylabel="true action")
        panel.grid(False)
        panel.tick_params(length=0)
        about = f"{known.model(shown.model)}, {known.protocol(protocol)}\n"
        about += f"mean of {plural(shown.runs, 'run')}, %; cells below 5 % are not labelled"
        figure.suptitle(f"{known.titled}\n{about}", parse_math=False, fontsize=10.5)
        return style.svg(figure, facts.synthetic)
