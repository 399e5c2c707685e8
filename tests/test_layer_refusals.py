"""What the layer and the cell refuse, and what they say then."""

import re

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from drnn import layers

WRONG = {
    "input_size must be at least 1, not 0": {"input_size": 0},
    "hidden_size must be at least 1, not -1": {"hidden_size": -1},
    "output_size must be at least 1, not 0": {"output_size": 0},
    "num_layers must be at least 1, not 0": {"num_layers": 0},
    "order must be 0 or more, not -1": {"order": -1},
    "truncation must be one of dos, strict, none, not 'some'": {"truncation": "some"},
    "implementation must be one of fused, reference, not ''": {"implementation": ""},
}
OFF = [(5, 4), (5, 3, 4), (3,), (5, 3, 3, 1), ()]
NOT_LENGTHS = {
    "not 6 as that of sequence 2": [5, 1, 6],
    "not 0 as that of sequence 1": [5, 0, 1],
    "not -1 as that of sequence 2": [5, 1, -1],
    "not of shape (2,): x has 5 frames of 3 sequences; is batch_first right?": [5, 1],
    "not of shape (4,): x has 5 frames of 3 sequences; is batch_first right?": [5, 1, 1, 1],
    "not of shape (5,): x has 5 frames of 3 sequences; is batch_first right?": [3, 3, 2, 1, 1],
    "not of shape ()": 5,
    "not of shape (3, 1)": [[5], [1], [3]],
    "not torch.float32": [5.0, 1.0, 3.0],
    "not torch.bool": [True] * 3,
}
PAIR = "((3, 2) float32 on cpu, (3, 3, 4) float32 on cpu)"
nan = float("nan")


def refused(message, kind=ValueError):
    return pytest.raises(kind, match=re.escape(message))


def zeros(*shapes):
    return tuple(torch.zeros(shape) for shape in shapes)


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_argument_is_refused(message):
    with refused(message):
        layers.DRNN(**{"input_size": 3, "hidden_size": 4, "output_size": 2} | WRONG[message])


@pytest.mark.parametrize("message", [m for m in WRONG if not m.startswith(("num_layers", "implementation"))])
def test_a_wrong_argument_of_a_cell_is_refused(message):
    with refused(message):
        layers.DRNNCell(**{"input_size": 3, "hidden_size": 4, "output_size": 2} | WRONG[message])


@pytest.mark.parametrize("shape", OFF)
@pytest.mark.parametrize(("batch_first", "expected"), [(False, "(T, B, 3)"), (True, "(B, T, 3)")])
def test_an_x_of_another_shape_is_refused(shape, batch_first, expected):
    with refused(f"x must be {expected} or (T, 3), not {shape}"):
        layers.DRNN(3, 4, 2, batch_first=batch_first)(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(0, 3, 3), (0, 3)])
def test_an_x_without_frames_is_refused(shape):
    with refused("x has no frames: a sequence has at least one"):
        layers.DRNN(3, 4, 2)(torch.zeros(shape))


def test_lengths_in_the_place_of_the_state_are_told_where_they_belong():
    with refused("not (3,) int64 on cpu; lengths are given by name"):
        layers.DRNN(3, 4, 2)(torch.zeros(5, 3, 3), torch.tensor([5, 3, 1]))


def test_lengths_of_an_x_without_a_batch_are_refused():
    with refused("an x (T, n) without a batch has one length: leave lengths out"):
        layers.DRNN(3, 4, 2)(torch.zeros(5, 3), lengths=[5])


@pytest.mark.parametrize("shape", [(3,), (3, 4), (5, 3, 3)])
def test_a_frame_of_another_shape_is_refused(shape):
    with refused(f"x must be (B, 3), not {shape}"):
        layers.DRNNCell(3, 4, 2)(torch.zeros(shape))


def test_what_is_no_tensor_is_refused_with_its_type():
    for make, shape, expected in ((layers.DRNN, (5, 3, 3), "(T, B, 3) or (T, 3)"), (layers.DRNNCell, (3, 3), "(B, 3)")):
        with refused(f"x must be a tensor {expected}, not numpy.ndarray", TypeError):
            make(3, 4, 2)(torch.zeros(shape).numpy())


@pytest.mark.parametrize(("make", "shape"), [(layers.DRNN, (5, 3, 3)), (layers.DRNNCell, (3, 3))])
def test_an_x_of_another_dtype_or_device_is_refused_with_the_remedy(make, shape):
    with refused("x is torch.float64, the parameters are torch.float32: convert one with .to()"):
        make(3, 4, 2)(torch.zeros(shape).double())
    with refused("x is torch.float32, the parameters are torch.bfloat16: convert one with .to()"):
        make(3, 4, 2).bfloat16()(torch.zeros(shape))
    with refused("x is on meta, the parameters are on cpu: move one with .to()"):
        make(3, 4, 2)(torch.zeros(shape, device="meta"))


