"""DRNN as nn.LSTM is used: batches first, packed sequences, layers one on another, both directions, states."""

import warnings

import pytest
import torch
from layer_room import RAGGED, close
from torch.nn.functional import dropout
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence
from torch.utils._pytree import tree_leaves, tree_map

from drnn import layers
from drnn.layers.reference import Weights

FULL = torch.tensor([5, 5, 5])
KINDS = [{}, {"num_layers": 3}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True}]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind) or "single")
every_length = pytest.mark.parametrize("lengths", [None, FULL, RAGGED, RAGGED - torch.tensor([1, 0, 0])])


def draw(seed=0, order=2, **kind):
    """A layer in float64, and x (5, 3, 3)."""
    torch.manual_seed(seed)
    layer = layers.DRNN(3, 4, 2, order, **kind).double()
    return layer, torch.randn(5, 3, 3).double()


def part(layer, suffix):
    """The DRNN of one layer and direction with the weights whose names end in the suffix."""
    weights = {name: layer.state_dict()[name + suffix] for name in Weights._fields}
    sizes = weights["weight_x"].shape[1], layer.hidden_size, len(weights["weight_out"])
    one = layers.DRNN(*sizes, layer.order, truncation=layer.truncation).double()
    one.load_state_dict(weights)
    return one


def backwards(x, lengths):
    """Each sequence from its last frame to its first."""
    lengths = [len(x)] * x.shape[1] if lengths is None else lengths.tolist()
    turned = [torch.cat([x[:n, b].flip(0), x[n:, b]]) for b, n in enumerate(lengths)]
    return torch.stack(turned, 1)


@every_kind
@every_length
def test_batch_first_is_the_same_transposed(kind, lengths):
    (layer, x), (first, _) = draw(**kind), draw(batch_first=True, **kind)
    z, state, dos = layer(x, lengths=lengths, return_dos=True)
    close(first(x.transpose(0, 1), lengths=lengths, return_dos=True), (z.transpose(0, 1), state, dos.transpose(0, 1)))
    close(first(x.transpose(0, 1), state, lengths=lengths)[1], layer(x, state, lengths=lengths)[1])


@every_kind
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("lengths", [FULL, RAGGED, RAGGED.sort(descending=True)[0]])
def test_packed_sequences_come_back_packed_alike_with_the_values_of_padded_ones(kind, batch_first, lengths):
    layer, x = draw(**kind)
    layer.batch_first = batch_first  # as nn.LSTM, which does not ask how a packed sequence was padded
    is_sorted = bool((lengths.diff() <= 0).all())
    packed = pack_padded_sequence(x, lengths, enforce_sorted=is_sorted)
    z, state, dos = layer(packed, return_dos=True)
    layer.batch_first = False
    expected = layer(x, lengths=lengths, return_dos=True)
    close((pad_packed_sequence(z)[0], state, pad_packed_sequence(dos)[0]), expected)
    for found in (z, dos):
        assert isinstance(found, PackedSequence)
        assert (found.sorted_indices is None) == is_sorted
        close(list(found[1:]), list(packed[1:]))


def test_packed_sequences_carry_gradients_as_padded_ones_do():
    layer, x = draw()
    x.requires_grad_()
    packed, _ = layer(pack_padded_sequence(x, RAGGED, enforce_sorted=False))
    (found,) = torch.autograd.grad(packed.data.square().sum(), x)
    (expected,) = torch.autograd.grad(layer(x, lengths=RAGGED)[0].square().sum(), x)
    close(found, expected)


@every_length
@pytest.mark.parametrize("truncation", ["dos", "strict", "none"])
def test_layers_stand_one_on_the_outputs_of_the_other(lengths, truncation):
    layer, x = draw(num_layers=3, truncation=truncation)
    z, states, dos = layer(x, lengths=lengths, return_dos=True)
    below, ends = x, []
    for suffix in ("_l0", "_l1", "_l2"):
        below, end, norms = part(layer, suffix)(below, lengths=lengths, return_dos=True)
        ends.append(end)
    close((z, states, dos), (below, tuple(ends), norms))
    assert [tuple(end[0].shape) for end in states] == [(3, 4), (3, 4), (3, 2)]


