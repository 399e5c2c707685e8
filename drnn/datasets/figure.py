"""The synthetic figure on film: how it boxes, claps, waves, walks, jogs and runs, and its limbs in shades of grey."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from drnn.datasets.synthetic import JOINTS, PITCH, ROLL, YAW, Subject, draw_subject, pose

SIDES = {"right": 1.0, "left": -1.0}  # and the sign of x there, as `drnn.datasets.synthetic` has it
TEMPO, AMPLITUDE = 1.2, 0.55  # those of the average subject of `draw_subject`
DARK = (0.02, 0.3)  # shades that stand out from the ground, as those as near to white do
FACING_RIGHT = np.pi / 2  # radians, yaw of a figure that goes towards the picture's right edge


@dataclass(frozen=True)
class Gait:
    """A way of going: cycles a second, the sizes of swings in radians, metres off the ground between two steps."""

    rate: float
    hip: float
    knee: float
    shoulder: float
    elbow: float
    lean: float
    hop: float


GAITS = {
    "walking": Gait(0.85, 0.40, 0.80, 0.45, 0.25, 0.04, 0.0),
    "jogging": Gait(1.30, 0.42, 1.30, 0.40, 1.40, 0.10, 0.04),
    "running": Gait(1.50, 0.62, 1.80, 0.85, 1.60, 0.22, 0.07),
}
RATES = {"boxing": 1.0, "handclapping": 1.2, "handwaving": 0.55} | {name: gait.rate for name, gait in GAITS.items()}


@dataclass(frozen=True)
class Actor:
    """A subject as the camera sees it.

    Attributes:
        body: build, posture and tempo, as of the skeletons.
        vigour: size of the movements, 1 on average.
        girth: thickness of the clothed limbs, 1 on average.
        shades: grey, 0 … 1, of skin, hair, shirt, trousers and shoes.
    """

    body: Subject
    vigour: float
    girth: float
    shades: dict[str, float]

    def dressed(self, rng: np.random.Generator) -> "Actor":
        """The same person in other clothes, of another brightness and thickness."""
        clothes = {"shirt": 1.0 - self.shades["shirt"], "trousers": rng.uniform(*DARK)}
        return replace(self, girth=self.girth * rng.uniform(1.1, 1.35), shades=self.shades | clothes)

    def cadence(self, action: str) -> float:
        """Cycles of the action a second."""
        return RATES[action] * self.body.tempo / TEMPO

    def stride(self, gait: str) -> float:
        """Metres a cycle, two steps, in which the foot that is on the ground stays there."""
        leg = -sum(self.body.offsets[JOINTS.index(joint), 1] for joint in ("right knee", "right ankle"))
        return 4 * leg * np.sin(GAITS[gait].hip * self.vigour)


def draw_actor(rng: np.random.Generator) -> Actor:
    """A person of random build and manner, in clothes that are mostly dark, as in KTH."""
    body = draw_subject(rng)
    body.posture[JOINTS.index("hip centre")] = 0.0  # upright
    shades = {part: rng.uniform(*DARK) for part in ("hair", "shirt", "trousers", "shoes")}
    shades["skin"] = rng.uniform(0.5, 0.9)
    if rng.random() < 0.3:
        shades["shirt"] = 1.0 - shades["shirt"]
    return Actor(body, body.amplitude / AMPLITUDE, rng.uniform(0.85, 1.2), shades)


def _boxing(phase: np.ndarray, vigour: float) -> dict:
    angles = {("spine", YAW): 0.3 * np.sin(phase), ("right hip", PITCH): -0.2, ("left hip", PITCH): 0.2}
    for side, sign in SIDES.items():
        punch = np.maximum(sign * np.sin(phase), 0.0) ** 1.5
        angles[f"{side} shoulder", PITCH] = 0.55 + (0.55 + 0.4 * vigour) * punch
        angles[f"{side} elbow", PITCH] = 2.1 - 2.0 * punch
    return angles


def _handclapping(phase: np.ndarray, vigour: float) -> dict:
    angles = {}
    for side, sign in SIDES.items():
        inwards = sign * (0.25 - 0.6 * vigour * (1 - np.cos(phase)))
        angles |= {(f"{side} shoulder", PITCH): 0.95, (f"{side} shoulder", YAW): inwards}
        angles |= {(f"{side} elbow", PITCH): 0.5, (f"{side} hip", ROLL): sign * 0.08}
    return angles


def _handwaving(phase: np.ndarray, vigour: float) -> dict:
    angles, up = {}, 0.5 - 0.5 * np.cos(phase)
    for side, sign in SIDES.items():
        angles[f"{side} shoulder", ROLL] = sign * (1.3 - 0.45 * vigour + (1.2 + 0.5 * vigour) * up)
        angles |= {(f"{side} elbow", ROLL): sign * (0.1 + 0.5 * up), (f"{side} hip", ROLL): sign * 0.08}
    return angles


def _going(gait: Gait, phase: np.ndarray, vigour: float) -> dict:
    angles = {("spine", PITCH): -gait.lean, ("spine", YAW): -0.15 * np.sin(phase)}
    for side, sign in SIDES.items():
        forward = sign * np.sin(phase)
        lifted = np.maximum(sign * np.cos(phase), 0.0)  # while the leg swings forward
        hip, knee = gait.hip * vigour * forward + 0.25 * gait.hip * lifted, -0.1 - gait.knee * lifted
        angles |= {(f"{side} hip", PITCH): hip, (f"{side} knee", PITCH): knee}
        angles[f"{side} ankle", PITCH] = -0.6 * (hip + knee)
        angles[f"{side} shoulder", PITCH] = -gait.shoulder * vigour * forward
        angles[f"{side} elbow", PITCH] = gait.elbow * (1.0 - 0.2 * forward)
    return angles


MOTIONS = {"boxing": _boxing, "handclapping": _handclapping, "handwaving": _handwaving}
MOTIONS |= {name: partial(_going, gait) for name, gait in GAITS.items()}


def act(actor: Actor, action: str, phase: np.ndarray, heading: float) -> np.ndarray:
    """Where the joints are at phases (T,) in radians, (T, 20, 3) metres: as `pose`, with y from the ground.

    Args:
        action: one of KTH's six.
        heading: radians; 0 faces the camera.
    """
    moved = MOTIONS[action](phase, actor.vigour)
    angles = np.tile(actor.body.posture, (len(phase), 1, 1))
    for (joint, axis), angle in (moved | {("hip centre", YAW): heading}).items():
        angles[:, JOINTS.index(joint), axis] += angle
    positions = pose(angles, actor.body.offsets)
    positions[..., 1] -= positions[..., 1].min(axis=1, keepdims=True)
    if action in GAITS:
        positions[..., 1] += (GAITS[action].hop * np.sin(phase) ** 2)[:, None]
    return positions


# From joint, to joint, the radii there in metres, and what covers it.
LIMBS = [("neck", "hip centre", 0.11, 0.12, "shirt"), ("neck", "head", 0.05, 0.05, "skin")]
LIMBS += [("crown", "crown", 0.095, 0.095, "hair"), ("head", "head", 0.09, 0.09, "skin")]
for _side in SIDES:
    LIMBS += [
        (f"{_side} shoulder", f"{_side} hip", 0.08, 0.10, "shirt"),
        (f"{_side} shoulder", f"{_side} elbow", 0.065, 0.05, "shirt"),
        (f"{_side} elbow", f"{_side} wrist", 0.05, 0.04, "shirt"),
        (f"{_side} wrist", f"{_side} hand", 0.045, 0.045, "skin"),
        (f"{_side} hip", f"{_side} knee", 0.09, 0.065, "trousers"),
        (f"{_side} knee", f"{_side} ankle", 0.065, 0.05, "trousers"),
        (f"{_side} ankle", f"{_side} foot", 0.05, 0.04, "shoes"),
    ]


def draw(frames: np.ndarray, actor: Actor, positions: np.ndarray, feet: np.ndarray, scale: np.ndarray) -> None:
    """Draw the figure into frames, limb after limb, from the one that is farthest on average.

    Args:
        frames: (T, H, W) float32 grey, 0 … 1; changed in place.
        positions: (T, 20, 3) metres, as of `act`.
        feet: (T, 2) pixels, x and y of the point on the ground below the hip centre.
        scale: (T,) pixels a metre.
    """
    places = {joint: positions[:, index] for index, joint in enumerate(JOINTS)}
    places["crown"] = places["head"] + [0.0, 0.03, 0.01]
    depths = [(places[start][:, 2] + places[end][:, 2]).mean() for start, end, *_ in LIMBS]
    seen = {joint: feet - scale[:, None] * place[:, :2] for joint, place in places.items()}  # x and y are mirrored
    for index in np.argsort(depths, kind="stable")[::-1]:
        start, end, *radii, cover = LIMBS[index]
        girth = 1.0 if cover in ("skin", "hair") else actor.girth
        _draw_limb(frames, seen[start], seen[end], girth * scale[:, None] * radii, actor.shades[cover])


def _draw_limb(frames, start, end, radii, shade) -> None:
    """Draw a capsule, round and darker towards its edge, from start to end (T, 2) with radii (T, 2) there, pixels.

    What covers a pixel follows from its distance to the segment; only a window around the limb is looked at.
    """
    reach = radii.max(axis=1, keepdims=True) + 1
    low, high = np.floor(np.minimum(start, end) - reach), np.ceil(np.maximum(start, end) + reach)
    border = np.array(frames.shape[:0:-1])
    size = np.minimum((high - low).max(axis=0).astype(int) + 1, border)
    corner = np.clip(low, 0, border - size).astype(int)
    origin, axis, radii = (values.astype(np.float32) for values in (start - corner, end - start, radii))
    x = (np.arange(size[0], dtype=np.float32) - origin[:, :1])[:, None, :]
    y = (np.arange(size[1], dtype=np.float32) - origin[:, 1:])[:, :, None]
    axis_x, axis_y = axis[:, 0, None, None], axis[:, 1, None, None]
    squared = np.maximum(axis_x**2 + axis_y**2, np.float32(1e-6))
    along = np.clip(x * (axis_x / squared) + y * (axis_y / squared), 0, 1)
    distance = np.sqrt((x - along * axis_x) ** 2 + (y - along * axis_y) ** 2)
    radius = radii[:, :1, None] + along * (radii[:, 1:, None] - radii[:, :1, None])
    covered = np.clip(radius - distance + np.float32(0.5), 0, 1)
    tone = np.float32(shade) * (1 - np.float32(0.4) * np.minimum(distance / radius, 1) ** 2)
    windows = sliding_window_view(frames, size[::-1], axis=(1, 2), writeable=True)
    where = (np.arange(len(frames)), corner[:, 1], corner[:, 0])
    behind = windows[where]
    windows[where] = behind + covered * (tone - behind)
