"""README's demo command with the other Pythons that are supported, from a fresh clone and environment; minutes each."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.long
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_demo_runs_with_another_python_and_the_record_recomputes(tmp_path, version):
    installed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    python = next(iter(map(str, installed)), None) or shutil.which(f"python{version}")  # which may be a shim of pyenv's
    if python is None:
        pytest.skip(f"install Python {version}, for example by `pyenv install {version}`")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    readme = (clone / "README.md").read_text(encoding="utf-8")
    command = re.search(r"<!-- demo command -->\s+python3 (-m venv .+)", readme)[1]
    for line in (f"{python} {command}", ". .venv/bin/activate && python .ci/check_demo.py && drnn verify"):
        done = subprocess.run(["bash", "-euc", line], cwd=clone, capture_output=True, text=True)
        assert not done.returncode, done.stdout + done.stderr
