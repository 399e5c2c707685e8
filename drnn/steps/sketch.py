"""Each subject's videos become few rows that stand for all their frames in a PCA."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from drnn.features.sketch import Sketch, compressed, landmark_frames
from drnn.machine import Machine
from drnn.steps.shared.described import cells, counted, described, survey
from drnn.steps.shared.one_thread import one_thread
from drnn.steps.shared.sketches import Sketched, save_sketches


def run(params: dict, inputs: dict, outputs: dict, machine: Machine) -> str:
    """Sketch each of ``params["subjects"]``: ``landmarks`` frames, in chunks, compressed to ``rank`` rows.

    The file says too which videos decode, how many frames they have, which of these have a descriptor, and what the
    pictures of all subjects are like. Memory is that of two chunks, whatever there is of videos and subjects.
    """
    one_thread()
    pictures, positions = survey(inputs["recordings"], params["reader"], params["grid"])
    alike = {"pictures": pictures._asdict() | {"positions": positions}}
    counts = []

    def sketched() -> Iterator[Sketched]:
        for subject in params["subjects"]:
            sketch, about = _sketched(inputs["recordings"], subject, params)
            counts.append((len(about["videos"]), len(sketch.rows) if sketch else 0))
            yield sketch, about | alike

    save_sketches(outputs["sketches"], sketched())
    videos, rows = map(sum, zip(*counts, strict=True))
    seen = f"{videos} videos of {pictures}, described at {positions} positions"
    return f"{seen}: {len(counts)} subjects in {rows} rows"


def _sketched(store: Path, subject: int, params: dict) -> Sketched:
    frames, faults = counted(store, params["reader"], subject)
    ranges = {name: described(count) for name, count in frames.items()}
    videos = {name: [frames[name], within.start, within.stop] for name, within in ranges.items()}
    about = {"subject": subject, "videos": videos, "faults": faults}
    count = sum(map(len, ranges.values()))
    if not count:
        return None, about
    share = count / min(count, params["landmarks"])

    def few(chunk: np.ndarray) -> Sketch:
        return compressed([Sketch.of(chunk, share * len(chunk))], params["rank"])

    parts = list(map(few, _chunks(store, subject, count, params)))  # unlike a loop, it lets go of a chunk at once
    return compressed(parts, params["rank"]) if len(parts) > 1 else parts[0], about


def _chunks(store: Path, subject: int, count: int, params: dict) -> Iterator[np.ndarray]:
    """The descriptors (n, D) of the landmarks of ``count`` described frames, n at most ``params["chunk"]``."""
    wanted = landmark_frames(count, params["landmarks"])
    held: list[np.ndarray] = []
    first = 0
    for _, block in cells(store, params["reader"], subject, params["grid"]):
        stop = first + len(block.frames)
        inside = wanted[(first <= wanted) & (wanted < stop)] - first + block.frames.start
        first = stop
        while len(inside):
            room = params["chunk"] - sum(map(len, held))
            vectors = block.descriptors(inside[:room])
            held.append(vectors.reshape(len(vectors), -1))
            inside = inside[room:]
            if sum(map(len, held)) == params["chunk"]:
                yield _emptied(held)
    if held:
        yield _emptied(held)


def _emptied(held: list[np.ndarray]) -> np.ndarray:
    """What a list holds, joined; the list lets go of it."""
    joined = np.concatenate(held)
    held.clear()
    return joined
