"""The layer against a second computation in plain Python, and what else drnn.layers promises."""

import copy
import doctest
import math
import pickle
from functools import partial

import pytest
import torch
from hypothesis import given, settings, strategies
from torch.nn.functional import cross_entropy, linear, one_hot
from torch.nn.utils.rnn import pad_sequence

from drnn import layers

FORMS = [("reference", "dos"), ("reference", "strict"), ("reference", "none"), ("fused", "dos"), ("fused", "strict")]
CUT = {"none": (), "dos": ("dos",), "strict": ("dos", "s", "z")}
RAGGED = torch.tensor([5, 1, 3])
COUNTS = {(450, 300, 6): [597_648, 779_448, 961_248], (583, 400, 20): [1_072_900, 1_400_900, 1_728_900]}
WRONG = {"input_size": 0, "hidden_size": -1, "output_size": 0, "order": -1, "truncation": "some", "implementation": ""}
OFF = [((5, 3), None), ((5, 3, 4), None), ((0, 3, 3), None), *(((5, 3, 3), n) for n in ([5, 1, 6], [5, 0, 1], [5, 1]))]
SIZES_FROM_TO = [(1, 6), (1, 4), (1, 4), (1, 4), (0, 4), (0, 10**6)]  # T, n, m, k, N and a seed
every_layer = pytest.mark.parametrize(("order", "form"), [(order, form) for order in range(4) for form in FORMS])
close = partial(torch.testing.assert_close, rtol=0, atol=1e-12)
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can use")
torch.set_num_threads(1)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def binomial_derivatives(history):
    """dⁿs_t = Σⱼ (−1)ʲ C(n, j) s_{t−j} for n = 0 … N, from s_{t−N} … s_t as lists of numbers."""
    signed = [[(-1) ** j * math.comb(n, j) for j in range(len(history))] for n in range(len(history))]
    return [[dot(row, unit[::-1]) for unit in zip(*history, strict=True)] for row in signed]


def cutting(names=()):
    """What errors do not flow back through: named terms that keep the values of the first run in all later ones."""
    kept = {}
    return lambda name, key, value: kept.setdefault((name, key), value) if name in names else value


def plain_sequence(w, b, length, cut):
    """Eqs (4) to (8) for sequence b, in numbers and lists of numbers: z, z_T, the lags then, ‖dⁿs_t‖."""

    def gate(row, by_order, unit, d):
        return 1 / (1 + math.exp(-a[row] - sum(dot(weight[unit], v) for weight, v in zip(by_order, d, strict=True))))

    z, history, outputs, norms = w["z0"][b], [lag[b] for lag in reversed(w["lags"])], [], []
    count, k, m = len(history), len(z), len(history[0])
    for t, frame in enumerate(w["x"][:length]):
        z = cut("z", (b, t), z)
        a = [dot(u, frame[b]) + dot(v, z) + c for u, v, c in zip(w["weight_x"], w["weight_z"], w["bias"], strict=True)]
        d = [cut("dos" if n else "s", (b, t, n), d) for n, d in enumerate(binomial_derivatives(history[-count:]))]
        i, f = ([gate(at + u, w["weight_dos"], at + u, d) for u in range(m)] for at in (0, m))  # (6), (7)
        history.append([f[u] * history[-1][u] + i[u] * math.tanh(a[2 * m + u]) for u in range(m)])  # (4)
        now = binomial_derivatives(history[-count:])
        d = [cut("dos" if n else "s", (b, t + 1, n), d) for n, d in enumerate(now)]
        o = [gate(3 * m + c, w["weight_dos_out"], c, d) for c in range(k)]  # (8)
        z = [o[c] * math.tanh(dot(w["weight_out"][c], history[-1]) + w["bias_out"][c]) for c in range(k)]  # (5)
        outputs.append(z)
        norms.append([math.sqrt(dot(d, d)) for d in now[1:]])
    return [torch.tensor(part, dtype=torch.float64) for part in (outputs, z, history[: -count - 1 : -1], norms)]


def plain(w, cut):
    """The layer in loops for sequences of RAGGED lengths; w holds the parameters, x, z0 and lags."""
    w = {name: value.tolist() for name, value in w.items()}
    z, last, lags, dos = zip(*(plain_sequence(w, b, n, cut) for b, n in enumerate(RAGGED.tolist())), strict=True)
    return pad_sequence(z), torch.stack(last), torch.stack(lags, 1), pad_sequence(dos)


def build(order, form, sizes=(3, 4, 2), steps=5, batch=3, seed=0):
    """A layer in float64, large weights, and x, z0, lags with gradients; the same seed gives the same numbers."""
    torch.manual_seed(seed)
    layer = layers.DRNN(*sizes, order, implementation=form[0], truncation=form[1]).double()
    torch._foreach_mul_([parameter.data for parameter in layer.parameters()], 2)
    shapes = (steps, batch, sizes[0]), (batch, sizes[2]), (order + 1, batch, sizes[1])
    return layer, *((torch.randn(shape).double() / 2).requires_grad_() for shape in shapes)


def run(layer, x, z0, lags, lengths=RAGGED):
    z, (last, end), dos = layer(x, lengths, (z0, lags), return_dos=True)
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


@every_layer
def test_values_are_those_of_the_equations_in_plain_loops(order, form):
    layer, x, z0, lags = build(order, form)
    close(run(layer, x, z0, lags), plain({**layer.state_dict(), "x": x, "z0": z0, "lags": lags}, cutting()))


