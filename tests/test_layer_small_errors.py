"""What becomes of errors on a long way back: too small ones count as 0 and cost nothing, all others arrive."""

import copy

import numpy as np
import pytest
import torch
from layer_room import close

from drnn import layers
from drnn.layers import backward, forward
from drnn.layers.reference import Weights
from drnn.layers.rows import Rows

FRAMES, COUNTED_AS_0 = 400, 1e-30


@pytest.fixture(autouse=True)
def denormal_numbers():
    """As torch starts: numbers below 1.2e-38 are kept, and computed with slowly."""
    torch.set_flush_denormal(False)


def small(order, frames=FRAMES, lengths=None):
    """A float32 layer, the same in float64 by the reference, and an x; with the loss on each sequence's last frame."""
    torch.manual_seed(0)
    layer, x = layers.DRNN(6, 32, 4, order), torch.randn(frames, 3, 6)
    exact = copy.deepcopy(layer).double()
    exact.implementation = "reference"
    grads = []
    for one, leaf in ((layer, x.requires_grad_()), (exact, x.detach().double().requires_grad_())):
        one(leaf, lengths=lengths)[1][0].square().sum().backward()
        grads.append([leaf.grad, *(parameter.grad for parameter in one.parameters())])
    return grads


def silent_frames(frames, loss_at):
    """Before the first that errors of a loss on one frame reach, of a layer from rest."""
    torch.manual_seed(0)
    layer, x = layers.DRNN(6, 32, 4), torch.randn(3 * FRAMES, 3, 6)[-frames:].numpy()
    weights = Weights(*(parameter.detach().numpy() for parameter in layer.parameters()))
    rows = Rows.of(None, frames, 3, reverse=False)
    sizes = (3 * frames, 100), (3 * frames, 4), (3 * frames + 3, 96), (3 * frames + 3, 4)
    trace = forward.Trace(*(np.empty(shape, np.float32) for shape in sizes))
    forward.run(x, weights, np.zeros((3, 4), np.float32), np.zeros((3, 3, 32), np.float32), rows, trace)
    given = np.zeros((frames, 3, 4), np.float32)
    given[loss_at] = 1
    nothing = backward.Gradients(*[None] * len(backward.Gradients._fields))
    return backward.run(x, weights, rows, trace, backward.Given(given, None, None), nothing)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("lengths", [None, [FRAMES, 100, 250]])
def test_errors_above_the_threshold_are_those_of_the_reference(order, lengths):
    (found, *of_weights), (exact, *of_exact) = small(order, lengths=lengths)
    by_frame, off = exact.norm(dim=2), (found - exact).norm(dim=2)
    large = by_frame > 1e5 * COUNTED_AS_0
    assert 0.05 < large.float().mean() < 0.9
    assert (off[large] < 1e-4 * by_frame[large]).all()
    for gradient, expected in zip(of_weights, of_exact, strict=True):
        close(gradient, expected, atol=1e-5 * expected.abs().max().item(), check_dtype=False)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("lengths", [None, [FRAMES, 100, 250]])
def test_errors_below_the_threshold_arrive_as_0_and_none_is_denormal(order, lengths):
    (found, *of_weights), (exact, *_) = small(order, lengths=lengths)
    gone = exact.abs().amax(2) < 1e-8 * COUNTED_AS_0
    assert gone.float().mean() > 0.2
    assert not found[gone].any()
    for gradient in (found, *of_weights):
        assert not ((gradient != 0) & (gradient.abs() < torch.finfo(torch.float32).tiny)).any()


def test_the_way_back_ends_where_no_error_is_left():
    short = silent_frames(FRAMES, -1)
    assert 0 < short < FRAMES
    assert silent_frames(3 * FRAMES, -1) == short + 2 * FRAMES
    assert silent_frames(FRAMES, [0, -1]) == 0


def test_the_way_back_goes_on_to_a_loss_on_an_early_frame():
    torch.manual_seed(0)
    layer, x = layers.DRNN(6, 32, 4), torch.randn(FRAMES, 3, 6).requires_grad_()
    (of_early,) = torch.autograd.grad(layer(x)[0][20].sum(), x)
    (of_both,) = torch.autograd.grad(layer(x)[0][[20, -1]].sum(), x)
    close(of_both[:21], of_early[:21], atol=0)
    assert of_early[:21].any(2).any(1).all()
    assert not of_both[50:200].any()


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("lengths", [None, [50, 7, 50]])
def test_an_error_that_is_no_number_reaches_every_frame_of_its_sequence_and_no_other(bad, lengths):
    torch.manual_seed(0)
    layer, x = layers.DRNN(6, 32, 4), torch.randn(50, 3, 6).requires_grad_()
    last = layer(x, lengths=lengths)[1][0]
    last.backward(torch.ones_like(last).index_fill(0, torch.tensor(2), bad))
    finite = x.grad.isfinite()
    assert not finite[:, 2].any()
    assert finite[:, :2].all()
    assert not layer.weight_x.grad.isfinite().any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_errors_come_as_far_back_as_with_the_reference(dtype):
    torch.manual_seed(0)
    layer, x, norms = layers.DRNN(3, 4, 2).to(dtype), torch.randn(20, 2, 3).to(dtype).requires_grad_(), []
    for layer.implementation in ("fused", "reference"):
        norms.append(torch.autograd.grad(layer(x)[0][-1].sum(), x)[0].float().norm(dim=(1, 2)))
    close(*norms, rtol=0.1)