@pytest.mark.parametrize("found", NOT_LENGTHS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_lengths_that_are_not_one_whole_number_of_frames_for_each_sequence_are_refused(found, batch_first):
    shape, lengths = (3, 5, 3) if batch_first else (5, 3, 3), NOT_LENGTHS[found]
    for given in (lengths, torch.as_tensor(lengths)):
        with pytest.raises(ValueError, match=re.escape(f"lengths must be 3 whole numbers within 1 … 5, {found}") + "$"):
            layers.DRNN(3, 4, 2, batch_first=batch_first)(torch.zeros(shape), lengths=given)
    with refused("lengths must be 3 whole numbers within 1 … 5, not 'five'"):
        layers.DRNN(3, 4, 2, batch_first=batch_first)(torch.zeros(shape), lengths="five")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_lengths_may_be_whole_numbers_of_any_dtype_or_a_list(dtype):
    torch.manual_seed(0)
    layer, x = layers.DRNN(3, 4, 2), torch.randn(5, 3, 3)
    assert torch.equal(layer(x, lengths=torch.tensor([5, 1, 3], dtype=dtype))[0], layer(x, lengths=[5, 1, 3])[0])


def test_lengths_beside_a_packed_sequence_are_refused():
    packed = pack_padded_sequence(torch.zeros(5, 3, 3), torch.tensor([5, 3, 1]))
    with refused("a PackedSequence brings its own lengths: leave lengths out"):
        layers.DRNN(3, 4, 2)(packed, lengths=[5, 3, 1])


def test_a_packed_sequence_of_other_frames_is_refused():
    with refused("x must be (T, B, 3), not (5, 3, 4)"):
        layers.DRNN(3, 4, 2, batch_first=True)(pack_padded_sequence(torch.zeros(5, 3, 4), torch.tensor([5, 3, 1])))


@pytest.mark.parametrize("z", [(3, 4), (1, 2), (2,), ()])
@pytest.mark.parametrize("lags", [(2, 3, 4), (3, 1, 4), (3, 3, 2)])
@pytest.mark.parametrize(("make", "shape"), [(layers.DRNN, (5, 3, 3)), (layers.DRNNCell, (3, 3))])
def test_a_state_of_another_shape_is_refused(make, shape, z, lags):
    with refused(f"state must be {PAIR}, not ({z} float32 on cpu, {lags} float32 on cpu)"):
        make(3, 4, 2)(torch.zeros(shape), state=zeros(z, lags))


@pytest.mark.parametrize(("to", "found"), [(torch.float64, "float64 on cpu"), ("meta", "float32 on meta")])
def test_a_state_of_another_dtype_or_device_is_refused(to, found):
    layer, x = layers.DRNN(3, 4, 2), torch.zeros(5, 3, 3)
    with refused(f"state must be {PAIR}, not ((3, 2) {found}, (3, 3, 4) {found})"):
        layer(x, state=tuple(part.to(to) for part in layer.initial_state(3)))


def test_a_stack_refuses_all_but_a_pair_for_each_layer_and_direction_in_their_order():
    layer, x = layers.DRNN(3, 4, 2, num_layers=2), torch.zeros(5, 3, 3)
    below, above = layer.initial_state(3)
    for wrong in ((below,), (below, above, above), (above, below), above, above[0], ((above[0],), above)):
        with refused(f"state must be ({PAIR.replace('(3, 2)', '(3, 4)')}, {PAIR}), not ("):
            layer(x, state=wrong)


def test_a_single_layer_refuses_all_but_a_pair():
    layer, x = layers.DRNN(3, 4, 2), torch.zeros(5, 3, 3)
    z, lags = layer.initial_state(3)
    for wrong in (((z, lags),), z, (z,), (z, None), (lags, z), (z, lags, lags), "state"):
        with refused(f"state must be {PAIR}, not "):
            layer(x, state=wrong)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", [{}, {"num_layers": 2, "bidirectional": True}])
def test_nan_is_refused_by_frame_and_sequence_where_asked_for(batch_first, kind):
    layer, x = layers.DRNN(3, 4, 2, batch_first=batch_first, check_nan=True, **kind), torch.zeros(5, 3, 3)
    x[3, 1, 2], x[4, 0, 0] = nan, nan
    x = x.transpose(0, 1) if batch_first else x
    for lengths in (None, [5, 4, 1]):
        with refused("x has NaN, first at frame 3 of sequence 1"):
            layer(x, lengths=lengths)
    with refused("x has NaN, first at frame 4 of sequence 0"):
        layer(x, lengths=[5, 3, 5])


def test_nan_in_a_packed_sequence_is_named_by_the_sequences_place_in_the_batch():
    x = torch.zeros(5, 3, 3)
    x[2, 2] = nan
    with refused("x has NaN, first at frame 2 of sequence 2"):
        layers.DRNN(3, 4, 2, check_nan=True)(pack_padded_sequence(x, torch.tensor([1, 5, 4]), enforce_sorted=False))


def test_nan_past_a_length_is_none():
    x = torch.zeros(5, 3, 3)
    x[3:, 1], x[1:, 2] = nan, nan
    assert layers.DRNN(3, 4, 2, check_nan=True)(x, lengths=[5, 3, 1])[0].isfinite().all()


def test_nan_goes_through_where_it_is_not_asked_for():
    assert layers.DRNN(3, 4, 2)(torch.full((5, 3, 3), nan))[0].isnan().all()
