"""The blocks `protocols`: which sequences train and which test. One class a form; its first key tells which it is."""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from drnn.config.block import Block, Name, Seed, Subject, Titled
from drnn.errors import UserError

SUBJECT, SEQUENCE = "subject", "sequence"
"""The two groups that every sequence belongs to; what others there are, its reader says."""

Value = int | str
Side = list[Subject] | dict[Name, Annotated[list[Value], Field(min_length=1)]]
Members = dict[str, list[Value] | int]
"""Group → its values in a dataset, or how many there are, as far as the plan knows them."""


class Division(Titled):
    """What all protocols have in common.

    A group is what sequences may share: `subject`, `sequence` (each its own), or one that the reader names (`view`).
    """

    leave_out: list[str] = Field([], description="names of sequences left out of the list")

    @property
    @abstractmethod
    def tests(self) -> str:
        """The group of which test sequences have values that no training sequence has."""

    @property
    def groups(self) -> set[str]:
        """All groups by which sequences are divided."""
        return {self.tests}

    def count(self, members: Members) -> int:
        """How many splits there are of a dataset with these members."""
        return 1

    def untested(self, members: Members) -> list[Value]:
        """Subjects, of those known, that no split tests though chance alone decides who is tested."""
        return []

    @abstractmethod
    def divides(self, number: int, members: Members) -> dict:
        """What `drnn.datasets.splits` divides by in split ``number``, JSON values."""

    def rule(self, number: int, members: Members) -> dict:
        """The whole of what a split follows from. How many splits there are changes none of them."""
        return self.divides(number, members) | {"leave_out": self.leave_out}


class FixedSubjects(Division):
    """Two lists of subjects."""

    train_subjects: list[Subject] = Field(description="subjects that train")
    test_subjects: list[Subject] = Field(description="subjects that test")

    @model_validator(mode="before")
    @classmethod
    def _one_split(cls, block: Any):
        if extra := [name for name in ("splits", "seed") if name in block]:
            raise ValueError(f"fixed lists of subjects make one split; take {extra[0]} out")
        if not block.get("train_subjects", [1]) or not block.get("test_subjects", [1]):
            raise ValueError("empty split: train_subjects and test_subjects need at least one subject each")
        return block

    @model_validator(mode="after")
    def _disjoint(self):
        if both := sorted(set(self.train_subjects) & set(self.test_subjects)):
            raise ValueError(f"test subject {both[0]} also trains; take it out of one of the two lists")
        return self

    tests: ClassVar[str] = SUBJECT

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"train": {SUBJECT: self.train_subjects}, "test": {SUBJECT: self.test_subjects}}


class DrawnSubjects(Division):
    """Random draws of subjects; all others test."""

    train_subjects: int = Field(description="how many subjects to draw for each split")
    splits: int = Field(1, ge=1, description="number of draws")
    seed: Seed = Field(0, description="seed of the draws")

    @model_validator(mode="before")
    @classmethod
    def _drawn(cls, block: Any):
        if block.get("test_subjects") is not None:
            raise ValueError("test_subjects are all others when train_subjects is a number")
        if block["train_subjects"] < 1:
            raise ValueError("empty split: train_subjects must draw at least 1 subject")
        return {name: value for name, value in block.items() if name != "test_subjects"}

    tests: ClassVar[str] = SUBJECT

    def count(self, members: Members) -> int:
        """See `Division`."""
        return self.splits

    def untested(self, members: Members) -> list[Value]:
        """See `Division`."""
        from drnn.datasets.splits import drawn  # numpy: 0.1 s, which a command need not wait for

        known = members.get(SUBJECT, [])
        if self.train_subjects >= len(known):
            return []
        rule = self.divides(0, members)
        return sorted(set(known).difference(*(drawn(known, rule, number)[1] for number in range(self.splits))))

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"draw": self.train_subjects, "seed": self.seed}


class LeaveOneOut(Division):
    """As many splits as a group has values: each tests one of them and trains on all others."""

    leave_one_out: Name = Field(description="`subject`, `sequence`, or a group such as `view`")

    @property
    def tests(self) -> str:
        """See `Division`."""
        return self.leave_one_out

    def count(self, members: Members) -> int:
        """See `Division`; UserError where the plan can't know."""
        known = self._members(members)
        return known if isinstance(known, int) else len(known)

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"leave_one_out": self.leave_one_out, "members": self._members(members)}

    def _members(self, members: Members) -> list[Value] | int:
        group = self.leave_one_out
        if group not in members:
            key = {SUBJECT: "subjects", SEQUENCE: "sequences"}.get(group, f"groups.{group}")
            raise UserError(f"leave_one_out: {group}: how many there are is not known before a run; write {key}")
        known = members[group]
        return known - len(self.leave_out) if isinstance(known, int) else known


