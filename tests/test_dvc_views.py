"""What DVC shows of a run: numbers, curves, parameters and experiments, under names that do not change."""

import csv
import io
import json
from collections import Counter
from zipfile import ZipFile

import pytest
import yaml
from dvc_room import shown, specs
from engine_room import DVC, SNAKEMAKE, Workspace

from drnn.config.params import validate

pytestmark = pytest.mark.slow
LATEST = "results/report/latest"
CHANGE = ("recipes.quick.epochs=12", "recipes.quick.learning_rate=0.02")


@pytest.fixture(scope="module")
def changed(all_made, tmp_path_factory) -> Workspace:
    """A workspace with a committed run, and an experiment with other parameters after it."""
    workspace = all_made.copy(tmp_path_factory.mktemp("views") / "dvc")
    workspace.check(*DVC)
    workspace.commit()
    workspace.before = numbers(workspace)
    workspace.check("dvc", "exp", "run", "--quiet", "--name", "longer", *(w for c in CHANGE for w in ("-S", c)))
    workspace.after = numbers(workspace)
    return workspace


def numbers(workspace: Workspace) -> dict:
    return json.loads((workspace.folder / LATEST / "metrics.json").read_text())


def test_metrics_show_and_diff(changed):
    models = changed.after["tiny"]["half"]["quick"]
    assert models.keys() == {"lstm", "drnn1"} and all(m["runs"] == 1 and m["std"] == 0 for m in models.values())
    rows = {model: f"{LATEST}/accuracies/tiny/half/quick/{model}.json" for model in models}
    found = shown(changed, "metrics", "show")[""]["data"]
    difference = shown(changed, "metrics", "diff")
    for model, row in rows.items():
        was = round(changed.before["tiny"]["half"]["quick"][model]["mean"], 2)
        now = round(models[model]["mean"], 2)
        assert found[row]["data"]["accuracy"] == now and found[row]["data"]["label"] == "synthetic"
        told = difference.get(row, {}).get("accuracy", {"old": was, "new": was})
        assert (told["old"], told["new"]) == (was, now)
    assert difference.keys() & rows.values()


def test_params_diff(changed):
    assert shown(changed, "params", "diff")["params.yaml"] == {
        "recipes.quick.epochs": {"old": 2, "new": 12, "diff": 10},
        "recipes.quick.learning_rate": {"old": 0.001, "new": 0.02, "diff": pytest.approx(0.019)},
    }


@pytest.mark.parametrize("words", [("show",), ("diff", "HEAD")], ids=" ".join)
def test_plots_show_the_loss_the_norms_and_the_confusion(changed, words):
    plots = specs(changed, *words)
    plots = {title: plot for title, plot in plots.items() if title.startswith(LATEST)}  # the others are the record's
    assert plots.keys() == {f"{LATEST}/data/{kind}/tiny.csv" for kind in ("loss", "dos", "confusion")}
    revisions = {"workspace"} | ({"HEAD"} if "diff" in words else set())
    for kind, plot in plots.items():
        assert "<DVC_METRIC_" not in json.dumps(plot)
        assert {row["rev"] for row in plot["data"]["values"]} == revisions, kind
    curves = plots[f"{LATEST}/data/loss/tiny.csv"]["data"]["values"]
    counted = Counter((row["rev"], row["model"]) for row in curves)
    lengths = {"workspace": 12, "HEAD": 2}
    assert counted == {(rev, model): lengths[rev] for rev in revisions for model in ("lstm", "drnn1")}


def test_the_data_of_the_figures_are_those_of_the_metrics(changed):
    runs = [json.loads(p.read_text()) for p in (changed.folder / "results/metrics/tiny").glob("metrics@*.json")]
    metrics = max(runs, key=lambda run: len(run["facts"]["curves"][0]["mean"]))
    data = {p.parent.name: list(csv.DictReader(p.open())) for p in (changed.folder / LATEST / "data").rglob("*.csv")}
    for curve in metrics["facts"]["curves"]:
        rows = [row for row in data["loss"] if row["model"] == curve["model"]]
        assert [float(row["mean"]) for row in rows] == pytest.approx(curve["mean"], abs=1e-6)
    for result in metrics["results"]:
        rates = [float(row["rate"]) for row in data["confusion"] if row["model"] == result["model"]]
        assert rates == pytest.approx([rate for row in result["confusion"] for rate in row], abs=1e-6)
    assert [int(row["t"]) for row in data["dos"]] == list(range(1, len(data["dos"]) + 1))


def test_experiments_are_listed_with_their_numbers(changed):
    table = csv.DictReader(io.StringIO(changed.check("dvc", "exp", "show", "--csv").partition("\n DVC")[0]))
    rows = {row["Experiment"] or row["rev"]: row for row in table}
    for name, epochs, found in (("longer", "12", changed.after), ("workspace", "12", changed.after)):
        assert rows[name]["recipes.quick.epochs"] == epochs
        mean = found["tiny"]["half"]["quick"]["lstm"]["mean"]
        accuracy = float(rows[name][f"{LATEST}/accuracies/tiny/half/quick/lstm.json:accuracy"])
        assert accuracy == pytest.approx(mean, abs=0.005)


def test_snakemakes_report_shows_tables_and_figures_by_dataset(changed):
    changed.check("snakemake", "--report", "out.zip")
    with ZipFile(changed.folder / "out.zip") as file:
        held = {name: file.read(name).decode(errors="replace") for name in file.namelist()}
    page = "\n".join(held.values())
    for text in ("Like Figure 2", "confusion matrix, mean over the runs", "Tables", "Figures", "training loss", "tiny"):
        assert text in page, text
    assert {name.rpartition("/")[2] for name in held} >= {"tiny_loss.svg", "tiny_confusion.svg", "paper_tables.md"}


def test_latest_lies_in_what_dvc_keeps_and_goes_back_with_it(changed):
    """The last test: it takes the experiment back."""
    changed.reset()
    changed.check("dvc", "checkout", "--quiet", "--force", "dvc.yaml")
    assert numbers(changed) == changed.before
    assert changed.executed(*SNAKEMAKE) == changed.executed(*DVC) == Counter()
    assert numbers(changed) == changed.before and changed.after != changed.before


def test_setting_a_parameter_of_one_dataset_leaves_those_that_share_its_block(tmp_path):
    workspace = Workspace(tmp_path / "project", {})
    before = yaml.safe_load((workspace.folder / "params.yaml").read_text())
    workspace.check("dvc", "exp", "run", "--quiet", "--queue", "-S", "datasets.kth1.hidden_size=100")
    after = yaml.safe_load(workspace.check("git", "show", "refs/exps/celery/stash:params.yaml"))
    before["datasets"]["kth1"]["hidden_size"] = 100
    assert after == before and validate(after)
