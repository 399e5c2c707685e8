"""The size of a batch that a benchmark runs."""

from typing import NamedTuple


class Shape(NamedTuple):
    """A batch: n inputs, m units, k classes, B sequences of T frames."""

    n: int
    m: int
    k: int
    batch: int
    steps: int

    def __str__(self) -> str:
        return f"{self.n}→{self.m}, {self.k}, {self.batch}, {self.steps}"
