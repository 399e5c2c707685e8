"""What a run has to show, and which of it may stand in a row of the paper."""

import math
from functools import cache
from pathlib import Path

import yaml

from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.report.blocks import Cell, interval, percent, plural, span

RECIPE = "paper"  # the only recipe whose numbers may stand beside the paper's
DEMO = "not run (this is the synthetic demo)"


METHODS = {
    "dtw": "nearest training sequence by dynamic time warping of the joints",
    "pooled_svm": "linear SVM on the same features, pooled over parts of the sequence",
}
"""What the methods beside the recurrent layers are."""


def method(settings: dict) -> str:
    """What a method beside the recurrent layers is, in words, from its block."""
    alike = [words for name, words in (("size", "of one size"), ("view", "seen from one side")) if settings.get(name)]
    return f"{METHODS[settings['method']]}{', bodies ' if alike else ''}{' and '.join(alike)}"


@cache
def paper() -> dict:
    """Every number that the paper prints, from paper.yaml."""
    return yaml.safe_load(Path(__file__).with_name("paper.yaml").read_text(encoding="utf-8"))


def loss_floor(classes: int) -> float:
    """The smallest loss of a frame: Eq (3) over outputs in (−1, 1) of Eq (5), the right one at 1, the rest at −1."""
    return -math.log(math.e / (math.e + (classes - 1) / math.e))


def admitted(metrics: list[dict]) -> dict[str, dict]:
    """The datasets whose results may stand in a paper row: the paper's own, not synthetic, as the paper states."""
    found = {m["facts"]["dataset"]: m for m in metrics if not m["facts"]["synthetic"]}
    return {name: m for name, m in found.items() if name in paper()["datasets"] and not departures(m["facts"])}


def departures(facts: dict) -> list[str]:
    """Where the run of a dataset of the paper is not what the paper states, in words; empty where it is."""
    source = paper()["datasets"][facts["dataset"]]["source"]
    differ = [_sampled(facts["sample"])] if facts.get("sample") else []
    differ += [] if facts["source"] == source else [f"its source is {facts['source']}, not {source}"]
    if RECIPE not in facts["recipes"]:
        return [*differ, f"the recipe “{RECIPE}” is not part of this run"]
    sizes = {paper()["datasets"][row["dataset"]]["source"]: row for row in paper()["tables"]["table1"]["rows"]}
    own = facts["settings"][RECIPE]
    ours = own | {"hidden_size": own.get("hidden_size") or facts["hidden_size"]}
    stated = paper()["training"] | {"hidden_size": sizes[source]["state"]}
    unlike = [(name, ours[name], value) for name, value in stated.items() if ours.get(name, value) != value]
    return differ + [f"{name} is {here}, not {value}" for name, here, value in unlike]


def _sampled(label: str) -> str:
    """What the label of a sample says of the recordings, as part of a sentence."""
    return f"it is a {label}" if label.startswith("sample") else f"its recordings are {label}"


def named(facts: dict) -> str:
    """A dataset's name with the label of a sample: "kth1_sample (sample, 20 of 599 videos)"."""
    return f"{facts['dataset']} ({facts['sample']})" if facts.get("sample") else facts["dataset"]


def all_synthetic(metrics: list[dict]) -> bool:
    """Is this report the demo's?"""
    return bool(metrics) and all(m["facts"]["synthetic"] for m in metrics)


def missing(dataset: str, metrics: list[dict]) -> str:
    """Why a dataset of the paper has no number here."""
    if all_synthetic(metrics):
        return DEMO
    real = {m["facts"]["dataset"]: m["facts"] for m in metrics if not m["facts"]["synthetic"]}
    if dataset in real:
        return f"not run as the paper states ({'; '.join(departures(real[dataset]))})"
    about = paper()["datasets"][dataset]
    alike = {name: facts for name, facts in real.items() if facts["source"] == about["source"]}
    whole = [name for name, facts in alike.items() if not facts.get("sample")]
    title = "KTH" if dataset.startswith("kth") and not whole else about["title"]
    if alike and not whole:
        return f"not run ({title} only as a sample: {', '.join(alike)})"
    return f"not run ({title} is not part of this run)"


def in_paper_row(measured: dict, model: str, order: int | None = None) -> bool:
    """Is this model of a run the one that a row of the paper means, by name and by order?"""
    orders = {row["model"]: row["order"] for row in paper()["tables"]["table4"]["rows"] if "model" in row}
    known = measured["facts"]["models"].get(model)
    return known is not None and model in orders and known["order"] == orders[model] and order in (None, known["order"])


def beside(measured: dict, protocol: str) -> list[dict]:
    """The results of other methods than recurrent layers under a protocol."""
    return [r for r in measured["results"] if (r["protocol"], r["recipe"]) == (protocol, BASELINE)]


def is_ensemble(recipe: str) -> bool:
    """Does a recipe's name say that the result is of all seeds of a model together?"""
    return recipe.endswith(ENSEMBLE)


