"""The two engines on one pipeline: what is planned, what runs, and a dataset of one's own.

What runs in which situation is lived through in tests/lifecycle. Each test takes its edits back; results stay, as
they do for a user.
"""

from collections import Counter

import pytest
from engine_room import ALL, DVC, PYTHON, SNAKEMAKE, TINY, Workspace

pytestmark = pytest.mark.slow
NOTHING = Counter()
FROM_TRAINING = Counter(train=2, metrics=1, traces=1, behaviour=1, report=1)
TOY = '''"""Three made-up movements."""

from dataclasses import replace

from drnn.datasets import msr_action3d
from drnn.datasets.store import SequenceSet

BONES = [(0, 1), (1, 2)]


def read(archive, on_empty) -> SequenceSet:
    """The sequences of the archive, sorted into three classes."""
    sequences = msr_action3d.read(archive, on_empty)
    return replace(sequences, labels=sequences.labels % 3, classes=["crouch", "hop", "wave"])
'''
COUNT = '''"""How many files hold the trainings of a dataset."""

from drnn.files import write_text


def run(params, inputs, outputs, machine) -> str:
    """Count them."""
    (hidden,) = [block["hidden_size"] for block in params["experiment"]["datasets"].values()]
    write_text(outputs["counts"], f"{len(inputs['trainings'])} files, {hidden} units")
    return "counted"
'''
RECORD = """        Step(
            "count",
            "Count the files that hold the trainings of a dataset.",
            {"counts": "{root}/count/{dataset}/count@{key}.txt"},
            after=("train",),
            reads=("datasets",),
            gathers=True,
        ),
"""
COUNTING = '''use rule recordings as count with:
    """Count the files that hold the trainings of a dataset."""
    pathvars:
        **STEPS["count"].pathvars,
    message:
        "Counting the trainings of {wildcards.dataset}"


'''
RULES = ALL + Counter(all=1)


@pytest.fixture(scope="module")
def made(all_made, tmp_path_factory):
    """A workspace in which Snakemake made everything; `first` says what ran."""
    folder = tmp_path_factory.mktemp("engines")
    workspace = all_made.copy(folder / "snakemake")
    workspace.fresh = workspace.clone(folder / "fresh").planned()
    workspace.first = workspace.ran
    workspace.second = workspace.executed(*SNAKEMAKE)
    workspace.by_the_other = workspace.executed(*DVC)
    workspace.commit()  # dvc.lock
    return workspace


def epochs(number):
    """A change of the recipe; each test has a number of its own, because results stay."""
    return lambda params: params["recipes"]["quick"].update(epochs=number)


def test_a_dry_run_lists_every_job_and_after_an_edit_those_that_follow_from_it(edited):
    assert edited.fresh == RULES
    assert edited.planned() == NOTHING
    edited.set(epochs(3))
    assert edited.planned() == FROM_TRAINING + Counter(all=1)


def test_a_dry_run_of_the_committed_experiment_lists_the_downloads_and_all_trainings(tmp_path):
    workspace = Workspace(tmp_path / "project", {})
    kth_splits, msr_lists, drawn = 5 + 1, 2, 10
    expected = {
        "recordings": 2,
        "sequences": 1 + 2,
        "sketch": 5,
        "gram": 1,
        "split": msr_lists + 1 + 2 * 2,
        "basis": kth_splits,
        "project": 5,
        "features": msr_lists + 1 + drawn + 2 * kth_splits,
        "train": msr_lists * 3 + 3 * 2 + 7 + 3 + 2 * 2 * 3,
        "baseline": msr_lists * 3 + 2 * kth_splits,
        "metrics": 3,
        "traces": 3,
        "behaviour": 3,
        "report": 1,
        "all": 1,
    }
    for _ in range(2):
        assert workspace.planned() == expected
        workspace.set(lambda params: params["recipes"]["paper"].update(epochs=51))


def test_snakemake_makes_all_from_nothing_and_then_neither_engine_has_anything_to_do(made):
    assert made.first == ALL
    assert made.second == made.by_the_other == NOTHING


def test_the_latest_report_is_that_of_the_code_and_parameters_as_they_stand(edited):
    shown = edited.folder / "results/report/latest/key"
    before = shown.read_text()
    edited.edit("drnn/report/templates/tables.j2", "Generated from", "Made from")
    assert edited.executed(*SNAKEMAKE) == Counter(report=1)
    assert shown.read_text() != before and (edited.folder / f"results/report/report@{shown.read_text()}").is_dir()
    edited.reset()
    assert edited.executed(*DVC) == NOTHING
    assert shown.read_text() == before


def test_a_changed_feature_starts_at_the_features(edited):
    edited.set(lambda params: params["features"]["skeleton_583"].update(velocity_window=3))
    assert edited.executed(*SNAKEMAKE) == Counter(features=1) + FROM_TRAINING


def test_why_says_what_made_a_file(edited):
    report = edited.check(*PYTHON, "status").split()[-1]
    assert (edited.folder / report).is_file()
    for part in ("step    report", "params  {", "input   results/metrics/tiny/", "drnn.report.tables", "(exists)"):
        assert part in edited.check(*PYTHON, "why", report)
    edited.check(*SNAKEMAKE)  # makes nothing, but latest/ is of the tests before
    copied = edited.check(*PYTHON, "why", "results/report/latest/report.html")  # has no key in its name
    assert copied == edited.check(*PYTHON, "why", report)
    edited.set(epochs(4))
    training = edited.check(*PYTHON, "why", "train_tiny")
    assert training.count("step    train") == 2 and training.count("(would be made)") == 2
    for part in ('"epochs": 4', "input   results/features/tiny/", "code    ", "drnn.training.fit"):
        assert part in training


def test_a_new_dataset_is_a_reader_a_source_and_parameters_and_runs_beside_the_others(edited):
    edited.write("drnn/datasets/toy.py", TOY.encode())
    edited.write("drnn/datasets/sources/toy.toml", b'reader = "toy"\nmade_by = "synthesise_skeletons"\n')
    toy = TINY["datasets"]["tiny"] | {"source": "toy", "models": ["lstm"]}
    edited.set(lambda params: params["datasets"].update(toy=toy))
    edited.set(lambda params: params["run"].append("toy"))
    assert edited.executed(*SNAKEMAKE) == ALL - Counter(train=1)
    assert edited.executed(*DVC) == NOTHING
    assert "toy" in (edited.folder / "results/report/latest/paper_tables.md").read_text()


def test_a_new_step_that_gathers_is_a_record_a_module_and_a_rule(edited):
    edited.write("drnn/steps/count.py", COUNT.encode())
    before, rule = '        Step(\n            "report",', "use rule recordings as report with:"
    edited.edit("drnn/plan/steps.py", before, RECORD + before)
    edited.edit("workflow/rules/report.smk", rule, COUNTING + rule)
    assert edited.executed(*SNAKEMAKE, "--", "count_tiny") == Counter(count=1)
    (made,) = edited.folder.glob("results/count/tiny/count@*.txt")
    assert made.read_text() == "2 files, 8 units"
    edited.check(*PYTHON, "describe")  # writes its stage
    assert edited.executed(*DVC, "count@tiny") == NOTHING