@every_length
def test_the_second_direction_reads_each_sequence_from_its_own_end(lengths):
    layer, x = draw(bidirectional=True)
    z, states, dos = layer(x, lengths=lengths, return_dos=True)
    forward, end, norms = part(layer, "_l0")(x, lengths=lengths, return_dos=True)
    reverse, start, back = part(layer, "_l0_reverse")(backwards(x, lengths), lengths=lengths, return_dos=True)
    close(z, torch.cat([forward, backwards(reverse, lengths)], 2))
    close(states, (end, start))
    close(dos, torch.cat([norms, backwards(back, lengths)], 2))


@every_length
def test_a_layer_above_two_directions_sees_both(lengths):
    layer, x = draw(num_layers=2, bidirectional=True)
    found, ends = layer(x, lengths=lengths), []
    for level in range(2):
        (z, end), (back, start) = (
            part(layer, f"_l{level}{way}")(x if not way else backwards(x, lengths), lengths=lengths)
            for way in ("", "_reverse")
        )
        x, ends = torch.cat([z, backwards(back, lengths)], 2), [*ends, end, start]
    close(found, (x, tuple(ends)))


@pytest.mark.parametrize("lengths", [None, RAGGED])
def test_outputs_are_dropped_between_layers_and_only_in_training(lengths):
    (layer, x), (same, _) = draw(num_layers=2, dropout=0.5), draw(num_layers=2)
    below, above = part(layer, "_l0"), part(layer, "_l1")
    torch.manual_seed(1)
    z, _ = layer(x, lengths=lengths)
    torch.manual_seed(1)
    close(z, above(dropout(below(x, lengths=lengths)[0], 0.5), lengths=lengths)[0])
    assert not torch.equal(z, same(x, lengths=lengths)[0])
    close(layer.eval()(x, lengths=lengths), same(x, lengths=lengths))


def test_dropout_with_nothing_between_layers_is_warned_of():
    with pytest.warns(UserWarning, match="num_layers is 1"):
        draw(dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(dropout=0.5, num_layers=2)


@pytest.mark.parametrize("order", range(3))
@pytest.mark.parametrize("layers_", [1, 3])
def test_the_state_of_a_stack_carries_a_sequence_on(order, layers_):
    layer, x = draw(order=order, num_layers=layers_)
    first, between = layer(x[:2], lengths=torch.tensor([2, 2, 2]))
    second, end = layer(x[2:], between, lengths=torch.tensor([3, 1, 2]))
    close((torch.cat([first, second]), end), layer(x, lengths=torch.tensor([5, 3, 4])))


@every_kind
def test_without_a_state_all_is_at_rest(kind):
    layer, x = draw(**kind)
    rest = layer.initial_state(3)
    assert not any(tensor.any() for tensor in tree_leaves(rest))
    close(layer(x, state=rest), layer(x), atol=0)
    assert tree_map(torch.Tensor.size, rest) == tree_map(torch.Tensor.size, layer(x)[1])


def test_parameters_have_the_names_and_shapes_of_the_equations():
    shapes = {"weight_x": (14, 3), "weight_z": (14, 2), "bias": (14,), "weight_dos": (3, 8, 4)}
    shapes |= {"weight_dos_out": (3, 2, 4), "weight_out": (2, 4), "bias_out": (2,)}
    assert {name: tuple(p.shape) for name, p in layers.DRNN(3, 4, 2, order=2).named_parameters()} == shapes


def test_parameters_of_several_layers_and_directions_are_named_by_both():
    shapes = {name: tuple(p.shape) for name, p in draw(num_layers=2, bidirectional=True)[0].named_parameters()}
    suffixes = ["_l0", "_l0_reverse", "_l1", "_l1_reverse"]
    assert list(shapes) == [name + suffix for suffix in suffixes for name in Weights._fields]
    assert [shapes["weight_x" + suffix] for suffix in suffixes] == [(16, 3), (16, 3), (14, 8), (14, 8)]
    assert [shapes["weight_out" + suffix] for suffix in suffixes] == [(4, 4), (4, 4), (2, 4), (2, 4)]


def test_norms_of_the_derivatives_carry_no_gradient():
    layer, x = draw()
    z, _, dos = layer(x.requires_grad_(), return_dos=True)
    assert z.requires_grad
    assert not dos.requires_grad
