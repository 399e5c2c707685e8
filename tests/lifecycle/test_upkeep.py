"""What users do over weeks: look what is current, damage a file, work on two branches, run twice at once, clean up.

Each test takes its edits back; results stay, as they do for a user.
"""

import fcntl
from collections import Counter

import pytest
from engine_room import DVC, PYTHON, SNAKEMAKE, Workspace

pytestmark = pytest.mark.slow
NOTHING = Counter()


@pytest.fixture(scope="module")
def made(all_made, tmp_path_factory) -> Workspace:
    """A workspace in which everything is made."""
    return all_made.copy(tmp_path_factory.mktemp("life") / "cycle")


def line_of(step: str, said: str) -> str:
    return next(line for line in said.splitlines() if line.startswith(step))


# drnn status


def test_status_says_that_all_is_made(made):
    said = made.check(*PYTHON, "status")
    steps = [line.split() for line in said.splitlines()[1:] if not line.startswith("report: ")]
    assert len(steps) >= 7 and all(words[2] == "0" for words in steps)
    assert "results/report/report@" in said and "installed" not in said


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        (lambda w: w.set(lambda p: p["recipes"]["quick"].update(epochs=7)), "train", "recipe.epochs: 2 → 7"),
        (lambda w: w.set(lambda p: p["datasets"]["tiny"].update(hidden_size=9)), "train", "hidden_size: 8 → 9"),
        (
            lambda w: w.set(lambda p: p["features"]["skeleton_583"].update(velocity_window=7)),
            "features",
            "velocity_window: 5 → 7",
        ),
        (
            lambda w: w.set(lambda p: p["features"]["skeleton_583"].update(velocity_window=7)),
            "train",
            "other inputs",
        ),
        (
            lambda w: w.edit("drnn/evaluation/resampling.py", "RESAMPLES = 10_000", "RESAMPLES = 9_999"),
            "metrics",
            "code of drnn.evaluation.resampling",
        ),
        (lambda w: w.set(lambda p: p["seeds"].append(5)), "train", "seeds: [[0]] → [[0, 5]]"),
    ],
    ids=["recipe", "size", "features", "what follows", "code", "seed"],
)
def test_status_says_why_the_next_run_makes_something(edited, change, step, reason):
    change(edited)
    line = line_of(step, edited.check(*PYTHON, "status"))
    assert reason in line and line.split()[2] != "0"


def test_status_names_a_deleted_file_and_the_next_run_makes_it(edited):
    report = edited.folder / "results/report/latest/key"
    (edited.folder / f"results/report/report@{report.read_text()}/report.html").unlink()
    assert "it was deleted" in line_of("report", edited.check(*PYTHON, "status"))
    assert edited.executed(*SNAKEMAKE) == Counter(report=1)


def test_other_versions_of_libraries_are_told_and_change_no_key(edited):
    for path in (edited.folder / "results/made").glob("train@*.json"):
        path.write_text(path.read_text().replace('"torch": "', '"torch": "0.'))
    said = edited.check(*PYTHON, "status")
    assert "2 jobs were done with torch 0." in said
    assert edited.executed(*SNAKEMAKE) == NOTHING
    for path in (edited.folder / "results/made").glob("train@*.json"):
        path.write_text(path.read_text().replace('"torch": "0.', '"torch": "'))


@pytest.mark.parametrize("damage", ["cut", "edited"])
def test_a_damaged_file_is_found_by_name_never_published_and_made_again(edited, damage):
    (features,) = (edited.folder / "results/features").rglob("*.h5")
    content = features.read_bytes()
    features.write_bytes(content[: len(content) // 2] if damage == "cut" else content[:-1] + b"\0")
    assert "files are as they were made" in edited.check(*PYTHON, "status", "--verify", "--experiment", "demo")
    for command in (("status", "--verify"), ("publish",)):
        refused = edited.run(*PYTHON, *command)
        assert refused.returncode == 1 and "not as they were made, 1 of" in refused.stderr
        assert features.name in refused.stderr and "Traceback" not in refused.stderr
    features.unlink()
    assert edited.executed(*SNAKEMAKE, "--", "features_all") == Counter(features=1)
    assert features.read_bytes() == content
    assert "files are as they were made" in edited.check(*PYTHON, "status", "--verify")


# Two runs at once


def test_a_second_run_refuses_while_one_is_at_work(edited):
    edited.set(lambda params: params["recipes"]["quick"].update(epochs=3))
    (edited.folder / ".snakemake").mkdir(exist_ok=True)
    with (edited.folder / ".snakemake/run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711 on a machine")
        lock.flush()
        edited.log.write_text("")
        refused = edited.run(*SNAKEMAKE)
        said = refused.stdout + refused.stderr
        assert refused.returncode and "another run is at work in this folder (process 4711 on a machine)" in said
        assert "Traceback" not in said and not edited.log.read_text()
        assert edited.run(*DVC).returncode
        assert edited.run(*PYTHON, "gc", "--delete").returncode == 1
        assert edited.planned()["train"] == 2  # looking is free
    assert edited.executed(*SNAKEMAKE, "--", "train_all") == Counter(train=2)  # and the lock went with its holder


# drnn gc


def test_gc_keeps_what_a_branch_needs_and_drops_the_rest(edited):
    edited.check("git", "switch", "--quiet", "--create", "longer")
    edited.set(lambda params: params["recipes"]["quick"].update(epochs=4))
    edited.check(*SNAKEMAKE)
    edited.commit()
    edited.check("git", "switch", "--quiet", "-")
    edited.set(lambda params: params["recipes"]["quick"].update(epochs=5))
    edited.check(*SNAKEMAKE, "--", "train_all")
    edited.reset()
    (edited.folder / "results/train/.half@0123456789.h5.1.part").write_bytes(b"half")

    listed = edited.check(*PYTHON, "gc")
    assert "would drop" in listed and "results/train" in listed
    before = edited.products("**/*")
    assert edited.check(*PYTHON, "gc") == listed and edited.products("**/*") == before
    assert "dropped" in edited.check(*PYTHON, "gc", "--delete")
    gone = before.keys() - edited.products("**/*").keys()
    assert sum(path.startswith("train/") for path in gone) >= 2 and any(path.endswith(".part") for path in gone)
    assert "nothing to drop" in edited.check(*PYTHON, "gc")
    assert edited.executed(*SNAKEMAKE) == NOTHING
    edited.check("git", "switch", "--quiet", "longer")
    assert edited.executed(*SNAKEMAKE) == NOTHING
    edited.check("git", "switch", "--quiet", "-")
    edited.check("git", "branch", "--quiet", "-D", "longer")
    assert "would drop" in edited.check(*PYTHON, "gc")


def test_gc_drops_nothing_where_a_kept_revision_cannot_be_read(edited):
    edited.edit("params.yaml", "epochs: 2", "epoks: 2")
    edited.check("git", "switch", "--quiet", "--create", "broken")
    edited.commit()
    edited.check("git", "switch", "--quiet", "-")
    refused = edited.run(*PYTHON, "gc", "--delete")
    edited.check("git", "branch", "--quiet", "-D", "broken")
    assert refused.returncode == 1 and "unknown key" in refused.stderr and "nothing is dropped" in refused.stderr
