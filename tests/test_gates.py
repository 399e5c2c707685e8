"""How far the gates open: what is computed again from states and outputs is what the recursion multiplied with."""

import pytest
import torch
from layer_room import RAGGED, build, close
from torch.nn.functional import linear

from drnn.layers import DRNN, reference
from drnn.layers.gates import openings, run_with_gates
from drnn.layers.reference import Weights

every_order = pytest.mark.parametrize("order", range(4))


def run(order, steps=6, change=lambda layer: None):
    """A layer in float64 that goes on from a state: its weights and inputs, outputs, states and gates."""
    layer, x, z0, lags = build(order, ("reference", "none"), steps=steps)
    with torch.no_grad():
        change(layer)
        weights = Weights(*(getattr(layer, name) for name in Weights._fields))
        z, states = reference.drnn(x, weights, None, (z0, lags))
        return weights, x, z0, z, states, openings(x, weights, z, states, z0)


@every_order
def test_the_gates_give_the_next_states_and_outputs_by_equations_4_and_5(order):
    weights, x, z0, z, states, gates = run(order)
    m = weights.weight_out.shape[1]
    rows = slice(2 * m, 3 * m)
    before = torch.cat([z0[None], z[:-1]])
    half = (linear(x, weights.weight_x[rows], weights.bias[rows]) + linear(before, weights.weight_z[rows])).tanh()
    s = states[order:]  # s_0 … s_T
    close(gates.forget * s[:-1] + gates.input * half, s[1:])
    close(gates.output * linear(s[1:], weights.weight_out, weights.bias_out).tanh(), z)


@every_order
def test_where_nothing_enters_the_states_shrink_by_the_forget_gate(order):
    def close_the_entrance(layer):
        m = layer.hidden_size
        for part in (layer.weight_x, layer.weight_z, layer.bias):
            part[2 * m : 3 * m] = 0

    *_, states, gates = run(order, change=close_the_entrance)
    close(gates.forget, states[order + 1 :] / states[order:-1])


@every_order
def test_a_whole_layer_is_followed_from_rest_within_each_length(order):
    layer, x, *_ = build(order, ("fused", "dos"))
    states, gates = run_with_gates(layer, x.detach(), RAGGED)
    for place, length in enumerate(RAGGED.tolist()):
        alone = x[:length, place : place + 1].detach()
        weights = Weights(*(getattr(layer, name).detach() for name in Weights._fields))
        z, own = reference.drnn(alone, weights, None, layer.initial_state(1))
        close(states[: order + 1 + length, place], own[:, 0])
        for found, expected in zip(gates, openings(alone, weights, z, own, torch.zeros_like(z[0])), strict=True):
            close(found[:length, place], expected[:, 0])


@pytest.mark.parametrize("form", [{"num_layers": 2}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}])
def test_of_several_layers_and_directions_the_first_forward_one_is_followed(form):
    torch.manual_seed(0)
    layer, x = DRNN(3, 4, 2, order=2, **form).double(), torch.randn(5, 3, 3).double()
    outputs = 2 if layer.num_layers == 1 else 4
    first = DRNN(3, 4, outputs, order=2).double()
    first.load_state_dict({name: getattr(layer, f"{name}_l0").detach() for name in Weights._fields})
    for found, expected in zip(run_with_gates(layer, x, RAGGED), run_with_gates(first, x, RAGGED), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
