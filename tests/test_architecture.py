"""The house: which room may use which, and that the few things at its top stay few."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "drnn"
MAY_USE = {
    "layers": set(),
    "features": set(),
    "datasets": set(),
    "training": {"layers"},
    "baselines": {"datasets", "features"},
    "evaluation": set(),
    "config": {"datasets", "evaluation"},
    "report": {"evaluation", "config"},
    "steps": {"layers", "features", "datasets", "training", "baselines", "evaluation", "config", "report"},
    "plan": {"config", "datasets", "evaluation", "report"},
    "record": {"config", "evaluation", "plan", "report"},
    "cli": {"config", "datasets", "plan", "record", "report"},
}
"""Room → rooms that it uses. Each stands below those that use it, so there is no circle."""
FOR_ALL = {"arrays", "errors", "files", "keys", "machine", "compiled", "git"}
"""The few modules at the top that every room may use."""


def imports(path: Path) -> set[str]:
    """The rooms and top modules that a module imports when it is run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in checked and (node.module or "").startswith("drnn"):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name.split(".")[1] for name in names}
    return found


@pytest.mark.parametrize("room", MAY_USE)
def test_a_room_uses_those_below_it_alone(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert imports(path) <= MAY_USE[room] | FOR_ALL | {room, "__version__"}, path


def test_every_room_has_its_place():
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(MAY_USE)


def test_no_room_stands_above_one_that_uses_it():
    below: set[str] = set()
    while len(below) < len(MAY_USE):
        free = {room for room, used in MAY_USE.items() if room not in below and used <= below}
        assert free
        below |= free


def test_few_modules_stand_at_the_top():
    assert {path.stem for path in PACKAGE.glob("*.py")} == FOR_ALL | {"__init__", "__main__"}


def test_training_needs_no_more_than_the_layers_torch_and_numpy():
    """A machine with a GPU need not have what reads parameters, recordings and files."""
    others = ("pydantic", "h5py", "yaml", "typer", "rich", "scipy", "sklearn", "av", "matplotlib", "jinja2", "pooch")
    modules = [f"drnn.training.{path.stem}" for path in (PACKAGE / "training").glob("*.py") if path.stem != "__init__"]
    program = f"import sys\nsys.modules |= dict.fromkeys({others})\nimport drnn.datasets.store, {', '.join(modules)}"
    done = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_plan_needs_no_numpy():
    """A command that only asks what there is starts at once."""
    program = "import sys\nsys.modules |= dict.fromkeys(('numpy', 'torch', 'h5py', 'scipy'))\nimport drnn.plan.load"
    done = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_layers_know_no_file_and_need_no_other_room():
    for path in (PACKAGE / "layers").rglob("*.py"):
        assert imports(path) <= {"layers", "compiled"}, path
