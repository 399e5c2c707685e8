"""What a user sees when something goes wrong, and that running again ends as if it had not."""

import re

import pytest
from engine_room import PYTHON, SNAKEMAKE, WRITING, Workspace, tiny

pytestmark = pytest.mark.slow
LOUD = ("snakemake", "--cores", "2")
# Killed as by the system, at a chosen moment: half-way through writing a file, or when it is complete; or together with
# Snakemake, as by a power cut, which then does not know that the file is complete.
FATAL = """\
        if (moment := os.environ.get("KILL_WHILE_WRITING")) and moment in str(path):
            temporary.write_bytes(content[: len(content) // 2])
            os.kill(os.getpid(), 9)
        temporary.write_bytes(content)
    if (moment := os.environ.get("KILL_AFTER_WRITING")) and moment in str(path):
        os.kill(os.getpid(), 9)
    if (moment := os.environ.get("CUT_AFTER_WRITING")) and moment in str(path):
        os.killpg(0, 9)
"""
BROKEN = """
    if params["model"]["order"] == 1:
        raise RuntimeError("the training of drnn1 broke")
"""


@pytest.fixture(scope="module")
def mortal(tmp_path_factory):
    """A workspace whose steps can be killed, and which writes a checkpoint after every epoch."""
    workspace = tiny(tmp_path_factory.mktemp("faults") / "mortal")
    workspace.edit("drnn/files.py", WRITING, FATAL)
    workspace.after_each_epoch("")
    workspace.commit()
    return workspace


@pytest.fixture
def committed(tmp_path):
    """The project as it is committed, with its real parameters."""
    return Workspace(tmp_path / "project", {})


def names(workspace, pattern) -> list[str]:
    """Names of the finished files: what is being written has a name that begins with a dot."""
    return [path for path in workspace.products(pattern) if not path.rpartition("/")[2].startswith(".")]


def test_a_step_killed_while_it_writes_leaves_nothing_half_and_is_made_again(mortal):
    killed = mortal.run(*SNAKEMAKE, "--", "features_all", KILL_WHILE_WRITING="features/tiny")
    assert killed.returncode
    assert names(mortal, "split/**/*") and not names(mortal, "features/**/*")
    assert mortal.executed(*SNAKEMAKE, "--", "features_all") == {"features": 1}
    assert len(names(mortal, "features/**/*.h5")) == 1


def test_a_killed_training_goes_on_and_ends_with_the_same_bytes(mortal):
    assert mortal.run(*SNAKEMAKE, "--", "train_all", KILL_AFTER_WRITING="drnn1/quick/half/.block0").returncode
    assert not names(mortal, "train/tiny/drnn1/**/*.*")
    assert mortal.executed(*SNAKEMAKE, "--", "train_all")["train"] >= 1  # and lstm, if it had not begun
    (log,) = mortal.products("logs/train/tiny/drnn1/**/*.log").values()
    assert b"going on after epoch 1" in log
    resumed = mortal.products("train/tiny/**/*@*")
    for path in resumed:
        (mortal.folder / "results" / path).unlink()
    assert mortal.executed(*SNAKEMAKE, "--", "train_all") == {"train": 2}
    assert len(resumed) == 2 and mortal.products("train/tiny/**/*@*") == resumed


def test_a_failed_training_shows_its_log_and_the_others_are_kept(mortal):
    mortal.edit("drnn/steps/train.py", "    device = devices.choose", f"{BROKEN}    device = devices.choose")
    before = names(mortal, "train/**/*.h5")
    failed = mortal.run(*LOUD, "--keep-going")
    said = failed.stdout + failed.stderr
    assert failed.returncode and "the training of drnn1 broke" in said and "results/logs/train/tiny/drnn1/" in said
    assert "stopped; what is made is kept, and the same command goes on from here" in said
    (order,) = set(re.findall(r"drnn train (results/jobs/train@\w+\.json)", said))
    by_hand = mortal.run(*PYTHON, "train", order)
    assert by_hand.returncode == 70 and "the training of drnn1 broke" in by_hand.stderr
    (kept,) = set(names(mortal, "train/**/*.h5")) - set(before)
    assert "/lstm/" in kept and not names(mortal, "metrics/**/*")
    mortal.reset()


def test_after_a_power_cut_between_a_file_and_its_record_the_next_run_goes_on_to_the_end(mortal):
    assert "traces_all: 1 file made" in mortal.check(*SNAKEMAKE, "--", "traces_all")  # and no report is named
    assert mortal.run("setsid", "--wait", *SNAKEMAKE, CUT_AFTER_WRITING="metrics/tiny/metrics").returncode
    assert len(names(mortal, "metrics/**/*")) == 2 and not names(mortal, "report/**/*")
    assert "report: results/report/latest/report.html" in mortal.check(*LOUD)
    assert names(mortal, "report/latest/report.html")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda p: p.update(run=["msr_action3"]),
            "params.yaml: run: unknown 'msr_action3'; did you mean 'msr_action3d'?",
        ),
        (
            lambda p: p["recipes"]["paper"].update(epoch=1),
            "params.yaml: recipes.paper.epoch: unknown key; did you mean 'epochs'?",
        ),
    ],
    ids=["dataset", "key"],
)
def test_a_slip_in_the_parameters_is_one_message(committed, change, message):
    committed.set(change)
    for command in (("snakemake", "--dry-run"), (*PYTHON, "status")):
        refused = committed.run(*command)
        said = refused.stdout + refused.stderr
        assert refused.returncode
        assert any(line.removeprefix("error: ").startswith(message) for line in said.splitlines())
        assert "Traceback" not in said


def test_dvc_says_why_a_stage_failed(committed):
    committed.set(lambda params: params["recipes"]["paper"].update(epoch=1))
    refused = committed.run("dvc", "repro")
    assert refused.returncode and "unknown key; did you mean 'epochs'?" in refused.stdout + refused.stderr


def test_without_a_network_the_download_says_what_to_do(committed):
    nowhere = dict.fromkeys(["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"], "http://127.0.0.1:9")
    nowhere |= {"no_proxy": "", "NO_PROXY": ""}
    failed = committed.run("snakemake", "--cores", "1", "recordings_msr_action3d", **nowhere)
    said = failed.stdout + failed.stderr
    assert failed.returncode
    for part in ("MSR-Action-Recognition-46d870ff", "DRNN_DATA_MIRROR", "snakemake --cores 2 demo"):
        assert part in said
    assert "Traceback" not in said
