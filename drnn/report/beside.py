"""What was run beside the models that the claims are about: other models, and splits beside the paper's."""

import numpy as np

from drnn.evaluation import BASELINE
from drnn.report import measured, methods
from drnn.report.blocks import Table, difference, interval, percent, probability, signed

LAYERS = {"lstm": "torch's own LSTM", "gru": "torch's own GRU"}
TRUNCATIONS = {
    "strict": ", errors stopped at the states and outputs before too",
    "none": ", errors stopped nowhere",
}
CLAIM = ["Claimed better", "Points", "95 % over sequences", "95 % over subjects and seeds", "p", "Verdict"]
OVER_SPLITS = "95 % over splits"


def models(metrics: list[dict]) -> list[Table]:
    """For each dataset in the paper's rows, protocol and recipe: the highest order beside models of other kinds."""
    tables = []
    for ran in measured.admitted(metrics).values():
        others = [r for r in ran["results"] if _is_other(ran, r)]
        for protocol, recipe in dict.fromkeys((r["protocol"], r["recipe"]) for r in others):
            tables.append(_models(ran, protocol, recipe))
    return tables


def _is_other(ran: dict, found: dict) -> bool:
    plain = found["recipe"] != BASELINE and not measured.is_ensemble(found["recipe"])
    return plain and measured.is_beside(ran, found["model"])


def _models(ran: dict, protocol: str, recipe: str) -> Table:
    facts, place = ran["facts"], (protocol, recipe)
    here = [r for r in ran["results"] if (r["protocol"], r["recipe"]) == place]
    claims = [c for c in ran["comparisons"] if (c["protocol"], c["recipe"]) == place]
    known = [r for r in here if not _is_other(ran, r)]
    top = max((facts["models"][r["model"]]["order"] for r in known), default=None)
    split = any(c["over_splits"] for c in claims)
    columns = ["Model", "What it is", "Parameters", "Accuracy %", *CLAIM, *([OVER_SPLITS] if split else [])]
    rows = [_about(facts, r) + ["—"] * (len(columns) - 4) for r in known if facts["models"][r["model"]]["order"] == top]
    for other in (r for r in here if _is_other(ran, r)):
        found = [c for c in claims if c["baseline"] == other["model"]]
        rows += [_about(facts, other) + _claim(c, split) for c in found]
        rows += [] if found else [_about(facts, other) + ["—"] * (len(columns) - 4)]
    title = f"Other models on {measured.named(facts)}, {protocol}, recipe “{recipe}”"
    notes = [methods.OTHER_MODELS, *([methods.SPLITS] if split else []), *measured.mixture([ran])]
    return Table(title, columns, rows, notes)


def _about(facts: dict, found: dict) -> list[str]:
    name = found["model"]
    size = f"{measured.parameters(facts, found['recipe'], name):,}"
    return [name, words(facts["models"][name]), size, measured.accuracy(found)]


def _claim(found: dict, split: bool) -> list[str]:
    bounds = [interval(found[name], signed) for name in ("interval", "interval_subjects")]
    cells = [found["better"], difference(found["difference"]), *bounds, probability(found["p_holm"]), found["verdict"]]
    several = found["over_splits"]
    return cells + ([interval(several and several["interval"], signed)] if split else [])


def words(model: dict) -> str:
    """What a model is: its layer, order, where errors stop if not as the paper says, and whose size it has."""
    if model.get("layer", "drnn") in LAYERS:
        text = LAYERS[model["layer"]]
    else:
        text = f"dRNN, order {model['order']}" if model["order"] else "the paper's LSTM"
    text += TRUNCATIONS.get(model.get("truncation", "dos"), "")
    matched = model.get("as_large_as")
    return text + (f", with about as many parameters as {matched}" if matched else "")


def splits(ran: dict) -> Table | None:
    """How the accuracies of a dataset differ from split to split; None where no protocol has several splits."""
    facts = ran["facts"]
    main = facts["protocols"][0]
    several = [r for r in ran["results"] if r["splits"] > 1 and not measured.is_ensemble(r["recipe"])]
    rows = []
    for r in several:
        rows.append([r["protocol"], r["recipe"], r["model"], str(r["splits"]), percent(r["mean"])])
        rows[-1] += [
            percent(float(np.std(r["by_split"], ddof=1))),
            percent(min(r["by_split"])),
            percent(max(r["by_split"])),
        ]
        rows[-1].append("—" if r["protocol"] == main else _mean(measured.result(ran, main, r["model"], r["recipe"])))
    columns = ["Protocol", "Recipe", "Model", "Splits", "Mean %", "± over splits", "Least %", "Greatest %", f"{main} %"]
    title = measured.marked(f"Accuracies over the splits of {measured.named(facts)}", [ran])
    return Table(title, columns, rows, [methods.BY_SPLIT, *measured.mixture([ran])]) if rows else None


def _mean(found: dict | None) -> str:
    return percent(found["mean"]) if found else "not run"
