"""The tutorial: every command runs in a fresh clone, and prints what the page shows."""

import doctest
import re
from pathlib import Path

import pytest
import yaml
from engine_room import TINY, Workspace

PAGE = Path(__file__).parents[1] / "docs/tutorial.md"
BLOCKS = re.compile(r"```(console|python)\n(.*?)```", re.DOTALL)


def test_the_layer_gives_what_the_page_says():
    tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert tried.failed == 0 and tried.attempted > 4


@pytest.mark.slow
def test_every_command_prints_what_the_page_shows(tmp_path):
    demo = yaml.safe_dump(TINY, sort_keys=False)  # the demo's commands on less data
    workspace = Workspace(tmp_path / "clone", {"demo/params.yaml": demo})
    workspace.patience = 900
    for kind, text in BLOCKS.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python" and not text.startswith(">>>"):
            workspace.check("python", "-c", text)
        for command, shown in commands(text) if kind == "console" else []:
            said = workspace.check("bash", "-c", re.sub("^drnn ", "python -m drnn ", command))  # the clone's own code
            assert re.search(pattern(shown), said, re.MULTILINE), f"{command}\n{said}"


def commands(text: str) -> list[tuple[str, str]]:
    """Each command of a block, and the output below it."""
    parts = (part.partition("\n") for part in re.split(r"^\$ ", text, flags=re.MULTILINE) if part)
    return [(command, shown) for command, _, shown in parts]


def pattern(shown: str) -> str:
    """What an output has to match: … is anything, in a line of its own any lines."""
    lines = [r"(?s:.*?)" if line == "…" else ".*".join(map(re.escape, line.split("…"))) for line in shown.splitlines()]
    return "^" + r"\n?".join(lines) + "$" if lines else ""
