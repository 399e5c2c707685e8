"""Sequences of different lengths, in pieces and one by one; and that the layer learns."""

import math

import pytest
import torch
from hypothesis import given, settings, strategies
from layer_room import FORMS, RAGGED, build, cases, close, every_layer, gradients, run
from torch.nn.functional import cross_entropy, one_hot


@settings(max_examples=40, deadline=None)
@given(cases(), strategies.sampled_from(FORMS), strategies.sampled_from([math.nan, math.inf, 1e300]))
def test_what_stands_past_a_length_changes_nothing_and_z_is_zero_there(case, form, padding):
    layer, x, *rest = case(form)
    past = torch.arange(len(x))[:, None] >= rest[-1]
    padded = x.detach().masked_fill(past[..., None], padding).requires_grad_()
    outputs, found = run(layer, padded, *rest), gradients(layer, padded, *rest)
    close((outputs, found), (run(layer, x, *rest), gradients(layer, x, *rest)), atol=0)
    assert not any(part[past].any() for part in (outputs[0], outputs[3], found["x"]))


@settings(max_examples=40, deadline=None)
@given(cases(), strategies.sampled_from(FORMS))
def test_a_batch_gives_what_its_sequences_give_one_by_one(case, form):
    layer, x, z0, lags, lengths = case(form)
    z, last, end, dos = run(layer, x, z0, lags, lengths)
    for one, length in ((slice(b, b + 1), length) for b, length in enumerate(lengths)):
        alone = run(layer, x[:length, one], z0[one], lags[:, one], None)
        close(alone, (z[:length, one], last[one], end[:, one], dos[:length, one]))


@every_layer
def test_a_sequence_split_in_two_goes_on_where_it_stopped(order, form):
    layer, x, *state = build(order, form, steps=7)
    for cut in (1, 2):
        first, between = layer(x[:cut], state=state)
        second, end = layer(x[cut:], between, lengths=RAGGED + 2 - cut)
        close((torch.cat([first, second]), end), layer(x, state, lengths=RAGGED + 2))


@pytest.mark.parametrize("order", range(3))
def test_it_learns_to_tell_the_direction_of_a_motion(order):
    layer = build(order, ("fused", "dos"), sizes=(6, 8, 2))[0].float()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.03)
    for right, start in zip(torch.randint(2, (100, 32)), torch.randint(6, (100, 32)), strict=True):
        x = one_hot((start + torch.arange(6)[:, None] * (2 * right - 1)) % 6, 6).float()
        loss = cross_entropy(layer(x)[1][0], right)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.3  # chance is 0.693, the floor 0.127
