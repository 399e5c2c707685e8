"""Security: nothing that is read runs, no name reaches a shell or leaves a folder, no other address is asked."""

import ast
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import cycle, islice

import numpy as np
import pytest
from bench import ROOT
from faults import told
from hypothesis import given, settings
from hypothesis import strategies as st
from report_room import fake_behaviour, fake_metrics, fake_predictions, fake_trace, typed

from drnn.config.params import load
from drnn.datasets.source import known, source
from drnn.datasets.store import SequenceSet
from drnn.report.build import build

pytestmark = pytest.mark.slow
HOSTILE = [
    "$(touch evil)",
    "`touch evil`",
    "'; touch evil; '",
    '"><script>window.ran = 1</script>',
    "<img src=x onerror='window.ran = 1'>",
    "</script><script>window.ran = 1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "../../evil",
    "a\nb\r\nc",
    "a,b;c\t|d|",
    "*_[x](javascript:alert(1))",
    "@0123456789",
    "‮evil",
    "ä ö ü ½ 行動",
    "-rf",
    "",
]
SOURCES = sorted((ROOT / "drnn").rglob("*.py"))
HOSTS = {"github.com", "timeseriesclassification.com", "www.csc.kth.se", "www.w3.org"}
"""Those of the recordings, and the name of a language."""
TEXTS = (".py", ".toml", ".yaml", ".j2", ".js", ".css")
LETTERS = "<>/\"'`&;:=(){}%$#!- \n\u2028scriptonerrorimgsvgjavascript"
RUNS = {"eval", "exec", "os.system", "os.popen", "pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load"}


class Parsed(HTMLParser):
    """What a browser would run of a page, and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.scripts: list[dict] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.append(dict(attrs))

    def run_nothing_else(self, scripts: int) -> bool:
        """Whether nothing runs but so many scripts of the page's own."""
        handlers = [name for name, _ in self.attributes if name.startswith("on")]
        links = [value for _, value in self.attributes if re.match(r"\s*javascript:", value, re.IGNORECASE)]
        return len(self.scripts) == scripts and not handlers and not links


def named(values: list[str], count: int) -> list[str]:
    """So many different names made of these."""
    return [value + "·" * (n // len(values)) for n, value in enumerate(islice(cycle(values), count))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_runs_what_it_reads_or_asks_a_shell(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not RUNS & calls.keys()
    for name, call in calls.items():
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert "shell" not in given, name
        assert name != "torch.load" or given["weights_only"] == "True"
        assert name != "np.load" or given["allow_pickle"] == "False"
        assert not name.endswith("extractall") or given["filter"] == "'data'"


def test_only_pinned_addresses_stand_in_the_package():
    texts = [path for path in (ROOT / "drnn").rglob("*") if path.suffix in TEXTS]
    found = {host for path in texts for host in re.findall(r"https?://([\w.-]+)", path.read_text(encoding="utf-8"))}
    assert found <= HOSTS


@pytest.mark.parametrize("name", known())
def test_what_is_downloaded_is_pinned_by_its_checksum_or_its_recordings(name):
    published = source(name)
    for file in published.files:
        members = published.members(file)
        assert file.checksum or (members and all(published.recordings[path] for path in members)), file.url


def test_hostile_names_of_sequences_and_classes_go_through_every_step_and_run_nothing(bench):
    job = bench.of("sequences", dataset="tiny")
    path = bench.folder / job.outputs["sequences"]
    found = SequenceSet.load(path)
    names = [name.replace("/", "∕") if n else name for n, name in enumerate(named(HOSTILE, len(found)))]
    path.unlink()
    replace(found, names=named(names, len(found)), classes=named(HOSTILE, len(found.classes))).save(path)
    for step in ("split", "features", "train", "baseline", "metrics", "traces", "behaviour", "report"):
        for job in [job for job in bench.jobs.values() if job.step == step and job.names.get("dataset") != "films"]:
            if job.names.get("dataset") in ("tiny", None):
                bench.drop(job)
                changed = bench.folder / job.order
                order = changed.read_bytes().replace(b"a01_s04_e01", names[-1].encode())
                bench.put(job.order, order)
                done = bench.do(job)
                told(done)
    everything = [path for path in bench.folder.parent.rglob("*") if "evil" in path.name]
    assert not everything


@pytest.fixture(scope="module")
def experiment() -> dict:
    return load(ROOT / "params.yaml").model_dump(mode="json")


def page_with(texts: list[str], experiment: dict) -> str:
    """The page of an experiment whose sequences, classes and titles are these."""
    metrics = fake_metrics().values()
    classes = named(texts, len(metrics["facts"]["classes"]))
    metrics["facts"]["classes"] = classes
    titles = {"protocols": {}, "recipes": {}, "baselines": {}, "models": {"lstm": texts[-1] or "a"}}
    metrics["facts"]["titles"] = titles | {"dataset": texts[0] or "a"}
    behaviour = fake_behaviour()
    behaviour = replace(behaviour, names=np.array(named(texts, 4)), classes=np.array(classes))
    trace = fake_trace()
    trace = replace(trace, facts=replace(trace.facts, sequence=texts[0], action=texts[-1]))
    runs = {"msr_action3d": fake_predictions(behaviour)}
    made = build([typed(metrics)], {"msr_action3d": trace}, {"msr_action3d": behaviour}, experiment, runs)
    return made["report.html"]


@pytest.fixture(scope="module")
def scripts(experiment) -> int:
    """How many scripts a page has whose data are harmless."""
    return len(Parsed(page_with(["a", "b"], experiment)).scripts)


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_the_page_shows_hostile_data_and_runs_none(experiment, scripts, text):
    assert Parsed(page_with([text, "b"], experiment)).run_nothing_else(scripts)


def test_the_page_shows_any_data_and_runs_none(experiment, scripts):
    @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.text(st.sampled_from(LETTERS), max_size=40), min_size=2, max_size=4, unique=True))
    def law(texts):
        assert Parsed(page_with(texts, experiment)).run_nothing_else(scripts)

    law()
