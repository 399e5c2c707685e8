"""Figure 1: the layer as Equations (3) to (8) define it, drawn by code."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from drnn.errors import UserError
from drnn.report.figures import style

INPUT, OUTPUT, STATE, PATH = style.BLUE, style.RED, style.GREEN, style.INK
BUSES = {INPUT: 0.7, OUTPUT: 1.4, STATE: 2.1}  # heights of the three lines that feed the gates
GATE_ROW, PRODUCT_ROW, TOP = 3.7, 5.9, 8.3
CANDIDATE, I, F, STACK, TANH, O, Z = 1.5, 4.1, 6.8, 11.0, 15.2, 17.2, 19.6  # columns, left to right
SUM = (I + F) / 2
STACK_HALF = 2.4  # half the width of a box of the stack
HALF = 0.36  # half the height of a box
DERIVATIVES = [
    (8.3, r"$s_t$"),
    (7.3, r"$d^1s_t = v_t = s_t - s_{t-1}$"),
    (6.3, r"$d^2s_t = a_t = v_t - v_{t-1}$"),
    (5.0, r"$d^Ns_t = d^{N-1}s_t - d^{N-1}s_{t-1}$"),
]
KEY = (
    r"Each gate is like (6):  $i_t = \sigma(\Sigma_{n=0}^{N}\, W_{id}^{(n)} d^ns_{t-1} + W_{iz}z_{t-1} + "
    r"W_{ix}x_t + b_i)$;  (8) takes $d^ns_t$ in place of $d^ns_{t-1}$.",
    r"$N=0$ is the LSTM.  i, f and s have m units; o and z have k, one a class.  ⊙ product by element.",
    r"Dashed: carries $d^ns$; for $n \geq 1$ no error flows back along it.",
)


def layer(width: str = "page") -> Figure:
    """Figure 1: x_t, the gates i, f and o, the state, its derivatives up to order N, z_t and its feedback.

    Raises:
        UserError: it is asked for in a column, where its letters would be too small to read.
    """
    if width != "page":
        raise UserError("figure1: its letters would be too small in a column; draw it with --width page")
    with style.look():
        figure = style.canvas(width, 5.1)
        panel = figure.subplots()
        panel.set(xlim=(-1.5, 21.3), ylim=(-2.0, 10.2))
        panel.axis("off")
        for part in (_inputs, _gates, _state, _derivatives, _output):
            part(panel)
        for row, text in enumerate(KEY):
            panel.text(-1.4, -0.55 - 0.6 * row, text, va="center")
    return figure


def _box(panel: Axes, x: float, y: float, text: str, width=1.9, colour=PATH, fill=style.HEAD):
    rounded = "round,pad=0,rounding_size=0.14"
    corner = (x - width / 2, y - HALF)
    panel.add_patch(FancyBboxPatch(corner, width, 2 * HALF, boxstyle=rounded, fc=fill, ec=colour, lw=1, zorder=3))
    panel.text(x, y, text, ha="center", va="center", zorder=4)


def _node(panel: Axes, x: float, y: float, sign: str):
    panel.plot(x, y, "o", markersize=13, mfc=style.PAPER, mec=PATH, mew=1, zorder=3)
    panel.text(x, y, sign, ha="center", va="center", zorder=4)


def _line(panel: Axes, *points, colour=PATH, arrow=True, dashed=False):
    xs, ys = zip(*points, strict=True)
    panel.plot(xs, ys, color=colour, lw=1.1, linestyle=(0, (4, 2)) if dashed else "-", zorder=2)
    if not arrow:
        return
    (x0, y0), (x1, y1) = points[-2:]
    part = 0.3 / ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    start = (x1 - part * (x1 - x0), y1 - part * (y1 - y0))
    arrowstyle = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8}
    panel.annotate("", xy=(x1, y1), xytext=start, arrowprops=arrowstyle, zorder=2)


def _inputs(panel: Axes):
    """Three lines along the bottom: x_t, z_{t−1} and dⁿs_{t−1}, n = 0 … N."""
    _line(panel, (-1.3, BUSES[INPUT]), (O - 0.55, BUSES[INPUT]), colour=INPUT, arrow=False)
    _line(panel, (Z, GATE_ROW - HALF), (Z, BUSES[OUTPUT]), (CANDIDATE, BUSES[OUTPUT]), colour=OUTPUT, arrow=False)
    down = ((STACK, GATE_ROW - HALF), (STACK, BUSES[STATE]), (I + 0.55, BUSES[STATE]))
    _line(panel, *down, colour=STATE, arrow=False, dashed=True)
    above = {"va": "bottom"}
    panel.text(-1.3, BUSES[INPUT] - 0.1, r"input $x_t \in \mathrm{ℝ}^n$", color=INPUT, va="top")
    panel.text(Z - 0.2, BUSES[OUTPUT] + 0.1, r"$z_{t-1}$", color=OUTPUT, ha="right", **above)
    words = r"$d^ns_{t-1},\ n = 0 \dots N$"
    panel.text(STACK + 0.2, BUSES[STATE] + 0.3, words, color=STATE, ha="left", **above)


def _gates(panel: Axes):
    """The candidate s_{t−½} and the gates (6), (7) and (8), each with the lines that feed it."""
    texts = {CANDIDATE: r"$s_{t-1/2}$ = tanh", I: r"$i_t = \sigma$  (6)", F: r"$f_t = \sigma$  (7)"}
    for x, text in (texts | {O: r"$o_t = \sigma$  (8)"}).items():
        _box(panel, x, GATE_ROW, text, width=2.7 if x == CANDIDATE else 2.1)
        feeds = {INPUT: -0.55, OUTPUT: 0.0} | ({STATE: 0.55} if x in (I, F) else {})
        for colour, shift in feeds.items():
            ends = (x + shift, BUSES[colour]), (x + shift, GATE_ROW - HALF)
            _line(panel, *ends, colour=colour, dashed=colour == STATE)
            panel.plot(*ends[0], "o", color=colour, markersize=3, zorder=3)


def _state(panel: Axes):
    """Eq (4): s_t = f_t ⊙ s_{t−1} + i_t ⊙ s_{t−½}."""
    _line(panel, (CANDIDATE, GATE_ROW + HALF), (CANDIDATE, PRODUCT_ROW), (I - 0.28, PRODUCT_ROW))
    for gate in (I, F):
        _line(panel, (gate, GATE_ROW + HALF), (gate, PRODUCT_ROW - 0.28))
        _node(panel, gate, PRODUCT_ROW, "⊙")
    _line(panel, (I + 0.28, PRODUCT_ROW), (SUM - 0.28, PRODUCT_ROW))
    _line(panel, (F - 0.28, PRODUCT_ROW), (SUM + 0.28, PRODUCT_ROW))
    _node(panel, SUM, PRODUCT_ROW, "+")
    _line(panel, (SUM, PRODUCT_ROW + 0.28), (SUM, TOP), (STACK - STACK_HALF, TOP))
    panel.text(SUM - 0.1, TOP + 0.15, r"state $s_t \in \mathrm{ℝ}^m$  (4)", va="bottom")


def _derivatives(panel: Axes):
    """The derivatives of states: each is the change of the one above it since the step before."""
    for y, text in DERIVATIVES:
        _box(panel, STACK, y, text, width=2 * STACK_HALF, colour=STATE)
    for (above, _), (below, _) in pairwise(DERIVATIVES[:3]):
        _line(panel, (STACK, above - HALF), (STACK, below + HALF), colour=STATE)
    panel.text(STACK, 5.65, "⋮", ha="center", va="center", color=STATE)
    panel.text(STACK, TOP + 0.55, "derivatives of states", ha="center", va="bottom", color=STATE)
    _box(panel, STACK, GATE_ROW, "one step\nlater", width=2.5, colour=STATE)
    back = (STACK - 1.25, GATE_ROW), (8.1, GATE_ROW), (8.1, PRODUCT_ROW), (F + 0.28, PRODUCT_ROW)
    _line(panel, *back)
    panel.text(8.05, PRODUCT_ROW + 0.1, r"$s_{t-1}$", ha="right", va="bottom")


def _output(panel: Axes):
    """Eqs (8), (5) and (3): the output gate sees the derivatives of this step; z_t is scored and fed back."""
    edge = STACK + STACK_HALF + 0.25
    for y, _ in DERIVATIVES:
        # The state's own wire to z_t also leaves at the top: the tap for the gate stands a little lower.
        tap = y - 0.2 if y == TOP else y
        _line(panel, (STACK + STACK_HALF, tap), (edge, tap), colour=STATE, arrow=False)
    _line(panel, (edge, TOP - 0.2), (edge, 5.0), colour=STATE, arrow=False)
    _line(panel, (edge, 5.0), (edge, GATE_ROW), (O - 1.05, GATE_ROW), colour=STATE, dashed=True)
    _line(panel, (edge, GATE_ROW), (STACK + 1.25, GATE_ROW), colour=STATE, dashed=True)
    panel.plot(edge, GATE_ROW, "o", color=STATE, markersize=3, zorder=3)
    words = r"$d^ns_t$," + "\n" + r"$n = 0 \dots N$"
    panel.text(edge + 0.2, GATE_ROW + 0.14, words, color=STATE, va="bottom")
    _line(panel, (STACK + STACK_HALF, TOP), (TANH - 1.25, TOP))
    _box(panel, TANH, TOP, "tanh\n" + r"$(W_{zs}s_t + b_z)$", width=2.5)
    _line(panel, (TANH + 1.25, TOP), (O - 0.28, TOP))
    _line(panel, (O, GATE_ROW + HALF), (O, TOP - 0.28))
    _node(panel, O, TOP, "⊙")
    _line(panel, (O + 0.28, TOP), (Z - 1.2, TOP), colour=OUTPUT)
    _box(panel, Z, TOP, r"$z_t \in \mathrm{ℝ}^k$  (5)", width=2.4, colour=OUTPUT)
    _line(panel, (Z, TOP + HALF), (Z, 9.7 - HALF), colour=OUTPUT)
    _box(panel, Z, 9.7, r"$y_t$ = softmax  (3)", width=3.2)
    _line(panel, (Z, TOP - HALF), (Z, GATE_ROW + HALF), colour=OUTPUT)
    _box(panel, Z, GATE_ROW, "one step\nlater", width=2.2, colour=OUTPUT)
