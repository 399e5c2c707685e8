"""Layers that are saved, copied, exported, printed, reset, run in lower precision or on no device at all."""

import copy
import doctest
import io
import pickle

import pytest
import torch
from layer_room import close

import drnn
from drnn import layers

KINDS = [{}, {"num_layers": 2, "bidirectional": True, "batch_first": True}, {"truncation": "none"}]
REPRS = {
    "3, 4, 2, order=2": {},
    "3, 4, 2, order=0": {"order": 0},
    "3, 4, 2, order=2, truncation='none', implementation='reference'": {
        "truncation": "none",
        "implementation": "reference",
    },
    "3, 4, 2, order=2, num_layers=2, batch_first=True, dropout=0.5, bidirectional=True, check_nan=True": {
        "num_layers": 2,
        "batch_first": True,
        "dropout": 0.5,
        "bidirectional": True,
        "check_nan": True,
    },
}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind) or "default")


def draw(seed=0, **kind):
    torch.manual_seed(seed)
    return layers.DRNN(3, 4, 2, **kind), torch.randn(3, 3, 3)


@every_kind
def test_state_dict_deepcopy_and_pickle_keep_the_layer(kind):
    (layer, x), (other, _), (third, _) = (draw(seed, **kind) for seed in range(3))
    other.load_state_dict(pickle.loads(pickle.dumps(layer.state_dict())))
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    third.load_state_dict(torch.load(io.BytesIO(file.getvalue()), weights_only=True))
    for same in (other, third, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        close(same(x), layer(x), atol=0)


def test_a_copy_has_weights_of_its_own():
    layer, x = draw()
    before, same = layer(x)[0], copy.deepcopy(layer)
    same.set_forget_bias(5.0)
    close(layer(x)[0], before, atol=0)
    assert not torch.equal(same(x)[0], before)


@every_kind
def test_an_exported_layer_gives_the_layers_outputs_for_any_x_of_the_shape(kind):
    layer, x = draw(**kind)
    program = torch.export.export(layer.eval(), (x,)).module()
    for other in (x, -2 * x):
        close(program(other), layer(other), atol=1e-6)


@pytest.mark.parametrize("form", ["fused", "reference"])
def test_on_the_meta_device_there_are_shapes_and_a_way_back(form):
    layer, x = (part.to("meta") for part in draw(implementation=form))
    z, (last, lags) = layer(x.requires_grad_())
    z.sum().backward()
    assert [tuple(part.shape) for part in (z, last, lags, x.grad)] == [(3, 3, 2), (3, 2), (3, 3, 4), (3, 3, 3)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", [{}, {"implementation": "reference"}, {"num_layers": 2, "bidirectional": True}])
def test_autocast_changes_nothing_but_the_dtype_of_x(dtype, kind):
    layer, x = draw(**kind)
    x = x.to(dtype)
    expected = layer(x.float())
    expected[0].square().sum().backward()
    gradients = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = layer(x)
    found[0].square().sum().backward()
    close(found, expected, atol=0)
    close([p.grad for p in layer.parameters()], gradients, atol=0)


@pytest.mark.parametrize("shown", REPRS)
def test_a_printed_layer_shows_its_sizes_and_what_is_not_default(shown):
    assert repr(draw(**REPRS[shown])[0]) == f"DRNN({shown})"


@pytest.mark.parametrize("kind", [{}, {"num_layers": 2}, {"num_layers": 2, "bidirectional": True}])
def test_the_forget_bias_is_the_second_block_of_every_bias_and_nothing_else(kind):
    layer, _ = draw(**kind)
    before = copy.deepcopy(layer.state_dict())
    layer.set_forget_bias(1.5)
    for name, value in layer.state_dict().items():
        expected = before[name].clone()
        if name.startswith("bias") and not name.startswith("bias_out"):
            expected[4:8] = 1.5
        close(value, expected, atol=0)
    assert all(p.requires_grad for p in layer.parameters())


@pytest.mark.parametrize("make", [layers.DRNN, layers.DRNNCell])
def test_parameters_start_uniform_in_1_over_the_root_of_m(make):
    torch.manual_seed(0)
    layer = make(20, 25, 10)
    before = layer.bias.clone()
    values = torch.cat([p.flatten() for p in layer.parameters()])
    assert values.abs().max() <= 1 / 5
    assert values.histc(4, -0.2, 0.2).div(len(values)).sub(1 / 4).abs().max() < 0.02
    layer.reset_parameters()
    assert not torch.equal(layer.bias, before)


def test_the_package_gives_both_modules_and_has_nothing_else_by_guess():
    assert (drnn.DRNN, drnn.DRNNCell) == (layers.DRNN, layers.DRNNCell)
    with pytest.raises(AttributeError, match="DRNNN"):
        drnn.DRNNN  # noqa: B018


@pytest.mark.parametrize("module", [layers.layer, layers.cell])
def test_the_example_in_the_documentation_holds(module):
    failed, tried = doctest.testmod(module)
    assert failed == 0 < tried
