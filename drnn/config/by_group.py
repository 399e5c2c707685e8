"""Protocols of any group: one value left out, folds, sides, and several splits by their sides."""

from typing import Annotated

from pydantic import Field, model_validator

from drnn.config.block import Block, Name, Seed
from drnn.config.division import SEQUENCE, SUBJECT, Division, Members, Side, Value
from drnn.errors import UserError


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
