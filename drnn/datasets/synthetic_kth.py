"""KTH without its recordings: a figure performs the six actions in videos named, cut and listed as KTH's are."""

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.progress import track

from drnn.datasets.kth_sequences import ABSENT, ACTIONS, LIST
from drnn.datasets.scene import FRAME_RATE, FULL_LENGTH, HEIGHT, WIDTH, Video, plan, render
from drnn.errors import UserError
from drnn.files import write_bytes

SUBJECTS, SCENARIOS = 25, 4
QUANTISER = 2  # of the encoder, in every frame, 1 … 31: with it the bytes and the decoding are about those of KTH
GROUP = 12  # frames from one that is coded whole to the next


@dataclass(frozen=True)
class Synthesis:
    """Which videos: all actions of so many subjects in so many scenarios, or the first ``videos`` of these.

    Attributes:
        frames: how long a video is on average; 483 in KTH, 100 to 200 for a quick run.
        videos: how many, in the order of their names; None for all.
        seed: of every draw.

    Raises:
        ValueError: a number that KTH has no names for, or fewer than 100 frames.
    """

    subjects: int = SUBJECTS
    scenarios: int = SCENARIOS
    frames: int = FULL_LENGTH
    videos: int | None = None
    seed: int = 0

    def __post_init__(self):
        bounds = {"subjects": SUBJECTS, "scenarios": SCENARIOS, "videos": len(self._all())}
        for name, most in bounds.items():
            if (value := getattr(self, name)) is not None and not 1 <= value <= most:
                raise ValueError(f"{name} must lie within 1 … {most}, not {value}")
        if self.frames < 100:
            raise ValueError(f"frames: four ranges need at least 100, not {self.frames}")

    def __iter__(self) -> Iterator[Video]:
        """The videos in the order of their names, without the one that KTH lacks."""
        yield from self._all()[: self.videos]

    def _all(self) -> list[Video]:
        every = (
            Video(subject, action, scenario, self.frames, self.seed)
            for subject in range(1, self.subjects + 1)
            for action in ACTIONS
            for scenario in range(1, self.scenarios + 1)
        )
        return [video for video in every if video.name != ABSENT]


def videos(synthesis: Synthesis) -> Iterator[tuple[str, bytes]]:
    """The AVI files, then 00sequences.txt, as (file name, content), ready for `drnn.datasets.archive.write_store`.

    A video depends on the seed, its length and its own name, and on no other video.
    """
    for video in synthesis:
        yield video.filename, encode(render(video))
    yield LIST, sequences(synthesis)


def write_folder(folder: str | Path, videos: int = 599, frames: int = FULL_LENGTH, seed: int = 0) -> int:
    """Write the list, and then the videos that are not there already.

    Args:
        videos: how many of the full set, in the order of their names.
        frames, seed: see `Synthesis`.

    Returns:
        How many videos were written.

    Raises:
        UserError: the folder holds videos of another seed or length, or cannot be written.
        ValueError: see `Synthesis`.
    """
    folder, synthesis = Path(folder), Synthesis(videos=videos, frames=frames, seed=seed)
    listed = sequences(synthesis)
    _refuse_others(folder / LIST, listed)
    write_bytes(folder / LIST, listed)
    missing = [video for video in synthesis if not (folder / video.filename).exists()]
    hidden = not (missing and sys.stderr.isatty())
    for video in track(missing, f"{len(missing)} videos", console=Console(stderr=True), disable=hidden):
        write_bytes(folder / video.filename, encode(render(video)))
    return len(missing)


def _refuse_others(path: Path, listed: bytes) -> None:
    """Refuse a folder whose list begins with another line: what it says of the videos is what they were made from."""
    says = listed.splitlines()[0]
    if path.exists() and (found := path.read_bytes().split(b"\n")[0]) != says:
        raise UserError(
            f"{path}: lists other videos ({found.decode(errors='replace')!r}, not {says.decode()!r}); "
            "choose another folder"
        )


def sequences(synthesis: Synthesis) -> bytes:
    """00sequences.txt, which is known before a video is drawn: the ranges of each, and which one is missing."""
    lines = {video.name: f"{video.name}\t\tframes\t{_ranges(video)}" for video in synthesis}
    if synthesis.scenarios >= 3 and max(lines) > ABSENT:
        lines[ABSENT] = f"{ABSENT}\t*missing*"
    title = f"Synthetic videos in the form of KTH's: seed {synthesis.seed}, about {synthesis.frames} frames each"
    return "\n".join([title, "", *(lines[name] for name in sorted(lines)), ""]).encode("ascii")


def _ranges(video: Video) -> str:
    return ", ".join(f"{take.first + 1}-{take.end}" for take in plan(video))


def encode(frames: Iterable[np.ndarray]) -> bytes:
    """An AVI file of MPEG-4 video of grey frames, each (120, 160) uint8; the same frames give the same bytes."""
    file = io.BytesIO()
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)  # the two planes of colour stay grey
    levels = np.rint(16 + np.arange(256) * (219 / 255)).astype(np.uint8)
    with av.open(file, "w", format="avi", options={"fflags": "+bitexact"}) as container:
        options = {"flags": "+bitexact", "qmin": str(QUANTISER), "qmax": str(QUANTISER)}
        stream = container.add_stream("mpeg4", rate=FRAME_RATE, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDTH, HEIGHT, "yuv420p", GROUP
        stream.thread_count = 1
        for frame in frames:
            planes[:HEIGHT] = levels[frame]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
    return file.getvalue()