class FoldsOf(Block):
    """How folds are made: ``k`` of them drawn from ``seed``, or the values of each as ``lists``."""

    of: Name = Field(SUBJECT, description="`subject`, `sequence` (equal shares of each class), or a group")
    k: int | None = Field(None, ge=2, description="number of folds that are drawn")
    seed: Seed = Field(0, description="seed of the draw")
    lists: list[Annotated[list[Value], Field(min_length=1)]] | None = Field(
        None, min_length=2, description="values in each fold, in place of k and seed"
    )

    @model_validator(mode="after")
    def _one_way(self):
        if (self.k is None) == (self.lists is None):
            raise ValueError("give either k, the number of folds that are drawn, or lists, the values in each")
        values = [value for fold in self.lists or [] for value in fold]
        if twice := [value for value in values if values.count(value) > 1]:
            raise ValueError(f"lists: {twice[0]} is in two folds or twice in one; take it out of one")
        return self


class Folds(Division):
    """Each sequence tests in one fold and trains in all others."""

    folds: FoldsOf = Field(description="how the folds are made")

    @property
    def tests(self) -> str:
        """See `Division`."""
        return self.folds.of

    def count(self, members: Members) -> int:
        """See `Division`."""
        return self.folds.k or len(self.folds.lists)

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        own = self.folds
        return {"folds": own.of} | ({"k": own.k, "seed": own.seed} if own.k else {"lists": own.lists})


class Pair(Block):
    """Two sides: each a list of subjects, or the values of groups that all its sequences have."""

    train: Side = Field(description="subjects, or values by group, such as {view: [1, 2]}; of several groups all hold")
    test: Side = Field(description="likewise")

    @model_validator(mode="after")
    def _apart(self):
        if not self.apart_by():
            raise ValueError("a sequence could train and test: no group has different values in train and in test")
        return self

    def apart_by(self) -> list[str]:
        """The groups that have no value in common on both sides, subjects first."""
        sides = self.sides()
        both = [group for group in sides["train"] if group in sides["test"]]
        apart = [group for group in both if not set(sides["train"][group]) & set(sides["test"][group])]
        return sorted(apart, key=lambda group: group != SUBJECT)

    def sides(self) -> dict[str, dict[str, list[Value]]]:
        """Side → group → values."""
        sides = {"train": self.train, "test": self.test}
        return {name: side if isinstance(side, dict) else {SUBJECT: side} for name, side in sides.items()}

    def named(self) -> set[str]:
        """The groups of either side."""
        return set().union(*self.sides().values())


class Sides(Pair, Division):
    """Two sides: each a list of subjects, or the values of groups that all its sequences have."""

    @property
    def tests(self) -> str:
        """See `Division`."""
        return self.apart_by()[0]

    @property
    def groups(self) -> set[str]:
        """See `Division`."""
        return self.named()

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return self.sides()


class Splits(Division):
    """Several splits, each given by its two sides."""

    splits: list[Pair] = Field(min_length=1, description="list of {train: …, test: …}, each side as above")

    @property
    def tests(self) -> str:
        """See `Division`; subjects only where every split tests other subjects."""
        found = [one.apart_by()[0] for one in self.splits]
        return next((group for group in found if group != SUBJECT), SUBJECT)

    @property
    def groups(self) -> set[str]:
        """See `Division`."""
        return set().union(*(one.named() for one in self.splits))

    def count(self, members: Members) -> int:
        """See `Division`."""
        return len(self.splits)

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return self.splits[number].sides()


class Given(Division):
    """The split that comes with the recordings, such as that of an archive."""

    given: Literal[True] = Field(description="`true`")

    tests: ClassVar[str] = SEQUENCE

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"train": {"given": ["train"]}, "test": {"given": ["test"]}}


class Draws(Block):
    """How often sequences are drawn anew."""

    k: int = Field(ge=1, description="number of splits, with the given one")
    seed: Seed = Field(0, description="seed of the draws")


class Resamples(Division):
    """The given split first, then random ones with as many sequences of each class on either side (UEA archive)."""

    resamples: Draws = Field(description="number of splits, and their seed")

    tests: ClassVar[str] = SEQUENCE

    def count(self, members: Members) -> int:
        """See `Division`."""
        return self.resamples.k

    def divides(self, number: int, members: Members) -> dict:
        """See `Division`."""
        return {"resample": self.resamples.seed}


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


Protocol = Annotated[
    Annotated[FixedSubjects, Tag("fixed")]
    | Annotated[DrawnSubjects, Tag("drawn")]
    | Annotated[LeaveOneOut, Tag("leave_one_out")]
    | Annotated[Folds, Tag("folds")]
    | Annotated[Sides, Tag("sides")]
    | Annotated[Splits, Tag("splits")]
    | Annotated[Given, Tag("given")]
    | Annotated[Resamples, Tag("resamples")],
    Discriminator(form_of),
]
