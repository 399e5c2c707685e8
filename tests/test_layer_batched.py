"""The batched form against the reference: values and gradients, and what a CUDA graph asks of it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import close, no_gpu
from torch.utils._python_dispatch import TorchDispatchMode

from drnn.layers import batched, frame, reference, windows
from drnn.layers.reference import TRUNCATIONS, Weights, shapes

INTERPRETED = """
import test_layer_batched as room
from drnn.layers import frame, frame_triton
for number, case in enumerate(room.SMALL):
    found = []
    for form in (frame, frame_triton):
        room.batched.form = lambda like: form
        inputs = room.leaves(*case, dtype=room.torch.float32)
        found.append(room.results(room.batched, *inputs, number != 1, room.TRUNCATIONS[number]))
    room.close(*found, atol=1e-4)
"""
# order, layers, (n, m, k), frames of each sequence: more units, outputs and sequences than a program serves, and fewer
SMALL = [(2, 2, (5, 40, 3), range(1, 19)), (0, 1, (3, 4, 37), (4, 2, 1)), (1, 3, (3, 33, 2), (3, 5))]


def leaves(order, layers, sizes, lengths, dtype=torch.float64, device="cpu", seed=0):
    """x, the weights and the start of each layer, and lengths; the same arguments give the same numbers."""
    torch.manual_seed(seed)
    lengths = torch.tensor(list(lengths))

    def drawn(*shape):
        return (torch.randn(shape, dtype=torch.float64) / 2).to(device, dtype).requires_grad_()

    _, m, k = sizes
    weights = [Weights(*(drawn(*shape) for shape in shapes(*sizes, order).values())) for _ in range(layers)]
    states = [(drawn(len(lengths), k), drawn(order + 1, len(lengths), m)) for _ in range(layers)]
    return drawn(int(lengths.max()), len(lengths), sizes[0]), weights, lengths, states


def results(form, x, weights, lengths, states, to_states=True, truncation="dos"):
    """z, the states up to each length, and the gradients of a loss on both; every other layer reads backwards."""
    runs = form.drnns(x, weights, lengths, states, [layer % 2 == 1 for layer in range(len(weights))], truncation)
    order = len(runs[0][1]) - len(x)
    alive = (torch.arange(len(x) + order)[:, None] < lengths + order)[..., None].to(x.device)
    values = [z for z, _ in runs] + [torch.where(alive, history, 0) for _, history in runs]
    seen = values if to_states else values[: len(runs)]
    loss = sum((part.flatten() * torch.arange(1.0, 1 + part.numel()).to(part).cos()).sum() for part in seen)
    inputs = [x, *(p for of_layer in weights for p in of_layer), *(p for state in states for p in state)]
    return [*values, *torch.autograd.grad(loss, inputs, materialize_grads=True)]


@settings(max_examples=250, deadline=None)
@given(
    order=strategies.integers(0, 4),
    layers=strategies.integers(1, 5),
    sizes=strategies.tuples(*[strategies.integers(1, 4)] * 3),
    lengths=strategies.lists(strategies.integers(1, 7), min_size=1, max_size=4),
    to_states=strategies.booleans(),
    truncation=strategies.sampled_from(["dos", "dos", *TRUNCATIONS]),
    products=strategies.sampled_from([1, 8, 32]),
    seed=strategies.integers(0, 10**6),
)
def test_layers_agree_with_the_reference_in_values_and_gradients(
    order, layers, sizes, lengths, to_states, truncation, products, seed
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "PRODUCTS", products)
        case = leaves(order, layers, sizes, lengths, seed=seed)
        close(*(results(form, *case, to_states, truncation) for form in (batched, reference)), rtol=1e-12)


def test_a_product_is_cut_into_equal_parts_where_few_layers_would_not_fill_a_gpu():
    assert [windows._cut(400, products) for products in (1, 2, 3, 8, 60)] == [8, 4, 2, 1, 1]
    assert windows._cut(7, 1) == 7 and windows._cut(11, 1) == 1


def test_frames_past_a_length_change_nothing():
    x, *rest = leaves(2, 2, (3, 4, 2), (5, 1, 3))
    other = x.detach().clone()
    other[3:, 1:] = 1e6
    found = [results(batched, part.requires_grad_(), *rest) for part in (x, other)]
    close(*found)


class Recorder(TorchDispatchMode):
    """Every operation of torch that runs, by name."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.seen.append(str(function))
        return function(*args, **(kwargs or {}))

    def __enter__(self):
        self.seen = []
        return super().__enter__()


def step(case):
    x, weights, _, states = case
    stacked = [torch.stack(part) for part in (*zip(*weights, strict=True), *zip(*states, strict=True))]
    x = x.transpose(0, 1)[:, :, None].expand(-1, -1, len(weights), -1)
    count = len(states[0][1])
    slots = torch.cat([x[:, :1].expand(-1, count, -1, -1), x], 1).contiguous()
    z, _ = batched.batched(slots, Weights(*stacked[:7]), *stacked[7:])
    z[:, -1].sum().backward()


def test_a_run_reads_nothing_back_and_its_shapes_are_those_of_its_inputs():
    with torch.device("meta"):  # there are no values to read
        weights = [Weights(*(torch.empty(s, requires_grad=True) for s in shapes(5, 4, 2, 2).values()))] * 3
        states = [(torch.empty(6, 2), torch.empty(3, 6, 4))] * 3
        step((torch.empty(7, 6, 5), weights, None, states))
    assert weights[0].weight_x.grad.shape == (14, 5)


@pytest.mark.parametrize("layers", [1, 6])
def test_operations_a_frame_are_few_and_do_not_depend_on_the_layers(layers):
    counts = []
    for steps in (4, 5):
        with Recorder() as recorder:
            step(leaves(2, layers, (5, 8, 2), [steps] * 3))
        counts.append(sum(not any(view in name for view in VIEWS) for name in recorder.seen))
    assert counts[1] - counts[0] <= 24


VIEWS = ("view", "split", "slice", "select", "transpose", "unsqueeze", "permute", "expand", "alias", "detach", "t.def")


@pytest.mark.skipif(find_spec("triton") is None, reason="pip install triton")
def test_the_kernels_interpreted_are_the_plain_form_to_rounding():
    environment = os.environ | {"TRITON_INTERPRET": "1"}
    subprocess.run([sys.executable, "-c", INTERPRETED], cwd=Path(__file__).parent, env=environment, check=True)


@no_gpu
@pytest.mark.parametrize("case", SMALL)
def test_the_kernels_on_a_gpu_are_the_plain_form_to_rounding(case, monkeypatch):
    found = []
    for fused in (True, False):
        monkeypatch.setattr(frame, "FUSED", fused)
        found.append(results(batched, *leaves(*case, dtype=torch.float32, device="cuda")))
    close(*found, atol=1e-4)
