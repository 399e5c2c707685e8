"""Layers, their inputs and how results are compared: what the tests of drnn.layers share."""

from functools import partial

import pytest
import torch
from hypothesis import strategies

from drnn import layers

FORMS = [("reference", "dos"), ("reference", "strict"), ("reference", "none"), ("fused", "dos"), ("fused", "strict")]
RAGGED = torch.tensor([5, 1, 3])
SIZES_FROM_TO = [(1, 6), (1, 4), (1, 4), (1, 4), (0, 4), (0, 10**6)]  # T, n, m, k, N and a seed
every_layer = pytest.mark.parametrize(("order", "form"), [(order, form) for order in range(4) for form in FORMS])
close = partial(torch.testing.assert_close, rtol=0, atol=1e-12)
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="run it where torch sees a GPU")
torch.set_num_threads(1)


def build(order, form, sizes=(3, 4, 2), steps=5, batch=3, seed=0):
    """A layer in float64, large weights, and x, z0, lags with gradients; the same seed gives the same numbers."""
    torch.manual_seed(seed)
    layer = layers.DRNN(*sizes, order, implementation=form[0], truncation=form[1]).double()
    torch._foreach_mul_([parameter.data for parameter in layer.parameters()], 2)
    shapes = (steps, batch, sizes[0]), (batch, sizes[2]), (order + 1, batch, sizes[1])
    return layer, *((torch.randn(shape).double() / 2).requires_grad_() for shape in shapes)


def run(layer, x, z0, lags, lengths=RAGGED):
    z, (last, end), dos = layer(x, (z0, lags), lengths=lengths, return_dos=True)
    return z, last, end, dos


def probe(outputs):
    """One number that z and the end state go into, each element with a weight of its own."""
    return sum((part.flatten() * torch.arange(1.0, 1 + part.numel()).to(part).cos()).sum() for part in outputs[:3])


def gradients(layer, x, z0, lags, lengths=RAGGED):
    by_name = {**dict(layer.named_parameters()), "x": x, "z0": z0, "lags": lags}
    outputs, inputs = run(layer, x, z0, lags, lengths), list(by_name.values())
    return dict(zip(by_name, torch.autograd.grad(probe(outputs), inputs, materialize_grads=True), strict=True))


@strategies.composite
def cases(draw):
    steps, *sizes, order, seed = (draw(strategies.integers(*ends)) for ends in SIZES_FROM_TO)
    lengths = torch.tensor(draw(strategies.lists(strategies.integers(1, steps), min_size=1, max_size=4)))
    return lambda form: (*build(order, form, sizes, steps, len(lengths), seed), lengths)
