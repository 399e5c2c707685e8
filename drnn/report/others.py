"""What stands in no row of the paper: other results, the data behind the tables, and where they come from."""

from drnn.evaluation.facts import Energy, Facts
from drnn.evaluation.results import Compared, Metrics, Result
from drnn.evaluation.verdicts import CERTAINTY, MARGIN
from drnn.report import beside, measured, published
from drnn.report.blocks import Section, Table, difference, interval, probability, signed, span
from drnn.report.display import Names
from drnn.report.paper import paper
from drnn.report.sentences import Sentences

SAY, NOTES, SOURCES = (
    Sentences("templates/tables.j2"),
    Sentences("templates/notes.j2"),
    Sentences("templates/sources.j2"),
)
INTERVAL = ["95 % interval", "Over other"]
"""Columns of an interval and of what it speaks of."""
COMPARISON = [*INTERVAL, "P better", "P equivalent", "P worse", "p", "Verdict"]
"""Columns of a comparison, after that of the difference."""


def results(metrics: list[Metrics]) -> list[Section]:
    """Results of other data, recipes or models than the paper's, one section for each kind."""
    return [section for m in metrics if (section := _results(m))]


def _results(ran: Metrics) -> Section | None:
    facts = ran.facts
    in_rows = facts.dataset in measured.admitted([ran])

    def in_row(*models: str) -> bool:
        return in_rows and all(measured.in_paper_row(ran, model) for model in models)

    plain = [r for r in ran.results if not r.is_ensemble]
    found = [r for r in plain if not (r.recipe == measured.RECIPE and in_row(r.model))]
    compared = [c for c in ran.comparisons if not c.is_ensemble]
    if in_rows:  # the paper's claims and the other models have tables of their own
        told = (in_row(c.better, c.baseline) or measured.unclaimed(ran, c.baseline) for c in compared)
        compared = [c for c, elsewhere in zip(compared, told, strict=True) if not elsewhere]
    if not found:
        return None
    tables = [_accuracies(ran, found)] + ([_comparisons(ran, compared)] if compared else [])
    tables += [] if in_rows or (drawn := beside.splits(ran)) is None else [drawn]
    tables += [] if (theirs := published.table(facts)) is None else [theirs]
    return Section(SAY.results_of(facts, facts.dataset in paper().datasets), tables=tables, label=SAY.label(facts))


def _accuracies(ran: Metrics, found: list[Result]) -> Table:
    facts, names, rows = ran.facts, Names(ran.facts), []
    told = any(r.train_accuracy is not None for r in found)
    for r in found:
        size = f"{measured.parameters(facts, r.recipe, r.model):,}" if r.model in facts.models else "—"
        rows.append([names.protocol(r.protocol), names.recipe(r.recipe), names.model(r.model), size])
        rows[-1] += [measured.accuracy(r), interval(r.interval), r.over]
        rows[-1].append(span(r.test_sequences if isinstance(r.test_sequences, list) else [r.test_sequences]))
        rows[-1] += [measured.learnt(r)] if told else []
    columns = ["Protocol", "Recipe", "Model", "Parameters", "Accuracy %", *INTERVAL, "Test sequences"]
    columns += [SAY.learnt()] if told else []
    title = measured.marked(SAY.accuracies_of(facts), [ran])
    chosen = [SAY.baseline(facts, name, about) for name, about in facts.baselines.items()]
    notes = chosen + _recordings(facts) + measured.mixture([ran])
    return Table(title, columns, rows, notes, ("Model", "Accuracy %"))


def _comparisons(ran: Metrics, compared: list[Compared]) -> Table:
    names = Names(ran.facts)
    rows = [
        [names.protocol(c.protocol), names.recipe(c.recipe), SAY.claim(ran.facts, c), *comparison_cells(c)]
        for c in compared
    ]
    columns = ["Protocol", "Recipe", "Claim", "Points", *COMPARISON]
    title = measured.marked(SAY.comparisons_of(ran.facts), [ran])
    notes = [NOTES.tested(MARGIN, CERTAINTY), *_recordings(ran.facts), *measured.mixture([ran])]
    return Table(title, columns, rows, notes, ("Claim", "Points"))


def _recordings(facts: Facts) -> list[str]:
    """A note where protocols test people who may train, too."""
    return [NOTES.recordings([Names(facts).protocol(name) for name in facts.tests])] if facts.tests else []


def comparison_cells(found: Compared) -> list[str]:
    """What stands in the columns of COMPARISON, after the difference."""
    chances = [probability(p) for p in (found.p_better, found.p_equivalent, found.p_worse, found.p_holm)]
    return [difference(found.difference), interval(found.interval, signed), found.over, *chances, found.verdict]


def data(metrics: list[Metrics]) -> Section:
    """Which recordings were used, and what was repaired in them."""
    return Section(SOURCES.data_title(), paragraphs=[_data(m.facts) for m in metrics])


def _data(facts: Facts) -> str:
    energies = {protocol: _energy(splits) for protocol, splits in facts.energies.items()}
    return SOURCES.data(facts, measured.sequences(facts), energies)


def _energy(splits: list[Energy]) -> tuple[int, str, float, float]:
    """How many splits a protocol has, how many components are kept, and of which energy in %, on average."""
    train, test = (100 * sum(getattr(s, side) for s in splits) / len(splits) for side in ("train", "test"))
    return len(splits), span([s.components for s in splits]), train, test


def provenance(metrics: list[Metrics], params: dict) -> Section:
    """What made the numbers: devices, versions, keys, and the floor of the loss."""
    seeds: dict[tuple[int, ...], list[str]] = {}
    for facts in (m.facts for m in metrics):
        own = params["datasets"].get(facts.dataset, {}).get("seeds") or params["seeds"]
        seeds.setdefault(tuple(own), []).append(Names(facts).dataset)
    lines = [SOURCES.provenance(m.facts, measured.loss_floor(len(m.facts.classes))) for m in metrics]
    return Section(SOURCES.provenance_title(), paragraphs=[*lines, SOURCES.seeds(seeds)])
