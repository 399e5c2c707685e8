"""What benchmarks/gpu.py trains on: synthetic skeletons, and numbers of the sizes of MSR Action3D; and its recipes."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import torch

from drnn.datasets.store import SequenceSet

CLASSES, TRAINING_SUBJECTS = 20, (1, 3, 5, 7, 9)

# Frames of the 291 training sequences of MSR Action3D (odd subjects, repaired): which part of them has at most so many.
MSR_SEQUENCES = 291
MSR_PARTS = (0, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 1)
MSR_FRAMES = (13, 20, 24, 28, 33, 38, 44, 50, 53, 57, 72, 89, 196)

# The recipes of params.yaml with every field's value; a test holds them against it.
PAPER = {
    "learning_rate": 1e-4,
    "schedule": "constant",
    "epochs": 50,
    "loss": "last_frame",
    "logit_scale": 1.0,
    "label_smoothing": 0.0,
    "optimizer": "adam",
    "batch_size": 16,
    "bucket_by_length": False,
    "weight_decay": 0.0,
    "clip_norm": None,
    "ema_decay": 0.0,
    "normalisation": "group",
    "group_scale": {},
    "clip_inputs": None,
    "frame_stride": 1,
    "differences": [],
    "input_dropout": 0.0,
    "augmentation": None,
    "test_copies": 0,
    "initial_scale": 1.0,
    "forget_bias": 1.0,
    "layers": 1,
    "bidirectional": False,
}
TUNED = PAPER | {
    "learning_rate": 3e-3,
    "schedule": "one_cycle",
    "epochs": 100,
    "loss": "max_over_time",
    "logit_scale": 10.0,
    "optimizer": "adamw",
    "batch_size": 64,
    "bucket_by_length": True,
    "weight_decay": 0.05,
    "clip_norm": 5.0,
    "ema_decay": 0.99,
    "clip_inputs": 4.0,
    "frame_stride": 2,
    "differences": [1, 3],
    "input_dropout": 0.3,
    "augmentation": {
        "rotation": 45.0,
        "tilt": 15.0,
        "scale": 0.15,
        "tempo": 0.4,
        "crop": 0.2,
        "shift": 0.02,
        "noise": 0.0,
        "joint_dropout": 0.0,
        "mix": 0.0,
    },
    "bidirectional": True,
}
HIDDEN = {"paper": 400, "tuned": 256}
FEATURES = {"paper": 583, "tuned": 60}
GROUPS = {"position": [0, 60]}


def model(order: int, **changes: object) -> SimpleNamespace:
    """A block of `models`."""
    return SimpleNamespace(**{"layer": "drnn", "order": order, "truncation": "dos", "as_large_as": None} | changes)


def recipe(name: str, **changes: object) -> SimpleNamespace:
    """The recipe `paper` or `tuned`."""
    fields = {"paper": PAPER, "tuned": TUNED}[name] | changes
    augmentation = fields["augmentation"]
    return SimpleNamespace(**fields | {"augmentation": SimpleNamespace(**augmentation) if augmentation else None})


def training(recipe: SimpleNamespace, model: SimpleNamespace, hidden: int, seed: int = 0) -> SimpleNamespace:
    """The fields of `drnn.config.training.Training`, for which a machine with a GPU may have no pydantic."""
    return SimpleNamespace(recipe=recipe, model=model, hidden_size=hidden, seed=seed)


class Data(NamedTuple):
    """Labelled sequences of features."""

    train: SequenceSet
    test: SequenceSet
    words: str


def skeletons(subjects: int, repetitions: int) -> Data:
    """Figures that perform 20 actions, as the features `joints_rough`; the odd subjects train, the even ones test."""
    try:
        from drnn.datasets.layouts import MSR_20
        from drnn.datasets.synthetic import synthesise
        from drnn.features.joints import features
    except ImportError:  # scipy or h5py is missing
        performed, words = _points(subjects, repetitions), "points on circles, for want of scipy or h5py"
    else:
        performed = [
            (int(name[1:3]) - 1, int(name[5:7]), features(positions, MSR_20, smoothing=1))
            for name, positions in synthesise(subjects, repetitions, seed=0)
        ]
        words = "synthetic skeletons"
    train = [(action, frames) for action, subject, frames in performed if subject % 2]
    test = [(action, frames) for action, subject, frames in performed if not subject % 2]
    words = f"{words}: {subjects} subjects, {CLASSES} actions, {len(train)} sequences to train and {len(test)} to test"
    return Data(labelled(train), labelled(test), words)


def labelled(performed: list[tuple[int, np.ndarray]]) -> SequenceSet:
    """Labels and sequences (T_i, n) as what a training takes."""
    labels, frames = zip(*performed, strict=True)
    known = {"labels": labels, "classes": map(str, range(CLASSES)), "attributes": {"groups": GROUPS}}
    return SequenceSet.of(frames, **known).converted(torch.from_numpy)


def _points(subjects: int, repetitions: int) -> list[tuple[int, int, np.ndarray]]:
    """20 points, one of which moves round its place: which one, and in which of four ways, is the action."""
    random, performed = np.random.default_rng(0), []
    for subject in range(1, subjects + 1):
        places = random.normal(size=(20, 3))
        for action in np.repeat(np.arange(CLASSES), repetitions):
            frames = random.integers(24, 49)
            phase = random.uniform(0, 2 * np.pi) + 0.5 * random.uniform(0.8, 1.2) * np.arange(frames)
            moved = np.repeat(places[None], frames, 0) + random.normal(scale=0.02, size=(frames, 20, 3))
            across, up = ((1, 1), (-1, 1), (0, 1), (1, 0))[action % 4]
            moved[:, action // 4, 0] += 0.5 * across * np.sin(phase)
            moved[:, action // 4, 1] += 0.5 * up * np.cos(phase)
            performed.append((int(action), subject, moved.reshape(frames, 60).astype(np.float32)))
    return performed


def recorded(features: int) -> SequenceSet:
    """As many sequences as MSR Action3D trains on, of their lengths, with any numbers for features."""
    lengths = np.interp(np.linspace(0, 1, MSR_SEQUENCES), MSR_PARTS, MSR_FRAMES).round().astype(int)
    torch.manual_seed(0)
    lengths = lengths[torch.randperm(MSR_SEQUENCES).numpy()]
    return labelled([(n % CLASSES, torch.randn(length, features).numpy()) for n, length in enumerate(lengths)])
