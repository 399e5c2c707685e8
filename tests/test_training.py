"""Training: the same seed gives the same bits, killed or not, and the recipe's words mean what they say."""

import json
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
import torch

from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets.store import SequenceSet
from drnn.layers.tile import VECTOR_BYTES
from drnn.training import device as devices
from drnn.training.batches import clock, padded, shuffled
from drnn.training.fit import fit, scores
from drnn.training.learner import Learner
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor
from drnn.training.shown import Shown

CPU = torch.device("cpu")
LENGTHS, CLASSES, INPUTS, HIDDEN = [5, 3, 8, 1, 6, 4, 7, 2], 3, 9, 6
MODEL = SizedModel(order=2)
SEQUENCES = [torch.from_numpy(np.random.default_rng(t).normal(size=(t, INPUTS))).float() for t in LENGTHS]
LABELS = torch.tensor([t % CLASSES for t in LENGTHS])
SETTINGS = {"epochs": 6, "batch_size": 3, "learning_rate": 0.01, "normalisation": "none"}
KILLED_AFTER = 2
DROPOUT = {"input_dropout": 0.5}
TURNED = {"augmentation": {"rotation": 30, "tempo": 0.3, "crop": 0.1, "shift": 0.1, "noise": 0.1}}
WAYS = {
    "plain": {},
    "dropout": DROPOUT,
    "one_cycle": {"schedule": "one_cycle"},
    "cosine": {"schedule": "cosine", "optimizer": "sgd"},
    "ema_decay": {"ema_decay": 0.9},
    "augmentation": TURNED,
    "bucket_by_length": {"bucket_by_length": True},
    "all": DROPOUT
    | {"augmentation": TURNED["augmentation"] | {"joint_dropout": 0.3, "mix": 0.5}}
    | {
        "bucket_by_length": True,
        "schedule": "one_cycle",
        "ema_decay": 0.9,
        "label_smoothing": 0.1,
        "optimizer": "adamw",
    },
}
each_way = pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS.keys())
CHILD = """
import json
import sys
from pathlib import Path
import test_training
from drnn.training import fit
fit.SECONDS_BETWEEN_CHECKPOINTS = 0

def epochs(numbers):
    for number in numbers:
        yield number
        print(number, flush=True)
        if number == test_training.KILLED_AFTER:
            sys.stdin.read()

test_training.train(Path(sys.argv[1]), around=epochs, **json.loads(sys.argv[2]))
"""


def recipe(**changes) -> Recipe:
    return Recipe(**SETTINGS | changes)


def labelled(sequences) -> SequenceSet:
    """Sequences (T_i, n) with the labels above."""
    classes = [str(c) for c in range(CLASSES)]
    return SequenceSet.of(sequences, labels=LABELS[: len(sequences)], classes=classes).converted(torch.from_numpy)


def scored(layer, sequences, asked: Recipe) -> torch.Tensor:
    """log y of the sequences as the recipe shows them."""
    sequences = labelled(sequences)
    return scores(layer, sequences, Preprocessor.fit(sequences, asked), asked, CPU)


def train(checkpoint: Path, seed: int = 0, sequences=SEQUENCES, around=iter, **changes):
    """The weights and the history of a small training."""
    devices.prepare(CPU)
    told = Training(recipe=recipe(**changes), model=MODEL, hidden_size=HIDDEN, seed=seed)
    sequences = labelled(sequences)
    layer, history = fit(sequences, Preprocessor.fit(sequences, told.recipe), told, CPU, checkpoint, around)
    return layer.state_dict(), history


def same(one: dict, other: dict) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one.keys() | other.keys())


@pytest.fixture
def checkpoint(tmp_path) -> Path:
    return tmp_path / ".run.checkpoint"


@each_way
def test_the_same_seed_gives_the_same_bits(checkpoint, changes):
    (weights, history), (again, history_again) = (train(checkpoint, **changes) for _ in range(2))
    assert same(weights, again)
    assert history == history_again


def test_another_seed_gives_other_weights(checkpoint):
    assert not same(train(checkpoint, seed=0)[0], train(checkpoint, seed=1)[0])


