"""Models as their blocks describe them: shapes, ragged batches, sizes alike, and how their weights start."""

import math

import pytest
import torch

from drnn.config.model import Model
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel
from drnn.datasets.store import SequenceSet
from drnn.layers import DRNN
from drnn.training.fit import scores
from drnn.training.models import Readout, build, count
from drnn.training.preprocessing import Preprocessor

N, M, CLASSES, CPU = 5, 7, 3, torch.device("cpu")
LENGTHS = [6, 1, 9, 4, 9]
LAYERS = {f"order{order}": {"order": order} for order in range(5)} | {
    "lstm": {"layer": "lstm"},
    "gru": {"layer": "gru"},
}
FORMS = {
    "one": {},
    "two_layers": {"layers": 2},
    "two_directions": {"bidirectional": True},
    "both": {"layers": 2, "bidirectional": True},
}
each_layer = pytest.mark.parametrize("model", LAYERS.values(), ids=LAYERS.keys())
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def made(model: dict, seed: int = 0, sizes=(N, M, CLASSES), **changes) -> torch.nn.Module:
    torch.manual_seed(seed)
    target = model.get("as_large_as")
    whole = model | ({"as_large_as": LAYERS[target]} if target else {})
    return build(SizedModel(**whole), Recipe(**changes), sizes)


def sequences() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(length, N, generator=generator) for length in LENGTHS]


def concatenated(sequences: list[torch.Tensor]) -> SequenceSet:
    return SequenceSet.of(sequences, classes=range(CLASSES)).converted(torch.from_numpy)


@each_layer
@each_form
def test_scores_of_every_frame_are_as_many_as_classes_and_directions(model, form):
    layer = made(model, **form)
    z, _ = layer(torch.randn(9, 5, N), lengths=torch.tensor(LENGTHS))
    own = isinstance(layer, Readout)  # torch's layers share one that reads the states of both directions
    assert isinstance(layer, DRNN) != own
    assert z.shape == (9, 5, CLASSES * (1 if own else 1 + form.get("bidirectional", False)))


@each_layer
@each_form
@pytest.mark.parametrize("loss", ["last_frame", "every_frame", "max_over_time"])
def test_a_sequence_scores_the_same_alone_and_in_a_batch(model, form, loss):
    recipe = Recipe(loss=loss, normalisation="none", **form)
    layer, preprocessor = made(model, **form), Preprocessor.fit(concatenated(sequences()), recipe)

    def scored(chosen: list[torch.Tensor]) -> torch.Tensor:
        return scores(layer, concatenated(chosen), preprocessor, recipe, CPU)

    together = scored(sequences())
    torch.testing.assert_close(together, torch.cat([scored([x]) for x in sequences()]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together[1:4], scored(sequences()[1:4]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(scored(sequences() * 20), together.repeat(20, 1), rtol=1e-4, atol=1e-5)


@each_layer
def test_z_past_a_length_makes_no_difference_to_one_direction_or_two(model):
    for form in ({}, {"bidirectional": True}):
        layer, x = made(model, **form), torch.randn(9, 2, N)
        lengths, other = torch.tensor([9, 4]), x.clone()
        other[4:, 1] = 99
        torch.testing.assert_close(layer(x, lengths=lengths)[0][:4], layer(other, lengths=lengths)[0][:4])


@each_form
@pytest.mark.parametrize("target", ["order0", "order2", "order4", "gru"])
@pytest.mark.parametrize("kind", [{"layer": "lstm"}, {"layer": "gru"}, {"order": 0}, {"order": 3}], ids=str)
@pytest.mark.parametrize("hidden", [1, 8, 33])
def test_as_large_as_is_as_near_as_one_unit_allows(form, target, kind, hidden):
    wanted = count(made(LAYERS[target], sizes=(N, hidden, CLASSES), **form))
    found = made(kind | {"as_large_as": target}, sizes=(N, hidden, CLASSES), **form)
    m = found.recurrent.hidden_size if isinstance(found, Readout) else found.hidden_size
    around = [size for size in (m - 1, m + 1) if size]
    missed = [abs(count(made(kind, sizes=(N, size, CLASSES), **form)) - wanted) for size in around]
    assert abs(count(found) - wanted) <= min(missed)


def test_as_large_as_the_same_layer_is_the_same_layer():
    assert made({"order": 2, "as_large_as": "order2"}).hidden_size == M
    alike, plain = made({"layer": "lstm", "as_large_as": "lstm"}), made({"layer": "lstm"})
    assert all(torch.equal(one, other) for one, other in zip(alike.parameters(), plain.parameters(), strict=True))


@each_layer
def test_sizes_are_counted_without_a_draw(model):
    plain, alike = made(model), made(model | {"as_large_as": "order4"})
    torch.manual_seed(0)
    hidden = alike.recurrent.hidden_size if isinstance(alike, Readout) else alike.hidden_size
    again = build(SizedModel(**model), Recipe(), (N, hidden, CLASSES))
    assert count(alike) > count(plain) or model == {"order": 4}
    assert all(torch.equal(one, other) for one, other in zip(alike.parameters(), again.parameters(), strict=True))


@each_form
@each_layer
def test_the_initial_weights_are_multiplied_by_their_scale(model, form):
    plain, small = made(model, forget_bias=0, **form), made(model, forget_bias=0, initial_scale=0.25, **form)
    pairs = [*zip(plain.named_parameters(), small.named_parameters(), strict=True)]
    biases = [name for (name, _), _ in pairs if "bias" in name and isinstance(plain, DRNN)]
    for (name, one), (_, other) in pairs:
        rows = slice(M, 2 * M) if name in biases and len(one) > CLASSES else slice(0, 0)  # b_f is set afterwards
        torch.testing.assert_close(torch.where(inside(one, rows), other, one / 4), other)
        assert other.abs().max() <= 0.25 / math.sqrt(M)


def inside(values: torch.Tensor, rows: slice) -> torch.Tensor:
    mask = torch.zeros_like(values, dtype=torch.bool)
    mask[rows] = True
    return mask


@each_form
def test_the_forget_bias_is_set_in_every_layer_and_direction_and_is_not_scaled(form):
    layer = made({"order": 2}, forget_bias=2.5, initial_scale=0.1, **form)
    directions = form.get("layers", 1) * (1 + form.get("bidirectional", False))
    biases = [value for name, value in layer.named_parameters() if name.partition("_l")[0] == "bias"]
    assert len(biases) == directions
    assert all((bias == 2.5).nonzero().flatten().tolist() == list(range(M, 2 * M)) for bias in biases)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_the_forget_bias_does_not_touch_torch_s_own_layers(kind):
    pairs = zip(*(made({"layer": kind}, forget_bias=bias).parameters() for bias in (0, 2.5)), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@each_form
def test_torch_s_own_layer_is_read_by_a_linear_one(kind, form):
    layer, x = made({"layer": kind}, **form), torch.randn(6, 2, N)
    expected = layer.scores(layer.recurrent(x)[0])
    torch.testing.assert_close(layer(x, lengths=torch.tensor([6, 6]))[0], expected)
    assert type(layer.recurrent) is {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]


@pytest.mark.parametrize("changes", [{"order": 1}, {"truncation": "strict"}], ids=str)
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_what_belongs_to_the_papers_layer_is_refused_of_torch_s_own(kind, changes):
    with pytest.raises(ValueError, match=f"order and truncation belong to the layer drnn, not to torch's {kind}"):
        Model(layer=kind, **changes)