@every_layer
def test_gradients_are_slopes_with_the_cut_terms_held_fixed(order, form):
    layer, x, z0, lags = build(order, form)
    w = copy.deepcopy({**layer.state_dict(), "x": x.detach(), "z0": z0.detach(), "lags": lags.detach()})
    cut, eps = cutting(CUT[form[1]]), 1e-6
    plain(w, cut)
    for name, gradient in gradients(layer, x, z0, lags).items():
        entries = w[name].view(-1)
        for entry in torch.randperm(len(entries))[:6].tolist():
            value, losses = entries[entry].item(), []
            for moved in (value - eps, value + eps, value):
                entries[entry] = moved
                losses.append(probe(plain(w, cut)).item())
            slope = (losses[1] - losses[0]) / (2 * eps)
            assert gradient.flatten()[entry].item() == pytest.approx(slope, rel=1e-7, abs=2e-9), (name, entry)


@pytest.mark.parametrize("order", range(3))
def test_without_truncation_the_gradient_is_the_full_one(order):
    layer, *leaves = build(order, ("reference", "none"), sizes=(2, 2, 2), steps=3)
    inputs, lengths = (*leaves, *layer.parameters()), torch.tensor([3, 1, 2])
    assert torch.autograd.gradcheck(lambda *_: run(layer, *leaves, lengths)[:3], inputs)  # moves inputs in place


@settings(max_examples=100, deadline=None)
@given(cases())
def test_fused_is_the_reference_in_values_and_gradients(case):
    for function in (run, gradients):
        close(function(*case(("fused", "dos"))), function(*case(("reference", "dos"))))


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
        second, end = layer(x[cut:], RAGGED + 2 - cut, between)
        close((torch.cat([first, second]), end), layer(x, RAGGED + 2, state))


@pytest.mark.parametrize("form", FORMS)
def test_order_0_is_a_peephole_lstm_of_torchs_operations_with_z_fed_back(form):
    layer, x, z, lags = build(0, form)
    found, s = run(layer, x, z, lags, None), lags[0]
    for t, frame in enumerate(x):
        seen = linear(torch.cat([frame, z], 1), torch.cat([layer.weight_x, layer.weight_z], 1), layer.bias)
        i, f = (seen[:, :8] + linear(s, layer.weight_dos[0])).sigmoid().chunk(2, dim=1)
        s = f * s + i * seen[:, 8:12].tanh()
        o = (seen[:, 12:] + linear(s, layer.weight_dos_out[0])).sigmoid()
        z = o * linear(s, layer.weight_out, layer.bias_out).tanh()
        close(found[0][t], z)
    close(found[1:3], (z, s[None]))


@pytest.mark.parametrize("sizes", COUNTS)
def test_parameter_counts_are_those_of_the_papers_sizes(sizes):
    assert [sum(p.numel() for p in layers.DRNN(*sizes, order).parameters()) for order in range(3)] == COUNTS[sizes]


def test_parameters_have_the_names_and_shapes_of_the_equations():
    shapes = {"weight_x": (14, 3), "weight_z": (14, 2), "bias": (14,), "weight_dos": (3, 8, 4)}
    shapes |= {"weight_dos_out": (3, 2, 4), "weight_out": (2, 4), "bias_out": (2,)}
    assert {name: tuple(p.shape) for name, p in layers.DRNN(3, 4, 2, order=2).named_parameters()} == shapes


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_refused(name):
    with pytest.raises(ValueError, match=name.split("_")[-1]):
        layers.DRNN(**{"input_size": 3, "hidden_size": 4, "output_size": 2, name: WRONG[name]})


@pytest.mark.parametrize(("shape", "lengths"), OFF)
def test_wrong_inputs_are_refused(shape, lengths):
    with pytest.raises(ValueError, match="lengths must be 3 numbers within 1 … 5" if lengths else "x must be"):
        layers.DRNN(3, 4, 2)(torch.zeros(shape), lengths)


def test_z_stays_within_one_so_the_loss_stays_above_its_floor():
    layer, *leaves = build(2, ("fused", "dos"), sizes=(3, 4, 20))
    assert run(layer, *leaves)[0].abs().max() < 1
    layer.bias.data[12:], layer.bias_out.data[:], layer.bias_out.data[7] = 1e4, -1e4, 1e4  # as sure as can be of 7
    loss, floor = cross_entropy(run(layer, *leaves)[1], torch.full((3,), 7)).item(), 1 / (1 + 19 * math.exp(-2))
    assert loss == pytest.approx(-math.log(floor), abs=1e-12) == pytest.approx(1.2729, abs=5e-5)


def test_state_dict_deepcopy_and_pickle_keep_the_layer():
    (layer, *leaves), (other, *_) = (build(2, ("fused", "dos"), seed=seed) for seed in (0, 1))
    other.load_state_dict(pickle.loads(pickle.dumps(layer.state_dict())))
    for same in (other, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        close(run(same, *leaves), run(layer, *leaves), atol=0)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=no_gpu)])
def test_float32_on_any_device_is_close_to_the_reference_in_float64(device):
    exact, (layer, *leaves) = build(2, ("reference", "dos")), build(2, ("fused", "dos"))
    leaves = [leaf.detach().to(device, torch.float32).requires_grad_() for leaf in leaves]
    for function in (run, gradients):
        found = function(layer.to(device, torch.float32), *leaves)
        close(found, function(*exact), atol=1e-4, check_dtype=False, check_device=False)


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


def test_the_example_in_the_documentation_holds():
    assert doctest.testmod(layers.layer) == (0, 3)
