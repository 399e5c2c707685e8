"""Small videos named as Weizmann's are, and their experiment, whose steps run in this process.

No assertion is made here (PYTEST_DONT_REWRITE).
"""

import io
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from video_room import Experiment

from drnn.datasets.weizmann import ACTIONS, PEOPLE

FRAMES = 20
SIDE = 40  # pixels: one box of the grid fits


def encoded(
    frames: np.ndarray, rate: Fraction | int = 25, container: str = "avi", times: Iterable[int] | None = None
) -> bytes:
    """A video of (T, H, W) uint8 grey frames; ``times`` are theirs in ticks of a frame, default 0, 1, 2, …"""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as opened:
        stream = opened.add_stream("mpeg4", rate=rate)
        stream.height, stream.width = frames.shape[1:]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 1_000_000
        opened.start_encoding()
        for time, frame in zip(times or range(len(frames)), frames, strict=True):
            picture = av.VideoFrame.from_ndarray(np.repeat(frame[:, :, None], 3, axis=2), format="rgb24")
            picture.pts, picture.time_base = time, 1 / Fraction(rate)
            opened.mux(stream.encode(picture))
        opened.mux(stream.encode())
    return file.getvalue()


def scene(seed: int, frames: int = FRAMES, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """(T, H, W) uint8: a bright square that moves over noise."""
    made = np.random.default_rng(seed).integers(0, 60, (frames, height, width), dtype=np.uint8)
    for t in range(frames):
        left = (seed % 7 + 1) * t % (width - 12)
        made[t, 8:20, left : left + 12] += 150
    return made


@cache
def people() -> dict[str, bytes]:
    """A video for each action of each person, by file name."""
    return {
        f"{action}/{person}_{action}.avi": encoded(scene(100 * p + a))
        for p, person in enumerate(PEOPLE, 1)
        for a, action in enumerate(ACTIONS)
    }


def experiment(folder: Path, recordings: dict[str, bytes], change: Callable = lambda params: None) -> Experiment:
    """The chain of Weizmann over ``recordings`` in place of the published ones."""

    def small(params: dict) -> None:
        block = {name: value for name, value in params["datasets"]["whole"].items() if name != "synthesis"}
        params["run"] = ["weizmann"]
        params["protocols"]["each"] = {"leave_one_out": "subject"}
        params["datasets"] = {"weizmann": block | {"source": "weizmann", "protocols": ["each"]}}
        params["datasets"]["weizmann"]["trace_sequence"] = "jack"
        params["features"]["hog3d"].update(landmarks=20, chunk=10, rank=8, directions=20, n_components=5)
        change(params)

    return Experiment(folder, recordings, small)