def further(ran: dict) -> list[str]:
    """The recipes that ran besides the paper's, in the order of the results."""
    used = dict.fromkeys(r["recipe"] for r in ran["results"])
    return [recipe for recipe in used if recipe not in (RECIPE, BASELINE) and not is_ensemble(recipe)]


def ensembles(ran: dict, protocol: str) -> list[str]:
    """The names of the ensembles under a protocol, that of the paper's recipe first."""
    used = dict.fromkeys(r["recipe"] for r in ran["results"] if r["protocol"] == protocol and is_ensemble(r["recipe"]))
    return sorted(used, key=lambda recipe: recipe != RECIPE + ENSEMBLE)


def is_beside(ran: dict, model: str) -> bool:
    """Is this a model that the claims about orders are not about?"""
    models = ran["facts"]["models"]
    return model in models and model not in ran["facts"].get("compared", models)


def parameters(facts: dict, recipe: str, model: str) -> int:
    """How many parameters a model has as a recipe sizes it; an ensemble's are those of one of its members."""
    sizes = facts.get("parameters", {}).get(recipe.removesuffix(ENSEMBLE), {})
    return sizes.get(model, facts["models"][model]["parameters"])


def result(measured: dict, protocol: str, model: str, recipe: str = RECIPE) -> dict | None:
    """The result of a model with a recipe, by default the paper's, under a protocol."""
    wanted = (protocol, recipe, model)
    found = [r for r in measured["results"] if (r["protocol"], r["recipe"], r["model"]) == wanted]
    return found[0] if found else None


def rows() -> list[dict]:
    """The rows of Tables 2 and 4, in which the paper states its results."""
    return [*paper()["tables"]["table2"]["rows"], *paper()["tables"]["table4"]["rows"]]


def own_rows(dataset: str) -> list[dict]:
    """Those of a dataset that hold a model of the paper, not what it cites."""
    return [row for row in rows() if row["dataset"] == dataset and "model" in row]


def found_for(measured: dict, protocol: str, row: dict, recipe: str = RECIPE) -> dict | None:
    """Our result for a row, if the model of that name has the row's order."""
    allowed = "model" in row and in_paper_row(measured, row["model"], row["order"])
    return result(measured, protocol, row["model"], recipe) if allowed else None


def accuracy(found: dict | None) -> str:
    """Mean ± standard deviation over the runs, and how many there are; a cell that knows what lies behind it."""
    if found is None:
        return "not run"
    splits, seeds, runs = found["splits"], found["seeds"], found["runs"]
    counts = grid(found)
    if runs != splits * seeds:
        counts += f", {plural(runs, 'run')}"
    return Cell(f"{spread(found)} ({counts})", _behind(found))


def spread(found: dict) -> str:
    """Mean ± standard deviation over the runs."""
    alone = found["runs"] == 1 or found["std"] is None
    return percent(found["mean"]) + ("" if alone else f" ± {percent(found['std'])}")


def _behind(found: dict) -> str:
    """Test sequences, runs and intervals of a mean accuracy."""
    tested = found["test_sequences"]
    tested = span(tested if isinstance(tested, list) else [tested])
    least, greatest = (percent(end(found["accuracies"])) for end in (min, max))
    runs = f", accuracies of the runs from {least} to {greatest} %" if found["runs"] > 1 else ""
    ends = f"95 % interval over sequences {interval(found['interval'])} %"
    if wider := found["interval_subjects"]:
        ends += f", over subjects{' and seeds' if found['seeds'] > 1 else ''} {interval(wider)} %"
    return f"n = {tested} test sequences; {grid(found)}{runs}; {ends}"


def grid(found: dict) -> str:
    """How many splits and, of what has seeds, how many of these."""
    alone = found["recipe"] == BASELINE or is_ensemble(found["recipe"])
    return plural(found["splits"], "split") + ("" if alone else f" × {plural(found['seeds'], 'seed')}")


def sequences(splits: list[dict], side: str) -> str:
    """How many sequences are on a side of the splits, "train" or "test": 216, or 215–216 where they differ."""
    return span([split[side] for split in splits])


def mixture(metrics: list[dict]) -> list[str]:
    """A note where the runs behind one table were made on different devices or by different versions."""
    devices = sorted({device for m in metrics for device in m["facts"].get("devices", [])})
    versions: dict[str, set] = {}
    for m in metrics:
        for name, version in m["facts"].get("versions", {}).items():
            versions.setdefault(name, set()).update(version if isinstance(version, list) else [version])
    notes = []
    if len(devices) > 1:
        notes.append(f"Mixed devices: the runs in this table were made on {', '.join(devices)}.")
    if mixed := [f"{name} {', '.join(sorted(v))}" for name, v in sorted(versions.items()) if len(v) > 1]:
        notes.append(f"Mixed versions: the runs in this table were made with {'; '.join(mixed)}.")
    return notes


def marked(title: str, metrics: list[dict]) -> str:
    """A title that says SYNTHETIC where nothing but synthetic data stands behind it."""
    return f"SYNTHETIC · {title}" if all_synthetic(metrics) else title
