"""`drnn gc` asks the code of older revisions what they need, wherever their plan lies."""

import json
import os
import subprocess
import sys

import pytest

from drnn.cli.gc import PLANNED

PLAN = """
from types import SimpleNamespace

EXPERIMENTS = ["paper"]


class Plan:
    jobs = [SimpleNamespace(outputs={"scores": "results/train/x@0123456789.npz"})]

    @classmethod
    def load(cls, experiment):
        return cls()
"""
PLANS = "from {room} import Plan\n\n\ndef plans():\n    return [Plan()]\n"
LAYOUTS = {
    "today": {
        "plan/__init__.py": "",
        "plan/experiment.py": PLAN,
        "plan/load.py": PLANS.format(room="drnn.plan.experiment"),
    },
    "loose modules": {"plan.py": PLAN, "experiments.py": PLANS.format(room="drnn.plan")},
    "before there were searches": {"plan.py": PLAN},
}


@pytest.mark.parametrize("files", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_plan_of_a_revision_is_found_in_its_layout(tmp_path, files):
    for name, text in {"__init__.py": "", **files}.items():
        path = tmp_path / "drnn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    asked = [sys.executable, "-c", PLANNED]
    found = subprocess.run(
        asked, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True
    )
    assert json.loads(found.stdout) == ["results/train/x@0123456789.npz"]
