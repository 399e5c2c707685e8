"""What stands above the curves of Figure 3: the figure's pose or the video's frame at each peak, tied to its place."""

from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch

from drnn.report.figures import style
from drnn.report.followed import Followed, Trace

Draw = Callable[[Axes, int], None]
"""Draws what belongs to a frame, counted from 0, into axes of its own."""


def above(figure: Figure, panel: Axes, norms: np.ndarray, boxes: Iterable[tuple[Axes, int]], draw: Draw) -> None:
    """Draw frames into boxes above a panel, each tied to its place on the curve norms (T,)."""
    for box, t in boxes:
        draw(box, t)
        box.axis("off")
        box.set_title(f"t = {t + 1}", loc="center")
        ends = {"xyA": (0.5, 0.0), "coordsA": box.transAxes, "xyB": (t + 1, norms[t]), "coordsB": panel.transData}
        line = ConnectionPatch(**ends, color=style.SOFT, linewidth=0.8, linestyle=(0, (2, 2)))
        line.set_in_layout(False)
        figure.add_artist(line)
        panel.plot(t + 1, norms[t], "o", color=style.COLOURS[1], clip_on=False)


def peaks(norms: np.ndarray, most: int) -> list[int]:
    """Frames (0-based, in order) of the highest local maxima of a curve, at least 1/12 of its length apart."""
    padded = np.concatenate([[-np.inf], norms, [-np.inf]])
    maxima = np.flatnonzero((padded[1:-1] >= padded[:-2]) & (padded[1:-1] > padded[2:]))
    chosen: list[int] = []
    for t in sorted(maxima, key=lambda t: -norms[t]):
        if len(chosen) < most and all(abs(t - other) >= len(norms) / 12 for other in chosen):
            chosen.append(int(t))
    return sorted(chosen)


def upward(joints: np.ndarray, of: Trace | Followed) -> int:
    """1 if y points up in joints (T, J, 3), else −1: cameras differ."""
    above = joints[:, of.head, 1] >= joints[:, of.centre, 1].mean(axis=1)
    return 1 if above.mean() >= 0.5 else -1


def poses(trace: Trace, frames: list[int]) -> Draw:
    """Poses in metres as the camera sees them, the body's centre in the middle, one scale for the frames."""
    skeleton = trace.skeleton
    centred = skeleton - skeleton[:, trace.centre].mean(axis=1, keepdims=True)
    up = upward(skeleton, trace)
    reach = 1.05 * max(float(np.abs(centred[frames][..., :2]).max()), 1e-3)

    def draw(box: Axes, t: int) -> None:
        for a, b in trace.bones:
            ends = centred[t, [a, b]]
            box.plot(ends[:, 0], up * ends[:, 1], color=style.GREY, linewidth=1.4, solid_capstyle="round")
        box.plot(centred[t, trace.head, 0], up * centred[t, trace.head, 1], "o", color=style.GREY, markersize=5)
        box.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")

    return draw


def pictures(frames: np.ndarray) -> Draw:
    """The frames of a video, (T, H, W) uint8, 0 black and 255 white."""

    def draw(box: Axes, t: int) -> None:
        # As red, green and blue and with "none" the file holds the very pixels, neither rounded nor resampled.
        box.imshow(np.repeat(frames[t][..., None], 3, axis=2), interpolation="none")

    return draw
