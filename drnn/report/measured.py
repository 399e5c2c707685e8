"""What a run has to show, and which of it may stand in a row of the paper."""

import math

from drnn.evaluation import BASELINE, ENSEMBLE
from drnn.evaluation.facts import Facts
from drnn.evaluation.results import Metrics, Result
from drnn.report.blocks import Cell, span
from drnn.report.display import Names
from drnn.report.paper import Row, paper
from drnn.report.sentences import Sentences

RECIPE = "paper"  # the only recipe whose numbers may stand beside the paper's
MARK = "SYNTHETIC · "
SAY = Sentences("templates/measured.j2")


def loss_floor(classes: int) -> float:
    """The smallest loss of a frame: Eq (3) over outputs in (−1, 1) of Eq (5), the right one at 1, the rest at −1."""
    return -math.log(math.e / (math.e + (classes - 1) / math.e))


def admitted(metrics: list[Metrics]) -> dict[str, Metrics]:
    """The datasets whose results may stand in a paper row: the paper's own, not synthetic, as the paper states."""
    found = {m.facts.dataset: m for m in metrics if not m.facts.synthetic}
    return {name: m for name, m in found.items() if name in paper().datasets and not departures(m.facts)}


def departures(facts: Facts) -> list[str]:
    """Where the run of a dataset of the paper is not what the paper states, in words; empty where it is."""
    source = paper().datasets[facts.dataset].source
    differ = [SAY.sampled(facts.sample)] if facts.sample else []
    differ += [] if facts.source == source else [SAY.departs("its source", facts.source, source)]
    if RECIPE not in facts.recipes:
        return [*differ, SAY.no_recipe(Names(facts).recipe(RECIPE))]
    own = facts.settings[RECIPE]
    ours = own | {"hidden_size": own.get("hidden_size") or facts.hidden_size}
    sizes = {paper().datasets[row.dataset].source: row for row in paper().tables.table1.rows}
    stated = paper().training | {"hidden_size": sizes[source].state}
    unlike = [(name, ours[name], value) for name, value in stated.items() if ours.get(name, value) != value]
    return differ + [SAY.departs(name, here, value) for name, here, value in unlike]


def all_synthetic(metrics: list[Metrics]) -> bool:
    """Is this report the demo's?"""
    return bool(metrics) and all(m.facts.synthetic for m in metrics)


def missing(dataset: str, metrics: list[Metrics]) -> str:
    """Why a dataset of the paper has no number here."""
    if all_synthetic(metrics):
        return SAY.demo()
    real = {m.facts.dataset: m.facts for m in metrics if not m.facts.synthetic}
    if dataset in real:
        return SAY.departed(departures(real[dataset]))
    about = paper().datasets[dataset]
    alike = [facts for facts in real.values() if facts.source == about.source]
    whole = any(not facts.sample for facts in alike)
    title = "KTH" if dataset.startswith("kth") and not whole else about.title
    return SAY.absent(title, [] if whole else [Names(facts).dataset for facts in alike])


def in_paper_row(ran: Metrics, model: str, order: int | None = None) -> bool:
    """Is this model of a run the one that a row of the paper means, by name and by order?"""
    orders = {row.model: row.order for row in paper().tables.table4.rows if row.model}
    known = ran.facts.models.get(model)
    return known is not None and model in orders and known.order == orders[model] and order in (None, known.order)


def baselines(ran: Metrics, protocol: str) -> list[Result]:
    """The results of non-recurrent baselines under a protocol."""
    return ran.under(protocol, BASELINE)


def further(ran: Metrics) -> list[str]:
    """The recipes that ran besides the paper's, in the order of the results."""
    plain = (r.recipe for r in ran.results if not r.is_ensemble and not r.is_baseline)
    return [recipe for recipe in dict.fromkeys(plain) if recipe != RECIPE]


