"""DVC's stages know every parameter that Snakemake's jobs depend on: a changed one starts the stages that it changes.

Each parameter of a small experiment is changed, one at a time. The stages whose files then have other names have to
name it in `params`, or come after one that does.
"""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from drnn.config.params import validate
from drnn.plan.experiment import Plan
from drnn.plan.targets import targets

ROOT = Path(__file__).parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
DEMO = yaml.safe_load((ROOT / "demo/params.yaml").read_text())
OTHERS = {
    "source": {},  # another needs another block
    "kind": {},
    "grid": {"dense_3scale": "grid_8x7"},
    "cut": {"videos": "ranges", "ranges": "videos"},
    "on_empty": {"exclude": "error"},
    "layout": {"583": "472"},
    "trace_sequence": {"boxing": "walking", "a01_s02_e01": "a02_s02_e01"},
}


def leaves(block: dict, path: tuple = ()) -> Iterator[tuple[tuple, object]]:
    for name, value in block.items():
        yield from leaves(value, (*path, name)) if isinstance(value, dict) else [((*path, name), value)]


def changed(path: tuple, value):
    """Another value that is allowed; None where there is none."""
    if path[-1] in OTHERS:
        return OTHERS[path[-1]].get(value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value / 1.5
    if isinstance(value, int):
        return value + (2 if path[-1] in ("velocity_window", "smoothing") else 1)
    if path[-1] in ("train_subjects", "test_subjects"):
        return value[:-1]
    if path[-1] == "seeds":
        return [*value, 7]
    return value[:-1] if isinstance(value, list) and len(value) > 1 else None


CHANGES = [(path, other) for path, value in leaves(DEMO) if (other := changed(path, value)) is not None]


def files_of_stages(config: dict) -> dict[str, list[str]]:
    named = targets(Plan(validate(config)), "paper")
    of = {stage: config["run"] if "foreach" in body else ["all"] for stage, body in STAGES.items()}
    return {f"{stage}_{name}": named[f"{stage}_{name}"] for stage, names in of.items() for name in names}


def listed(stage: str, name: str) -> list[str]:
    """The parameters that a stage names, and those of the stages before it."""
    body = STAGES[stage].get("do", STAGES[stage])
    before = {dep.split("/")[1] for dep in body["deps"] if dep.startswith("results/")}
    own = [param.replace("${item}", name) for param in body["params"]]
    return own + [param for other in before for param in listed(other, name)]


@pytest.fixture(scope="module")
def before() -> dict[str, list[str]]:
    return files_of_stages(DEMO)


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=lambda part: ".".join(part) if isinstance(part, tuple) else "")
def test_a_stage_names_the_parameter_that_changes_its_files(before, path, value):
    config = copy.deepcopy(DEMO)
    block = config
    for part in path[:-1]:
        block = block[part]
    block[path[-1]] = value
    after = files_of_stages(config)
    moved = {stage for stage in before.keys() & after.keys() if before[stage] != after[stage]}
    assert "report_all" in moved
    for target in moved:
        stage, _, name = target.partition("_")
        known = listed(stage, name)
        assert any(".".join(path) == param or ".".join(path).startswith(f"{param}.") for param in known), target


def test_the_changes_cover_every_block():
    assert {path[0] for path, _ in CHANGES} == set(DEMO) and len(CHANGES) > 40
