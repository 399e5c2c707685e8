"""A figure of 20 joints that performs 20 actions: recordings for a run without a download."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from drnn.datasets import msr_action3d
from drnn.datasets.store import SequenceSet

FRAMES = (24, 48)  # shortest and longest sequence, drawn apart from the action
FRAME_RATE = 15.0  # Hz, the rate of MSR Action3D
ONSET = 8  # frames in which the movement grows from nothing to its full size
JITTER = 0.005  # metres, standard deviation of a joint's measured coordinate

# Joint: (parent, offset from it in metres), in the order of MSR Action3D, 0-based.
# Rest pose: upright, limbs hanging, facing the camera. Axes as the Kinect's: x to the figure's right, y up,
# z away from the camera.
SKELETON = {
    "left shoulder": ("neck", (-0.18, -0.04, 0.0)),
    "right shoulder": ("neck", (0.18, -0.04, 0.0)),
    "neck": ("spine", (0.0, 0.34, 0.0)),
    "spine": ("hip centre", (0.0, 0.14, 0.0)),
    "left hip": ("hip centre", (-0.09, -0.07, 0.0)),
    "right hip": ("hip centre", (0.09, -0.07, 0.0)),
    "hip centre": (None, (0.0, 0.0, 0.0)),
    "left elbow": ("left shoulder", (0.0, -0.27, 0.0)),
    "right elbow": ("right shoulder", (0.0, -0.27, 0.0)),
    "left wrist": ("left elbow", (0.0, -0.24, 0.0)),
    "right wrist": ("right elbow", (0.0, -0.24, 0.0)),
    "left hand": ("left wrist", (0.0, -0.09, 0.0)),
    "right hand": ("right wrist", (0.0, -0.09, 0.0)),
    "left knee": ("left hip", (0.0, -0.42, 0.0)),
    "right knee": ("right hip", (0.0, -0.42, 0.0)),
    "left ankle": ("left knee", (0.0, -0.40, 0.0)),
    "right ankle": ("right knee", (0.0, -0.40, 0.0)),
    "left foot": ("left ankle", (0.0, -0.06, -0.14)),
    "right foot": ("right ankle", (0.0, -0.06, -0.14)),
    "head": ("neck", (0.0, 0.20, 0.0)),
}
JOINTS = list(SKELETON)
ROOT = JOINTS.index("hip centre")


def _depth(joint: str) -> int:
    parent = SKELETON[joint][0]
    return 0 if parent is None else 1 + _depth(parent)


# (parent, joint), from the root outwards
BONES = [(JOINTS.index(SKELETON[joint][0]), JOINTS.index(joint)) for joint in sorted(JOINTS, key=_depth)[1:]]
PITCH, YAW, ROLL = range(3)  # rotation about x, y and z

# Knees and elbows are bent so that every limb can move both up and down from here, in view of the camera.
BENT = {"shoulder": 0.9, "elbow": 0.6, "hip": 0.4, "knee": -0.8, "ankle": 0.4}
STANCE = {("spine", PITCH): -0.35} | {
    (f"{side} {joint}", PITCH): angle for side in ("right", "left") for joint, angle in BENT.items()
}


def _arm(side: str) -> tuple[dict, dict]:
    lift = {(f"{side} shoulder", PITCH): 0.8, (f"{side} elbow", PITCH): 0.4}
    return {(f"{side} shoulder", YAW): -1.0}, lift


def _leg(side: str) -> tuple[dict, dict]:
    lift = {(f"{side} hip", PITCH): 0.8, (f"{side} knee", PITCH): -1.6, (f"{side} ankle", PITCH): 0.8}
    return {(f"{side} hip", ROLL): 0.8}, lift


# Limb: the joint angles that carry its end to the figure's right, and those that carry it up.
LIMBS = {
    "right arm": _arm("right"),
    "left arm": _arm("left"),
    "right leg": _leg("right"),
    "left leg": _leg("left"),
    "trunk": ({("spine", ROLL): -0.7}, {("spine", PITCH): 0.7}),
}
# Pattern: size of the movement to the right, sin φ, and of the movement up, cos φ. Clockwise as the figure
# sees it; the two circles are each other's reverse in time, so no single frame tells them apart.
PATTERNS = {
    "clockwise": (1.0, 1.0),
    "anticlockwise": (-1.0, 1.0),
    "up and down": (0.0, 1.0),
    "side to side": (1.0, 0.0),
}
ACTIONS = [(limb, pattern) for limb in LIMBS for pattern in PATTERNS]


@dataclass(frozen=True)
class Subject:
    """A figure's build and manner.

    Attributes:
        offsets: (20, 3) metres, each joint from its parent in the rest pose.
        posture: (20, 3) radians added to the stance: pitch, yaw and roll; the hip centre's turn the body.
        tempo: cycles a second.
        amplitude: radians, size of the movements.
    """

    offsets: np.ndarray
    posture: np.ndarray
    tempo: float
    amplitude: float


def draw_subject(rng: np.random.Generator) -> Subject:
    """A subject of random height, proportions (the two sides alike), posture, tempo and amplitude."""
    height = rng.uniform(0.88, 1.12)
    proportion = {part: rng.uniform(0.93, 1.07) for part in sorted({_part(joint) for joint in JOINTS})}
    offsets = [height * proportion[_part(joint)] * np.array(rest) for joint, (_, rest) in SKELETON.items()]
    posture = rng.normal(0.0, 0.06, (len(JOINTS), 3))
    return Subject(np.array(offsets), posture, tempo=rng.uniform(1.0, 1.4), amplitude=rng.uniform(0.45, 0.65))


def _part(joint: str) -> str:
    return joint.removeprefix("right ").removeprefix("left ")


def _table(angles: dict[tuple[str, int], float]) -> np.ndarray:
    """(20, 3) radians from the few that differ from 0."""
    table = np.zeros((len(JOINTS), 3))
    for (joint, axis), angle in angles.items():
        table[JOINTS.index(joint), axis] = angle
    return table


def movement(limb: str, pattern: str, phase: np.ndarray) -> np.ndarray:
    """Joint angles, (T, 20, 3), of a movement of size 1 radian around the stance, at phases (T,) in radians.

    Raises:
        KeyError: the limb is not in `LIMBS` or the pattern not in `PATTERNS`.
    """
    to_the_right, up = (_table(angles) for angles in LIMBS[limb])
    lateral, vertical = PATTERNS[pattern]
    swing = phase[:, None, None]
    return lateral * np.sin(swing) * to_the_right + vertical * np.cos(swing) * up


def pose(angles: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Forward kinematics: joint angles to positions relative to the hip centre.

    Args:
        angles: (T, 20, 3) radians, each joint's pitch, yaw and roll relative to its parent.
        offsets: (20, 3) metres, as in `Subject`.

    Returns:
        (T, 20, 3) metres.
    """
    turns = Rotation.from_euler("YXZ", angles[..., [YAW, PITCH, ROLL]].reshape(-1, 3)).as_matrix()
    turns = turns.reshape(*angles.shape, 3)
    orientation, positions = {ROOT: turns[:, ROOT]}, np.zeros(angles.shape)
    for parent, joint in BONES:
        positions[:, joint] = positions[:, parent] + orientation[parent] @ offsets[joint]
        orientation[joint] = orientation[parent] @ turns[:, joint]
    return positions


