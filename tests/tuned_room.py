"""Made-up metrics of skeletons with further trainings: a tuned recipe, ensembles, other models, random splits."""

from report_room import MODELS, fake_metrics, over, typed

OTHERS = {
    "torch_lstm": {"layer": "lstm", "order": 0, "truncation": "dos", "as_large_as": None, "parameters": 99},
    "lstm_large": {"layer": "drnn", "order": 0, "truncation": "dos", "as_large_as": "drnn2", "parameters": 98},
}
ENSEMBLE = {"seeds": 1, "runs": 1, "std": 0.0}
DRAWN = {"splits": 10, "seeds": 1, "runs": 10, "by_split": [70.0 + k for k in range(10)]}


def fake_tuned():
    """Everything that may be added, to the facts of `fake_metrics`."""
    metrics = fake_metrics().values()
    add(metrics, "tuned", 20.0)
    add(metrics, "paper_ensemble", 3.0, **ENSEMBLE)
    add(metrics, "tuned_ensemble", 24.0, **ENSEMBLE)
    add_splits(metrics, "tuned")
    add_models(metrics, "tuned")
    return typed(metrics)


def add(metrics, recipe, gain, **fields):
    """The results of the paper's recipe again as another's, so many points better, and comparisons that hold."""
    for r in [r for r in metrics["results"] if r["recipe"] == "paper"]:
        metrics["results"].append(r | {"recipe": recipe, "mean": r["mean"] + gain} | fields)
    for c in [c for c in metrics["comparisons"] if c["recipe"] == "paper"]:
        metrics["comparisons"].append(c | {"recipe": recipe, "verdict": "better", "p_holm": 0.0123})


def add_splits(metrics, recipe):
    """Ten random splits of the lowest and the highest order."""
    place = {"protocol": "random_5_5", "recipe": recipe}
    metrics["results"] += [r | place | DRAWN | {"mean": 74.5} for r in main(metrics) if r["model"] != "drnn1"]
    (one,) = (c for c in metrics["comparisons"][:3] if (c["better"], c["baseline"]) == ("drnn2", "lstm"))
    metrics["comparisons"].append(one | place | over(10) | {"difference": 4.5})


def add_models(metrics, recipe):
    """Models that the claims are not about, under the main protocol; the first is compared, the second is not."""
    facts, place = metrics["facts"], {"protocol": "odd_even_567", "recipe": recipe}
    facts |= {"compared": list(MODELS), "models": MODELS | OTHERS, "parameters": {recipe: {"torch_lstm": 1234}}}
    lstm = main(metrics)[0]
    metrics["results"] += [lstm | place | {"model": name, "mean": 77.75} for name in OTHERS]
    pair = {"better": "drnn2", "baseline": "torch_lstm", "difference": 4.25, "verdict": "better"}
    metrics["comparisons"].append(metrics["comparisons"][2] | place | pair)


def main(metrics):
    """The results of the paper's recipe under the main protocol."""
    return [r for r in metrics["results"] if (r["protocol"], r["recipe"]) == ("odd_even_567", "paper")]


def section(text, title):
    """One section of the Markdown."""
    return next(part for part in text.split("\n## ") if part.startswith(title + "\n"))


def titles(text):
    """Of all sections of the Markdown."""
    return [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
