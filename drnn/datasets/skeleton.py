"""What the joints of a skeleton are called, and which of them features and figures ask for. Standard library only."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from drnn.errors import UserError


@dataclass(frozen=True)
class Skeleton:
    """The joints of a frame, in the order of its values: x, y, z of the first joint, of the second, …

    Attributes:
        joints: their names.
        bones: pairs of joints that a figure connects.
        centre: joints whose mean is the middle of the body.
        hips: the left and the right one.
        head: what stands for the head.
    """

    joints: tuple[str, ...]
    bones: tuple[tuple[str, str], ...]
    centre: tuple[str, ...]
    hips: tuple[str, str]
    head: str

    @classmethod
    def of(cls, values: dict) -> "Skeleton":
        """The skeleton of what ``values`` gave, or what stands in a file.

        Raises:
            UserError: a joint is named twice, or another one is spoken of that is not there.
        """
        skeleton = cls(
            joints=tuple(values["joints"]),
            bones=tuple((a, b) for a, b in values["bones"]),
            centre=tuple(values["centre"]),
            hips=tuple(values["hips"]),
            head=values["head"],
        )
        if twice := [name for name in skeleton.joints if skeleton.joints.count(name) > 1]:
            raise UserError(f"joints: {twice[0]!r} is there twice; name each joint once")
        ends = (name for bone in skeleton.bones for name in bone)
        for field, names in (("bones", ends), ("centre", skeleton.centre), ("hips", skeleton.hips)):
            skeleton.find(names, field)
        skeleton.find([skeleton.head], "head")
        return skeleton

    def values(self) -> dict:
        """The same as JSON values, for the attributes of a set of sequences."""
        return asdict(self)

    def find(self, names: Iterable[str], what: str) -> list[int]:
        """Places of the joints of these names, 0-based.

        Raises:
            UserError: a joint is missing; says of ``what`` it is wanted, and names all that are missing.
        """
        wanted = list(names)
        if missing := [name for name in dict.fromkeys(wanted) if name not in self.joints]:
            raise UserError(f"{what}: the skeleton has no {', '.join(missing)}; it has {', '.join(self.joints)}")
        return [self.joints.index(name) for name in wanted]

    @property
    def middle(self) -> list[int]:
        """Places of the joints whose mean is the centre."""
        return self.find(self.centre, "centre")

    @property
    def lines(self) -> list[tuple[int, int]]:
        """The bones as pairs of places."""
        return [tuple(self.find(bone, "bones")) for bone in self.bones]

    def people(self, count: int) -> "Skeleton":
        """The skeleton of so many people in a frame, concatenated. Centre, hips and head are the first's."""
        if count == 1:
            return self

        def named(name: str, person: int) -> str:
            return f"{name} of person {person}"

        numbers = range(1, count + 1)
        return replace(
            self,
            joints=tuple(named(name, n) for n in numbers for name in self.joints),
            bones=tuple((named(a, n), named(b, n)) for n in numbers for a, b in self.bones),
            centre=tuple(named(name, 1) for name in self.centre),
            hips=(named(self.hips[0], 1), named(self.hips[1], 1)),
            head=named(self.head, 1),
        )
