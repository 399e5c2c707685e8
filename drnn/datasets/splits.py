"""Which sequences train and which test: what a protocol's rule says of a dataset."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from drnn.errors import UserError

Groups = Mapping[str, Sequence]
"""Group → its value for each sequence; `sequence` has the names themselves."""


def split(
    names: Sequence[str],
    groups: Groups,
    labels: Sequence[int],
    rule: dict,
    number: int,
    excluded: Collection[str] = (),
) -> dict[str, list[str]]:
    """Names of the sequences that train and that test, in the order of ``names``.

    Args:
        names: of all S sequences.
        groups: S values of each group: `subject` (0: not known), those that the reader knows, and perhaps `given`
            ("train", "test" or "").
        labels: (S,) 0-based classes.
        rule: of a protocol (drnn.config.protocol). Either `train` and `test`, values by group; or `draw`, a number of
            subjects, from `seed`; or `leave_one_out`, a group, with its `members` or their number; or `folds` of a
            group, `k` from a `seed` or as `lists`; or `resample`, a seed. `leave_out` names sequences that take no
            part.
        number: which of the protocol's splits, from 0.
        excluded: names of sequences that are no longer there, which `leave_out` may name too.

    Raises:
        UserError: a side is empty, the rule needs what the recordings do not say, or names what they do not have.
    """
    left_out = set(rule["leave_out"])
    if unknown := sorted(left_out - {*names, *excluded}):
        raise UserError(f"leave_out: the dataset has no sequence {unknown[0]!r}; correct the name or take it out")
    kept = [index for index, name in enumerate(names) if name not in left_out]
    known = {group: list(values) for group, values in groups.items()} | {"sequence": list(names)}
    train, test = _sides(known, np.asarray(labels), kept, rule, number)
    found = {side: [names[i] for i in kept if i in chosen] for side, chosen in (("train", train), ("test", test))}
    if both := set(found["train"]) & set(found["test"]):
        raise UserError(f"{min(both)} would train and test; give train and test different values of one group")
    for side, chosen in found.items():
        if not chosen:
            raise UserError(f"empty split: no sequence is left to {side}; change the protocol")
    return found


def drawn(subjects: Collection[int], rule: dict, number: int) -> tuple[list[int], list[int]]:
    """The subjects that train and that test in a draw, sorted.

    Raises:
        UserError: none is left to test.
    """
    known = sorted(set(subjects))
    if rule["draw"] >= len(known):
        raise UserError(f"empty split: {rule['draw']} of {len(known)} subjects train, so that none tests; draw fewer")
    order = np.random.default_rng([rule["seed"], number]).permutation(known).tolist()
    return sorted(order[: rule["draw"]]), sorted(order[rule["draw"] :])


def _sides(known: dict[str, list], labels: np.ndarray, kept: list[int], rule: dict, number: int) -> tuple[set, set]:
    """Indices of the sequences that train and that test; some of them may be left out."""
    if "train" in rule:
        return _having(known, rule["train"], "train"), _having(known, rule["test"], "test")
    if "draw" in rule:
        train, test = drawn(_column(known, "subject", "drawing subjects"), rule, number)
        return _having(known, {"subject": train}, "train"), _having(known, {"subject": test}, "test")
    if "resample" in rule:
        return _resampled(known, labels, kept, rule["resample"], number)
    group = rule.get("leave_one_out") or rule["folds"]
    column = _column(known, group, f"folds of {group}")
    present = _sorted({column[i] for i in kept} if group == "sequence" else set(column))
    if "leave_one_out" in rule:
        tested = [_left_out(present, group, rule["members"], number)]
    elif "lists" in rule:
        tested = _listed(present, group, rule["lists"], number)
    elif group == "sequence":
        classes = dict(zip(known["sequence"], labels.tolist(), strict=True))
        tested = _dealt(present, np.array([classes[name] for name in present]), rule, number)
    else:
        tested = _dealt(present, np.zeros(len(present)), rule, number)
    test = {index for index, value in enumerate(column) if value in set(tested)}
    return set(range(len(column))) - test, test


def _column(known: dict[str, list], group: str, what: str) -> list:
    """The value of a group for every sequence; UserError where one is not known."""
    if group not in known:
        raise UserError(f"{what}: the recordings do not say a sequence's {group}; they know {', '.join(sorted(known))}")
    if unknown := [name for name, value in zip(known["sequence"], known[group], strict=True) if value in (0, "")]:
        raise UserError(f"{what}: the recordings do not say the {group} of {unknown[0]}; take another protocol")
    return known[group]


def _having(known: dict[str, list], side: dict[str, list], where: str) -> set[int]:
    """The sequences that have one of the values in each of a side's groups."""
    found = set(range(len(known["sequence"])))
    for group, values in side.items():
        if group not in known:
            remedy = f"they know {', '.join(sorted(known))}"
            if group == "given":
                remedy = "take a protocol that divides subjects, or folds of sequences"
            raise UserError(f"{where}: the recordings do not say a sequence's {group}; {remedy}")
        column = known[group]
        if absent := _sorted(set(values) - set(column)):
            raise UserError(f"{where}: {group} {absent[0]} has no sequence in the dataset; take it out")
        found &= {index for index, value in enumerate(column) if value in values}
    return found


