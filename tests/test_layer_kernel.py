"""The compiled kernel against the reference, and the parts that it is made of against numpy."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import SIZES_FROM_TO, build, close

from drnn.layers import forms, kernel
from drnn.layers.activations import sigmoids
from drnn.layers.matmul import add_product, add_transposed_product, packed
from drnn.layers.reference import Weights
from drnn.layers.scratch import scratch

PRECISIONS = [(np.float32, 2e-6), (np.float64, 4e-15)]
every_precision = pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)


@strategies.composite
def batches(draw):
    """A layer, sequences of up to 12 frames and states, which way each of two layers reads, what the loss sees."""
    steps, *sizes, order, seed = (draw(strategies.integers(*ends)) for ends in [(1, 12), *SIZES_FROM_TO[1:]])
    lengths = draw(strategies.none() | strategies.lists(strategies.integers(1, steps), min_size=1, max_size=5))
    batch = 2 if lengths is None else len(lengths)
    case = build(order, ("fused", "dos"), sizes, steps, batch, seed)
    ways = draw(strategies.lists(strategies.booleans(), min_size=1, max_size=2))
    seen = draw(strategies.lists(strategies.sampled_from(["z", "last", "end"]), min_size=1, unique=True))
    return *case, None if lengths is None else torch.tensor(lengths), ways, seen


def results(implementation, layer, x, z0, lags, lengths, ways, seen):
    """z, end states, the states that have a meaning, and the gradients of all."""
    weights = [Weights(*layer.parameters()) for _ in ways]
    states = [((1 - number) * z0, (1 + number) * lags) for number in range(len(ways))]
    runs = forms.drnns(x, weights, lengths, states, ways, "dos", implementation)
    found, losses = [], []
    for run in runs:
        parts = {"z": run.z, "last": run.end[0], "end": run.end[1]}
        history = run.history().detach()
        if lengths is not None:
            ended = torch.arange(len(history))[:, None] >= lengths + layer.order + 1
            history = history.masked_fill(ended[..., None], 0)
        found += [*parts.values(), history]
        losses += [(parts[name].flatten() * torch.arange(1.0, 1 + parts[name].numel()).cos()).sum() for name in seen]
    leaves = [x, z0, lags, *layer.parameters()]
    return *found, *torch.autograd.grad(sum(losses), leaves, materialize_grads=True)


@settings(max_examples=300, deadline=None)
@given(batches())
def test_the_kernel_is_the_reference_in_values_states_and_gradients(case):
    close(results("fused", *case), results("reference", *case), rtol=1e-12)


def test_float32_and_float64_on_a_cpu_run_by_the_kernel_and_nothing_else_does():
    assert kernel.takes(torch.zeros(1)) and kernel.takes(torch.zeros(1).double())
    assert not kernel.takes(torch.zeros(1).bfloat16()) and not kernel.takes(torch.zeros(1).half())


@pytest.mark.parametrize("size", [(6, 5, 4, 3), (600, 50, 40, 30)])
def test_a_row_does_not_depend_on_the_rows_beside_it_to_the_bit(size):
    steps, n, m, k = size
    torch.manual_seed(0)
    layer = build(2, ("fused", "dos"), (n, m, k))[0].float()
    x = torch.randn(steps, 21, n)
    whole = layer(x)[0]
    for part in (slice(0, 1), slice(3, 14), slice(20, 21)):
        close(layer(x[:, part])[0], whole[:, part], atol=0)


@every_precision
@settings(max_examples=60, deadline=None)
@given(*(strategies.integers(1, 70) for _ in "mln"), strategies.booleans())
def test_a_packed_product_is_the_product_in_every_size(dtype, tolerance, rows, depth, columns, transposed):
    check_product(dtype, tolerance, rows, depth, columns, transposed)


@every_precision
@pytest.mark.parametrize("sizes", [(130, 1600, 50), (9, 769, 200), (65, 768, 16)])
def test_a_packed_product_is_the_product_beyond_a_block(dtype, tolerance, sizes):
    for transposed in (False, True):
        check_product(dtype, tolerance, *sizes, transposed)


def check_product(dtype, tolerance, rows, depth, columns, transposed):
    draw = np.random.default_rng(rows + depth)
    a = draw.normal(size=(rows, depth)).astype(dtype)
    b = draw.normal(size=(depth, columns)).astype(dtype)
    c = draw.normal(size=(rows, columns)).astype(dtype)
    expected = c + a.astype(np.float64) @ b
    right = packed("test", np.ascontiguousarray(b.T), True) if transposed else packed("test", b)
    other = c.copy()
    add_product(a, right, depth, c)
    add_transposed_product(np.ascontiguousarray(a.T), right, other)
    np.testing.assert_allclose(c, expected, rtol=0, atol=depth * tolerance)
    np.testing.assert_allclose(other, expected, rtol=0, atol=depth * tolerance)


@every_precision
def test_the_sigmoid_is_exact_to_rounding_and_saturates_without_warning(dtype, tolerance):
    x = np.concatenate([np.linspace(-30, 30, 100_001), [-1e4, 1e4, -np.inf, np.inf, 0]]).astype(dtype)
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    found = x.copy()
    sigmoids(found)
    np.testing.assert_allclose(found, expected.astype(np.float64), rtol=2 * tolerance / 10, atol=tolerance / 10)
    nan = np.array([np.nan, 0], dtype)
    sigmoids(nan)
    assert np.isnan(nan[0]) and nan[1] == 0.5


@pytest.mark.parametrize("order", [0, 2])
def test_states_that_fade_become_0_and_never_denormal(order):
    layer = build(order, ("fused", "dos"))[0].float()
    for parameter in layer.parameters():
        parameter.data.zero_()  # i = f = ½ and c = 0, so that a state halves at each frame
    start = torch.ones(3, 2), torch.ones(order + 1, 3, 4)
    lags = torch.stack([layer(torch.zeros(steps, 3, 3), start)[1][1][0] for steps in (60, 140, 300)])
    assert (lags[0] == 2.0**-60).all()
    assert not lags[1:].any()


CACHED = "import torch, drnn; drnn.DRNN(3, 4, 2)(torch.zeros(5, 3, 3))[0].sum().backward()"


@pytest.mark.slow
def test_a_later_process_finds_the_machine_code(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", CACHED], env=environment, check=True)
        made = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")}
        assert made
    subprocess.run([sys.executable, "-c", CACHED], env=environment, check=True)
    assert made == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")}


def test_the_cache_of_other_sources_is_not_taken(tmp_path):
    from drnn import compiled

    source = "def f():\n    return 1\n"
    digests = []
    for text in (source, source, source.replace("1", "2")):
        (tmp_path / "module.py").write_text(text, encoding="utf-8")
        digests.append(compiled._digest.__wrapped__(tmp_path))
    assert digests[0] == digests[1] != digests[2]


def test_scratch_memory_is_kept_grows_and_is_each_threads_own():
    first = scratch("test scratch", (3, 4), np.float32)
    address = first.ctypes.data
    assert scratch("test scratch", (2, 3), np.float64).ctypes.data == address
    assert scratch("test scratch of another name", (3, 4), np.float32).ctypes.data != address
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: scratch("test scratch", (3, 4), np.float32).ctypes.data).result() != address
    assert scratch("test scratch", (30, 4), np.float32).shape == (30, 4)


def test_threads_that_run_layers_at_once_get_what_one_gets():
    layer, x, *_ = build(2, ("fused", "dos"), (5, 30, 3), steps=40, batch=7)
    inputs = [x.detach() * number for number in range(1, 9)]

    def trained(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(layer(x)[0].square().sum(), [x, *layer.parameters()])

    expected = [trained(x) for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            close(list(pool.map(trained, inputs)), expected, atol=0)
