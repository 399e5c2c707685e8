"""The benchmarks run, and count what they say they count. What they measure is no test's business."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import layer as benchmark

from drnn.layers import DRNN

TINY = benchmark.Shape(583, 4, 2, 3, 5)


@pytest.mark.parametrize("kind", [benchmark.training_step, benchmark.inference])
def test_every_net_has_a_row_with_its_times_and_its_ratio_to_the_first(kind):
    rows = benchmark.speed(kind, "tiny", TINY, rounds=1)
    assert [row[1] for row in rows] == list(benchmark.NETS)
    assert all(float(value) >= 0 for row in rows for value in row[2:5])
    assert rows[0][4] == "1.00"
    assert [row[1] for row in rows if row[5]] == [name for name in benchmark.NETS if name.startswith("order")]


@pytest.mark.parametrize("order", range(4))
def test_the_floor_counts_a_product_for_each_weight_and_frame(order):
    weights = [p.numel() for name, p in DRNN(*TINY[:3], order).named_parameters() if not name.startswith("bias")]
    assert benchmark.operations(TINY, order, training=False) == 2 * TINY.batch * TINY.steps * sum(weights)


def test_memory_is_that_of_a_process_of_its_own():
    assert benchmark.memory("order 2", benchmark.MSR[0]) > 10  # MiB: the gates alone are 7.8
