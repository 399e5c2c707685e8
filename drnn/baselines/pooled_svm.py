"""A linear SVM on features pooled over time: what a sequence holds, and coarsely when, without a recurrence.

The pyramid is the spatial one of Lazebnik, Schmid and Ponce, "Beyond bags of features", CVPR 2006, taken along time.
The SVM is scikit-learn's SVC with a linear kernel: a hinge loss, one class against one other (Chang and Lin, "LIBSVM",
ACM TIST 2(3), 2011). Its cost grows with the sequences, not with the values pooled from each.
"""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from drnn.datasets.store import SequenceSet

FOLDS = 5
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Values of C, the weight of the loss against the penalty, among which the training subjects choose."""


Scaling = Literal["value", "all"]
"""By which deviation pooled features are divided: each by its own, or all by one, the root mean square of these."""


class OneScale(TransformerMixin, BaseEstimator):
    """(x − mean) / deviation, with a mean of each feature and one deviation of all.

    For features of one unit, such as the components of a PCA. Divided each by its own deviation, the last of them would
    count as much as the first, although they are mostly noise and shrink on subjects that the PCA has not seen.
    """

    def fit(self, x: np.ndarray, y=None) -> Self:
        """Find the means and the deviation of x (n, F)."""
        self.mean_ = x.mean(axis=0)
        self.scale_ = float(np.sqrt(np.mean((x - self.mean_) ** 2))) or 1.0
        return self

    def transform(self, x: np.ndarray) -> np.ndarray:
        """X (n, F), scaled."""
        return (x - self.mean_) / self.scale_


SCALERS: dict[Scaling, type] = {"value": StandardScaler, "all": OneScale}


def classify(
    train: SequenceSet, test: SequenceSet, segments: Sequence[int], scaling: Scaling = "value"
) -> tuple[np.ndarray, dict]:
    """Score test sequences by the SVM that is fitted to the training sequences.

    Args:
        train, test: feature vectors of every frame.
        segments: see `pooled`.
        scaling: of what is pooled.

    Returns:
        Scores (n_test, classes) as of `scores`; C, and ``left_out``, the accuracy in % with which it was chosen; with
        ``by``, what was left out, where that is no subject.

    Raises:
        ValueError: as `pooled` and `fit`.
    """
    trained, tested = (np.array([pooled(side[i], segments) for i in range(len(side))]) for side in (train, test))
    model = fit(trained, train.labels, train.subjects, scaling)
    about = {"C": model.best_params_["svm__C"], "left_out": 100 * float(model.best_score_)}
    apart = _can_leave_subjects_out(train.labels, train.subjects)
    return scores(model, tested, len(train.classes)), about if apart else about | {"by": "fold"}


def pooled(x: np.ndarray, segments: Sequence[int]) -> np.ndarray:
    """Mean and standard deviation of each feature over each segment of a temporal pyramid.

    Segment k of s holds the frames from ⌊kT/s⌋ up to ⌈(k + 1)T/s⌉, so never none. Neighbours share one frame where T
    is no multiple of s.

    Args:
        x: (T, D), T ≥ 1.
        segments: into how many equal parts each level of the pyramid cuts the sequence.

    Returns:
        (2·D·Σsegments,) float64: by level, then segment, its D means and then its D deviations, in the unit of x.

    Raises:
        ValueError: x is empty or of another shape, or segments are none or not positive.
    """
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"a sequence of shape {x.shape} is not (T, D) with T ≥ 1 and D ≥ 1")
    if not len(segments) or min(segments) < 1:
        raise ValueError(f"segments {tuple(segments)} are not positive numbers, at least one")
    parts = [x[k * len(x) // s : -(-(k + 1) * len(x) // s)] for s in segments for k in range(s)]
    return np.concatenate([pool(part, axis=0) for part in parts for pool in (np.mean, np.std)])


def fit(
    features: np.ndarray, labels: Sequence[int], subjects: Sequence[int], scaling: Scaling = "value"
) -> GridSearchCV:
    """Scale the features and fit the SVM, with C chosen by leave-one-subject-out cross-validation.

    Best is the mean over the subjects of their accuracies; of equal ones the smallest C. The scaling is fitted with
    the SVM, in every fold. Where no subject can be left out, because one alone is known or one class would remain,
    there are `FOLDS` folds of sequences instead, each with its part of every class. Of too few sequences for that all
    are a fold, and what trains is tested.

    Args:
        features: (n_train, F), as `pooled` gives them.
        labels: (n_train,) classes, 0-based.
        subjects: (n_train,) who is seen in each sequence.
        scaling: by which deviation the features are divided.

    Returns:
        The search, refitted to all training sequences: ``best_params_["svm__C"]``, ``best_score_`` and ``scores``.

    Raises:
        ValueError: only one class, or shapes do not fit.
    """
    labels, subjects = np.asarray(labels), np.asarray(subjects)
    svm = SVC(kernel="linear", decision_function_shape="ovr", break_ties=True)
    model = Pipeline([("scale", SCALERS[scaling]()), ("svm", svm)])
    folds = _folds(labels, subjects)
    search = GridSearchCV(model, {"svm__C": PENALTIES}, cv=folds, error_score="raise")
    return search.fit(np.asarray(features, dtype=np.float64), labels)


def _folds(labels: np.ndarray, subjects: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Subject by subject, or, where that can't be, parts of the sequences; all of them, where a part has one class."""
    if _can_leave_subjects_out(labels, subjects):
        return list(LeaveOneGroupOut().split(labels, labels, subjects))
    counts = np.bincount(labels)[np.unique(labels)]
    parts = StratifiedKFold(max(2, min(FOLDS, int(counts.min()))))
    folds = parts.split(labels, labels) if counts.max() > 1 else ()
    everything = np.arange(len(labels))
    return [fold for fold in folds if len(np.unique(labels[fold[0]])) > 1] or [(everything, everything)]


def _can_leave_subjects_out(labels: np.ndarray, subjects: np.ndarray) -> bool:
    """Whether two classes remain without any one subject."""
    remaining = [len(np.unique(labels[subjects != subject])) for subject in np.unique(subjects)]
    return min(remaining) >= 2


def scores(model: GridSearchCV, features: np.ndarray, classes: int) -> np.ndarray:
    """How many of the other classes each class wins against, and by how much: the argmax is the predicted class.

    Args:
        model: from `fit`.
        features: (n, F), pooled as the training sequences were.
        classes: how many there are.

    Returns:
        (n, classes) float64; −∞ for a class that no training sequence had.

    Raises:
        ValueError: the model knows a label outside of the classes, or the features have another F.
    """
    known = np.asarray(model.classes_)
    if known.min() < 0 or known.max() >= classes:
        raise ValueError(f"labels from {known.min()} to {known.max()} are not from 0 to {classes - 1}")
    decision = model.decision_function(np.asarray(features, dtype=np.float64))
    result = np.full((len(decision), classes), -np.inf)
    # Of two classes the SVM keeps one hyperplane, which speaks for the second.
    result[:, known] = np.stack([-decision, decision], axis=1) if decision.ndim == 1 else decision
    return result