def perform(action: int, subject: Subject, rng: np.random.Generator, jitter: float = JITTER) -> np.ndarray:
    """One performance of an action. Length, tempo, phase and posture are drawn apart from the action.

    Args:
        action: 0-based index into `ACTIONS`.
        jitter: metres, standard deviation of the measurement; 0 gives the same performance without it.

    Returns:
        (T, 20, 3) float64, metres in the camera's coordinates, T within `FRAMES`.

    Raises:
        IndexError: there is no such action.
    """
    frame = np.arange(rng.integers(FRAMES[0], FRAMES[1], endpoint=True))
    onset = np.sin(np.pi / 2 * np.minimum(frame / ONSET, 1.0)) ** 2  # from 0: the first frame is the stance
    tempo = subject.tempo * rng.uniform(0.85, 1.15)
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * tempo / FRAME_RATE * frame
    size = subject.amplitude * rng.uniform(0.85, 1.15) * onset
    stance = _table(STANCE) + subject.posture + rng.normal(0.0, 0.08, subject.posture.shape)
    place = np.array([0.0, 0.0, 2.5]) + rng.uniform(-0.3, 0.3, 3) * [1.0, 0.3, 1.0]
    angles = stance + size[:, None, None] * movement(*ACTIONS[action], phase)
    positions = pose(angles, subject.offsets) + place
    positions += jitter * rng.standard_normal(positions.shape)
    return positions.round(6)  # sines differ between platforms in their last bits; micrometres do not


def synthesise(subjects: int, repetitions: int, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """All performances of all subjects, as files of MSR Action3D are named.

    Subjects and performances have generators of their own: more of them leave the others as they are.

    Yields:
        (name, positions): ``aAA_sSS_eEE_skeleton3D.txt``, numbered from 1, and (T, 20, 3) float64, metres.
    """
    for number in range(1, subjects + 1):
        subject = draw_subject(_generator(seed, number))
        for action in range(1, len(ACTIONS) + 1):
            for repetition in range(1, repetitions + 1):
                positions = perform(action - 1, subject, _generator(seed, number, action, repetition))
                yield f"a{action:02}_s{number:02}_e{repetition:02}_skeleton3D.txt", positions


def read(archive: Path, on_empty: str) -> SequenceSet:
    """The sequences of an archive of these files, as MSR Action3D's are read, with the names of these actions."""
    names = [f"{limb}: {pattern}" for limb, pattern in ACTIONS]
    return replace(msr_action3d.read(archive, on_empty), classes=names)


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
