"""The paper's tables with ours beside them, as data and as Markdown."""

from typing import NamedTuple

from drnn.evaluation.results import Metrics
from drnn.report import across, beside, claims, measured, others, recipes, where
from drnn.report.blocks import Section, Table, difference, markdown, percent
from drnn.report.display import Names
from drnn.report.paper import AccuracyTable, Row, paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/tables.j2")
ACCURACIES = (2, 3, 4)


def title(metrics: list[Metrics]) -> str:
    """The report's title; a synthetic one says SYNTHETIC."""
    return SAY.synthetic_report() if measured.all_synthetic(metrics) else SAY.report(paper().title)


def introduction() -> str:
    """What stands above the tables."""
    return SAY.introduction()


def paper_tables(metrics: list[Metrics], params: dict) -> str:
    """All tables as Markdown.

    Args:
        metrics: one entry for each dataset that ran, in the report's order.
        params: the experiment, as in params.yaml.
    """
    return markdown(title(metrics), introduction(), sections(metrics, params))


class Parts(NamedTuple):
    """The sections of a report by what they are about."""

    summary: Section
    across: list[Section]
    """The claims over all datasets, and where a higher order helps."""
    paper: list[Section]
    """The paper's tables by recipe, its claims and figures, other models, and how much the split matters."""
    others: list[Section]
    """Results that stand in no row of the paper."""
    sources: list[Section]
    """The data behind the tables, and where the numbers come from."""


def sections(metrics: list[Metrics], params: dict) -> list[Section]:
    """All sections in the order of the Markdown page."""
    found = parts(metrics, params)
    return [found.summary, *found.across, *found.paper, *found.others, *found.sources]


def parts(metrics: list[Metrics], params: dict) -> Parts:
    """The sections of a report; arguments as in ``paper_tables``."""
    metrics = measured.shown(metrics)
    ran = measured.admitted(metrics)
    tested = [claims.orders(metrics), claims.figures(metrics)]
    drawn = map(beside.splits, ran.values())
    first = [
        Section(SAY.paper_title(), tables=list(of_paper(metrics).values())),
        *_section(SAY.recipes_title(), recipes.compared(metrics)),
        Section(SAY.claims_title(), tables=tested),
        *_section(SAY.models_title(), beside.models(metrics)),
        *_section(SAY.splits_title(), [table for table in drawn if table]),
    ]
    summary = Section(SAY.summary_title(), points=across.verdicts(metrics) + claims.verdicts(metrics))
    sources = [others.data(metrics), others.provenance(metrics, params)]
    return Parts(summary, _across(metrics), first, others.results(metrics), sources)


def _across(metrics: list[Metrics]) -> list[Section]:
    """The claims over all datasets and where they hold; nothing of too few datasets."""
    overall = across.table(metrics)
    if overall is None:
        return []
    found = where.tables(metrics)
    helps = [Section(where.SAY.title(), paragraphs=where.limits(metrics), tables=found)] if found else []
    return [Section(across.SAY.title(), tables=[overall]), *helps]


def of_paper(metrics: list[Metrics]) -> dict[int, Table]:
    """The paper's tables by their numbers, with ours beside them; of accuracies those first that ran."""
    ran = measured.admitted(metrics)
    numbers = sorted(ACCURACIES, key=lambda number: ran.keys().isdisjoint(_datasets(number)))
    return {1: _sizes(metrics)} | {number: _accuracies(metrics, number) for number in numbers}


def _section(title: str, tables: list[Table]) -> list[Section]:
    """A section, if there is something to show in it."""
    return [Section(title, tables=tables)] if tables else []


def _datasets(number: int) -> list[str]:
    """The datasets that Table 2, 3 or 4 is about."""
    return [row.dataset for row in paper().tables.accuracies(number).rows]


