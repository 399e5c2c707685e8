"""The nearest neighbour by dynamic time warping of the joints or values: no training, no other feature.

The warping is that of Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition", IEEE
Trans. Acoustics, Speech, and Signal Processing 26(1), 1978, without a constraint on the slope (their P = 0), and
without a band. All is float64.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from drnn.compiled import compiled
from drnn.datasets.skeleton import Skeleton
from drnn.datasets.store import SequenceSet
from drnn.features import joints as posed


class Weights(NamedTuple):
    """How frames and paths are weighed.

    Attributes:
        squared: whether a pair of frames costs the square of its distance.
        diagonal: what a step (1, 1) and the first pair cost: 2 is the symmetric form, whose weights add up to
            T₁ + T₂ on every path; 1 counts each pair once.
        normalise: whether a path's cost is divided by T₁ + T₂.
    """

    squared: bool = False
    diagonal: float = 2.0
    normalise: bool = False


USUAL = list(itertools.starmap(Weights, itertools.product((False, True), (1.0, 2.0), (False, True))))
"""Among which the training subjects choose."""


def classify(
    train: SequenceSet, test: SequenceSet, centre: bool, size: bool = False, view: bool = False
) -> tuple[np.ndarray, dict]:
    """Score test sequences by their nearest training sequences, weighing paths as suits the training subjects best.

    Best is the mean accuracy in leave-one-subject-out cross-validation over the training subjects; of equal ones
    the first. Where no subject is known, or one alone trains, one sequence is left out at a time.

    Args:
        train, test: frames of joints, metres, or, without `centre`, of any values.
        centre, size, view: see `frames_of`.

    Returns:
        Scores (n_test, classes) as of `nearest`; the setting, and ``left_out``, that mean in %; with ``by``, what was
        left out, where that is no subject.

    Raises:
        UserError: ``centre``, and the frames are no joints.
        ValueError: fewer than two training sequences.
    """
    skeleton = train.skeleton_for("the baseline dtw with centre: true") if centre else None
    tested, trained = (
        [frames_of(side.posed(i), skeleton, size, view) for i in range(len(side))] for side in (test, train)
    )
    several = len(np.unique(train.subjects)) > 1
    groups = train.subjects if several else np.arange(len(train))
    found = [left_out(among, train.labels, groups) for among in distances(trained, trained, USUAL)]
    best = USUAL[int(np.argmax(found))]
    scores = nearest(distances(tested, trained, [best])[0], train.labels, len(train.classes))
    about = best._asdict() | {"left_out": max(found)}
    return scores, about if several else about | {"by": "sequence"}


def left_out(distances: np.ndarray, labels: np.ndarray, subjects: np.ndarray) -> float:
    """Leave-one-subject-out accuracy of the nearest neighbour among training sequences; mean over subjects, %.

    Args:
        distances: (n, n) between the training sequences.
        labels, subjects: (n,).

    Raises:
        ValueError: fewer than two subjects.
    """
    present = np.unique(subjects)
    if len(present) < 2:
        raise ValueError(f"subjects {present.tolist()}: at least two are needed to leave one out")
    others = np.where(np.equal.outer(subjects, subjects), np.inf, distances)
    right = labels[others.argmin(axis=1)] == labels
    return 100 * float(np.mean([right[subjects == subject].mean() for subject in present]))


def frames_of(
    frames: np.ndarray, skeleton: Skeleton | None = None, size: bool = False, view: bool = False
) -> np.ndarray:
    """The joints or values of each frame as one vector.

    Args:
        frames: (T, J, 3) metres in camera coordinates, or (T, D) values.
        skeleton: of the joints, each frame of which is then taken relative to its centre; None: as they are.
        size, view: whether all bodies have one size and are seen from one side, as in ``drnn.features.joints``.

    Returns:
        (T, D) float64, metres, or with ``size`` distances of head and centre.

    Raises:
        ValueError: a size or view of joints that are not centred.
    """
    p = np.asarray(frames, dtype=np.float64)
    if size or view:
        if skeleton is None:
            raise ValueError("size and view are of joints relative to the body's centre: set centre")
        return posed.features(p, skeleton, size, view, smoothing=1).astype(np.float64)
    return (p if skeleton is None else posed.centred(p, skeleton)).reshape(len(p), -1)


def distances(
    test: Sequence[np.ndarray], train: Sequence[np.ndarray], weights: Sequence[Weights] = (Weights(),)
) -> np.ndarray:
    """The cost of the cheapest warping between each test and each training sequence (Sakoe and Chiba 1978).

    A path goes from the first frames of both to the last by the steps (1, 0), (0, 1) and (1, 1). Each step costs the
    Euclidean distance between its frames, weighed as ``weights`` say.

    Args:
        test, train: sequences (T, D), of one D; where they are one object, each pair is computed once.
        weights: W ways to weigh a path.

    Returns:
        (W, n_test, n_train) float64, in the unit of the sequences, or its square.

    Raises:
        ValueError: no sequence on a side, one that is empty, not finite or of another D, or a diagonal that is not
            positive.
    """
    if wrong := [one for one in weights if not one.diagonal > 0]:
        raise ValueError(f"a diagonal step of weight {wrong[0].diagonal} is not positive")
    among = test is train
    test, train = _checked(test, train)
    lengths, others = [np.array([len(x) for x in side], dtype=np.int64) for side in (test, train)]
    columns = np.ascontiguousarray(np.concatenate(train).T)
    offsets = np.concatenate([[0], np.cumsum(others)])
    paths = list(dict.fromkeys(one[:2] for one in weights))
    squared, diagonal = map(np.array, zip(*paths, strict=True))
    costs = np.empty((len(paths), len(test), len(train)))
    for row, x in enumerate(test):
        first = row if among else 0
        _fill_row(x, columns, offsets[first:], squared, diagonal, costs[:, row, first:])
        if among:
            costs[:, first:, row] = costs[:, row, first:]
    total = lengths[:, None] + others
    return np.stack([costs[paths.index(one[:2])] / (total if one.normalise else 1) for one in weights])


def nearest(distances: np.ndarray, labels: Sequence[int], classes: int | None = None) -> np.ndarray:
    """Scores whose argmax is the label of the nearest training sequence; of two as near, the lower label.

    Args:
        distances: (n_test, n_train).
        labels: (n_train,) classes of the training sequences, 0-based.
        classes: how many there are; by default up to the highest label.

    Returns:
        (n_test, classes): for each class, minus the distance to its nearest training sequence; −∞ without one.

    Raises:
        ValueError: there is no label, not one for each column, or one outside of the classes.
    """
    d, y = np.asarray(distances, dtype=np.float64), np.asarray(labels)
    if d.ndim != 2 or y.shape != d.shape[1:] or not y.size:
        raise ValueError(f"distances of shape {d.shape} and labels of shape {y.shape} are not (n, m) and (m,), m ≥ 1")
    classes = int(y.max()) + 1 if classes is None else classes
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"labels from {y.min()} to {y.max()} are not from 0 to {classes - 1}")
    return np.stack([-d[:, y == c].min(axis=1, initial=np.inf) for c in range(classes)], axis=1)


def _checked(test: Sequence[np.ndarray], train: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    if not len(test) or not len(train):
        raise ValueError(f"{len(test)} test and {len(train)} training sequences: at least one of each is needed")
    tested, trained = [[np.ascontiguousarray(x, dtype=np.float64) for x in side] for side in (test, train)]
    width = trained[0].shape[-1]
    for name, side in (("training", trained), ("test", tested)):
        for index, x in enumerate(side):
            if x.ndim != 2 or not x.size:
                raise ValueError(f"{name} sequence {index} of shape {x.shape} is not (T, D) with T ≥ 1 and D ≥ 1")
            if x.shape[1] != width:
                raise ValueError(f"{name} sequence {index} has D = {x.shape[1]}, the first training sequence {width}")
            if not np.isfinite(x).all():
                raise ValueError(f"{name} sequence {index} has {np.sum(~np.isfinite(x))} values that are not finite")
    return tested, trained


@compiled
def _fill_row(sequence, columns, offsets, squared, diagonal, costs):
    """Fill (W, n) with the costs between a sequence (T, D) and n others, concatenated in columns (D, ΣT)."""
    for k in range(costs.shape[1]):
        _warp(sequence, columns[:, offsets[k] : offsets[k + 1]], squared, diagonal, costs[:, k])


@compiled
def _warp(a, b, squared, diagonal, found):
    """The cheapest path between a (T₁, D) and b (D, T₂) by each of W weights; two rows of a table of costs are kept."""
    other = b.shape[1]
    distances = np.empty((2, other))  # between a frame of a and those of b; the other row has the squares
    above = np.full((found.size, other + 1), np.inf)
    current = np.full((found.size, other + 1), np.inf)
    above[:, 0] = 0
    for i in range(len(a)):
        squares = distances[1]
        squares[:] = 0
        # Over the frames inside, so that the loop turns into vector instructions and no sum changes its order.
        for d in range(len(b)):
            value, values = a[i, d], b[d]
            for j in range(other):
                squares[j] += (value - values[j]) * (value - values[j])
        distances[0] = np.sqrt(squares)
        for w in range(found.size):
            costs, before, now = distances[int(squared[w])], above[w], current[w]
            for j in range(other):
                now[j + 1] = min(min(before[j + 1], now[j]) + costs[j], before[j] + diagonal[w] * costs[j])
        above, current = current, above
        current[:, 0] = np.inf
    found[:] = above[:, other]
