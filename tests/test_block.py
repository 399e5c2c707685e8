"""A block of seeds: each is trained as if it were alone, resumes where it was killed, and stays within its memory."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from test_layer_batched import Recorder
from test_training import CLASSES, CPU, HIDDEN, MODEL, SEQUENCES, WAYS, labelled, recipe
from torch.profiler import ProfilerActivity, profile

from drnn.config.training import SizedModel, Training
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.training import block as blocks
from drnn.training import block_memory, graphs
from drnn.training import device as devices
from drnn.training.block import Block, fit_block
from drnn.training.fit import fit
from drnn.training.models import build
from drnn.training.preprocessing import Preprocessor

SEEDS = [0, 1, 2]
TUNED = {"input_dropout": 0.3, "frame_stride": 2, "differences": [1, 3], "ema_decay": 0.99, "optimizer": "adamw"}
TUNED |= {"augmentation": WAYS["augmentation"]["augmentation"], "bidirectional": True}
FORMS = {
    "one direction": {},
    "both directions": {"bidirectional": True},
    "two layers": {"bidirectional": True, "layers": 2},
    "clipped": {"loss": "max_over_time", "clip_norm": 0.1},
    "every frame": {"loss": "every_frame", "bidirectional": True},
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
each_way = pytest.mark.parametrize("changes", WAYS.values(), ids=WAYS.keys())


def told(asked, model=MODEL, seed=0):
    """The arguments of a training up to what it is told."""
    devices.prepare(CPU)
    sequences = labelled(SEQUENCES)
    training = Training(recipe=asked, model=model, hidden_size=HIDDEN, seed=seed)
    return sequences, Preprocessor.fit(sequences, asked), training


def train(seeds, folder, around=iter, **changes):
    return fit_block(*told(recipe(**changes)), seeds, CPU, folder / "block", around)


def agree(one, other):
    """The same history and weights, to the rounding of float32 and what a few steps make of it."""
    assert one[1] == pytest.approx(other[1], abs=1e-5)
    for name, value in other[0].state_dict().items():
        torch.testing.assert_close(one[0].state_dict()[name], value, rtol=0, atol=1e-3)


@each_way
@each_form
def test_a_seed_of_a_block_is_trained_as_fit_trains_it(tmp_path, changes, form):
    changes = changes | form
    block = train(SEEDS, tmp_path, **changes)
    for seed in SEEDS:
        alone = fit(*told(recipe(**changes), seed=seed), CPU, tmp_path / "alone")
        agree(block[seed], alone)
    assert not list(tmp_path.iterdir())


@each_form
def test_a_seed_does_not_depend_on_who_shares_its_block(tmp_path, form):
    changes = WAYS["all"] | form
    agree(train(SEEDS, tmp_path, **changes)[1], train([1], tmp_path, **changes)[0])


@each_way
def test_a_killed_block_goes_on_to_the_same_bits(tmp_path, changes, monkeypatch):
    whole = train(SEEDS, tmp_path, **changes)
    monkeypatch.setattr(blocks, "SECONDS_BETWEEN_CHECKPOINTS", 0)

    def killed(numbers):
        yield from numbers[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(SEEDS, tmp_path, killed, **changes)
    left = []
    resumed = train(SEEDS, tmp_path, lambda numbers: left.extend(numbers) or left, **changes)
    assert left == [3, 4, 5]
    for one, other in zip(resumed, whole, strict=True):
        assert one[1] == other[1]
        assert all(map(torch.equal, one[0].state_dict().values(), other[0].state_dict().values()))


def test_what_a_block_of_other_seeds_left_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    with pytest.raises(KeyboardInterrupt):
        train([0, 1], tmp_path, lambda numbers: (number if number < 2 else interrupt() for number in numbers))
    agree(train([2, 1], tmp_path)[0], train([2], tmp_path)[0])


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize("truncation", ["strict", "none"])
def test_a_block_stops_errors_where_its_model_does(tmp_path, truncation):
    model = SizedModel(order=2, truncation=truncation)
    (of_block,) = fit_block(*told(recipe(), model), [3], CPU, tmp_path / "block")
    agree(of_block, fit(*told(recipe(), model, seed=3), CPU, tmp_path / "alone"))


def test_torchs_own_layers_are_refused(tmp_path):
    with pytest.raises(UserError, match="of the layer drnn, not gru: train its seeds one by one"):
        fit_block(*told(recipe(), SizedModel(layer="gru")), SEEDS, CPU, tmp_path / "block")


def test_a_step_reads_nothing_back():
    block = block_of(recipe(**WAYS["all"] | FORMS["clipped"]))
    drawn, sizes = block._drawn()
    block.batch.take(drawn, 0)
    with Recorder() as recorder:
        block._gradients(sizes[0])
    assert len(recorder.seen) > 100
    reading = ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "_unique", "_to_copy")
    assert not [name for name in recorder.seen if any(word in name.split(".")[1] for word in reading)]


def block_of(asked, seeds=SEEDS, model=MODEL):
    sequences, preprocessor, _ = told(asked)
    models = [build(model, asked, (len(preprocessor.mean), HIDDEN, CLASSES)) for _ in seeds]
    return Block(sequences, preprocessor, models, asked, seeds, CPU)


def test_a_longer_padding_changes_nothing():
    found = []
    for more in (0, 5):
        torch.manual_seed(0)
        block = block_of(recipe(**WAYS["all"] | FORMS["both directions"]))
        drawn, sizes = block._drawn()
        block.batch.take(drawn, 1)
        block._gradients(sizes[1] + more)
        found.append([block.losses.clone(), *(level.grad for level in block.stack.weights)])
    torch.testing.assert_close(*found, rtol=0, atol=1e-6)


def test_few_graphs_serve_all_lengths_and_a_cpu_has_none():
    ran = []
    run = graphs.Graphs(ran.append, CPU)
    run.capture(5)
    run.run(run.size(5))
    assert ran == [5]
    run._graphs = {}  # as on a GPU
    assert [run.size(frames) for frames in (1, 16, 17)] == [16, 16, 32]


def peak(run, folder: Path) -> int:
    """The most bytes of tensors that a function held at once."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        run()
    profiled.export_chrome_trace(str(folder / "trace.json"))
    events = json.loads((folder / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((e["ts"], e["args"]["Bytes"]) for e in events if e["name"] == "[memory]")
    held = torch.tensor([size for _, size in changes]).cumsum(0)
    return int(held.max())


@pytest.mark.parametrize(
    ("features", "hidden", "order", "seeds", "changes"),
    [
        (40, 64, 2, 3, {}),
        (40, 64, 0, 1, {}),
        (60, 64, 2, 3, TUNED),
        (60, 4, 2, 1, TUNED | {"augmentation": TUNED["augmentation"] | {"mix": 0.5, "joint_dropout": 0.2}}),
        (40, 16, 1, 2, {"bidirectional": True, "layers": 2}),
        (300, 8, 2, 3, {"loss": "every_frame"}),
        (5, 16, 2, 3, {"loss": "max_over_time", "batch_size": 2}),
    ],
)
def test_a_block_stays_within_its_memory_and_the_bound_is_no_idle_one(
    tmp_path, features, hidden, order, seeds, changes
):
    torch.manual_seed(0)
    asked = recipe(**{"epochs": 2, "batch_size": 16} | changes)
    drawn = [torch.randn(length, features).numpy() for length in range(5, 45)]
    sequences = SequenceSet.of(drawn, labels=np.arange(40) % 10, classes=range(10)).converted(torch.from_numpy)
    training = Training(recipe=asked, model=SizedModel(order=order), hidden_size=hidden, seed=0)
    preprocessor = Preprocessor.fit(sequences, asked)
    form = build(training.model, asked, (len(preprocessor.mean), hidden, 10))
    bound = block_memory.most_bytes(sequences, preprocessor, form, asked, seeds) - block_memory.LIBRARIES
    block = sequences, preprocessor, training, range(seeds), CPU, tmp_path / "checkpoint"
    held = peak(lambda: fit_block(*block), tmp_path)
    assert bound / 4 < held < bound


def test_more_sequences_take_no_more_than_what_is_shown_of_them():
    asked, sizes = recipe(batch_size=4), []
    for count in (40, 400):
        sequences = SequenceSet.of([np.ones((20, 30))] * count).converted(torch.from_numpy)
        form = build(MODEL, asked, (30, HIDDEN, CLASSES))
        sizes.append(block_memory.most_bytes(sequences, Preprocessor.fit(sequences, asked), form, asked, 3))
    assert sizes[1] - sizes[0] < 360 * 20 * 30 * 4 * 6
