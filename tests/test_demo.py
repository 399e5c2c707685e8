"""The demo runs on a machine without a network, and needs none."""

import json
from collections import Counter

import pytest
import yaml
from engine_room import ALL, SNAKEMAKE, TINY, Workspace

pytestmark = pytest.mark.slow
# Python imports it at every start. It records each process and whatever it does with a socket of a network; the
# machine's own name and sockets between processes of one machine are none.
WITNESS = """
import json, os, socket, sys

def record(event):
    with open(os.environ["SOCKET_LOG"], "a") as file:
        file.write(json.dumps([event, sys.orig_argv]) + "\\n")

def hook(event, args):
    if event == "socket.__new__" and args[1] == socket.AF_UNIX or event == "socket.gethostname":
        return
    if event.startswith("socket."):
        record(event)

record("start")
sys.addaudithook(hook)
"""


@pytest.fixture(scope="module")
def witnessed(tmp_path_factory):
    """A workspace whose demo is small, and which has run; and what its processes did."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "sitecustomize.py").write_text(WITNESS)
    workspace = Workspace(folder / "project", {"demo/params.yaml": yaml.safe_dump(TINY, sort_keys=False)})
    spied = {"PYTHONPATH": str(folder), "SOCKET_LOG": str(folder / "events")}
    workspace.first = workspace.executed(*SNAKEMAKE, "--", "demo", **spied)
    workspace.check("python", "-c", "import socket; socket.socket()", **spied)
    workspace.events = [json.loads(line) for line in (folder / "events").read_text().splitlines()]
    return workspace


def test_the_demo_runs_every_step_but_the_download(witnessed):
    assert witnessed.first == ALL
    report = (witnessed.folder / "demo/results/report/latest/paper_tables.md").read_text()
    assert "SYNTHETIC" in report.splitlines()[0]


def test_no_process_of_the_demo_uses_a_network(witnessed):
    *events, (seen, who) = witnessed.events
    assert seen == "socket.__new__" and "-c" in who  # the witness sees one where there is one
    of_steps = [(event, who[who.index("drnn") + 1]) for event, who in events if "drnn" in who]
    assert Counter(step for event, step in of_steps if event == "start") == ALL
    assert {event for event, _ in of_steps} == {"start"}
    # Snakemake imports urllib3, which asks whether there is IPv6: it binds a socket to this machine, and closes it.
    assert {event for event, _ in events} <= {"start", "socket.__new__", "socket.bind"}


def test_the_demo_leaves_the_experiment_alone(witnessed):
    assert not (witnessed.folder / "results").exists()
