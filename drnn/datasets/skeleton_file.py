"""`skeleton.yaml` beside one's own sequences: a known layout by its name, or the joints in words."""

from reprlib import Repr
from typing import NamedTuple

import yaml

from drnn.datasets.layouts import LAYOUTS
from drnn.datasets.listing import SKELETON
from drnn.datasets.skeleton import Skeleton
from drnn.errors import UserError

IN_WORDS = ("joints", "bones", "centre", "hips", "head")
KNOWN = {"layout", "people", "dimensions", *IN_WORDS}
_REPR = Repr()
_REPR.maxlevel = 2  # YAML's anchors can make much of little
shown = _REPR.repr


class Posed(NamedTuple):
    """A skeleton, and of how many coordinates each of its joints is in the files: 3, or 2 of a picture."""

    skeleton: Skeleton
    dimensions: int

    @property
    def values(self) -> int:
        """Values of a frame."""
        return self.dimensions * len(self.skeleton.joints)


def parse(content: bytes) -> Posed:
    """What the file says.

    Raises:
        UserError: it is not YAML, has an unknown key or value, or speaks of a joint that it does not name.
    """
    try:
        block = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that is none, a thousand brackets
        raise UserError(f"{SKELETON}: is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(block, dict):
        raise UserError(f"{SKELETON}: holds no keys; write `layout: {next(iter(LAYOUTS))}` or {', '.join(IN_WORDS)}")
    if unknown := sorted(map(str, block.keys() - KNOWN)):
        raise UserError(f"{SKELETON}: unknown key {unknown[0]!r}; known: {', '.join(sorted(KNOWN))}")
    people, dimensions = _number(block, "people", 1, range(1, 11)), _number(block, "dimensions", 3, (2, 3))
    return Posed(_skeleton(block).people(people), dimensions)


def _number(block: dict, name: str, default: int, allowed) -> int:
    value = block.get(name, default)
    if type(value) is not int or value not in allowed:
        raise UserError(f"{SKELETON}: {name} is {shown(value)}; write one of {', '.join(map(str, allowed))}")
    return value


def _skeleton(block: dict) -> Skeleton:
    if "layout" in block:
        if both := [name for name in IN_WORDS if name in block]:
            raise UserError(f"{SKELETON}: has layout and {both[0]}; keep one of the two")
        if block["layout"] not in list(LAYOUTS):
            raise UserError(f"{SKELETON}: unknown layout {shown(block['layout'])}; known: {', '.join(LAYOUTS)}")
        return LAYOUTS[block["layout"]]
    if missing := [name for name in IN_WORDS if not block.get(name)]:
        raise UserError(f"{SKELETON}: has no {', '.join(missing)}; add them, or name a layout")
    centre = block["centre"] if isinstance(block["centre"], list) else [block["centre"]]
    _check_names(block, centre)
    try:
        return Skeleton.of(block | {"centre": centre})
    except UserError as error:
        raise UserError(f"{SKELETON}: {error}") from None


def _check_names(block: dict, centre: list) -> None:
    """Names in lists, pairs of two where pairs are wanted."""
    pairs = [*(block["bones"] if isinstance(block["bones"], list) else [None]), block["hips"]]
    if not _are_names(block["joints"]):
        raise UserError(f"{SKELETON}: joints is {shown(block['joints'])}; write a list of names")
    if odd := [pair for pair in pairs if not _are_names(pair) or len(pair) != 2 or pair[0] == pair[1]]:
        raise UserError(f"{SKELETON}: bones and hips are pairs of joints, [head, neck]; not {shown(odd[0])}")
    if not _are_names([*centre, block["head"]]) or centre == [block["head"]]:
        said = f"centre is {shown(block['centre'])} and head {shown(block['head'])}"
        raise UserError(f"{SKELETON}: {said}; write the names of different joints, of one for the head")


def _are_names(value) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)
