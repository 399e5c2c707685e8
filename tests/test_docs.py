"""The pages: their examples run, their links lead somewhere, and the messages that they explain exist."""

import ast
import doctest
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from engine_room import SNAKEMAKE, Workspace
from test_own_data import reported

from drnn.cli.init import init
from drnn.config.params import validate
from drnn.datasets import table
from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.searches import SearchPlan
from drnn.plan.targets import targets
from drnn.record.searches import COMMAND

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "config/README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"```(?:python|yaml|toml)\n(.*?)```", re.DOTALL)


def test_readme_example_runs():
    exec(FENCED.search((ROOT / "README.md").read_text())[1], {})


def test_the_examples_of_the_layer_give_what_they_say():
    tried = doctest.testfile(str(ROOT / "docs/layer.md"), module_relative=False, encoding="utf-8")
    assert tried.failed == 0 and tried.attempted > 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


WRITTEN = re.compile(r"<!-- (\w+): written .*?<!-- end of \1 -->|```.*?```", re.DOTALL)
RESULT = re.compile(r"[+−]\d+\.\d+|\b\d\d\.\d+ ?%")
"""A difference in points, or an accuracy."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_result_stands_only_where_it_is_written_from_the_record(page):
    assert not RESULT.findall(WRITTEN.sub("", page.read_text(encoding="utf-8")))


def test_every_page_can_be_reached_from_the_readme():
    linked = set(re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()))
    assert {page.relative_to(ROOT).as_posix() for page in PAGES[1:]} <= linked


def test_the_targets_that_the_pages_and_the_record_ask_for_exist(monkeypatch):
    monkeypatch.chdir(ROOT)
    commanding = [page for page in PAGES if page.name != "trust.md"]  # which says what tests say: "snakemake finds"
    pages = [*commanding, ROOT / "drnn/report/choices.yaml"]
    said = "\n".join([COMMAND, *(page.read_text(encoding="utf-8") for page in pages)])
    asked = set(re.findall(r"\bsnakemake (?:--cores \w+ )?([a-z]\w*)\b(?!/)", said))
    known = {"demo", "search_all", *(f"search_{name}" for name in SearchPlan.load().ends)}
    for experiment in EXPERIMENTS:
        known |= targets(Plan.load(experiment), experiment).keys()
    assert len(asked) >= 5 and asked <= known


def literals() -> list[str]:
    """Every string in the package's code, with … for what is filled in."""
    found = []
    for path in (ROOT / "drnn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


def test_the_messages_that_are_explained_are_those_of_the_code():
    said, known = (ROOT / "docs/troubleshooting.md").read_text(), literals()
    explained = [
        message for line in re.findall(r"^\*\*`.*", said, re.M) for message in re.findall(r"\*\*`(.+?)`\*\*", line)
    ]
    explained.remove("params.yaml: …")  # every message of the parameters' definitions
    assert len(explained) > 12
    for message in explained:
        pattern = ".*".join(re.escape(part.strip(" :;().,")) for part in message.split("…"))
        assert any(re.search(pattern, text, re.DOTALL) for text in known), message


def test_the_models_of_the_page_train_beside_the_others_and_need_nothing_else(monkeypatch):
    monkeypatch.chdir(ROOT)
    (models,) = (yaml.safe_load(block)["models"] for block in FENCED.findall(Path("docs/new-model.md").read_text()))
    params = yaml.safe_load(Path("demo/params.yaml").read_text())
    before = {job.key for job in Plan(validate(params)).jobs}
    params["models"] |= models
    params["datasets"]["synthetic"]["models"] += models
    new = [job for job in Plan(validate(params)).jobs if job.key not in before]
    assert {job.names["model"] for job in new if job.step == "train"} == set(models)
    assert {job.step for job in new} == {"train", "metrics", "traces", "behaviour", "report"}


def own_table(folder: Path, values: int) -> Path:
    """A folder with the page's list, and files of so many values a frame."""
    page, random = (ROOT / "docs/new-dataset.md").read_text(), np.random.default_rng(0)
    text = re.search(r"```csv\n(.*?)```", page, re.DOTALL)[1]
    for line in text.splitlines()[1:]:
        path = folder / line.partition(",")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, random.normal(size=(12, values)), delimiter=",")
    (folder / "sequences.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_table_of_the_page_becomes_an_experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = init(str(own_table(tmp_path / "mine", 6)), None)
    assert said.splitlines()[-1].strip() in (ROOT / "docs/new-dataset.md").read_text()
    assert "4 sequences of 2 classes" in said and "2 subjects: anna, ben" in said
    plan = Plan(validate(yaml.safe_load(Path("mine.yaml").read_text())))
    assert len(plan.jobs.of("features")) == 2


@pytest.mark.parametrize(("place", "joints"), [(0, 25), (1, 5)])
def test_the_skeletons_of_the_page_are_understood(tmp_path, place, joints):
    page = (ROOT / "docs/new-dataset.md").read_text()
    skeletons = FENCED.findall(page[page.index("## 2. A skeleton") : page.index("## 3. A reader")])
    folder = own_table(tmp_path / "mine", 3 * joints)
    (folder / "skeleton.yaml").write_text(skeletons[place])
    assert len(table.read(folder).skeleton.joints) == joints


@pytest.mark.slow
@pytest.mark.parametrize(("place", "joints"), [(None, 2), (0, 25), (1, 5)], ids=["values", "layout", "in words"])
def test_the_table_of_the_page_with_and_without_its_skeletons_comes_to_a_report(tmp_path, monkeypatch, place, joints):
    page = (ROOT / "docs/new-dataset.md").read_text()
    skeletons = FENCED.findall(page[page.index("## 2. A skeleton") : page.index("## 3. A reader")])
    monkeypatch.chdir(tmp_path)
    folder = own_table(tmp_path / "mine", 3 * joints)
    if place is not None:
        (folder / "skeleton.yaml").write_text(skeletons[place])
    init("mine", None)
    said = reported(yaml.safe_load(Path("mine.yaml").read_text(encoding="utf-8")))
    assert "- Does a higher order help on mine? " in said and "other people than those who train" in said


@pytest.mark.slow
def test_the_dataset_of_the_worked_example_comes_as_far_as_its_report(tmp_path):
    page = (ROOT / "docs/new-dataset.md").read_text()
    module, source, dataset, protocol = FENCED.findall(page[page.index("## 3. A reader") :])
    (list_recordings,) = re.findall(r"^    (.*sha256sum.*)$", page, re.MULTILINE)
    workspace, mirror = Workspace(tmp_path / "project", {}), tmp_path / "data"
    workspace.write("drnn/datasets/lab.py", module.encode())
    workspace.write("drnn/datasets/sources/lab.toml", source.encode())
    workspace.edit("params.yaml", "\ndatasets:\n", "\ndatasets:\n" + dataset)
    workspace.edit("params.yaml", "\nprotocols:\n", "\nprotocols:\n" + protocol)
    workspace.set(lambda params: params.update(seeds=[0]))
    workspace.set(lambda params: params["recipes"]["tuned"].update(epochs=1))
    workspace.set(lambda params: params["datasets"]["lab"].update(hidden_size=8))
    record(mirror / "lab")
    workspace.check("bash", "-c", list_recordings.replace("/path/to/data", str(mirror)))
    workspace.check("ruff", "check", "drnn")

    others = {rule: n for rule, n in workspace.planned("--config", "run=[msr_action3d]").items()}
    workspace.check(*SNAKEMAKE, "--config", "run=[lab]", DRNN_DATA_MIRROR=str(mirror))
    report = (workspace.folder / "results/report/latest/paper_tables.md").read_text()
    assert "lab (2 actions): 15 sequences listed, 1 excluded (A2_P04_2, no value is measured)" in report
    assert "Frames without a measurement: 1 filled from their neighbours in 1 sequence, 0 cut." in report
    assert workspace.planned("--config", "run=[msr_action3d]") == others


def record(folder: Path) -> None:
    """15 performances of a Kinect 2, one with a lost frame and one of nothing else."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for action, person, time in [(a, p, t) for a in (1, 2) for p in (1, 2, 3, 4) for t in (1, 2)][1:]:
        rows = np.cumsum(random.normal(scale=0.02, size=(20, 75)), axis=0) + random.normal(size=75)
        if (action, person, time) == (1, 1, 2):
            rows[5] = 0
        if (action, person, time) == (2, 4, 2):
            rows[:] = 0
        path = folder / f"A{action}_P{person:02}_{time}.csv"
        path.write_bytes("\n".join(",".join(f"{v:.4f}" for v in row) for row in rows).encode())
