"""One small experiment through both engines: Snakemake makes all, and DVC what an edit changes.

What runs in which situation is tested in test_engines.py and tests/lifecycle: `pytest -m slow`.
"""

from collections import Counter

from engine_room import ALL, DVC, SNAKEMAKE


def test_snakemake_makes_all_and_dvc_what_an_edit_changes(all_made, tmp_path):
    workspace = all_made.copy(tmp_path / "workspace")
    assert workspace.ran == ALL
    before = workspace.products("**/*@*")
    workspace.edit("drnn/report/templates/tables.j2", "Generated from", "Made from")
    assert workspace.executed(*DVC) == Counter(report=1)
    assert workspace.executed(*SNAKEMAKE) == Counter()
    assert before.items() <= workspace.products("**/*@*").items()
    tables = workspace.products("report/report@*/paper_tables.md")
    assert sorted(b"Made from" in text for text in tables.values()) == [False, True]
