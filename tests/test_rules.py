"""The rules do what Snakemake's manual says of its options, write nothing unasked, and run from anywhere."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from engine_room import ROOT, SNAKEMAKE, TINY

from drnn.config.params import validate
from drnn.plan.experiment import Plan

ENDS = Counter(behaviour=1, metrics=1, traces=1, report=1)
ONCE = Counter(recordings=1, sequences=1, split=1, features=1)
LONGEST = 4096
MODULE = """
configfile: "params.yaml"


module drnn:
    snakefile:
        "{home}/workflow/Snakefile"
    config:
        config


use rule * from drnn
"""


@pytest.fixture(scope="module")
def made(all_made, tmp_path_factory):
    """A workspace in which Snakemake made everything."""
    return all_made.copy(tmp_path_factory.mktemp("rules") / "workspace")


def steps(planned: Counter) -> Counter:
    return planned - Counter(all=1)


def everything(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Every file below a folder but git's and Snakemake's own, with its content and time."""
    paths = [p for p in folder.rglob("*") if p.is_file() and not {".git", ".snakemake", "__pycache__"} & set(p.parts)]
    return {str(path): (path.read_bytes(), path.stat().st_mtime) for path in paths}


def file_of(workspace, pattern: str) -> Path:
    (path,) = workspace.folder.glob(f"results/{pattern}")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), Counter()),
        (("--forcerun", "train", "--"), Counter(train=2) + ENDS),
        (("--forcerun", "split", "--"), Counter(split=1, features=1, train=2) + ENDS),
        (("--forceall",), ONCE + Counter(train=2) + ENDS),
        (("--forceall", "--until", "train", "--"), ONCE + Counter(train=2)),
        (("--forceall", "--omit-from", "metrics", "--"), ONCE + Counter(train=2, behaviour=1, traces=1)),
        (("--force", "split_tiny"), Counter(split_tiny=1)),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_in_a_finished_project_an_option_does_what_the_manual_says(made, options, expected):
    assert steps(made.planned(*options)) == expected


@pytest.mark.slow
def test_a_forced_file_runs_again_with_what_follows_from_it(made):
    block = next(made.folder.glob("results/train/tiny/drnn1/**/*.h5"))
    planned = made.planned("--forcerun", str(block.relative_to(made.folder)), "--")
    assert steps(planned) == Counter(train=1) + ENDS


@pytest.mark.slow
def test_a_forced_step_is_run(made):
    before = {path: path.stat().st_mtime_ns for path in made.folder.glob("results/train/**/*.h5")}
    assert made.executed(*SNAKEMAKE, "--forcerun", "train", "--") == Counter(train=2) + ENDS
    assert len(before) == 2 and all(path.stat().st_mtime_ns > then for path, then in before.items())
    assert made.executed(*SNAKEMAKE) == Counter()


@pytest.mark.slow
def test_the_graph_of_a_finished_project_is_connected(made):
    drawn = made.check("snakemake", "--rulegraph")
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', drawn))
    arrows = re.findall(r"(\d+) -> (\d+)", drawn)
    reached, waiting = set(), {number for number, name in names.items() if name == "all"}
    while waiting:
        reached |= waiting
        waiting = {before for before, after in arrows if after in waiting} - reached
    assert {names[number] for number in reached} == {*ONCE, *ENDS, "train", "all"}


@pytest.mark.slow
def test_a_missing_file_that_nothing_needs_stays_missing_and_starts_nothing_where_it_is_made_for_another(made):
    features = file_of(made, "features/tiny/**/*.h5")
    content = features.read_bytes()
    features.unlink()
    try:
        assert made.planned() == Counter()
        made.set(lambda params: params["models"].update(drnn2={"order": 2}))
        made.set(lambda params: params["datasets"]["tiny"]["models"].append("drnn2"))
        assert steps(made.planned()) == Counter(features=1, train=1) + ENDS
    finally:
        made.reset()
        features.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--dry-run",), ("--list-rules",), ("--lint",), ("--rulegraph",), ("--summary",)])
def test_reading_the_workflow_writes_nothing(made, options):
    made.set(lambda params: params["recipes"]["quick"].update(epochs=7))
    try:
        before = everything(made.folder)
        made.check("snakemake", *options)
        assert everything(made.folder) == before
    finally:
        made.reset()


@pytest.mark.slow
def test_listed_every_rule_of_a_step_says_what_it_does(made):
    listed = made.check("snakemake", "--list-rules")
    for step in (*ONCE, *ENDS, "train", "baseline", "sketch", "gram", "basis", "project", "search"):
        assert re.search(rf"^{step} \([A-Z].+\.\)$", listed, re.MULTILINE), step


@pytest.mark.slow
def test_the_workflow_runs_in_another_folder(made, tmp_path):
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(TINY))
    elsewhere = ("-s", str(ROOT / "workflow/Snakefile"), "--directory", str(tmp_path))
    assert made.executed(*SNAKEMAKE, *elsewhere) == ONCE + Counter(train=2) + ENDS
    assert (tmp_path / "results/report/latest/report.html").is_file()
    assert "Nothing to be done" in made.check("snakemake", "--dry-run", *elsewhere)


@pytest.mark.slow
def test_without_parameters_of_its_own_another_folder_takes_those_of_the_project(made, tmp_path):
    elsewhere = ("-s", str(made.folder / "workflow/Snakefile"), "--directory", str(tmp_path))
    assert steps(made.planned(*elsewhere)) == ONCE + Counter(train=2) + ENDS


@pytest.mark.slow
def test_the_workflow_runs_as_a_module_of_another(made, tmp_path):
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(TINY))
    (tmp_path / "Snakefile").write_text(MODULE.format(home=ROOT))
    there = ("-s", str(tmp_path / "Snakefile"), "--directory", str(tmp_path))
    assert made.executed(*SNAKEMAKE, *there) == ONCE + Counter(train=2) + ENDS
    assert len(list(tmp_path.glob("results/report/report@*/report.html"))) == 1


def test_however_many_seeds_there_are_no_argument_is_long():
    params = yaml.safe_load((ROOT / "params.yaml").read_text()) | {"run": ["msr_action3d"], "seeds": list(range(200))}
    plan = Plan(validate(params))
    assert len(plan.runs) > 1000
    assert max(len(job.command) for job in plan.jobs) < LONGEST
    (metrics,) = plan.jobs.of("metrics")
    assert sum(map(len, metrics.holders["trainings"])) > LONGEST  # which travels by file
