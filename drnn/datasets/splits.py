"""Who trains and who tests: subjects, never sequences of one subject on both sides."""

from collections.abc import Collection, Sequence

import numpy as np

from drnn.errors import UserError


def split(
    names: Sequence[str], subjects: Sequence[int], protocol: dict, number: int, excluded: Collection[str] = ()
) -> dict[str, list[str]]:
    """Names of the sequences that train and that test.

    Args:
        names, subjects: of all sequences, S each.
        protocol: fixed ``train_subjects`` and ``test_subjects``; or ``train_subjects`` as a number, drawn from
            ``seed``; ``leave_out`` names sequences that take no part.
        number: which of the random splits, from 0.
        excluded: names of sequences that are no longer there, which ``leave_out`` may name too.

    Raises:
        UserError: a side is empty, a subject of the protocol has no sequence, or there is no sequence of a name
            in ``leave_out``.
    """
    if unknown := sorted(set(protocol["leave_out"]) - {*names, *excluded}):
        raise UserError(f"leave_out: the dataset has no sequence {unknown[0]!r}; correct the name or take it out")
    train, test = _sides(sorted(set(map(int, subjects))), protocol, number)
    kept = [(name, int(subject)) for name, subject in zip(names, subjects, strict=True)]
    kept = [(name, subject) for name, subject in kept if name not in set(protocol["leave_out"])]
    chosen = {
        side: [name for name, subject in kept if subject in group] for side, group in (("train", train), ("test", test))
    }
    for side, group in (("train", train), ("test", test)):
        if absent := sorted(set(group) - {int(s) for s in subjects}):
            raise UserError(f"{side}_subjects: subject {absent[0]} has no sequence in the dataset; take it out")
        if not chosen[side]:
            raise UserError(f"empty split: {side}_subjects {sorted(group)} leaves no sequence; change the protocol")
    return chosen


def _sides(known: list[int], protocol: dict, number: int) -> tuple[list[int], list[int]]:
    train = protocol["train_subjects"]
    if not isinstance(train, int):
        return train, protocol["test_subjects"]
    if train >= len(known):
        raise UserError(f"empty split: {train} of {len(known)} subjects train, so that none tests; draw fewer")
    drawn = np.random.default_rng([protocol["seed"], number]).permutation(known).tolist()
    return sorted(drawn[:train]), sorted(drawn[train:])