@each_way
def test_a_killed_run_goes_on_to_the_same_bits(checkpoint, changes):
    whole, whole_history = train(checkpoint, **changes)
    command = [sys.executable, "-c", CHILD, str(checkpoint), json.dumps(changes)]
    where = {"cwd": Path(__file__).parent, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **where) as process:
        told = [int(process.stdout.readline()) for _ in range(KILLED_AFTER + 1)]
        process.kill()
    assert told[-1] == KILLED_AFTER
    assert checkpoint.is_file()

    left = []
    resumed, history = train(checkpoint, around=lambda numbers: left.extend(numbers) or left, **changes)
    assert left == [3, 4, 5]
    assert same(resumed, whole)
    assert history == whole_history
    assert list(checkpoint.parent.iterdir()) == []


def test_a_damaged_checkpoint_is_reported_and_the_run_starts_again(checkpoint, caplog):
    whole, whole_history = train(checkpoint)
    checkpoint.write_bytes(b"PK\x03\x04 cut short")
    again, history = train(checkpoint)
    assert same(again, whole)
    assert history == whole_history
    assert "starting again from epoch 1" in caplog.text
    assert list(checkpoint.parent.iterdir()) == []


def test_the_loss_is_logged_while_it_trains(checkpoint, caplog, monkeypatch):
    monkeypatch.setattr("drnn.training.fit.SECONDS_BETWEEN_CHECKPOINTS", 0)
    with caplog.at_level("INFO", "drnn.training.fit"):
        _, history = train(checkpoint)
    assert [f"epoch {n} of 6: loss {loss:.4f}" for n, loss in enumerate(history, 1)] == caplog.messages


def by_hand(z: np.ndarray, loss: str) -> np.ndarray:
    """log y_{T} or Σ_t log y_t / T of one sequence's outputs (T, k)."""
    log_y = np.array([[value - np.log(np.exp(frame).sum()) for value in frame] for frame in z.astype(np.float64)])
    return log_y[-1] if loss == "last_frame" else sum(log_y) / len(log_y)


@pytest.mark.parametrize("loss", ["last_frame", "every_frame"])
def test_history_and_scores_are_by_the_frames_of_the_loss(checkpoint, loss):
    one_step = recipe(loss=loss, epochs=1, batch_size=len(LENGTHS))
    torch.manual_seed(0)
    layer = build(MODEL, one_step, (INPUTS, HIDDEN, CLASSES))
    with torch.no_grad():
        expected = [by_hand(layer(x[:, None])[0][:, 0].numpy(), loss) for x in SEQUENCES]
    np.testing.assert_allclose(scored(layer, SEQUENCES, one_step), expected, atol=1e-5)
    _, history = train(checkpoint, **dict(one_step))
    losses = [-log_y[label] for log_y, label in zip(expected, LABELS, strict=True)]
    assert history == pytest.approx([np.mean(losses)], abs=1e-5)


def test_a_frame_step_keeps_every_so_manieth_frame(checkpoint):
    halves = [x[::2] for x in SEQUENCES]
    assert same(train(checkpoint, frame_stride=2)[0], train(checkpoint, sequences=halves)[0])
    layer = build(MODEL, recipe(), (INPUTS, HIDDEN, CLASSES))
    assert torch.equal(scored(layer, SEQUENCES, recipe(frame_stride=2)), scored(layer, halves, recipe()))


