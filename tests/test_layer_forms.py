"""The torch form, and layers by their fastest form, against the reference: values, gradients, what autograd may ask."""

import copy

import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import SIZES_FROM_TO, build, cases, close, gradients, no_gpu, run

from drnn import layers
from drnn.layers import batched, reference
from drnn.layers.reference import TRUNCATIONS, Weights


@strategies.composite
def losses(draw):
    """Sequences of up to 20 frames and a loss on z and on the states of a few frames, of all or of none."""
    steps, *sizes, order, seed = (draw(strategies.integers(*ends)) for ends in [(1, 20), *SIZES_FROM_TO[1:]])
    lengths = draw(strategies.none() | strategies.lists(strategies.integers(1, steps), min_size=1, max_size=4))
    chosen = strategies.just(range(steps)) | strategies.lists(strategies.integers(0, steps - 1), max_size=2)
    batch = 2 if lengths is None else len(lengths)
    case = build(order, ("fused", "dos"), sizes, steps, batch, seed)
    return *case, None if lengths is None else torch.tensor(lengths), draw(chosen), draw(chosen)


def values_and_gradients(form, truncation, layer, x, z0, lags, lengths, frames_of_z, frames_of_s):
    """z, the states that have a meaning, and the gradients of a loss on some frames of either, or of neither."""
    leaves = [*layer.parameters(), x, z0, lags]
    runs = form.drnns(x, [Weights(*layer.parameters())], lengths, [(z0, lags)], [False], truncation)
    return results_and_gradients(runs, leaves, lengths, frames_of_z, frames_of_s)


def results_and_gradients(runs, leaves, lengths, frames_of_z, frames_of_s):
    """As values_and_gradients, of several runs: a loss on frames of them all."""
    results, parts = [], []
    for z, states in runs:
        order = len(states) - len(z)
        if lengths is not None:
            ended = torch.arange(len(states))[:, None] >= lengths + order
            states = states.masked_fill(ended[..., None], 0)
        parts += [z[t] for t in frames_of_z] + [states[order + t] for t in frames_of_s]
        results += [z, states]
    if not parts:
        return results
    loss = sum((part.flatten() * torch.arange(1.0, 1 + part.numel()).cos()).sum() for part in parts)
    return *results, *torch.autograd.grad(loss, leaves, materialize_grads=True)


def both(truncation, *case):
    return [values_and_gradients(form, truncation, *case) for form in (batched, reference)]


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_fused_layer_is_a_reference_layer_in_values_and_gradients(case):
    for function in (run, gradients):
        close(function(*case(("fused", "dos"))), function(*case(("reference", "dos"))))


@settings(max_examples=200, deadline=None)
@given(losses(), strategies.sampled_from(["dos", "dos", "dos", *TRUNCATIONS]))
def test_the_forms_agree_whichever_frames_of_z_and_of_the_states_the_loss_sees(case, truncation):
    close(*both(truncation, *case), rtol=1e-12)


