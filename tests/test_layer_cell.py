"""The cell, frame by frame, is the layer over a sequence."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import build, cases, close, every_layer, probe

from drnn import layers
from drnn.layers.reference import TRUNCATIONS


def cell_of(layer):
    cell = layers.DRNNCell(layer.input_size, layer.hidden_size, layer.output_size, layer.order, layer.truncation)
    cell.to(layer.bias.dtype).load_state_dict(layer.state_dict())
    return cell


def stepped(cell, x, state):
    """z of all frames, and the last state."""
    outputs = []
    for frame in x:
        state = cell(frame, state)
        outputs.append(state[0])
    return torch.stack(outputs), *state


def at_once(layer, x, state):
    """The same of a layer."""
    z, end = layer(x, state=state)
    return z, *end


@settings(max_examples=40, deadline=None)
@given(cases(), strategies.sampled_from(TRUNCATIONS))
def test_steps_of_a_cell_are_a_run_of_the_layer_in_values_and_gradients(case, truncation):
    layer, x, z0, lags, _ = case(("fused", truncation))
    cell, found = cell_of(layer), []
    for module, run in ((cell, stepped), (layer, at_once)):
        outputs = run(module, x, (z0, lags))
        leaves = [x, z0, lags, *module.parameters()]
        found.append((outputs, torch.autograd.grad(probe(outputs), leaves, materialize_grads=True)))
    close(*found)


@every_layer
def test_a_cell_and_a_layer_take_up_each_others_state(order, form):
    layer, x, *state = build(order, form, steps=6)
    cell = cell_of(layer)
    whole = at_once(layer, x, state)
    *_, between = layer(x[:3], state=state)
    close(stepped(cell, x[3:], between)[1:], whole[1:])
    _, *between = stepped(cell, x[:3], state)
    close(at_once(layer, x[3:], between)[1:], whole[1:])


def test_without_a_state_a_cell_is_at_rest_as_the_layer():
    layer, x, *_ = build(2, ("fused", "dos"))
    cell = cell_of(layer)
    close(stepped(cell, x, None), at_once(layer, x, None))
    close(cell.initial_state(3), layer.initial_state(3), atol=0)


@pytest.mark.parametrize("order", range(3))
def test_a_cell_has_the_parameters_of_a_layer_by_name_shape_and_start(order):
    torch.manual_seed(0)
    layer = layers.DRNN(3, 4, 2, order)
    torch.manual_seed(0)
    close(dict(layers.DRNNCell(3, 4, 2, order).state_dict()), dict(layer.state_dict()), atol=0)


def test_a_step_leaves_the_state_it_is_given_as_it_is():
    layer, x, z0, lags = build(2, ("fused", "dos"))
    before = z0.clone(), lags.clone()
    cell_of(layer)(x[0], (z0, lags))
    close((z0, lags), before, atol=0)


def test_autocast_changes_nothing_but_the_dtype_of_a_frame():
    layer, x, *_ = build(2, ("fused", "dos"))
    cell = cell_of(layer.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = cell(x[0].bfloat16())
    close(found, cell(x[0].bfloat16().float()), atol=0)


def test_a_cell_is_copied_pickled_and_printed():
    layer, x, *state = build(1, ("fused", "strict"))
    cell = cell_of(layer)
    for same in (copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))):
        close(same(x[0], state), cell(x[0], state), atol=0)
    assert repr(cell) == "DRNNCell(3, 4, 2, order=1, truncation='strict')"
