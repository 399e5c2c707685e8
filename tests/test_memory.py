"""The memory of a step does not grow with its data: ten times as much of it is read, and hardly more is held."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import memory_steps


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are measured as Linux tells them")
@pytest.mark.parametrize("step", memory_steps.SMALL)
def test_the_memory_of_a_step_does_not_grow_with_its_data(step, tmp_path):
    orders = []
    for n, make in enumerate(memory_steps.SMALL[step]):
        folder = tmp_path / str(n)
        folder.mkdir()
        orders.append(make(folder=folder))
    small, large = memory_steps.peaks(step, orders, in_memory=0)
    added = memory_steps.held(orders[1]) - memory_steps.held(orders[0])
    assert added > 4e7 and large - small < 0.2 * added
