"""benchmarks/gpu.py runs where torch and numpy are all there is, and says what it ran on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from drnn.config.params import load
from drnn.errors import UserError
from drnn.training import device as devices

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import gpu
import gpu_data
import gpu_trainings

ROOT = Path(__file__).resolve().parents[1]

MISSING = ("pydantic", "typer", "rich", "h5py", "scipy", "yaml", "sklearn", "psutil", "matplotlib", "jinja2")


@pytest.mark.slow
def test_it_runs_to_its_end_on_a_cpu_with_torch_and_numpy_alone(tmp_path):
    for name in MISSING:
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError(__name__)\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "benchmarks/gpu.py", "--device", "cpu", "--quick", "--out", str(tmp_path / "gpu.md")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    page = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert "**A run on a CPU" in page and "FAILED" not in page
    assert page.count("passed") > 6 and "for want of scipy" in page
    done = [name for name in gpu.TITLES if name != "profile"]
    assert all(f"## {gpu.TITLES[name]}" in page for name in done)


def test_a_part_that_fails_leaves_the_others_and_is_told(tmp_path, monkeypatch, capsys):
    def fails():
        raise RuntimeError("no such kernel")

    page = gpu.Page(tmp_path / "gpu.md", {"tests": lambda: "fine", "steps": fails, "tf32": lambda: "fine"})
    assert not page.run("head", ["tests", "steps"])
    text = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert "FAILED: RuntimeError: no such kernel" in text and "Not run." in text and "fine" in text


def test_its_recipes_are_those_of_the_experiment():
    params = load(ROOT / "params.yaml")
    for name, own in (("paper", gpu_data.PAPER), ("tuned", gpu_data.TUNED)):
        assert params.recipes[name].model_dump(exclude={"features", "hidden_size"}) == own
    assert params.recipes["tuned"].hidden_size == gpu_data.HIDDEN["tuned"]
    assert params.datasets["msr_action3d"].hidden_size == gpu_data.HIDDEN["paper"]
    assert params.models["drnn2"].model_dump() == vars(gpu_data.model(2))


def test_it_trains_on_the_skeletons_of_the_demo():
    data = gpu_data.skeletons(subjects=2, repetitions=1)
    assert data.words.startswith("synthetic skeletons: 2 subjects")
    assert data.train.frames.shape[1] == 60 and len(data.train.lengths) == len(data.test.lengths) == 20


def test_the_records_trainings_are_counted():
    assert sum(kind.trainings for kind in gpu_trainings.RECORD) == 200
    sequences = gpu_data.recorded(3)
    assert len(sequences.lengths) == 291 and int(sequences.lengths.max()) == 196
    assert 11_200 < int(sequences.lengths.sum()) < 11_500  # 11,315 in the dataset


def test_a_device_that_has_too_little_left_is_refused(monkeypatch):
    devices.require(torch.device("cpu"), 10**18)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**30, 2**31))
    devices.require(torch.device("cuda"), 2**29)
    with pytest.raises(UserError, match=r"cuda': has 1\.0 GiB left, and the training may need 4\.0"):
        devices.require(torch.device("cuda"), 2**32)