def test_input_dropout_is_one_mask_a_sequence_and_never_at_scoring():
    seen = []
    dropping = recipe(input_dropout=0.25, batch_size=2)
    layer = build(MODEL, dropping, (1000, HIDDEN, CLASSES))
    layer.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    ones = [torch.ones(5, 1000)] * 2
    torch.manual_seed(0)
    Learner(layer, dropping, 2).epoch(Shown(labelled(ones), Preprocessor(torch.zeros(1000), torch.ones(1000))))
    (x,) = seen
    assert x.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert (x == x[0]).all()  # the same at every frame
    assert (x[0, 0] != x[0, 1]).any()
    assert (x[0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.05)
    scored(layer, ones, dropping)
    assert (seen[-1] == 1).all()


COPIED = {"test_copies": 3, "augmentation": TURNED["augmentation"] | {"mix": 0.5, "joint_dropout": 0.5}}


def copies_scored(seed: int | None = 0, labels=LABELS, **changes) -> torch.Tensor:
    sequences = replace(labelled(SEQUENCES), labels=labels)
    asked = recipe(**COPIED | changes)
    torch.manual_seed(0)
    layer = build(MODEL, asked, (INPUTS, HIDDEN, CLASSES))
    return scores(layer, sequences, Preprocessor.fit(sequences, asked), asked, CPU, seed)


def test_y_of_a_test_sequence_is_the_mean_over_itself_and_its_copies():
    by_copies = [copies_scored(test_copies=copies).exp() for copies in range(4)]
    torch.testing.assert_close(by_copies[3].sum(1), torch.ones(len(LENGTHS)))
    assert torch.equal(by_copies[0], copies_scored(seed=None).exp())
    for copies in (1, 2, 3):  # each further copy is another performance
        one = by_copies[copies] * (copies + 1) - by_copies[copies - 1] * copies
        torch.testing.assert_close(one.sum(1), torch.ones(len(LENGTHS)))
        assert (one - by_copies[0]).abs().max() > 1e-3


def test_copies_follow_the_seed_of_the_training_and_nothing_else():
    first = copies_scored(5)
    torch.manual_seed(1234)
    assert torch.equal(copies_scored(5), first) and not torch.equal(copies_scored(6), first)
    assert torch.equal(copies_scored(5, labels=LABELS.flip(0)), first)
    assert torch.equal(copies_scored(5, augmentation=None), copies_scored(seed=None, augmentation=None))


def test_a_batch_is_padded_with_the_last_frames():
    chosen = torch.tensor([4, 0, 3])
    x, lengths = padded(labelled(SEQUENCES), chosen)
    assert lengths.tolist() == [6, 5, 1] and len(x) == 6
    for b, (i, length) in enumerate(zip(chosen, lengths, strict=True)):
        assert torch.equal(x[:length, b], SEQUENCES[i])
        assert (x[length:, b] == SEQUENCES[i][-1]).all()


def test_a_clock_counts_the_frames_of_each_sequence():
    which, t = clock(torch.tensor([2, 1, 3]))
    assert which.tolist() == [0, 0, 1, 2, 2, 2] and t.tolist() == [0, 1, 0, 0, 1, 2]


@pytest.mark.parametrize("bucket_by_length", [False, True])
def test_every_sequence_is_in_one_batch_of_an_epoch(bucket_by_length):
    batches = shuffled(torch.tensor(LENGTHS), 3, bucket_by_length, torch.default_generator)
    assert sorted(len(batch) for batch in batches) == [2, 3, 3]
    assert sorted(torch.cat(batches).tolist()) == list(range(8))


def test_batches_by_length_do_not_overlap_and_come_in_any_order():
    torch.manual_seed(0)
    lengths = torch.tensor([3, 1, 2] * 4)  # four of each
    draws = [shuffled(lengths, 4, True, torch.default_generator) for _ in range(60)]
    assert all(len(lengths[batch].unique()) == 1 for batches in draws for batch in batches)
    assert len({tuple(int(lengths[batch[0]]) for batch in batches) for batches in draws}) == 6
    found = set()
    for _ in range(60):
        short, _ = sorted(shuffled(lengths, 6, True, torch.default_generator), key=lambda batch: lengths[batch].sum())
        assert sorted(lengths[short].tolist()) == [1, 1, 1, 1, 2, 2]
        found.add(tuple(sorted(short[lengths[short] == 2].tolist())))
    assert len(found) == 6  # of those of one length, any two stand with the shorter ones


def test_training_runs_in_one_thread_without_denormal_numbers():
    torch.set_flush_denormal(False)
    small = torch.tensor([1e-20])
    assert (small * small).item() > 0
    devices.prepare(CPU)
    assert (small * small).item() == 0
    assert torch.get_num_threads() == 1
    x = torch.ones(1, requires_grad=True)
    (x * small * small).sum().backward()
    assert x.grad.item() == 0


def test_a_processor_is_named_by_kind_model_and_instructions_and_so_is_what_computes_products():
    kind, model, instructions = devices.describe(CPU).split(", ")
    assert kind == platform.machine() and model and instructions == torch.backends.cpu.get_cpu_capability()
    assert devices.products(CPU) == f"drnn, {8 * VECTOR_BYTES}-bit vectors, numba {numba.__version__}"
    assert devices.products(torch.device("cuda")) == f"torch {torch.__version__}"
