"""What a recipe's words mean: scores, losses, step sizes and the running mean of the weights, each by hand."""

import copy
import math

import numpy as np
import pytest
import torch
from test_training import CLASSES, HIDDEN, INPUTS, LABELS, LENGTHS, MODEL, SEQUENCES, labelled, recipe, same, train
from torch.nn.functional import cross_entropy

from drnn.training.learner import Learner
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.recipe import build_optimizer, build_schedule, log_probabilities, smoothed_loss
from drnn.training.shown import Shown

K = 4


def by_hand(ways: list[np.ndarray], loss: str, scale: float) -> list[float]:
    """log y of one sequence from the outputs of each direction, (T, k) each."""
    forth, back = ways[0], ways[-1]

    def log_softmax(scores: list[float]) -> list[float]:
        total = sum(math.exp(scale * value) for value in scores)
        return [math.log(math.exp(scale * value) / total) for value in scores]

    if loss == "last_frame":  # the backward direction reads the first frame last
        ends = [forth[-1]] if len(ways) == 1 else [forth[-1], back[0]]
        return log_softmax([sum(end[c] for end in ends) / len(ends) for c in range(K)])
    if loss == "max_over_time":
        return log_softmax([sum(max(way[:, c]) for way in ways) / len(ways) for c in range(K)])
    frames = [log_softmax([sum(way[t, c] for way in ways) / len(ways) for c in range(K)]) for t in range(len(forth))]
    return [sum(frame[c] for frame in frames) / len(frames) for c in range(K)]


@pytest.mark.parametrize("loss", ["last_frame", "every_frame", "max_over_time"])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 3.5])
def test_scores_are_those_of_their_definition(loss, directions, scale):
    z = torch.randn(max(LENGTHS), len(LENGTHS), directions * K, generator=torch.Generator().manual_seed(0))
    found = log_probabilities(z, torch.tensor(LENGTHS), recipe(loss=loss, logit_scale=scale), K)
    for b, length in enumerate(LENGTHS):
        ways = [z[:length, b, d * K : (d + 1) * K].double().numpy() for d in range(directions)]
        np.testing.assert_allclose(found[b], by_hand(ways, loss, scale), atol=1e-5)


@pytest.mark.parametrize("loss", ["last_frame", "every_frame", "max_over_time"])
@pytest.mark.parametrize("directions", [1, 2])
def test_what_lies_past_a_length_makes_no_difference_and_has_no_gradient(loss, directions):
    z = torch.randn(max(LENGTHS), len(LENGTHS), directions * K)
    past = (torch.arange(len(z))[:, None] >= torch.tensor(LENGTHS))[..., None]
    asked, lengths = recipe(loss=loss), torch.tensor(LENGTHS)
    other = z.masked_fill(past, 1e6).requires_grad_()
    found = log_probabilities(other, lengths, asked, K)
    assert torch.equal(found, log_probabilities(z, lengths, asked, K))
    found[:, 0].sum().backward()
    assert not other.grad.masked_select(past).any() and other.grad.isfinite().all()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_a_smoothed_loss_is_torch_s(smoothing):
    z, labels = torch.randn(9, K), torch.arange(9) % K
    found = smoothed_loss(z.log_softmax(1), labels, smoothing).mean()
    torch.testing.assert_close(found, cross_entropy(z, labels, label_smoothing=smoothing))


def test_the_history_is_that_of_the_smoothed_loss(tmp_path):
    one_step = {"epochs": 1, "batch_size": len(LENGTHS)}
    plain, half = (train(tmp_path / "c", label_smoothing=part, **one_step)[1][0] for part in (0.0, 0.5))
    torch.manual_seed(0)
    layer = build(MODEL, recipe(), (INPUTS, HIDDEN, int(LABELS.max()) + 1))
    with torch.no_grad():
        z = torch.stack([layer(x[:, None])[0][-1, 0] for x in SEQUENCES])
    assert plain == pytest.approx(cross_entropy(z, LABELS).item(), abs=1e-5)
    assert half == pytest.approx(cross_entropy(z, LABELS, label_smoothing=0.5).item(), abs=1e-5)


def step_sizes(steps: int, **changes) -> list[float]:
    layer, asked = torch.nn.Linear(1, 1), recipe(**{"learning_rate": 0.5} | changes)
    optimizer = build_optimizer(layer, asked)
    schedule, found = build_schedule(optimizer, asked, steps), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "rmsprop"])
