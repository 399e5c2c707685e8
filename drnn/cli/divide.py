"""Who trains and who tests of one's own sequences: the protocol that `drnn init` writes."""

from typing import NamedTuple

import numpy as np

from drnn.datasets.store import SequenceSet

MOST_FOLDS = 10
"""Subjects that are left out one by one; of more, folds of them are."""
FOLDS = 5


class Divided(NamedTuple):
    """Who trains and who tests.

    Attributes:
        rules: name of a protocol → its block, as YAML.
        training: how many sequences train, about.
        words: what is tested.
    """

    rules: dict[str, str]
    training: int
    words: str


def divide(sequences: SequenceSet) -> Divided:
    """People who did not train, where people are known; else the sides that came along; else other recordings."""
    count, subjects = len(sequences), people(sequences)
    given = sequences.attributes.get("given", [])
    if len(subjects) > MOST_FOLDS:
        rule = {"folds": f"{{folds: {{of: subject, k: {FOLDS}, seed: 0}}}}"}
        return Divided(rule, count * (FOLDS - 1) // FOLDS, f"{FOLDS} folds of {len(subjects)} subjects, other people")
    if len(subjects) > 1:
        rule = {"leave_one_subject_out": "{leave_one_out: subject}"}
        words = f"leave-one-subject-out over {len(subjects)} subjects: tests other people"
        return Divided(rule, count * (len(subjects) - 1) // len(subjects), words)
    if {"train", "test"} <= set(given):
        rules = {"resamples": "{resamples: {k: 10, seed: 0}}", "given": "{given: true}"}
        words = "the given split and nine resamples of it: tests other recordings, not other people"
        idle = f"; {given.count('')} sequences are on neither side and take no part" if "" in given else ""
        return Divided(rules, given.count("train"), words + idle)
    k = min(FOLDS, count)
    rule = {"folds": f"{{folds: {{of: sequence, k: {k}, seed: 0}}}}"}
    words = f"{k} stratified folds of the sequences: tests other recordings, not other people"
    return Divided(rule, count * (k - 1) // k, words)


def people(sequences: SequenceSet) -> list[int]:
    """The numbers of the subjects that are known, sorted."""
    return sorted({*np.asarray(sequences.subjects).tolist()} - {0})