def ensembles(ran: Metrics, protocol: str) -> list[str]:
    """The names of the ensembles under a protocol, that of the paper's recipe first."""
    used = dict.fromkeys(r.recipe for r in ran.results if r.protocol == protocol and r.is_ensemble)
    return sorted(used, key=lambda recipe: recipe != RECIPE + ENSEMBLE)


def shown(metrics: list[Metrics]) -> list[Metrics]:
    """The metrics without the recipes that are there for an ensemble of several alone; accuracies.csv has these."""
    return [_shown(ran) for ran in metrics]


def _shown(ran: Metrics) -> Metrics:
    hidden = {recipe for _, *others in ran.facts.ensembles.values() for recipe in others}

    def kept(found: list) -> list:
        return [one for one in found if one.recipe.removesuffix(ENSEMBLE) not in hidden]

    facts = ran.facts.model_copy(update={"curves": kept(ran.facts.curves)})
    parts = {"facts": facts, "results": kept(ran.results), "comparisons": kept(ran.comparisons)}
    return ran.model_copy(update=parts) if hidden else ran


def unclaimed(ran: Metrics, model: str) -> bool:
    """Is this a model that the claims about orders are not about?"""
    return model in ran.facts.models and model not in ran.facts.claimed


def parameters(facts: Facts, recipe: str, model: str) -> int | None:
    """How many parameters a model has as a recipe sizes it; an ensemble's are those of one of its members."""
    sizes = facts.parameters.get(recipe.removesuffix(ENSEMBLE), {})
    return sizes.get(model, facts.models[model].parameters)


def result(ran: Metrics, protocol: str, model: str, recipe: str = RECIPE) -> Result | None:
    """The result of a model with a recipe, by default the paper's, under a protocol."""
    return next((r for r in ran.under(protocol, recipe) if r.model == model), None)


def found_for(ran: Metrics, protocol: str, row: Row, recipe: str = RECIPE) -> Result | None:
    """Our result for a row, if the model of that name has the row's order."""
    allowed = row.model and in_paper_row(ran, row.model, row.order)
    return result(ran, protocol, row.model, recipe) if allowed else None


def accuracy(found: Result | None) -> str:
    """Mean ± standard deviation over the runs, and how many there are; a cell that knows what lies behind it."""
    return "not run" if found is None else Cell(SAY.accuracy(found), SAY.behind(found))


def learnt(found: Result) -> str:
    """Mean accuracy on the training sequences, and how many trainings failed; — where it is not known."""
    return "—" if found.train_accuracy is None else SAY.learnt(found)


def sequences(facts: Facts) -> dict[str, tuple[int, str, str]]:
    """Protocol → number of its splits, and how many sequences train and test: 216, or 215–216 where they differ."""
    return {
        protocol: (len(splits), span([split.train for split in splits]), span([split.test for split in splits]))
        for protocol, splits in facts.sequences.items()
    }


def mixture(metrics: list[Metrics]) -> list[str]:
    """A note where the runs behind one table were made on different devices or by different versions."""
    devices = sorted({device for m in metrics for device in m.facts.devices})
    versions: dict[str, set] = {}
    for m in metrics:
        for name, version in m.facts.versions.items():
            versions.setdefault(name, set()).update(version if isinstance(version, list) else [version])
    mixed = {name: sorted(several) for name, several in sorted(versions.items()) if len(several) > 1}
    notes = [SAY.mixed_devices(devices)] if len(devices) > 1 else []
    return notes + ([SAY.mixed_versions(mixed)] if mixed else [])


def marked(title: str, metrics: list[Metrics]) -> str:
    """A title that says SYNTHETIC where nothing but synthetic data stands behind it."""
    return MARK + title if all_synthetic(metrics) else title


def told_apart(title: str, ran: Metrics, metrics: list[Metrics]) -> str:
    """The same on the page, which says so once, in its banner, where all of it is synthetic."""
    return title if all_synthetic(metrics) else marked(title, [ran])
