"""Figure 3: the norms of the derivatives of states over a sequence, with the poses or frames at their peaks."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from drnn.report.display import Names
from drnn.report.figures import drawings, source, style
from drnn.report.figures.source import Norms, Source
from drnn.report.followed import Trace

NOTHING_TO_DRAW = "These sequences are values without a skeleton: there is no pose to draw at the peaks."
DERIVATIVES = {1: "‖v‖, first derivative of states", 2: "‖a‖, second derivative of states"}
DRAWINGS = {"column": 4, "page": 6}
"""At most so many peaks have one."""


def norms(of: Source, width: str = "page", trace: Trace | None = None) -> Figure:
    """‖dⁿs_t‖₂ over a test sequence; a trace adds the skeleton or the video's frame at the peaks of ‖v_t‖.

    Poses and frames are recordings, so a committed figure does without.
    """
    found, pictured = source.norms(of), trace is not None and (trace.skeleton is not None or trace.pictures is not None)
    with style.look():
        figure = style.canvas(width, 2.2 + (1.2 if pictured else 0))
        frames = drawings.peaks(found.values[:, 0], DRAWINGS[width]) if pictured and len(found.values) else []
        if frames:
            grid = figure.add_gridspec(2, len(frames), height_ratios=[1.2, 1.7])
            panel = figure.add_subplot(grid[1, :])
            boxes = [figure.add_subplot(grid[0, place]) for place in range(len(frames))]
        else:
            panel, boxes = figure.subplots(), []
        _curves(panel, found)
        if frames:
            draw = drawings.poses(trace, frames) if trace.pictures is None else drawings.pictures(trace.pictures)
            drawings.above(figure, panel, found.values[:, 0], zip(boxes, frames, strict=True), draw)
        lines = [_about(of, found)]
        if trace is not None and not pictured:
            lines.append(NOTHING_TO_DRAW)
        style.title(figure, *lines)
        if panel.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=1 if width == "column" else 3)
    return figure


def _about(of: Source, found: Norms) -> str:
    names = Names(of.ran.facts)
    if not found.sequence:
        return f"{names.titled}: a model of order 0 has no derivative of states"
    return f"{names.titled}, {found.sequence}, {names.model(found.model)}"


def _curves(panel: Axes, found: Norms) -> None:
    times = np.arange(1, len(found.values) + 1)
    for n, values in enumerate(found.values.T if len(times) else [], 1):
        look = {
            "color": style.COLOURS[n % len(style.COLOURS)],
            "label": DERIVATIVES.get(n, f"derivative {n} of states"),
        }
        panel.plot(times, values, style.LINES[(n - 1) % len(style.LINES)], **look)
    panel.set(xlabel="frame", ylabel="L2 norm", xlim=(1, max(len(times), 2)))
    panel.set_ylim(0, 1.08 * max(found.values.max(initial=0), 1e-9))
    panel.locator_params(axis="x", integer=True)  # a frame has no halves
