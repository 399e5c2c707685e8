"""The paper's tables with ours beside them, as data and as Markdown."""

from typing import NamedTuple

from drnn.report import beside, claims, effects, measured, others, recipes
from drnn.report.blocks import Section, Table, difference, markdown, percent, plural

INTRODUCTION = (
    "Generated from the metrics of a run: the paper's numbers beside ours. Accuracies in %; ours are "
    "mean ± standard deviation over splits and seeds. A row of the paper's tables holds only its own datasets, trained "
    "with the recipe “paper”; what was not run says so."
)


def title(metrics: list[dict]) -> str:
    """The report's title; a synthetic one says SYNTHETIC."""
    if measured.all_synthetic(metrics):
        return "SYNTHETIC demo: no number here is about the paper's data"
    return f"{measured.paper()['title']}: the paper's tables and ours"


def paper_tables(metrics: list[dict], params: dict) -> str:
    """All tables as Markdown.

    Args:
        metrics: one entry for each dataset that ran, in the report's order.
        params: the experiment, as in params.yaml.
    """
    return markdown(title(metrics), INTRODUCTION, sections(metrics, params))


class Parts(NamedTuple):
    """The sections of a report by what they are about."""

    summary: Section
    paper: list[Section]
    """The paper's tables by recipe, its claims and figures, other models, and how much the split matters."""
    others: list[Section]
    """Results that stand in no row of the paper."""
    sources: list[Section]
    """The data behind the tables, and where the numbers come from."""


def sections(metrics: list[dict], params: dict) -> list[Section]:
    """All sections in the order of the Markdown page."""
    found = parts(metrics, params)
    return [found.summary, *found.paper, *found.others, *found.sources]


def parts(metrics: list[dict], params: dict) -> Parts:
    """The sections of a report; arguments as in ``paper_tables``."""
    paper = measured.paper()
    tables = [_sizes(metrics, paper), *(_accuracies(metrics, paper, f"table{n}") for n in (2, 3, 4))]
    tested = [claims.orders(metrics), effects.table(metrics), claims.figures(metrics)]
    drawn = map(beside.splits, measured.admitted(metrics).values())
    of_paper = [
        Section("The paper's tables", tables=tables),
        *_section(recipes.TITLE, recipes.compared(metrics)),
        Section("The paper's claims", tables=[table for table in tested if table]),
        *_section("Other models under the same recipe", beside.models(metrics)),
        *_section("How much the split matters", [table for table in drawn if table]),
    ]
    summary = Section("What came out", points=claims.verdicts(metrics))
    sources = [others.data(metrics), others.provenance(metrics, params)]
    return Parts(summary, of_paper, others.results(metrics), sources)


def _section(title: str, tables: list[Table]) -> list[Section]:
    """A section, if there is something to show in it."""
    return [Section(title, tables=tables)] if tables else []


def _sizes(metrics: list[dict], paper: dict) -> Table:
    """Table 1, with the numbers of parameters that follow from it."""
    ran, rows = measured.admitted(metrics), []
    for row in paper["tables"]["table1"]["rows"]:
        source = paper["datasets"][row["dataset"]]["source"]
        alike = [name for name in ran if paper["datasets"][name]["source"] == source]
        name, head = next(iter(alike), row["dataset"]), row["title"]
        facts = ran[name]["facts"] if name in ran else None
        none = None if facts else measured.missing(name, metrics)
        sizes = (facts["feature_size"], facts["hidden_size"], len(facts["classes"])) if facts else (none,) * 3
        for part, ours in zip(("input", "state", "output"), sizes, strict=True):
            rows.append([head, f"{part} units", str(row[part]), str(ours)])
        for model, computed in paper["inferred"]["parameters"][name].items():
            fits = facts and measured.in_paper_row(ran[name], model)
            ours = f"{measured.parameters(facts, measured.RECIPE, model):,}" if fits else none
            rows.append([head, f"parameters, {model}", f"not given (computed: {computed:,})", ours or "not run"])
    heading = measured.marked(paper["tables"]["table1"]["title"], metrics)
    return Table(heading, ["Dataset", "Quantity", "Paper", "Ours"], rows)


def _accuracies(metrics: list[dict], paper: dict, which: str) -> Table:
    """Tables 2 to 4: cited rows, then the paper's models and ours."""
    ran, about = measured.admitted(metrics), paper["tables"][which]
    names = list(dict.fromkeys(row["dataset"] for row in about["rows"]))
    here = [ran[name] for name in names if name in ran]
    main, beside = _protocols(here)
    columns = ["Dataset", "Method", "Number from", "Paper %", f"Ours %, {main}" if main else "Ours %"]
    columns += ["Difference", *(f"Ours %, {protocol}" for protocol in beside)]
    rows = []
    for row in about["rows"]:
        rows.append([paper["datasets"][row["dataset"]]["title"], row["method"]])
        rows[-1] += ["cited by the paper" if row["cited"] else "the paper", percent(row["accuracy"])]
        rows[-1] += _ours(row, ran.get(row["dataset"]), metrics, beside)
    text = [r for r in paper["text"] if r.get("table") == which]
    cited = [f"{r['method']} {percent(r['accuracy'])} on {paper['datasets'][r['dataset']]['title']}" for r in text]
    notes = [f"The paper's text also cites {' and '.join(cited)}."] if cited else []
    counted = [about["counts"]] if "counts" in about and here else [_counts(m) for m in here]
    notes += counted + measured.mixture(here)
    return Table(measured.marked(about["title"], metrics), columns, rows, notes)


def _protocols(here: list[dict]) -> tuple[str | None, list[str]]:
    """The main protocol, if the datasets of a table that ran have the same, and the others that all of them have."""
    listed = [m["facts"]["protocols"] for m in here]
    if len({protocols[0] for protocols in listed}) != 1:
        return None, []
    main, *further = listed[0]
    return main, [protocol for protocol in further if all(protocol in protocols for protocols in listed)]


def _ours(row: dict, ran: dict | None, metrics: list[dict], beside: list[str]) -> list[str]:
    """Our cells of a row: the main protocol, the difference, the other protocols."""
    if row["cited"]:
        return ["—"] * (2 + len(beside))
    if ran is None:
        return [measured.missing(row["dataset"], metrics), "—", *("—" for _ in beside)]
    main, *further = (measured.found_for(ran, p, row) for p in (ran["facts"]["protocols"][0], *beside))
    apart = difference(main["mean"] - row["accuracy"]) if main else "—"
    return [measured.accuracy(main), apart, *(measured.accuracy(other) for other in further)]


def _counts(ran: dict) -> str:
    """How many sequences trained and tested under each protocol."""
    parts = []
    for protocol, splits in ran["facts"]["sequences"].items():
        several = f" ({plural(len(splits), 'split')})" if len(splits) > 1 else ""
        sizes = f"{measured.sequences(splits, 'train')} train, {measured.sequences(splits, 'test')} test"
        parts.append(f"{protocol}{several}: {sizes}")
    return f"Sequences of {ran['facts']['dataset']}: {'; '.join(parts)}. Recipe: {measured.RECIPE}."