def _left_out(present: list, group: str, members: list | int, number: int):
    """The value that tests, if the recordings have the members that the plan was made for."""
    if (members if isinstance(members, int) else _sorted(members)) not in (present, len(present)):
        said = f"{members}" if isinstance(members, int) else ", ".join(map(str, _sorted(members)))
        found = f"{len(present)}" if isinstance(members, int) else ", ".join(map(str, present))
        raise UserError(
            f"leave_one_out: {group}: the plan was made for {said}, the usable recordings have {found}; "
            "correct the dataset's subjects, sequences or groups in the parameters"
        )
    return present[number]


def _listed(present: list, group: str, lists: list[list], number: int) -> list:
    listed = {value for fold in lists for value in fold}
    if absent := _sorted(listed - set(present)):
        raise UserError(f"folds: {group} {absent[0]} has no sequence in the dataset; take it out")
    if missing := _sorted(set(present) - listed):
        raise UserError(f"folds: {group} {missing[0]} is in no fold; put it into one")
    return lists[number]


def _dealt(values: list, classes: np.ndarray, rule: dict, number: int) -> list:
    """Every k-th of the values, which are shuffled within their class."""
    if rule["k"] > len(values):
        raise UserError(f"empty split: {rule['k']} folds of {len(values)}; make fewer")
    shuffled = np.random.default_rng(rule["seed"]).permutation(len(values))
    order = shuffled[np.argsort(classes[shuffled], kind="stable")]
    return [values[i] for i in order[number :: rule["k"]]]


def _resampled(
    known: dict[str, list], labels: np.ndarray, kept: list[int], seed: int, number: int
) -> tuple[set[int], set[int]]:
    """The given split, or a draw of as many sequences of each class for either of its sides."""
    if "given" not in known:
        raise UserError(
            "resamples: the recordings have no given split whose numbers could be kept; "
            "take a protocol that divides subjects, or folds of sequences"
        )
    sides = {side: {i for i in kept if known["given"][i] == side} for side in ("train", "test")}
    if number == 0:
        return sides["train"], sides["test"]
    random, train, test = np.random.default_rng([seed, number]), set(), set()
    for label in np.unique(labels):
        pool = [i for i in sides["train"] | sides["test"] if labels[i] == label]
        pool.sort(key=known["sequence"].__getitem__)
        count = sum(labels[i] == label for i in sides["train"])
        order = random.permutation(pool).tolist()
        train |= set(order[:count])
        test |= set(order[count:])
    return train, test


def _sorted(values: Collection) -> list:
    """Numbers first, then text."""
    return sorted(values, key=lambda value: (isinstance(value, str), value))
