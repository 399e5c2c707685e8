"""Sequences as they were recorded become one repaired set: what every reader of values ends with."""

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from drnn.datasets.repair import repair_values
from drnn.datasets.skeleton import Skeleton
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError

FEWEST = 2
"""Frames of a sequence: one alone has no change."""

log = logging.getLogger(__name__)


class Recorded(NamedTuple):
    """One sequence of a set.

    Attributes:
        name: unique.
        frames: (T, …), nan where nothing was measured; joints as (T, J, 3).
        label: 0-based.
        subject: from 1; 0: not known.
        given: "train" or "test" where the archive says so, else "".
        groups: its value in each further group, such as {"view": 3}.
    """

    name: str
    frames: np.ndarray
    label: int
    subject: int = 0
    given: str = ""
    groups: Mapping[str, int | str] = MappingProxyType({})


def assemble(
    recorded: Iterable[Recorded],
    classes: list[str],
    on_empty: str,
    skeleton: Skeleton | None = None,
    about: dict | None = None,
) -> SequenceSet:
    """Repair the sequences, leave out those of fewer than two frames, and say in attributes and log what was done.

    Args:
        recorded: in the order in which they are kept; one is in memory at a time.
        classes: names of the labels.
        on_empty: "error" refuses what "exclude" leaves out.
        skeleton: whose joints the frames are, x, y, z of each; None: other values.
        about: further attributes.

    Raises:
        UserError: a sequence is refused, or none is left.
    """
    kept, frames, repairs, excluded = [], [], {}, {}
    for one in recorded:
        repaired, counts = repair_values(_measured(one.frames, skeleton))
        if len(repaired) < FEWEST:
            excluded[one.name] = _exclude(one.name, len(repaired), on_empty)
            continue
        if any(counts):
            repairs[one.name] = counts._asdict()
            said = "%s: missing values filled in %d frames, %d frames without any value cut"
            log.warning(said, one.name, counts.interpolated, counts.cut)
        kept.append(one)
        frames.append(repaired.astype(np.float32))
    if not kept:
        raise UserError("no sequence is left: none has two frames with a value; see the log")
    attributes = {"repairs": repairs, "excluded": excluded, "listed": len(kept) + len(excluded), **(about or {})}
    if skeleton:
        attributes["skeleton"] = skeleton.values()
    if any(one.given for one in kept):
        attributes["given"] = [one.given for one in kept]
    if kept[0].groups:
        attributes["groups"] = {group: [one.groups[group] for one in kept] for group in kept[0].groups}
    labels, subjects = [one.label for one in kept], [one.subject for one in kept]
    return SequenceSet.of(frames, [one.name for one in kept], labels, subjects, classes, attributes)


def _measured(frames: np.ndarray, skeleton: Skeleton | None) -> np.ndarray:
    """Frames as (T, D), nan where nothing was measured; so are joints that are all zero, which the sensor lost."""
    values = np.asarray(frames, dtype=np.float64).reshape(len(frames), -1)
    lost = ~values.any(axis=1) if skeleton else np.zeros(len(values), dtype=bool)
    return np.where(lost[:, None], np.nan, values)


def _exclude(name: str, frames: int, on_empty: str) -> str:
    """Why a sequence is left out; raises where that is not wanted."""
    reason = "has a single frame" if frames else "no value is measured"
    if on_empty == "error":
        raise UserError(f"{name}: {reason}; set on_empty: exclude to leave it out")
    log.warning("%s: %s; excluded (set on_empty: error to refuse)", name, reason)
    return reason
