"""Where the derivatives of states are large and the gates open: statistics over all test sequences, and a table."""

from itertools import pairwise

import numpy as np
from scipy.stats import rankdata, spearmanr

from drnn.report import gains, measured
from drnn.report.blocks import Section, Table, plural, signed

POINTS = 50  # to which a sequence is resampled
BINS = 10
GATES = {"i": "input gate i", "f": "forget gate f", "o": "output gate o"}
MOTION = {"joints": "squared displacement of the joints", "features": "squared change of the features"}
"""What the energy of motion is, by the fact `motion`; either is a mean, from one frame to the next."""
INTRODUCTION = (
    "The trained model of the highest order runs over all test sequences of the first split. The energy of order n is "
    "the squared norm of the n-th derivative of states; frames are sorted by the energy of motion since the frame "
    "before, so a sequence's first frame, which has none, is left out. Each sequence starts from states at rest, so "
    "its first derivatives of states are large whatever moves. A correlation is Spearman's; within sequences it is "
    "the median over the test sequences, with the quartiles. One run is followed: nothing here is an average over "
    "seeds."
)

Followed = dict
"""What drnn.steps.behaviour saves: motion (F,), dos (F, N), gates (F, 3), offsets (S + 1,), …, and facts."""


def energies(followed: Followed) -> dict[str, np.ndarray]:
    """`order n` → (F,) mean squares of the n-th derivative of states."""
    return {f"order {n}": column.astype(float) for n, column in enumerate(followed["dos"].T, 1)}


def openings(followed: Followed) -> dict[str, np.ndarray]:
    """i, f and o → (F,) mean openings."""
    return {name: column.astype(float) for name, column in zip(GATES, followed["gates"].T, strict=True)}


def relative(values: np.ndarray) -> np.ndarray:
    """Values (F,) divided by their mean; zeros stay zeros."""
    mean = values.mean() if len(values) else 0.0
    return values / mean if mean else values


def over_time(followed: Followed) -> dict[str, np.ndarray]:
    """`motion` and `order n` → mean and quartiles (3, POINTS) over the sequences, each from its start to its end.

    Energies are relative to their mean over all frames.
    """
    grid, found = np.linspace(0, 1, POINTS), {}
    for name, values in ({"motion": followed["motion"].astype(float)} | energies(followed)).items():
        each = (relative(values)[a:b] for a, b in pairwise(followed["offsets"]))
        drawn = np.array([np.interp(grid, np.linspace(0, 1, len(one)), one) for one in each])
        found[name] = np.array([drawn.mean(0), *np.percentile(drawn, (25, 75), axis=0)])
    return found


def moving(followed: Followed) -> np.ndarray:
    """(F,) whether a frame has one before it in its sequence."""
    mask = np.ones(len(followed["motion"]), dtype=bool)
    mask[followed["offsets"][:-1]] = False
    return mask


def by_motion(followed: Followed) -> dict[str, np.ndarray]:
    """`order n`, i, f and o → means (b,) over parts of equally many frames, those that move least first.

    Energies are relative to their mean over all frames. There are BINS parts, fewer if there are fewer frames.
    """
    mask = moving(followed)
    ranks = rankdata(followed["motion"][mask], method="ordinal") - 1
    parts = min(BINS, len(ranks))
    bins = ranks * parts // max(len(ranks), 1)
    shown = {name: relative(values) for name, values in energies(followed).items()} | openings(followed)
    return {
        name: np.array([values[mask][bins == part].mean() for part in range(parts)]) for name, values in shown.items()
    }


def correlations(followed: Followed) -> dict[str, dict]:
    """`order n`, i, f and o → Spearman's correlation with motion, `frames` over all frames, and `within` sequences.

    `frames` is a number or None, `within` the median and the quartiles (3,) over `sequences` in number that have
    three frames or more and do not stand still, or None without any.
    """
    motion, mask, found = followed["motion"], moving(followed), {}
    spans = [slice(a + 1, b) for a, b in pairwise(followed["offsets"])]
    for name, values in (energies(followed) | openings(followed)).items():
        each = [_spearman(motion[span], values[span]) for span in spans]
        each = [one for one in each if one is not None]
        within = np.percentile(each, (50, 25, 75)) if each else None
        overall = _spearman(motion[mask], values[mask])
        found[name] = {"frames": overall, "within": within, "sequences": len(each)}
    return found


def _spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """The rank correlation of (F,) with (F,); None where there are too few values or all are the same."""
    return None if len(a) < 3 or not np.ptp(a) or not np.ptp(b) else float(spearmanr(a, b).statistic)


def section(metrics: list[dict], behaviours: dict[str, Followed]) -> Section:
    """Tables of each dataset: what goes along with motion, and the classes that gain and lose most."""
    tables = []
    for ran in metrics:
        of_classes = gains.table(ran)
        tables += [_by_motion(ran, behaviours[ran["facts"]["dataset"]]), *([of_classes] if of_classes else [])]
    return Section("Where the derivatives of states help", paragraphs=[INTRODUCTION], tables=tables)


def _by_motion(ran: dict, followed: Followed) -> Table:
    ends, related, facts = by_motion(followed), correlations(followed), followed["facts"]
    rows = []
    for name, found in related.items():
        cells = [f"{ends[name][end]:.3f}" if len(ends[name]) else "—" for end in (0, -1)]
        what = GATES.get(name, f"energy of {name}, relative to its mean")
        rows.append([what, *cells, signed(found["frames"]), _within(found["within"])])
    columns = ["Mean of", "Least moving tenth of frames", "Most moving tenth"]
    columns += ["Correlation with motion, all frames", "Within sequences, median (quartiles)"]
    counted = max((found["sequences"] for found in related.values()), default=0)
    sequences, frames = len(followed["offsets"]) - 1, int(moving(followed).sum())
    about = f"{facts['model']}, {facts['protocol']}, recipe “{facts['recipe']}”, split {facts['split']}, "
    about += f"seed {facts['seed']}: {plural(frames, 'frame')} of {plural(sequences, 'test sequence')}, of which "
    notes = [f"{about}{counted} have a correlation of their own. Motion is the mean {MOTION[facts['motion']]}."]
    notes += [] if followed["dos"].shape[1] else ["The model has order 0: no derivative of states enters its gates."]
    return Table(
        measured.marked(f"Motion, energies and gates on {measured.named(ran['facts'])}", [ran]), columns, rows, notes
    )


def _within(bounds: np.ndarray | None) -> str:
    """Median and quartiles of the correlations; — where there is none."""
    if bounds is None:
        return "—"
    median, low, high = map(signed, bounds)
    return f"{median} ({low} to {high})"
