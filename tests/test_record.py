"""The committed record: its tables follow from its predictions, to the byte, and nothing else gets into it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from drnn.config.params import load
from drnn.errors import UserError
from drnn.evaluation.predictions import read_predictions
from drnn.plan.experiment import Plan
from drnn.plan.latest import refresh_latest
from drnn.record import publish as record
from drnn.record import verify

ROOT = Path(__file__).parent.parent
RAN = json.loads((ROOT / "reports/provenance.json").read_text())["params"]["run"]


@pytest.fixture(scope="module", autouse=True)
def _summarised_once():
    """The same predictions and facts have the same metrics, which take seconds: they are computed once."""
    known, summarise = {}, verify.summarise

    def remembered(runs, facts):
        asked = (*runs, facts.model_dump_json())
        if asked not in known:
            known[asked] = summarise(runs, facts)
        return known[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "summarise", remembered)
        yield


def copy_pages(folder):
    """README.md, the pages that tell numbers, and the table of the layer's speed."""
    for name in ("README.md", "docs/layer.md", "docs/method.md", "benchmarks/layer.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


@pytest.fixture
def copied(tmp_path):
    """A copy of reports/, with the metrics alone of other experiments, and of the pages that speak of it."""
    reports = tmp_path / "reports"
    shutil.copytree(ROOT / "reports", reports, ignore=shutil.ignore_patterns("own"))
    own = shutil.ignore_patterns("predictions", "figures", "data")
    shutil.copytree(ROOT / "reports/own", reports / "own", ignore=own)
    copy_pages(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_committed_record_follows_from_its_predictions(copied):
    assert "every byte equal" in record.verify(copied / "reports", copied / "README.md")


def test_altering_one_prediction_is_found(copied):
    path = copied / "reports/predictions/msr_action3d.csv"
    lines = path.read_text().splitlines()
    sequence, subject, label, predicted, *others = lines[7].split(",")
    lines[7] = ",".join([sequence, subject, label, str((int(predicted) + 1) % 20), *others])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UserError, match="differs from what the committed predictions give"):
        record.verify(copied / "reports", copied / "README.md")


def alter(path: Path, said: str) -> None:
    """Put another last digit in place of that of a number."""
    text = path.read_text(encoding="utf-8")
    found = re.search(said, text)
    place = found.end(found.lastindex or 0) - 1
    path.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :], encoding="utf-8")


ACCURACY = r"(\d\d\.\d\d) ± |\"(?:mean|accuracy)\": (\d\d\.\d\d)|(\d\d\.\d\d) \("
NUMBERS = {
    "reports/paper_tables.md": ACCURACY,
    "reports/metrics/msr_action3d.json": ACCURACY,
    "reports/metrics.json": ACCURACY,
    "reports/accuracies/msr_action3d/odd_even_567/tuned/lstm.json": ACCURACY,
    "reports/index.html": ACCURACY,
    "README.md": r"order 2 gains \+0\.\d\d",
    "docs/layer.md": r"frames \| 0\.\d",
    "docs/method.md": r"better than LSTM \| [+−]\d\.\d\d",
}


@pytest.mark.slow
def test_altering_published_numbers_is_found_and_each_file_named(copied):
    for name, said in NUMBERS.items():
        alter(copied / name, said)
    with pytest.raises(UserError) as refused:
        record.verify(copied / "reports", copied / "README.md")
    differing = re.findall(r"^(\S+): differs from", str(refused.value), re.MULTILINE)
    assert sorted(differing) == sorted(str(copied / name) for name in NUMBERS)


@pytest.mark.slow
def test_altering_the_table_that_a_figure_in_prose_comes_from_is_found(copied):
    alter(copied / "benchmarks/layer.md", r"450→300, 6, 16, 200 \| [\d., ]+\| [\d.]+ \| 0\.\d+ \| 0\.\d+ \| 0\.\d\d")
    with pytest.raises(UserError, match=r"README\.md: differs") as refused:
        record.verify(copied / "reports", copied / "README.md")
    assert "layer.md: differs" in str(refused.value)


def test_an_incomplete_record_is_an_error_with_a_remedy(copied):
    (copied / "reports/metrics/msr_action3d.json").unlink()
    with pytest.raises(UserError, match="drnn publish"):
        record.verify(copied / "reports", copied / "README.md")