def test_step_sizes_follow_their_schedule(optimizer):
    kind = {"optimizer": optimizer}
    assert step_sizes(9, **kind) == [0.5] * 9
    cosine = [0.25 * (1 + math.cos(math.pi * step / 10)) for step in range(10)]
    assert step_sizes(10, schedule="cosine", **kind) == pytest.approx(cosine)
    found = step_sizes(100, schedule="one_cycle", **kind)
    top = found.index(max(found))
    assert max(found) == pytest.approx(0.5) and found[0] == pytest.approx(0.5 / 25) and top in (28, 29, 30)
    assert found == sorted(found[: top + 1]) + sorted(found[top + 1 :], reverse=True) and found[-1] < 1e-5


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("batch", [1, 3, 8, 100])
def test_a_schedule_ends_with_the_last_step_of_the_last_epoch(schedule, batch):
    asked = recipe(schedule=schedule, batch_size=batch, epochs=3)
    layer = build(MODEL, asked, (INPUTS, HIDDEN, CLASSES))
    learner = Learner(layer, asked, len(SEQUENCES))
    shown = Shown(labelled(SEQUENCES), Preprocessor(torch.zeros(INPUTS), torch.ones(INPUTS)))
    taken, steps = [], 3 * math.ceil(len(SEQUENCES) / batch)
    learner.optimizer.register_step_pre_hook(lambda one, *_: taken.append(one.param_groups[0]["lr"]))
    for _ in range(asked.epochs):
        learner.epoch(shown)
    assert taken == pytest.approx(step_sizes(steps, schedule=schedule, learning_rate=0.01), rel=1e-6)
    assert len(taken) == steps


def test_the_weights_that_are_kept_are_the_running_mean_of_every_step(tmp_path, monkeypatch):
    states, decay = [], 0.7
    step = torch.optim.Adam.step

    def noted(optimizer, *arguments):
        result = step(optimizer, *arguments)
        states.append([p.detach().clone() for p in optimizer.param_groups[0]["params"]])
        return result

    monkeypatch.setattr(torch.optim.Adam, "step", noted)
    kept, _ = train(tmp_path / "c", ema_decay=decay, epochs=2)
    assert len(states) == 2 * math.ceil(len(LENGTHS) / 3)
    mean = copy.deepcopy(states[0])  # the mean begins with the first step
    for state in states[1:]:
        mean = [decay * one + (1 - decay) * other for one, other in zip(mean, state, strict=True)]
    for one, other in zip(kept.values(), mean, strict=True):
        torch.testing.assert_close(one, other)


def test_averaging_changes_what_is_kept_and_not_how_it_is_trained(tmp_path):
    (last, history), (mean, history_of_mean) = (train(tmp_path / "c", ema_decay=decay) for decay in (0.0, 0.9))
    assert history == history_of_mean and not same(last, mean)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "RMSprop"])
def test_every_optimizer_learns_and_is_torch_s_own(tmp_path, name):
    layer = build(MODEL, recipe(), (INPUTS, HIDDEN, K))
    optimizer = build_optimizer(layer, recipe(optimizer=name.lower(), weight_decay=0.25))
    assert type(optimizer) is getattr(torch.optim, name)
    assert optimizer.defaults["lr"] == 0.01
    assert optimizer.defaults["weight_decay"] == 0.25
    _, history = train(tmp_path / "c", optimizer=name.lower(), epochs=30)
    assert history[-1] < 0.8 * history[0]


def test_clip_norm_bounds_the_gradient(tmp_path):
    step = {"optimizer": "sgd", "learning_rate": 1.0, "epochs": 1, "batch_size": len(LENGTHS)}
    torch.manual_seed(0)
    start = build(MODEL, recipe(), (INPUTS, HIDDEN, CLASSES)).state_dict()

    def size(**changes) -> float:
        end, _ = train(tmp_path / "c", **step, **changes)
        return torch.cat([(end[name] - start[name]).flatten() for name in start]).norm().item()

    free = size()
    assert size(clip_norm=free / 4) == pytest.approx(free / 4, rel=1e-3)
    assert size(clip_norm=free * 4) == pytest.approx(free, rel=1e-3)
