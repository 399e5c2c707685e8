"""The experiment through the profile for Kubernetes, against a stand-in of the cluster's API on loopback.

This proves the profile and the plumbing, not a cluster: each job's command runs here as a process with a container's
few variables, in an empty folder. There are no images, nodes, network volumes or permissions; memory is not limited.
"""

import re
from collections import Counter
from importlib.util import find_spec

import pytest
from engine_room import ALL, tiny
from kubernetes_room import Cluster

MISSING = "no snakemake-executor-plugin-kubernetes: pip install -c constraints.txt -e '.[workflow,test]'"
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not find_spec("snakemake_executor_plugin_kubernetes"), reason=MISSING),
]

PROFILE = "workflow/profiles/kubernetes"
SNAKEMAKE = ("snakemake", "--profile", PROFILE, "--seconds-between-status-checks", "1", "--keep-going")
SNAKEMAKE += ("--envvars", "DRNN_EXECUTION_LOG", "BREAK")
ASKED = {  # megabytes; each takes one thread
    "synthesise_skeletons": 1000,
    "read_skeletons": 1000,
    "split_subjects": 1000,
    "compute_features": 2000,
    "train_model": 2039,
    "summarise_runs": 1000,
    "trace_model": 2000,
    "follow_model": 2044,
    "report_paper": 1000,
}
# After its first epoch's checkpoint a training breaks.
FAULT = """
    if os.environ["BREAK"] in str(checkpoint):
        sys.exit(7)
"""


def asked(job: dict) -> tuple[str, dict, dict]:
    """The rule that a job runs, and what it requests and is limited to."""
    (container,) = job["spec"]["template"]["spec"]["containers"]
    (rule,) = re.findall(r"--allowed-rules (\w+)", container["args"][1])
    return rule, container["resources"]["requests"], container["resources"]["limits"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A workspace whose trainings can be broken, and its folder in the profile."""
    made = tiny(tmp_path_factory.mktemp("kubernetes") / "workspace")
    made.edit(f"{PROFILE}/config.yaml", '["drnn:/mnt/drnn"]', f'["drnn:{made.folder}"]')
    made.after_each_epoch(FAULT)
    return made


@pytest.fixture(scope="module")
def cluster(workspace):
    """The API, and the surroundings in which Snakemake finds it and its executor."""
    with Cluster("drnn", str(workspace.folder)) as running:
        config = workspace.folder.with_name("kubeconfig")
        config.write_text(running.config())
        loopback = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        running.surroundings = {"KUBECONFIG": str(config), "PYTHONPATH": PROFILE, "BREAK": "-", **loopback}
        yield running


@pytest.fixture(scope="module")
def first(workspace, cluster):
    """A run in which the training of drnn1 breaks, and the jobs until then."""
    return workspace.run(*SNAKEMAKE, **cluster.surroundings | {"BREAK": "/drnn1/"}), list(cluster.jobs)


@pytest.fixture(scope="module")
def second(workspace, cluster, first):
    """What the next run executed, whose trainings ask for a GPU, and its jobs."""
    before = len(cluster.jobs)
    executed = workspace.executed(*SNAKEMAKE, **cluster.surroundings, DRNN_DEVICE="cuda")
    return executed, cluster.jobs[before:]


def test_a_job_that_fails_is_reported_with_its_log_and_exit_code(workspace, first):
    said = first[0].stdout + first[0].stderr
    assert first[0].returncode == 1 and "Traceback" not in said
    (log,) = set(re.findall(r"^Logfile (results/logs/train/tiny/drnn1/\S+\.log):$", said, re.MULTILINE))
    assert "epoch 1 of 2" in said.partition(f"Logfile {log}:")[2]
    (log,) = workspace.folder.glob(".snakemake/auxiliary/kubernetes-logs/*.log")
    assert "returned non-zero exit status 7" in log.read_text()


def test_the_next_run_makes_what_is_missing_and_the_training_goes_on(workspace, second):
    assert second[0] == {"train": 1, "metrics": 1, "traces": 1, "behaviour": 1, "report": 1}
    (log,) = workspace.products("logs/train/tiny/drnn1/**/*.log").values()
    assert b"going on after epoch 1" in log


def test_every_job_went_through_the_api_with_what_its_rule_asks_for(first, second):
    jobs = [asked(job) for job in first[1] + second[1]]
    assert Counter(rule for rule, *_ in jobs) == Counter(list(ASKED)) + Counter(train_model=2)
    for rule, requests, limits in jobs:
        assert (requests["cpu"], limits["cpu"]) == ("950m", "1000m"), rule
        assert requests["memory"] == limits["memory"] == f"{ASKED[rule]}M", rule
        assert requests["ephemeral-storage"] == limits["ephemeral-storage"] == "1000M", rule


def test_a_training_asks_for_a_gpu_where_the_device_says_so_and_nothing_else_does(first, second):
    for jobs, gpus in (first[1], "0"), (second[1], "1"):
        for rule, _, limits in map(asked, jobs):
            assert limits.get("nvidia.com/gpu") == (gpus if rule == "train_model" else None), rule


def test_nothing_is_left_in_the_cluster_and_all_on_the_volume(workspace, cluster, second):
    assert not cluster.pods and not cluster.secrets
    assert len(workspace.products("made/*.json")) == sum(ALL.values())  # notes, which are no outputs of the rules


def test_then_there_is_nothing_to_do(workspace, cluster, second):
    before = len(cluster.jobs)
    assert workspace.executed(*SNAKEMAKE, **cluster.surroundings) == {} and len(cluster.jobs) == before