def test_the_record_draws_no_recording():
    assert not list((ROOT / "reports").rglob("*_drawn*"))
    pages = list((ROOT / "reports").rglob("*.html"))
    assert {page.name for page in pages} == {"index.html"}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<canvas" not in text and "jpeg" not in text
        assert '<script type="application/json" id="data-players">[]</script>' in text


def test_the_record_holds_what_the_paper_tables_need():
    runs = read_predictions(ROOT / "reports/predictions/msr_action3d.csv")
    for protocol in ("odd_even_567", "odd_even_557"):
        for model in ("lstm", "drnn1", "drnn2"):
            assert sum(run.identity[:3] == (protocol, "paper", model) for run in runs) >= 5


@pytest.fixture
def finished(tmp_path, monkeypatch):
    """A git checkout whose results/ hold what the committed record was published from."""
    for name in ("params.yaml", "searches.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    copy_pages(tmp_path)
    shutil.copytree(ROOT / "reports/search", tmp_path / "reports/search")  # stays where a search is not made here
    monkeypatch.chdir(tmp_path)
    plan = Plan.load("paper", RAN)
    sources = {path: ROOT / "reports" / name for name, path in plan.report.outputs.items()}
    (job,) = plan.jobs.of("metrics")
    sources[job.outputs["metrics"]] = ROOT / "reports/metrics/msr_action3d.json"
    sources[job.outputs["predictions"]] = ROOT / "reports/predictions/msr_action3d.csv"
    for path, source in sources.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(source.read_bytes() if source.is_file() else b"")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "params.yaml"], ["commit", "-q", "-m", "0"]):
        subprocess.run(git + words, check=True)
    return job.outputs


def test_publishing_makes_the_record_again(finished):
    assert "every byte equal" in record.publish(RAN)
    for path in (ROOT / "reports").rglob("*"):
        if path.is_file() and path.name != "provenance.json" and "own" not in path.parts:
            assert Path("reports", path.relative_to(ROOT / "reports")).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_an_experiment_of_ones_own_has_a_record_of_its_own(finished):
    name = "breadth"  # README speaks of it, once it has datasets enough
    record.publish(RAN)
    before = {path: path.read_bytes() for path in (Path("README.md"), *Path("reports").rglob("*.md"))}
    config = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8")) | {"run": RAN}
    Path(f"{name}.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    with pytest.raises(UserError, match=rf"not committed: \?\? {name}.yaml; commit, run, then publish"):
        record.publish(experiment=f"{name}.yaml")
    subprocess.run(["git", "add", f"{name}.yaml"], check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "1"], check=True)
    assert f"reports/own/{name}/: " in record.publish(experiment=f"{name}.yaml")
    assert Path(f"reports/own/{name}/index.html").is_file()
    provenance = json.loads(Path(f"reports/own/{name}/provenance.json").read_text(encoding="utf-8"))
    assert provenance["made_again_by"] == f"snakemake --cores all --configfile {name}.yaml && drnn publish"
    assert before == {path: path.read_bytes() for path in before}
    assert verify.verify_all().count("every byte equal") == 2
    record.publish(RAN)
    assert Path(f"reports/own/{name}/paper_tables.md").is_file()
    page = Path(f"reports/own/{name}/paper_tables.md")
    page.write_text(page.read_text(encoding="utf-8") + "x", encoding="utf-8")
    with pytest.raises(UserError, match=rf"reports/own/{name}/paper_tables.md: differs"):
        verify.verify_all()


def with_a_twin(folder):
    """A record of two datasets: the committed one, and the same again under another name."""
    shutil.copytree(ROOT / "reports", folder, dirs_exist_ok=True)
    for pattern in (
        "metrics/{}.json",
        "predictions/{}.csv",
        "data/dos/{}.csv",
        "data/behaviour/{}.csv",
        "data/loss/{}.csv",
    ):
        text = (folder / pattern.format("msr_action3d")).read_text(encoding="utf-8")
        text = text.replace('"dataset": "msr_action3d"', '"dataset": "twin"')
        (folder / pattern.format("twin")).write_text(text, encoding="utf-8")
    path = folder / "provenance.json"
    provenance = json.loads(path.read_text(encoding="utf-8")) | {"revision": "of the twin"}
    provenance["params"]["run"].append("twin")
    provenance["params"]["datasets"]["twin"] = provenance["params"]["datasets"]["msr_action3d"]
    path.write_text(json.dumps(provenance), encoding="utf-8")
    verify.rewrite(folder, None)


