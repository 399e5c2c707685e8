"""The benchmarks run, and count what they say they count. What they measure is no test's business."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from pca_room import centred_or_not, frames_of, oracle
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import harness
import kth_energy
import kth_scale
import layer as benchmark
import memory
import trainings

from drnn.config.params import load
from drnn.config.recipe import Recipe
from drnn.config.training import SizedModel, Training
from drnn.datasets.store import SequenceSet
from drnn.features.hog3d import CellBlock
from drnn.features.pca import Energy
from drnn.features.sketch import Sketch
from drnn.layers import DRNN
from drnn.plan.runs import Run

TINY = benchmark.Shape(583, 4, 2, 3, 5)


@pytest.mark.parametrize("kind", [benchmark.training_step, benchmark.inference])
def test_every_net_has_its_ratio_to_the_first_in_a_row(kind):
    found = benchmark.speed(kind, TINY, rounds=1)
    assert list(found) == list(benchmark.NETS)
    assert all(timing.milliseconds > 0 for timing in found.values())
    size, _, peer, *ratios = benchmark.row(TINY, found)
    assert (size, float(peer) > 0, len(ratios)) == (str(TINY), True, len(benchmark.NETS) - 1)
    for ratio in ratios:
        assert ratio.startswith("**") == (float(ratio.strip("*")) > 1)


def test_the_ratio_of_operations_is_that_to_four_gates_of_nn_lstm():
    weights = sum(p.numel() for name, p in torch.nn.LSTM(*TINY[:2]).named_parameters() if "weight" in name)
    own = benchmark.operations(TINY, 2, training=False) / (2 * TINY.batch * TINY.steps)
    assert benchmark.ratio_of_operations(TINY, 2) == own / weights
    assert round(benchmark.ratio_of_operations(benchmark.SHAPES[0], 2), 2) == 1.57


@pytest.mark.parametrize("order", range(4))
def test_the_floor_counts_a_product_for_each_weight_and_frame(order):
    weights = [p.numel() for name, p in DRNN(*TINY[:3], order).named_parameters() if not name.startswith("bias")]
    assert benchmark.operations(TINY, order, training=False) == 2 * TINY.batch * TINY.steps * sum(weights)


@pytest.mark.parametrize("order", range(4))
def test_the_floor_of_training_counts_the_products_of_the_equations_and_of_their_gradients(order):
    def counted(steps):
        x = torch.randn(steps, TINY.batch, TINY.n)
        net = DRNN(*TINY[:3], order, implementation="reference")
        with FlopCounterMode(display=False) as counter:
            net(x)[0][-1].sum().backward()
        return counter.get_total_flops()

    one_frame = TINY._replace(steps=1)  # the first passes no error on to a state before it
    assert counted(7) - counted(6) == benchmark.operations(one_frame, order, training=True)


def test_memory_is_that_of_a_process_of_its_own():
    assert benchmark.memory("order 2", benchmark.SHAPES[5]) > 10  # MiB: the gates alone are 7.8


def test_a_commands_memory_and_time_are_those_of_all_its_processes(tmp_path):
    child = "import time; held, end = bytearray(10**8), time.process_time() + 0.1; time.sleep(0.5)"
    child += "\nwhile time.process_time() < end: pass"
    start = f"subprocess.Popen([sys.executable, '-c', {child!r}])"
    parent = f"import subprocess, sys; [process.wait() for process in [{start}, {start}]]"
    usage = harness.watched([sys.executable, "-c", parent], tmp_path, every=0.02)
    assert 1e8 < usage.largest < 1.5e8 < 2e8 < usage.together < 3e8
    assert usage.cpu > 0.2 and usage.wall > 0.5 and 0 <= usage.steal < 1


def test_a_tables_column_leaves_out_what_was_not_measured(tmp_path):
    (tmp_path / "sketch").mkdir(parents=True)
    (tmp_path / "sketch/a.tsv").write_text("s\tcpu_time\n1.5\tNA\n2.5\t2.0\n")
    assert harness.column(harness.only(tmp_path, "*/*.tsv"), "cpu_time") == [2.0]
    assert harness.size(tmp_path) == len("s\tcpu_time\n1.5\tNA\n2.5\t2.0\n")


@pytest.fixture
def results(tmp_path) -> Path:
    """Two splits of three sequences, and the first one's features."""
    lengths, names = (4, 6, 9), ["a", "b", "c"]
    random = np.random.default_rng(0)
    sequences = [random.standard_normal((length, 5)).astype(np.float32) for length in lengths]
    made = SequenceSet.of(sequences, names, [0, 1, 1], [1, 2, 3], ["x", "y"], {"train": 2})
    for where in ("sequences/kth1", "features/kth1/hog3d/random_16_9", "split/kth1"):
        (tmp_path / where).mkdir(parents=True)
    made.save(tmp_path / "sequences/kth1/sequences@0.h5")
    made.save(tmp_path / "features/kth1/hog3d/random_16_9/split0@0123456789.h5")
    splits = {f"key{n}": {"train": train, "test": ["c"]} for n, train in enumerate((["a", "b"], ["b", "c"]))}
    (tmp_path / "split/kth1/random_16_9@0.json").write_text(json.dumps(splits))
    return tmp_path


