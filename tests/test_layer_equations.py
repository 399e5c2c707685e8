"""The layer against a second computation of the equations in plain Python, and against torch's own operations."""

import copy
import math

import pytest
import torch
from layer_room import FORMS, RAGGED, build, close, every_layer, gradients, probe, run
from torch.nn.functional import cross_entropy, linear
from torch.nn.utils.rnn import pad_sequence

from drnn import layers

CUT = {"none": (), "dos": ("dos",), "strict": ("dos", "s", "z")}
COUNTS = {(450, 300, 6): [597_648, 779_448, 961_248], (583, 400, 20): [1_072_900, 1_400_900, 1_728_900]}


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


def test_z_stays_within_one_so_the_loss_stays_above_its_floor():
    layer, *leaves = build(2, ("fused", "dos"), sizes=(3, 4, 20))
    assert run(layer, *leaves)[0].abs().max() < 1
    layer.bias.data[12:], layer.bias_out.data[:], layer.bias_out.data[7] = 1e4, -1e4, 1e4  # as sure as can be of 7
    loss, floor = cross_entropy(run(layer, *leaves)[1], torch.full((3,), 7)).item(), 1 / (1 + 19 * math.exp(-2))
    assert loss == pytest.approx(-math.log(floor), abs=1e-12) == pytest.approx(1.2729, abs=5e-5)
