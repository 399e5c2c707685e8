"""The benchmarks of controls and of overfitting count what they say; what they measure is no test's business."""

import sys
from pathlib import Path

import pytest
import torch

from drnn.evaluation.results import Metrics
from drnn.evaluation.selection import SearchTable
from drnn.evaluation.typed import read

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import controls
import overfitting

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("delay", [1, 2])
def test_evidence_counts_only_so_many_frames_after_a_jump(delay):
    torch.manual_seed(0)
    x, labels = controls.jumped(500, delay)
    level, evidence = x.unbind(2)
    after = torch.zeros_like(level)
    after[1 + delay :] = (level.diff(dim=0) != 0)[: len(level) - 1 - delay].float()
    assert ((after * evidence).sum(0) > 0).long().eq(labels).float().mean() > 0.9  # a jump before the first is unseen
    assert (evidence.sum(0) > 0).long().eq(labels).float().mean() < 0.8


def test_models_of_equal_size_are_within_one_unit_of_it():
    controls.STEPS, steps = 1, controls.STEPS
    try:
        sizes = {model: controls.accuracy(model, controls.accelerated, 8, 0)[1] for model in controls.MODELS}
    finally:
        controls.STEPS = steps
    assert abs(sizes[controls.PEER] - sizes["order 2"]) < sizes["order 2"] / 8
    assert sizes["LSTM"] < sizes["order 1"] < sizes["order 2"]


def test_the_five_sentences_have_their_numbers():
    look = overfitting.Look
    ends = {"paper": 64.0, "tuned": 88.0}
    found = {
        (recipe, model): [look(1, 2.9, 30.0, 20.0), look(5, 1.3, 99.5, end - 2), look(10, 1.3, 100.0, end)]
        for recipe, end in ends.items()
        for model in overfitting.MODELS
    }
    search = read(SearchTable, ROOT / "reports/search/as_written.json")
    said = overfitting.sentences(found, search, read(Metrics, ROOT / "reports/metrics/msr_action3d.json"))
    assert [line[:2] for line in said.splitlines() if line[0].isdigit()] == ["1.", "2.", "3.", "4.", "5."]
    for number in (
        "99.5 % of its training sequences after epoch 5",
        "+2.0 points",
        "5.2 to 60.8 %",
        "gains 18.6 points",
    ):
        assert number in " ".join(said.split())
    assert len(overfitting.rows(found)) == 3 and overfitting.drawn(found).startswith("<?xml")
