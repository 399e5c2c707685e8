"""What the page's player shows of the test sequences: joints or pictures, norms, gates and scores, packed as text."""

import base64
import io
import zlib
from collections.abc import Callable, Iterable

import numpy as np
from matplotlib.image import imsave
from scipy.ndimage import zoom

from drnn.evaluation.predictions import Run
from drnn.evaluation.results import Metrics
from drnn.report.display import Names
from drnn.report.figures.drawings import upward
from drnn.report.followed import Followed, RunFacts, Trace
from drnn.report.measured import told_apart
from drnn.report.sentences import Sentences

SAY = Sentences("templates/page.j2")
LEVELS = 1023  # of a joint's coordinate, on either side of the middle of the space that the sequence needs
FRAMES, WIDTH, COLUMNS = 80, 120, 10  # at most, of the pictures of a video, and those in a row of their sheet
RUN = ("protocol", "recipe", "model", "split", "seed")


def players(
    metrics: list[Metrics],
    traces: dict[str, Trace],
    behaviours: dict[str, Followed],
    predictions: dict[str, list[Run]],
    room: int,
) -> list[dict]:
    """What the player needs of each dataset, as values that JSON can hold.

    Args:
        metrics: one entry for each dataset that ran.
        traces: dataset → the trace of one test sequence; of a video its pictures are shown.
        behaviours: dataset → what a trained model does over all test sequences.
        predictions: dataset → its runs, among which that of this model says what was recognised.
        room: characters that all datasets' numbers may fill.
    """
    found = []
    for ran in metrics:
        name = ran.facts.dataset
        one = _player(ran, traces[name], behaviours[name], predictions.get(name, []), room // len(metrics))
        found.append(one | {"title": told_apart(Names(ran.facts).titled, ran, metrics)})
    return found


def _player(ran: Metrics, trace: Trace, followed: Followed, runs: list[Run], room: int) -> dict:
    """Every sequence's curves and as many of their joints as there is room for, or the pictures of one of them."""
    facts, total, lengths = followed.facts, len(followed.names), np.diff(followed.offsets)
    names, norms, said = Names(ran.facts), _norms(followed), _recognised(runs, facts)
    wrong = np.array([said.get(str(n), c) != c for n, c in zip(followed.names, followed.labels, strict=True)], bool)
    asked = wrong | (followed.names == trace.facts.sequence)
    kept, curves = _fitting(np.arange(total), asked, room, lambda chosen: _curves(followed, chosen))
    posed, shown, pictures = [], {"joints": ""}, None
    if followed.joints is not None:
        left = room - _size(curves)
        posed, shown = _fitting(kept, asked, left, lambda chosen: {"joints": packed(_joints(followed, chosen))})
    elif trace.pictures is not None:
        pictures = _pictures(trace.pictures) | {"sequence": trace.facts.sequence}
    starts = dict(zip(posed, np.cumsum([0, *lengths[posed]]).tolist(), strict=False))
    return {
        "name": ran.facts.dataset,
        "model": names.model(facts.model),
        "about": SAY.player(ran.facts, facts, total, len(kept), len(posed), pictures and pictures["sequence"]),
        "classes": [str(name) for name in followed.classes],
        "names": [str(followed.names[i]) for i in kept],
        "labels": followed.labels[kept].tolist(),
        "recognised": [said.get(str(followed.names[i])) for i in kept],
        "lengths": lengths[kept].tolist(),
        "poses": [starts.get(i, -1) for i in kept],  # where a sequence's joints begin
        "tops": norms.max(0, initial=0).tolist(),
        "bones": [] if followed.joints is None else followed.bones.tolist(),
        "head": None if followed.joints is None else int(followed.head),
        "first": next((n for n, i in enumerate(kept) if followed.names[i] == trace.facts.sequence), 0),
        "pictures": pictures,
        **curves,
        **shown,
    }


def _fitting(
    among: np.ndarray, asked: np.ndarray, room: int, pack: Callable[[np.ndarray], dict]
) -> tuple[np.ndarray, dict]:
    """As many of the sequences ``among`` as there is room for, first those ``asked`` for, and what they pack to."""
    kept = len(among)
    while True:
        chosen = _spread(among, asked[among], kept)
        found = pack(chosen)
        if _size(found) <= room or not kept:
            return chosen, found
        kept = min(kept - 1, int(kept * max(room, 0) / _size(found)))


def _spread(among: np.ndarray, first: np.ndarray, count: int) -> np.ndarray:
    """So many of the sequences ``among`` in their order: those that come ``first``, then others, each evenly spread."""
    parts, most = (among[first], among[~first]), min(count, int(first.sum()))
    spread = [
        np.linspace(0, len(part) - 1, n).round().astype(int)
        for part, n in zip(parts, (most, count - most), strict=True)
    ]
    return np.sort(np.concatenate([part[places] for part, places in zip(parts, spread, strict=True)]))


def _size(found: dict[str, str]) -> int:
    return sum(map(len, found.values()))


def packed(values: np.ndarray) -> str:
    """Whole numbers (F, n) as text: series after series, each number less the one before it, deflated, in base64.

    The differences wrap around, and so do the sums that undo them in templates/tools.js.
    """
    steps = np.diff(values.T, axis=1, prepend=np.zeros((values.shape[1], 1), dtype=values.dtype))
    return base64.b64encode(zlib.compress(np.ascontiguousarray(steps).tobytes(), 9)).decode()


def _frames(followed: Followed, chosen: Iterable[int]) -> np.ndarray:
    """The places of the frames of some sequences."""
    offsets = followed.offsets
    return np.concatenate([np.arange(0), *(np.arange(offsets[i], offsets[i + 1]) for i in chosen)]).astype(int)


def _norms(followed: Followed) -> np.ndarray:
    """(F, N) ‖dⁿs_t‖₂, from the mean squares over the units."""
    return np.sqrt(followed.dos.astype(float) * followed.facts.units)


def _curves(followed: Followed, chosen: np.ndarray) -> dict[str, str]:
    """Norms in parts of 65535 of their largest value over all sequences, gates and scores in parts of 255."""
    frames, norms = _frames(followed, chosen), _norms(followed)
    parts = norms / np.maximum(norms.max(0, initial=0), 1e-12)
    found = {"norms": packed((parts[frames] * 65535).round().astype("<u2"))}
    for name in ("gates", "scores"):
        found[name] = packed((getattr(followed, name)[frames].astype(float) * 255).round().astype(np.uint8))
    return found


def _joints(followed: Followed, chosen: np.ndarray) -> np.ndarray:
    """(F, 3 J) x, y and z of each joint, y up, about the middle of a sequence's space and in parts of its size."""
    found = [np.zeros((0, followed.joints.shape[1] * 3))]
    for i in chosen:
        places = followed.joints[followed.offsets[i] : followed.offsets[i + 1]].astype(float)
        places = places * [1, upward(places, followed), 1]
        places -= (places.min((0, 1)) + places.max((0, 1))) / 2
        found.append((places / max(np.abs(places).max(), 1e-9) * LEVELS).reshape(len(places), -1))
    return np.concatenate(found).round().astype("<i2")


def _pictures(frames: np.ndarray) -> dict:
    """Grey frames (T, H, W) uint8, at most `FRAMES` of them and made small, side by side on one sheet."""
    times = np.linspace(0, len(frames) - 1, min(len(frames), FRAMES)).round().astype(int)
    factor = min(1.0, WIDTH / frames.shape[2])
    small = zoom(frames[times], (1, factor, factor), order=1)
    rows = -(-len(small) // COLUMNS)
    small = np.concatenate([small, np.zeros((rows * COLUMNS - len(small), *small.shape[1:]), dtype=np.uint8)])
    height, width = small.shape[1:]
    sheet = small.reshape(rows, COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, -1)
    content = io.BytesIO()
    imsave(content, sheet, vmin=0, vmax=255, cmap="gray", origin="upper", format="jpeg", pil_kwargs={"quality": 70})
    jpeg = base64.b64encode(content.getvalue()).decode()
    return {"times": times.tolist(), "width": width, "height": height, "columns": COLUMNS, "jpeg": jpeg}


def _recognised(runs: list[Run], facts: RunFacts) -> dict[str, int]:
    """Sequence → the class that the followed run took it for."""
    wanted = [getattr(facts, name) for name in RUN]
    for run in runs:
        if [getattr(run, name) for name in RUN] == wanted:
            return dict(zip(run.names, run.predicted, strict=True))
    return {}
