"""How well trainings learnt their own sequences, and which of them failed, by a rule written beforehand."""

from typing import NamedTuple

import numpy as np

from drnn.evaluation.facts import Curve

FAR_BELOW = 20.0
"""A training failed if its training accuracy lies more than so many points below the median of its like.

Its like are all trainings of that dataset, protocol and recipe: a few failures do not move their median. Training
accuracy tells, not test accuracy: a model that learns but does not generalise has not failed to train. Trainings that
learn lie a few points apart, so that none of them is 20 below. The rule was set before any training was counted by it.
"""

Place = tuple[str, str, str]
"""Protocol, recipe and model."""


class Learnt(NamedTuple):
    """Of a model's trainings: mean accuracy in % on their own sequences, and how many of them failed."""

    accuracy: float
    failed: int


def learnt(curves: list[Curve]) -> dict[Place, Learnt]:
    """What each model learnt of its training sequences, where that was recorded."""
    alike: dict[tuple[str, str], list[float]] = {}
    for curve in curves:
        alike.setdefault((curve.protocol, curve.recipe), []).extend(curve.train_accuracies)
    found = {}
    for curve in (curve for curve in curves if curve.train_accuracies):
        least = np.median(alike[curve.protocol, curve.recipe]) - FAR_BELOW
        failed = sum(accuracy < least for accuracy in curve.train_accuracies)
        found[curve.protocol, curve.recipe, curve.model] = Learnt(float(np.mean(curve.train_accuracies)), int(failed))
    return found
