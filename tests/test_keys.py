"""Keys: they follow what a file is made of, and nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from drnn import keys
from drnn.datasets.source import known, source
from drnn.errors import UserError
from drnn.plan.steps import STEPS

ROOT = Path(__file__).parent.parent
MODULES = sorted(module for step in STEPS.values() for module in step.modules or (step.name,))
PACKAGE = {
    "drnn/__init__.py": "from drnn.unrelated import thing\n",
    "drnn/unrelated.py": "thing = 1\n",
    "drnn/steps/__init__.py": "",
    "drnn/steps/step.py": (
        '"""A step."""\nfrom drnn.middle import middle\n\n\ndef run(a, b=2):\n    """Run."""\n'
        "    from drnn import late\n\n    return middle(a) + late.x[b]  # why\n"
    ),
    "drnn/middle.py": 'import drnn.far\n\nTABLE = "table.yaml"\n\n\ndef middle(a):\n    return drnn.far.far(a)\n',
    "drnn/far.py": "def far(a):\n    return a if a > 0 else -a\n",
    "drnn/late.py": "x = [1, 2, 3]\n",
    "drnn/table.yaml": "a: 1\n",
    "drnn/other.yaml": "a: 1\n",
}


class Package:
    """A small package in place of drnn/, whose files a test edits."""

    def __init__(self, root: Path):
        self.root = root
        for name, text in PACKAGE.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def code(self) -> str:
        forget()
        return keys.code_of("drnn.steps.step")


def forget() -> None:
    for cached in (keys.code_of, keys.reached, keys._parsed, keys._file):
        cached.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "ROOT", tmp_path)
    yield Package(tmp_path)
    forget()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # why", ""),
        ("# why", "# because"),
        ('"""A step."""', '"""A step, described otherwise."""'),
        ('    """Run."""\n', ""),
        ('"""Run."""', "'''Run\n    and run.\n    '''"),
        ("\n\n\ndef", "\n\n\n\n\ndef"),
        ("\n\n\ndef", '\n"""What the line above is."""\n\n\ndef'),
        ("run(a, b=2)", "run(\n    a,\n    b = 2,\n)"),
        ("return middle(a) + late.x[b]", "return (middle(a) + (late.x[b]))"),
    ],
)
def test_comments_docstrings_and_layout_leave_a_key(package, old, new):
    before = package.code()
    package.edit("drnn/steps/step.py", old, new)
    assert package.code() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("drnn/steps/step.py", "middle(a) + late", "middle(a) - late"),
        ("drnn/steps/step.py", "b=2", "b=1"),
        ("drnn/steps/step.py", "b=2", "b=2.0"),
        ("drnn/steps/step.py", "(a, b=2)", "(a, *, b=2)"),
        ("drnn/middle.py", "TABLE", "LIST"),
        ("drnn/far.py", "> 0", ">= 0"),
        ("drnn/late.py", "[1, 2, 3]", "[1, 2, 4]"),
        ("drnn/late.py", "x = ", "x: list = "),
    ],
    ids=["code", "default", "type of a constant", "signature", "import", "import of an import", "late import", "hint"],
)
def test_an_edit_of_code_changes_a_key(package, file, old, new):
    before = package.code()
    package.edit(file, old, new)
    assert package.code() != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def far(a):\n", 'def far(a):\n    if a is None:\n        raise ValueError(f"{a}: is none")\n'),
        ("def far(a):\n", 'def far(a):\n    log.info("%s: comes", a)\n'),
        ("def far(a):\n", 'def far(a=Field(0, description="a number")):\n'),
    ],
    ids=["error", "log line", "description"],
)
def test_texts_for_people_leave_a_key(package, old, new):
    package.edit("drnn/far.py", old, new)
    before = package.code()
    for word, other in (("is none", "must not be none"), ("comes", "is coming"), ("a number", "any number")):
        package.write("drnn/far.py", (package.root / "drnn/far.py").read_text().replace(word, other))
    assert package.code() == before
    package.edit("drnn/far.py", "far(a", "far(b, a")
    assert package.code() != before


def test_a_text_that_is_a_value_counts(package):
    package.edit("drnn/late.py", "[1, 2, 3]", '["a"]')
    before = package.code()
    package.edit("drnn/late.py", '"a"', '"b"')
    assert package.code() != before


def test_a_module_that_moves_with_its_imports_leaves_a_key(package):
    before = package.code()
    package.write("drnn/room/away.py", PACKAGE["drnn/late.py"])
    (package.root / "drnn/late.py").unlink()
    package.edit("drnn/steps/step.py", "from drnn import late", "from drnn.room import away as late")
    package.write("drnn/room/middle.py", (package.root / "drnn/middle.py").read_text())
    package.write("drnn/room/table.yaml", PACKAGE["drnn/table.yaml"])
    package.edit("drnn/steps/step.py", "from drnn.middle import middle", "from drnn.room.middle import middle")
    assert package.code() == before


def test_what_only_a_type_checker_imports_leaves_a_key(package):
    before = package.code()
    guarded = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from drnn.unrelated import thing\n\n\ndef far"
    package.edit("drnn/far.py", "def far", guarded)
    package.edit("drnn/far.py", "from typing import TYPE_CHECKING\n", "")
    assert package.code() == before


def test_a_relative_import_is_refused(package):
    package.edit("drnn/middle.py", "import drnn.far\n", "from . import far\nimport drnn.far\n")
    with pytest.raises(UserError, match=r"drnn/middle\.py:1: a relative import, which no key follows"):
        package.code()


def test_a_circle_of_imports_is_refused(package):
    package.edit("drnn/late.py", "x = ", "from drnn.steps import step\n\nx = ")
    with pytest.raises(UserError, match="import each other in a circle"):
        package.code()


def test_the_line_ends_of_a_data_file_leave_a_key(package):
    before = package.code()
    (package.root / "drnn/table.yaml").write_bytes(b"a: 1\r\n")
    assert package.code() == before


def test_a_data_file_that_a_module_names_belongs_to_its_code(package):
    before = package.code()
    package.edit("drnn/table.yaml", "1", "2")
    assert package.code() != before


def test_a_data_file_that_no_module_names_does_not(package):
    before = package.code()
    package.edit("drnn/other.yaml", "1", "2")
    assert package.code() == before


def test_a_module_that_a_module_names_is_no_data_file(package):
    package.edit("drnn/middle.py", "table.yaml", "unrelated.py")
    before = package.code()
    package.edit("drnn/unrelated.py", "1", "1  # thing")
    assert package.code() == before


def test_a_module_that_is_not_imported_does_not_belong_to_the_code(package):
    before = package.code()
    package.edit("drnn/unrelated.py", "1", "2")
    package.edit("drnn/__init__.py", "thing", "thing as it")
    assert package.code() == before


def test_a_package_counts_when_a_name_is_taken_from_it(package):
    package.edit("drnn/far.py", "def far", "from drnn import thing\n\n\ndef far")
    before = package.code()
    package.edit("drnn/unrelated.py", "1", "2")
    assert package.code() != before


def test_a_module_that_does_not_exist_is_named(package):
    with pytest.raises(UserError, match=r"drnn\.steps\.stop: no such module"):
        keys.code_of("drnn.steps.stop")


def test_an_edit_deep_in_the_real_package_changes_the_steps_that_reach_it(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "drnn", tmp_path / "drnn", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(keys, "ROOT", tmp_path)

    def codes():
        forget()
        return {module: keys.code_of(f"drnn.steps.{module}") for module in MODULES}

    try:
        before = codes()
        with (tmp_path / "drnn/layers/forward.py").open("a") as file:
            file.write("\nADDED = 1\n")
        after = codes()
    finally:
        forget()
    assert {module for module in MODULES if before[module] != after[module]} == {"train", "traces", "behaviour"}


def test_modules_of_the_real_package_that_move_leave_every_key(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "drnn", tmp_path / "drnn", ignore=shutil.ignore_patterns("__pycache__"))
    forget()
    before = {module: keys.code_of(f"drnn.steps.{module}") for module in MODULES}
    moves = {"files": "room.writing", "datasets.store": "room.store", "training.recipe": "training.losses"}
    (tmp_path / "drnn/room").mkdir()
    for old, new in moves.items():
        (tmp_path / f"drnn/{old.replace('.', '/')}.py").rename(tmp_path / f"drnn/{new.replace('.', '/')}.py")
    for path in (tmp_path / "drnn").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for old, new in moves.items():
            text = text.replace(f"from drnn.{old} import", f"from drnn.{new} import")
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(keys, "ROOT", tmp_path)
    forget()
    try:
        assert {module: keys.code_of(f"drnn.steps.{module}") for module in MODULES} == before
    finally:
        forget()


def test_where_recordings_come_from_is_in_no_key_but_that_of_their_bytes():
    """A source, or another field of all of them, makes nothing again: the plan alone reads it, and the download."""
    readers = {module: keys.reached(f"drnn.steps.{module}") for module in MODULES}
    readers |= {name: keys.reached(f"drnn.datasets.{source(name).reader}") for name in known()}
    assert {name for name, modules in readers.items() if "drnn.datasets.source" in modules} == {"download"}


def test_every_argument_enters_a_key():
    whole = ("split", {"a": 1}, ["x@0123456789.h5"], ["drnn.files"])
    changes = [("train",), ({"a": 2},), (["x@0123456780.h5"],), (["drnn.errors"],)]
    made = {keys.key(*whole[:i], *change, *whole[i + 1 :]) for i, change in enumerate(changes)}
    assert len(made | {keys.key(*whole)}) == 5


def test_the_order_of_parameters_and_the_folder_of_inputs_leave_a_key():
    one = keys.key("split", {"a": 1, "b": 2}, ["results/x@0123456789.h5"], ["drnn.files"])
    other = keys.key("split", {"b": 2, "a": 1}, ["elsewhere/y@0123456789.h5"], ["drnn.files"])
    assert one == other


def test_the_last_key_in_a_name_is_its_key():
    assert keys.key_of("report@0123456789/metrics@abcdef0123.json") == "abcdef0123"


def test_a_name_without_a_key_is_refused():
    with pytest.raises(UserError, match=r"metrics\.json: carries no key"):
        keys.key_of("metrics.json")


@pytest.mark.parametrize("python", ["python3.12", "python3.13"])
def test_the_version_of_python_leaves_a_key(python):
    program = "import sys; from drnn import keys; print(*(keys.code_of(f'drnn.steps.{s}') for s in sys.argv[1:]))"
    try:
        other = subprocess.run([python, "-c", program, *MODULES], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip(f"install {python}, or put it on the path")
    if other.returncode and "command not found" in other.stderr:
        pytest.skip(f"{python} is on the path and does not run; install it: {other.stderr.splitlines()[0]}")
    assert other.returncode == 0, other.stderr
    assert other.stdout.split() == [keys.code_of(f"drnn.steps.{module}") for module in MODULES]


def test_only_the_standard_library_is_needed():
    program = "import sys; sys.path.insert(0, sys.argv[1]); from drnn import keys; keys.code_of('drnn.steps.train')"
    subprocess.run([sys.executable, "-I", "-S", "-c", program, str(ROOT)], check=True)


@pytest.mark.parametrize(
    "words",
    [("describe", "--check"), pytest.param(("verify",), marks=pytest.mark.long), ("status",), ("why", "report")],
)
def test_a_locale_without_unicode_changes_no_file_and_no_key(words):
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "drnn", *words]
    here, there = (
        subprocess.run(command, cwd=ROOT, env=os.environ | surroundings, capture_output=True)
        for surroundings in ({"PYTHONUTF8": "1"}, ascii_alone)
    )
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert there.stdout == here.stdout.decode().encode("ascii", "replace")