@settings(max_examples=200, deadline=None)
@given(
    losses(), strategies.lists(strategies.booleans(), min_size=2, max_size=3), strategies.sampled_from([0.5, -1000.0])
)
def test_layers_side_by_side_agree_with_the_reference_whichever_way_each_reads(case, reverse, forget_bias):
    layer, x, z0, lags, *rest = case
    several = [copy.deepcopy(layer) for _ in reverse]
    for number, one in enumerate(several):
        torch._foreach_mul_([parameter.data for parameter in one.parameters()], 1 - number)  # the second's are all 0
    several[-1].set_forget_bias(forget_bias)  # of the last, errors may end before those of the others
    leaves = [*(p for one in several for p in one.parameters()), x, z0, lags]
    found = []
    for form in (batched, reference):
        weights = [Weights(*one.parameters()) for one in several]
        states = [((1 + number) * z0, (1 - number) * lags) for number in range(len(reverse))]
        runs = form.drnns(x, weights, rest[0], states, reverse)
        found.append(results_and_gradients(runs, leaves, *rest))
    close(*found, rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(losses())
def test_the_forms_agree_where_errors_reach_only_some_frames(case):
    layer = case[0]
    layer.set_forget_bias(-1000.0)  # nothing goes on from one frame to the next, so that the way back ends early
    torch._foreach_zero_([layer.weight_z.data, layer.weight_dos.data])
    close(*both("dos", *case), rtol=1e-12)


@pytest.mark.parametrize("order", range(3))
@pytest.mark.parametrize("frame", [0, 29])
@pytest.mark.parametrize("reverse", [[False, True], [True, False]])
def test_the_way_back_goes_on_for_the_direction_whose_errors_come_last(order, frame, reverse):
    layer, x, z0, lags = build(order, ("fused", "dos"), steps=30)
    layer.set_forget_bias(-1000.0)  # of one direction errors end at once, of the other they begin where it began
    torch._foreach_zero_([layer.weight_z.data, layer.weight_dos.data])
    found = []
    for form in (batched, reference):
        runs = form.drnns(x, [Weights(*layer.parameters())] * 2, None, [(z0, lags)] * 2, reverse)
        found.append(results_and_gradients(runs, [*layer.parameters(), x, z0, lags], None, [frame], []))
    close(*found)


@pytest.mark.parametrize("order", range(4))
def test_the_forms_agree_where_the_loss_sees_the_states_that_the_run_starts_from(order):
    layer, x, z0, lags = build(order, ("fused", "dos"), steps=12)
    found = []
    for form in (batched, reference):
        weights, lengths = Weights(*layer.parameters()), torch.tensor([12, 1, 9])
        ((z, states),) = form.drnns(x, [weights], lengths, [(z0, lags)], [False])
        loss = z[3].sum() + states[: order + 1].square().sum()
        found.append(torch.autograd.grad(loss, [x, z0, lags, *layer.parameters()]))
    close(*found)


def test_weights_that_are_frozen_or_an_x_that_needs_no_gradient_leave_the_others_theirs():
    for frozen in ("weight_z", "weight_dos", "bias_out", "x"):
        found = []
        for form in ("fused", "reference"):
            layer, x, z0, lags = build(2, (form, "dos"))
            leaves = {**dict(layer.named_parameters()), "x": x}
            leaves.pop(frozen).requires_grad_(False)
            found.append(torch.autograd.grad(run(layer, x, z0, lags)[0].sum(), list(leaves.values())))
        close(*found)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("order", [0, 2])
def test_a_large_float32_layer_is_the_reference_to_rounding(order, bidirectional):
    torch.manual_seed(0)
    layer = layers.DRNN(64, 128, 8, order, bidirectional=bidirectional)
    x, lengths = torch.randn(20, 64, 64), torch.randint(1, 20, (64,))
    exact = copy.deepcopy(layer).double()
    exact.implementation = "reference"
    results = []
    for one, leaf in ((layer, x.clone().requires_grad_()), (exact, x.double().requires_grad_())):
        z, ends = one(leaf, lengths=lengths)
        lags = torch.cat([lags for _, lags in (ends if bidirectional else [ends])])
        (z.square().sum() + lags.square().sum()).backward()
        results.append((z, lags, *(part.grad for part in (leaf, *one.parameters()))))
    for single, double in zip(*results, strict=True):
        close(single, double, atol=5e-6 * double.abs().max().item(), check_dtype=False)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=no_gpu)])
def test_float32_on_any_device_is_close_to_the_reference_in_float64(device):
    exact, (layer, *leaves) = build(2, ("reference", "dos")), build(2, ("fused", "dos"))
    leaves = [leaf.detach().to(device, torch.float32).requires_grad_() for leaf in leaves]
    for function in (run, gradients):
        found = function(layer.to(device, torch.float32), *leaves)
        close(found, function(*exact), atol=1e-4, check_dtype=False, check_device=False)


@pytest.mark.parametrize("form", ["fused", "reference"])
def test_going_back_twice_through_a_kept_graph_doubles_the_gradients(form):
    layer, x, z0, lags = build(2, (form, "dos"), steps=12)
    loss = run(layer, x, z0, lags, torch.tensor([12, 1, 9]))[0].square().sum()
    loss.backward(retain_graph=True)
    once = [p.grad.clone() for p in layer.parameters()]
    loss.backward()
    close([p.grad for p in layer.parameters()], [2 * gradient for gradient in once], atol=0)


def test_the_gradient_of_the_gradient_is_refused_by_the_fused_form_and_given_by_the_reference():
    for form in ("fused", "reference"):
        layer, x, z0, lags = build(2, (form, "dos"))
        (gradient,) = torch.autograd.grad(run(layer, x, z0, lags)[0].square().sum(), x, create_graph=True)
        if form == "reference":
            gradient.sum().backward()
            assert layer.weight_x.grad.any()
        else:
            with pytest.raises(RuntimeError, match="implementation='reference'"):
                gradient.sum().backward()
