"""The share of noise: none in straight lines, all of white noise, and nothing across the end of a sequence."""

import numpy as np
import pytest
import torch

from drnn.datasets.store import SequenceSet
from drnn.training import preprocessing
from drnn.training.noise import noise_share


def share(*sequences: np.ndarray) -> float | None:
    return noise_share(SequenceSet.of(sequences).converted(torch.from_numpy))


def line(start: float, length: int = 50) -> np.ndarray:
    return np.linspace(start, start + 1, length)[:, None]


def test_straight_lines_have_none_and_white_noise_is_all_noise():
    draw = np.random.default_rng(0)
    assert share(line(0)) == pytest.approx(0, abs=1e-9)
    assert share(draw.normal(size=(20_000, 3))) == pytest.approx(1, rel=0.05)
    assert share(line(0, 20_000) * 12**0.5 + draw.normal(size=(20_000, 1))) == pytest.approx(0.5, rel=0.05)


def test_the_jump_between_two_sequences_is_not_noise():
    assert share(line(0), line(100)) == pytest.approx(0, abs=1e-9)


def test_neither_the_scale_of_a_value_matters_nor_one_that_never_changes():
    draw = np.random.default_rng(1)
    values = draw.normal(size=(200, 2))
    still = np.full((200, 1), 3.0)
    assert share(np.hstack([values * [5, 0.2] + 7, still])) == pytest.approx(share(values), rel=1e-4)
    assert share(still) is None
    assert share(values[:2], values[2:4]) is None


def test_it_does_not_depend_on_how_many_sequences_are_read_together(monkeypatch):
    draw = np.random.default_rng(2)
    sequences = [draw.normal(size=(length, 4)) for length in (7, 1, 30, 3)]
    together = share(*sequences)
    monkeypatch.setattr(preprocessing, "MOST_VALUES", 1)
    assert share(*sequences) == pytest.approx(together, rel=1e-9)
