"""Derivatives of states and gate activations against motion: statistics over all test sequences, and a table."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import rankdata, spearmanr

from drnn.evaluation.results import Metrics
from drnn.report import gains, measured
from drnn.report.blocks import Section, Table, signed
from drnn.report.followed import Followed
from drnn.report.sentences import Sentences

SAY = Sentences("templates/behaviour.j2")
POINTS = 50  # to which a sequence is resampled
BINS = 10
GATES = {"i": "input gate i", "f": "forget gate f", "o": "output gate o"}


def energies(followed: Followed) -> dict[str, np.ndarray]:
    """`order n` → (F,) mean squares of the n-th derivative of states."""
    return {f"order {n}": column.astype(float) for n, column in enumerate(followed.dos.T, 1)}


def activations(followed: Followed) -> dict[str, np.ndarray]:
    """i, f and o → (F,) mean activations of the gate."""
    return {name: column.astype(float) for name, column in zip(GATES, followed.gates.T, strict=True)}


def relative(values: np.ndarray) -> np.ndarray:
    """Values (F,) divided by their mean; zeros stay zeros."""
    mean = values.mean() if len(values) else 0.0
    return values / mean if mean else values


def over_time(followed: Followed) -> dict[str, np.ndarray]:
    """`motion` and `order n` → mean and quartiles (3, POINTS) over the sequences, each from its start to its end.

    Energies are relative to their mean over all frames.
    """
    grid, found = np.linspace(0, 1, POINTS), {}
    for name, values in ({"motion": followed.motion.astype(float)} | energies(followed)).items():
        each = (relative(values)[a:b] for a, b in pairwise(followed.offsets))
        drawn = np.array([np.interp(grid, np.linspace(0, 1, len(one)), one) for one in each])
        found[name] = np.array([drawn.mean(0), *np.percentile(drawn, (25, 75), axis=0)])
    return found


def moving(followed: Followed) -> np.ndarray:
    """(F,) whether a frame has one before it in its sequence."""
    mask = np.ones(len(followed.motion), dtype=bool)
    mask[followed.offsets[:-1]] = False
    return mask


def by_motion(followed: Followed) -> dict[str, np.ndarray]:
    """`order n`, i, f and o → means (b,) over parts of equally many frames, those that move least first.

    Energies are relative to their mean over all frames. There are BINS parts, fewer if there are fewer frames.
    """
    mask = moving(followed)
    ranks = rankdata(followed.motion[mask], method="ordinal") - 1
    parts = min(BINS, len(ranks))
    bins = ranks * parts // max(len(ranks), 1)
    shown = {name: relative(values) for name, values in energies(followed).items()} | activations(followed)
    return {
        name: np.array([values[mask][bins == part].mean() for part in range(parts)]) for name, values in shown.items()
    }


@dataclass(frozen=True)
class Correlation:
    """Spearman's correlation with motion.

    Attributes:
        frames: over all frames; None where there is none.
        within: (3,) median and quartiles over ``sequences`` in number that have three frames or more and do not
            stand still; None without any.
    """

    frames: float | None
    within: np.ndarray | None
    sequences: int


def correlations(followed: Followed) -> dict[str, Correlation]:
    """`order n`, i, f and o → the correlation with motion."""
    motion, mask, found = followed.motion, moving(followed), {}
    spans = [slice(a + 1, b) for a, b in pairwise(followed.offsets)]
    for name, values in (energies(followed) | activations(followed)).items():
        each = [_spearman(motion[span], values[span]) for span in spans]
        each = [one for one in each if one is not None]
        within = np.percentile(each, (50, 25, 75)) if each else None
        found[name] = Correlation(_spearman(motion[mask], values[mask]), within, len(each))
    return found


def _spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """The rank correlation of (F,) with (F,); None where there are too few values or all are the same."""
    return None if len(a) < 3 or not np.ptp(a) or not np.ptp(b) else float(spearmanr(a, b).statistic)


def section(metrics: list[Metrics], behaviours: dict[str, Followed]) -> Section:
    """Tables of each dataset: what goes along with motion, and the classes that gain and lose most."""
    tables = []
    for ran in metrics:
        of_classes = gains.table(ran)
        tables += [_by_motion(ran, behaviours[ran.facts.dataset]), *([of_classes] if of_classes else [])]
    return Section(SAY.title(), paragraphs=[SAY.introduction()], tables=tables)


def _by_motion(ran: Metrics, followed: Followed) -> Table:
    ends, related = by_motion(followed), correlations(followed)
    rows = []
    for name, found in related.items():
        cells = [f"{ends[name][end]:.3f}" if len(ends[name]) else "—" for end in (0, -1)]
        rows.append([GATES.get(name) or SAY.energy(name), *cells, signed(found.frames), _within(found.within)])
    columns = ["Mean of", "Least moving tenth of frames", "Most moving tenth"]
    columns += ["Correlation with motion, all frames", "Within sequences, median (quartiles)"]
    counted = max((found.sequences for found in related.values()), default=0)
    sequences, frames = len(followed.offsets) - 1, int(moving(followed).sum())
    notes = [SAY.followed(ran.facts, followed.facts, frames, sequences, counted)]
    notes += [] if followed.dos.shape[1] else [SAY.order_0()]
    return Table(measured.marked(SAY.motion_title(ran.facts), [ran]), columns, rows, notes)


def _within(bounds: np.ndarray | None) -> str:
    """Median and quartiles of the correlations; — where there is none."""
    if bounds is None:
        return "—"
    median, low, high = map(signed, bounds)
    return f"{median} ({low} to {high})"
