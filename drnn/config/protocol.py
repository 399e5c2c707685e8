"""The blocks `protocols`: which sequences train and which test. One class a form; its first key tells which it is."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from drnn.config.by_archive import Given, Resamples
from drnn.config.by_group import Folds, LeaveOneOut, Sides, Splits
from drnn.config.by_subject import DrawnSubjects, FixedSubjects
from drnn.config.division import Division

FORMS: dict[str, type[Division]] = {
    "fixed": FixedSubjects,
    "drawn": DrawnSubjects,
    "leave_one_out": LeaveOneOut,
    "folds": Folds,
    "sides": Sides,
    "splits": Splits,
    "given": Given,
    "resamples": Resamples,
}
EXAMPLES = [
    "{train_subjects: [1, 3], test_subjects: [2, 4]}",
    "{train_subjects: 5, splits: 10, seed: 0}",
    "{leave_one_out: subject}",
    "{folds: {of: subject, k: 5, seed: 0}}",
    "{folds: {of: subject, lists: [[1, 2], [3, 4], [5]]}}",
    "{train: {view: [1, 2]}, test: {view: [3]}}",
    "{splits: [{train: [1, 2], test: [3]}, {train: [2, 3], test: [1]}]}",
    "{given: true}",
    "{resamples: {k: 10, seed: 0}}",
]
"""Protocols as they stand in a file of parameters."""


def form_of(block: Any) -> str | None:
    """The form of a protocol's block, from its keys; None where it has none."""
    if isinstance(block, Division):
        return next(form for form, model in FORMS.items() if type(block) is model)
    if not isinstance(block, dict):
        return None
    if "train_subjects" in block or "test_subjects" in block:
        return "drawn" if isinstance(block.get("train_subjects"), int) else "fixed"
    if "train" in block or "test" in block:
        return "sides"
    return next((form for form in FORMS if form in block), None)


_TAGGED = (Annotated[model, Tag(form)] for form, model in FORMS.items())
Protocol = Annotated[reduce(or_, _TAGGED), Discriminator(form_of)]
