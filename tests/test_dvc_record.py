"""What DVC shows in a fresh clone, where nothing ran: the committed record, and how the stages follow each other."""

import csv
import io
import re
from pathlib import Path

import pytest
from dvc_room import shown, specs
from engine_room import Workspace

ROOT = Path(__file__).parents[1]
RECORD = "reports/accuracies"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Workspace(tmp_path_factory.mktemp("clone") / "project", {})


def test_its_table_has_a_row_for_each_accuracy_of_the_record(clone):
    found = shown(clone, "metrics", "show")[""]["data"]
    rows = {path: row["data"] for path, row in found.items() if path.startswith(RECORD)}
    told = list(csv.DictReader(io.StringIO((ROOT / "reports/accuracies.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(told) > 3
    for row in told:
        recipe = row["recipe"] + "_ensemble" * (row["ensemble"] == "true")
        cells = rows.pop(f"{RECORD}/{row['dataset']}/{row['protocol']}/{recipe}/{row['model']}.json")
        assert list(cells) == ["accuracy", "interval_from", "interval_to", "seeds", "splits"]
        assert cells["accuracy"] == pytest.approx(float(row["mean"]), abs=0.005)
        assert cells["interval_from"] == pytest.approx(float(row["low"]), abs=0.005)
        assert cells["interval_to"] == pytest.approx(float(row["high"]), abs=0.005)


def test_its_table_is_narrow(clone):
    table = clone.check("dvc", "metrics", "show", RECORD)
    assert max(map(len, table.splitlines())) <= 160 and " - " not in table


def test_its_plots_are_those_of_the_record(clone):
    plots = specs(clone, "show")
    data = ROOT / "reports/data"
    kinds = ("loss", "dos", "confusion")
    expected = {f"reports/data/{kind}/{path.name}" for kind in kinds for path in (data / kind).glob("*.csv")}
    assert plots.keys() == expected and expected
    assert all(plot["data"]["values"] for plot in plots.values())


def test_the_diagram_of_the_stages_is_that_of_dvc(clone):
    drawn = clone.check("dvc", "dag", "--mermaid")
    names = {node: name for node, name in re.findall(r"(node\d+)\[\"(\w+)(?:@\w+)?\"\]", drawn)}  # not the demo's
    arrows = [arrow for arrow in re.findall(r"(node\d+)-->(node\d+)", drawn) if names.keys() >= set(arrow)]
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    part = page[page.index("<!-- stages:") : page.index("<!-- end of stages -->")]
    ours = set(re.findall(r"(\w+) --> (\w+)", part))
    assert {name for arrow in ours for name in arrow} == set(names.values())
    assert len(set(names.values())) <= 40
    assert closure(ours) == closure({(names[a], names[b]) for a, b in arrows})


def closure(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows, and those that follow from them."""
    further = arrows | {(a, d) for a, b in arrows for c, d in arrows if b == c}
    return arrows if further == arrows else closure(further)
