"""What happens in a synthetic video, and how its frames look: the figure's way, the background, the noise."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from drnn.datasets.figure import FACING_RIGHT, GAITS, Actor, act, draw, draw_actor
from drnn.datasets.kth_sequences import ACTIONS, SUFFIX

WIDTH, HEIGHT, FRAME_RATE = 160, 120, 25
FULL_LENGTH = 483  # frames, mean of KTH's videos
# Mean frames of a repetition, and those between two in which the figure goes, of the real list.
RANGE = {"boxing": 112, "handclapping": 108, "handwaving": 134}
GAP = {"jogging": 56, "running": 63, "walking": 73}
RANGES = 4
SHORTEST = 24  # frames, as in KTH

HORIZON = 68.0  # pixels from the top; the camera is a metre above the ground
NEAR, FAR = 44.0, 42.0  # pixels a metre at the figure that stays, and at the one that crosses the frame
REACH = 0.45  # metres from the hip centre to the farthest hand or foot of a figure that goes
NOISE = 0.010  # standard deviation of the camera's noise, grey 0 … 1
TEXTURE = {(3, 2): 0.03, (20, 8): 0.03, (60, 30): 0.03, (120, 100): 0.03}  # rows, columns: standard deviation
BLOCK = 32  # frames drawn at once: what is computed for a limb stays in the cache


@dataclass(frozen=True)
class Video:
    """Which video: all that it depends on. `frames` is how long the six actions' videos are on average."""

    subject: int
    action: str
    scenario: int
    frames: int
    seed: int

    @property
    def name(self) -> str:
        return f"person{self.subject:02}_{self.action}_d{self.scenario}"

    @property
    def filename(self) -> str:
        return self.name + SUFFIX

    def generator(self, *key: int) -> np.random.Generator:
        """For what the videos of a key have in common; without one, for this video alone."""
        key = key or (self.subject, self.scenario, ACTIONS.index(self.action))
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


@dataclass(frozen=True)
class Take:
    """A range of a video: T frames, of which the first is frame ``first`` of the video, 0-based.

    Attributes:
        phase, heading: see `drnn.datasets.figure.act`.
        feet, scale: see `drnn.datasets.figure.draw`.
    """

    first: int
    phase: np.ndarray
    heading: float
    feet: np.ndarray
    scale: np.ndarray

    @property
    def end(self) -> int:
        return self.first + len(self.phase)


def actor_of(video: Video) -> Actor:
    """The same in all of a subject's videos, but for the clothes of d3."""
    actor = draw_actor(video.generator(video.subject))
    return actor.dressed(video.generator(video.subject, 3)) if video.scenario == 3 else actor


@dataclass(frozen=True)
class Phase:
    """Of the action's cycle, in radians: at the video's first frame, and how far it moves on in a frame."""

    start: float
    step: float

    def at(self, first: int, end: int) -> np.ndarray:
        return self.start + self.step * np.arange(first, end)


def plan(video: Video) -> list[Take]:
    """The four takes of a video: back to back, or with the figure out of sight between. The last one ends it."""
    rng, actor, pace = video.generator(), actor_of(video), video.frames / FULL_LENGTH
    tempo = actor.cadence(video.action) * rng.uniform(0.9, 1.1)
    phase = Phase(rng.uniform(0, 2 * np.pi), 2 * np.pi * tempo / FRAME_RATE)
    if video.action in GAITS:
        return _crossings(video, rng, phase, actor.stride(video.action) * tempo, pace)
    return _repetitions(video, rng, phase, pace)


def _repetitions(video: Video, rng: np.random.Generator, phase: Phase, pace: float) -> list[Take]:
    """The figure stays in its place; in d2 it seems to come near and go away."""
    lengths = np.maximum(SHORTEST, np.rint(pace * RANGE[video.action] * rng.uniform(0.75, 1.25, RANGES))).astype(int)
    frame = np.arange(lengths.sum())
    heading = rng.choice([-1, 1]) * rng.uniform(0.9, 1.4) if video.action == "boxing" else rng.uniform(-0.2, 0.2)
    scale = np.full(len(frame), NEAR * rng.uniform(0.93, 1.05))
    if video.scenario == 2:
        scale *= 0.8 - 0.2 * np.cos(2 * np.pi * frame / rng.uniform(150, 250) + rng.uniform(0, 2 * np.pi))
    feet = _on_the_ground(WIDTH / 2 + rng.uniform(-12, 12), scale)
    bounds = itertools.pairwise([0, *np.cumsum(lengths).tolist()])
    return [Take(first, phase.at(first, end), heading, feet[first:end], scale[first:end]) for first, end in bounds]