def test_frames_that_train_are_those_of_the_training_sequences(results):
    assert kth_scale.frames_that_train(results, "kth1") == [10, 15]


def test_an_epoch_is_timed_in_the_real_step_and_apart_from_the_rest(results):
    params = load(Path(__file__).parents[1] / "params.yaml")
    step = {"recipe": params.recipes["paper"].model_dump(), "model": params.models["drnn2"].model_dump()}
    path = harness.only(results, "features/**/split0@*.h5")
    epoch, rest = kth_scale.one_epoch(path, step | {"hidden_size": 4}, loss="every_frame")
    torch.set_flush_denormal(False)
    assert epoch > 0 and rest > 0


def test_the_floor_of_a_training_counts_the_frames_that_are_left_after_augmentation(tmp_path):
    sequences = np.zeros((60, 100, 6), dtype=np.float32)
    attributes, path = {"train": 40}, tmp_path / "features.h5"
    SequenceSet.of(sequences, map(str, range(60)), [0, 1] * 30, [1] * 60, ["x", "y"], attributes).save(path)

    def counted(**changes) -> float:
        told = Training(model=SizedModel(order=2), hidden_size=4, recipe=Recipe(**changes), seed=0)
        told = told.model_dump(exclude={"seed"})
        return trainings.operations(Run({"seed": "0"}, told, str(path)))

    once = counted(epochs=1)
    assert once == benchmark.operations(benchmark.Shape(6, 4, 2, 1, 40 * 100), 2, training=True)
    assert counted(epochs=3, bidirectional=True) == 6 * once
    assert counted(epochs=1, augmentation={"rotation": 45}) == once == 3 * counted(epochs=1, frame_stride=3) * 100 / 102
    assert counted(epochs=1, augmentation={"crop": 0.2}) == pytest.approx(0.8 * once, rel=0.02)


@centred_or_not
def test_the_exact_decomposition_is_the_singular_value_decomposition_of_all_frames(center):
    *training, test = frames_of()
    training = np.concatenate(training)
    directions, energies, total, mean = oracle(training, 6, center)
    found = kth_energy.exact(training, test, 6, center)
    others = test.astype(np.float64) - (mean if center else 0)
    of_test = Energy(np.sum((others @ directions.T) ** 2), np.sum(others**2))
    for side, expected in (("train", Energy(energies.sum(), total)), ("test", of_test)):
        assert (found[side].kept, found[side].total) == pytest.approx((expected.kept, expected.total))
        assert kth_energy.lost(expected, found[side]) == pytest.approx(0, abs=1e-9)


def test_what_is_lost_is_nothing_from_all_frames_and_more_by_fewer_shared_directions():
    random = np.random.default_rng(0)
    cells = random.random((30, 2, 25, 10)).astype(np.float32) ** 4
    blocks = [CellBlock(range(8, 26), cells, np.ones((30, 2), np.float32))]
    frames = kth_energy.frames_of(blocks)
    best = kth_energy.exact(frames, frames, 8, False)["train"]

    def lost(**case):
        basis = kth_energy.fitted([Sketch.of(frames[:9]), Sketch.of(frames[9:])], kth_energy.Case(8, 1, **case))
        return kth_energy.lost(kth_energy.kept(basis, blocks), best)

    assert lost() == pytest.approx(0, abs=1e-3) and lost(directions=32) == pytest.approx(0, abs=1e-3)
    assert lost(directions=6) > lost(directions=12) > 0.01


def test_without_recordings_the_energy_is_skipped(monkeypatch, capsys):
    monkeypatch.delenv("DRNN_DATA_MIRROR", raising=False)
    monkeypatch.chdir(Path(__file__).parents[1])
    kth_energy.main()
    assert capsys.readouterr().out.startswith("skipped: kth: sample")


def test_the_features_whose_memory_is_measured_train_in_a_process_of_their_own(tmp_path):
    path = tmp_path / f"features@{memory.KEY}.h5"
    memory.write_features(path, 12, 20, 8)
    assert len(SequenceSet.load(path)) == 12 and memory.peak(path) > 1e8
