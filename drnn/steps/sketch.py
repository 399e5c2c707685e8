"""Each subject's videos become few rows that stand for all their frames in a PCA."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drnn.features.sketch import Sketch, compressed, landmark_frames
from drnn.machine import Machine
from drnn.steps.shared.described import Decoded, cells, decode, survey
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import Sketched, save_sketches


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Sketch each of ``params["subjects"]``: ``landmarks`` frames, in chunks, compressed to ``rank`` rows.

    The file says too which videos decode, how many frames they have, which of these have a descriptor, and what the
    pictures of all subjects are like.
    """
    one_thread()
    pictures, positions = survey(inputs["recordings"], params["reader"], params["grid"])
    sketched = [_sketched(inputs["recordings"], subject, params) for subject in params["subjects"]]
    for _, about in sketched:
        about["pictures"] = pictures._asdict() | {"positions": positions}
    save_sketches(outputs["sketches"], sketched)
    videos = sum(len(about["videos"]) for _, about in sketched)
    rows = sum(len(sketch.rows) for sketch, _ in sketched if sketch)
    described = f"{videos} videos of {pictures}, described at {positions} positions"
    return f"{described}: {len(sketched)} subjects in {rows} rows"


def _sketched(store: Path, subject: int, params: dict) -> Sketched:
    decoded = decode(store, params["reader"], subject)
    ranges = {name: decoded.described(name) for name in decoded.frames}
    about = {
        "subject": subject,
        "videos": {name: [len(decoded.frames[name]), r.start, r.stop] for name, r in ranges.items()},
        "faults": decoded.faults,
    }
    count = sum(map(len, ranges.values()))
    if not count:
        return None, about
    share = count / min(count, params["landmarks"])
    parts = [
        compressed([Sketch.of(chunk, share * len(chunk))], params["rank"]) for chunk in _chunks(decoded, ranges, params)
    ]
    whole = compressed(parts, params["rank"]) if len(parts) > 1 else parts[0]
    return whole, about


def _chunks(decoded: Decoded, ranges: dict[str, range], params: dict) -> Iterator[np.ndarray]:
    """The descriptors (n, D) of the landmark frames, n at most ``params["chunk"]``."""
    wanted = landmark_frames(sum(map(len, ranges.values())), params["landmarks"])
    held, first = [], 0
    for name, block in cells(decoded, params["grid"]):
        inside = wanted[(first <= wanted) & (wanted < first + len(ranges[name]))] - first + ranges[name].start
        first += len(ranges[name])
        while len(inside):
            room = params["chunk"] - sum(map(len, held))
            described = block.descriptors(inside[:room])
            held.append(described.reshape(len(described), -1))
            inside = inside[room:]
            if sum(map(len, held)) == params["chunk"]:
                yield np.concatenate(held)
                held = []
    if held:
        yield np.concatenate(held)