def _sizes(metrics: list[Metrics]) -> Table:
    """Table 1, with the numbers of parameters that follow from it; what did not run comes last."""
    ran, about, rows = measured.admitted(metrics), paper().tables.table1, []
    for row in about.rows:
        source = paper().datasets[row.dataset].source
        name = next((name for name in ran if paper().datasets[name].source == source), row.dataset)
        facts = ran[name].facts if name in ran else None
        none = None if facts else measured.missing(name, metrics)
        sizes = (facts.feature_size, facts.hidden_size, len(facts.classes)) if facts else (none,) * 3
        for part, ours in zip(("input", "state", "output"), sizes, strict=True):
            rows.append([row.title, SAY.units(part), str(getattr(row, part)), str(ours)])
        for model, computed in paper().parameters[name].items():
            ours = _parameters(ran[name], model) if facts else none
            rows.append([row.title, SAY.sizes(paper().method(model)), SAY.computed(computed), ours])
    rows.sort(key=lambda row: row[-1].startswith("not run"))
    return Table(measured.marked(about.title, metrics), ["Dataset", "Quantity", "Paper", "Ours"], rows)


def _parameters(ran: Metrics, model: str) -> str:
    fits = measured.in_paper_row(ran, model)
    return f"{measured.parameters(ran.facts, measured.RECIPE, model):,}" if fits else "not run"


def _accuracies(metrics: list[Metrics], number: int) -> Table:
    """Tables 2 to 4: the datasets that ran first, of each the cited rows, then the paper's models and ours."""
    ran, about, datasets = measured.admitted(metrics), paper().tables.accuracies(number), paper().datasets
    here = [ran[name] for name in dict.fromkeys(row.dataset for row in about.rows) if name in ran]
    main, further = _protocols(here)
    heads = {protocol: Names(here[0].facts).protocol(protocol) for protocol in filter(None, (main, *further))}
    columns = ["Dataset", "Method", "Number from", "Paper %", SAY.ours(heads.get(main))]
    columns += ["Difference", *(SAY.ours(heads[protocol]) for protocol in further)]
    rows = []
    for row in sorted(about.rows, key=lambda row: row.dataset not in ran):
        rows.append([datasets[row.dataset].title, row.method, "cited by the paper" if row.cited else "the paper"])
        rows[-1] += [percent(row.accuracy), *_ours(row, ran.get(row.dataset), metrics, further)]
    cited = [(r.method, r.accuracy, datasets[r.dataset].title) for r in paper().text if r.table == number]
    notes = [SAY.cited(cited)] if cited else []
    notes += _counts(about, here) + measured.mixture(here)
    lead = "Method", SAY.ours(heads.get(main))
    return Table(measured.marked(about.title, metrics), columns, rows, notes, lead)


def _protocols(here: list[Metrics]) -> tuple[str | None, list[str]]:
    """The main protocol, if the datasets of a table that ran have the same, and the others that all of them have."""
    listed = [m.facts.protocols for m in here]
    if len({protocols[0] for protocols in listed}) != 1:
        return None, []
    main, *further = listed[0]
    return main, [protocol for protocol in further if all(protocol in protocols for protocols in listed)]


def _ours(row: Row, ran: Metrics | None, metrics: list[Metrics], further: list[str]) -> list[str]:
    """Our cells of a row: the main protocol, the difference, the other protocols."""
    if row.cited:
        return ["—"] * (2 + len(further))
    if ran is None:
        return [measured.missing(row.dataset, metrics), "—", *("—" for _ in further)]
    main, *others = (measured.found_for(ran, p, row) for p in (ran.facts.protocols[0], *further))
    apart = difference(main.mean - row.accuracy) if main else "—"
    return [measured.accuracy(main), apart, *(measured.accuracy(other) for other in others)]


def _counts(about: AccuracyTable, here: list[Metrics]) -> list[str]:
    """How many sequences trained and tested under each protocol, or in which table that stands."""
    if about.counts and here:
        return [about.counts]
    return [SAY.counts(m.facts, measured.sequences(m.facts), measured.RECIPE) for m in here]