def _crossings(video: Video, rng: np.random.Generator, phase: Phase, speed: float, pace: float) -> list[Take]:
    """The figure crosses the frame to and fro, at a speed in metres a second; in d2 aslant, so that its size changes.

    In videos shorter than KTH's, by the factor ``pace``, a take is the middle part of a crossing.
    """
    takes, first, side = [], 0, rng.choice([-1, 1])
    size = FAR * rng.uniform(0.93, 1.07)
    for _ in range(RANGES):
        zoom = (0.7, 1.1)[::side] if video.scenario == 2 else (1.0, 1.0)
        pixels = size * np.mean(zoom) * speed / FRAME_RATE  # a frame
        whole = int(np.ceil((WIDTH + 2 * REACH * size) / pixels * (1.3 if video.scenario == 2 else 1.0)))
        kept = min(whole, max(SHORTEST, round(pace * whole)))
        way = (np.arange(kept) + (whole - kept) / 2) / (whole - 1)
        scale = size * np.interp(way, (0, 1), zoom)
        x = WIDTH / 2 + side * (way - 0.5) * (WIDTH + 2 * REACH * size)
        takes.append(Take(first, phase.at(first, first + kept), side * FACING_RIGHT, _on_the_ground(x, scale), scale))
        first += kept + max(1, round(pace * GAP[video.action] * rng.uniform(0.3, 1.7)))
        side = -side
    return takes


def _on_the_ground(x: np.ndarray | float, scale: np.ndarray) -> np.ndarray:
    """(T, 2) pixels, where feet stand that are ``scale`` pixels a metre: the camera is a metre above the ground."""
    return np.stack([np.broadcast_to(x, scale.shape), HORIZON + scale], axis=1)


def render(video: Video) -> Iterator[np.ndarray]:
    """The frames of a video in order, (H, W) uint8 grey."""
    actor, empty, end = actor_of(video), background(video), 0
    rng = video.generator(video.subject, video.scenario, ACTIONS.index(video.action), 1)
    film = rng.normal(0.0, NOISE, 8 * empty.size).astype(np.float32)  # each frame's grain is cut from it anywhere
    for take in plan(video):
        positions = act(actor, video.action, take.phase, take.heading)
        blocks = [np.repeat(empty[None], take.first - end, axis=0)]
        for begin in range(0, len(take.phase), BLOCK):
            part = slice(begin, begin + BLOCK)
            blocks.append(np.repeat(empty[None], len(take.phase[part]), axis=0))
            draw(blocks[-1], actor, positions[part], take.feet[part], take.scale[part])
        for frame in itertools.chain.from_iterable(blocks):
            start = rng.integers(film.size - frame.size)
            frame += film[start : start + frame.size].reshape(frame.shape)
            yield (255 * np.clip(frame, 0, 1) + 0.5).astype(np.uint8)
        end = take.end


def background(video: Video) -> np.ndarray:
    """(H, W) float32 grey: a lawn, or in d4 a wall and a floor; the same for all actions of a subject."""
    indoors = video.scenario == 4
    rng = video.generator(video.subject, 0, int(indoors))
    texture = sum(size * _field(rng, *cells) for cells, size in TEXTURE.items())
    if not indoors:
        return (rng.uniform(0.45, 0.75) + texture).astype(np.float32)
    y = np.arange(HEIGHT)[:, None]
    wall = rng.uniform(0.55, 0.75) + 0.3 * texture + 0.15 * rng.uniform(-1, 1) * np.linspace(-1, 1, WIDTH)
    floor = rng.uniform(0.3, 0.45) + 0.5 * texture
    return np.where(y < rng.uniform(94, 102), wall, floor).astype(np.float32)


def _field(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """(H, W) smooth noise of unit variance at the points of a grid, bilinear between them."""
    grid = rng.standard_normal((rows, columns))
    for size, axis in ((HEIGHT, 0), (WIDTH, 1)):
        place = np.linspace(0, grid.shape[axis] - 1, size)
        below = np.minimum(place.astype(int), grid.shape[axis] - 2)
        part = np.expand_dims(place - below, 1 - axis)
        grid = (1 - part) * grid.take(below, axis) + part * grid.take(below + 1, axis)
    return grid