@pytest.mark.slow
def test_publishing_adds_and_removes_only_what_is_named(finished):
    record.publish(RAN)
    params = json.loads(Path("reports/provenance.json").read_text(encoding="utf-8"))["params"]
    with_a_twin(Path("reports"))
    path = Path("reports/provenance.json")
    provenance = json.loads(path.read_text(encoding="utf-8"))
    twin = provenance["params"]["datasets"]["twin"]
    provenance["params"] = params | {"run": [*RAN, "twin"], "datasets": params["datasets"] | {"twin": twin}}
    path.write_text(json.dumps(provenance), encoding="utf-8")
    before = Path("reports/predictions/twin.csv").read_bytes()
    for _ in range(2):
        assert "of the record stayed: twin" in record.publish(RAN)
        assert Path("reports/predictions/twin.csv").read_bytes() == before
        provenance = json.loads(path.read_text(encoding="utf-8"))
        assert provenance["params"]["run"] == [*RAN, "twin"]
        assert provenance["earlier"]["twin"]["revision"] == "of the twin"
        assert set(json.loads(Path("reports/metrics.json").read_text(encoding="utf-8"))) == {*RAN, "twin"}
        assert "every byte equal" in verify.verify()
    with pytest.raises(UserError, match="--remove kth1: is not in the record, which has msr_action3d, twin"):
        record.publish(RAN, remove=["kth1"])
    with pytest.raises(UserError, match="--remove msr_action3d: is published by this run"):
        record.publish(RAN, remove=RAN)
    assert "stayed" not in record.publish(RAN, remove=["twin"])
    assert not list(Path("reports").rglob("twin*")) and "earlier" not in json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_what_stays_was_made_with_the_same_blocks(finished):
    record.publish(RAN)
    with_a_twin(Path("reports"))
    path = Path("reports/provenance.json")
    provenance = json.loads(path.read_text(encoding="utf-8"))
    provenance["params"]["recipes"]["tuned"]["epochs"] = 7
    path.write_text(json.dumps(provenance), encoding="utf-8")
    before = {path: path.read_bytes() for path in Path("reports").rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="another than the one that twin of the record was made with"):
        record.publish(RAN)
    assert before == {path: path.read_bytes() for path in Path("reports").rglob("*") if path.is_file()}


def test_publishing_an_incomplete_result_leaves_the_record_as_it_was(finished):
    record.publish(RAN)
    before = {path: path.read_bytes() for path in Path("reports").rglob("*") if path.is_file()}
    Path(finished["predictions"]).unlink()
    with pytest.raises(UserError, match=r"predictions@.*is not there"):
        record.publish(RAN)
    assert before == {path: path.read_bytes() for path in Path("reports").rglob("*") if path.is_file()}


def test_latest_is_made_whole_again(finished):
    plan = Plan.load("paper", RAN)
    refresh_latest(plan)
    Path("results/report/latest/report.html").unlink()
    Path("results/report/latest/paper_tables.md").write_text("cut")
    refresh_latest(plan)
    for name, path in plan.report.outputs.items():
        assert Path("results/report/latest", name).read_bytes() == Path(path).read_bytes()


def test_publishing_without_a_report_is_refused(tmp_path, monkeypatch):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="is not there"):
        record.publish(RAN)


def test_publishing_synthetic_results_is_refused(tmp_path, monkeypatch):
    shutil.copy(ROOT / "demo/params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    for path in Plan(load("params.yaml")).report.makes:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("")
    with pytest.raises(UserError, match="synthetic"):
        record.publish()


def test_publishing_what_is_not_committed_is_refused(finished):
    with Path("params.yaml").open("a") as file:
        file.write("# an edit\n")
    with pytest.raises(UserError, match=r"not committed: M params\.yaml"):
        record.publish(RAN)


def test_the_environment_and_the_package_ask_for_the_same():
    import tomllib

    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    other_names = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
    asked = {other_names.get(d.split()[0], d.split()[0]) + d.split()[1] for d in environment if "python " not in d}
    assert asked == set(package)


@pytest.mark.real_data
def test_the_list_of_557_is_the_one_that_circulates(msr_archive):
    listed = set((msr_archive.parent / "sequences_557.txt").read_text().split())
    left_out = set(load(ROOT / "params.yaml").protocols["odd_even_557"].leave_out)
    assert len(listed) == 557 and not listed & left_out and len(listed | left_out) == 567
