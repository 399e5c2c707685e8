"""What was run besides the models that the claims are about: other models, and other splits than the paper's."""

import numpy as np

from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Compared, Metrics, Result
from drnn.report import measured
from drnn.report.blocks import Table, difference, interval, percent, probability, signed
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY, NOTES = Sentences("templates/tables.j2"), Sentences("templates/notes.j2")
CLAIM = ["Claimed better", "Points", "95 % interval", "Over other", "p", "Verdict"]


def models(metrics: list[Metrics]) -> list[Table]:
    """For each dataset in the paper's rows, protocol and recipe: the highest order beside models of other kinds."""
    return [
        _models(ran, *place)
        for ran in measured.admitted(metrics).values()
        for place in dict.fromkeys(r.place for r in ran.results if _is_other(ran, r))
    ]


def _is_other(ran: Metrics, found: Result) -> bool:
    return not found.is_baseline and not found.is_ensemble and measured.unclaimed(ran, found.model)


def _models(ran: Metrics, protocol: str, recipe: str) -> Table:
    facts, here = ran.facts, ran.under(protocol, recipe)
    claims = [c for c in ran.comparisons if c.place == (protocol, recipe)]
    known = [r for r in here if not _is_other(ran, r)]
    top = max((facts.models[r.model].order for r in known), default=None)
    columns = ["Model", "Parameters", "Accuracy %", *CLAIM]
    none = ["—"] * (len(columns) - 3)
    rows = [_about(facts, r) + none for r in known if facts.models[r.model].order == top]
    for other in (r for r in here if _is_other(ran, r)):
        found = [c for c in claims if c.baseline == other.model]
        rows += [_about(facts, other) + _claim(facts, c) for c in found]
        rows += [] if found else [_about(facts, other) + none]
    notes = [NOTES.other_models(), *measured.mixture([ran])]
    return Table(SAY.other_models(facts, protocol, recipe), columns, rows, notes, ("Model", "Accuracy %"))


def _about(facts: Facts, found: Result) -> list[str]:
    size = f"{measured.parameters(facts, found.recipe, found.model):,}"
    return [Names(facts).model(found.model), size, measured.accuracy(found)]


def _claim(facts: Facts, found: Compared) -> list[str]:
    cells = [Names(facts).model(found.better), difference(found.difference), interval(found.interval, signed)]
    return [*cells, found.over, probability(found.p_holm), found.verdict]


def splits(ran: Metrics) -> Table | None:
    """How the accuracies of a dataset differ from split to split; None where no protocol has several splits."""
    names, main = Names(ran.facts), ran.facts.protocols[0]
    rows = []
    for r in (r for r in ran.results if r.splits > 1 and not r.is_ensemble):
        rows.append([names.protocol(r.protocol), names.recipe(r.recipe), names.model(r.model), str(r.splits)])
        rows[-1] += [percent(value) for value in (r.mean, _deviation(r), min(r.by_split), max(r.by_split))]
        rows[-1].append("—" if r.protocol == main else _mean(measured.result(ran, main, r.model, r.recipe)))
    columns = ["Protocol", "Recipe", "Model", "Splits", "Mean %", "± over splits", "Least %", "Greatest %"]
    columns.append(f"{names.protocol(main)} %")
    title = measured.marked(SAY.over_splits(ran.facts), [ran])
    notes = [NOTES.by_split(), *measured.mixture([ran])]
    return Table(title, columns, rows, notes, ("Model", "Mean %")) if rows else None


def _deviation(found: Result) -> float:
    return float(np.std(found.by_split, ddof=1))


def _mean(found: Result | None) -> str:
    return percent(found.mean) if found else "not run"
