"""The paper's tables with ours beside them, as data and as Markdown."""

from drnn.report import measured, others
from drnn.report.blocks import Section, Table, interval, markdown, percent, probability, signed
from drnn.report.names import file_names

INTRODUCTION = (
    "Generated from the metrics of a run: the paper's numbers beside ours. Accuracies in %; ours are "
    "mean ± standard deviation over splits and seeds. A row of the paper holds only its own datasets, trained "
    "with the recipe “paper”; what was not run says so."
)
HOW_CLAIMS_ARE_TESTED = (
    "Points: the difference of the mean accuracies over all runs; its interval is a bootstrap over test sequences. "
    "McNemar's test and the two counts before it take one decision a sequence: right where more than half of a "
    "model's runs are. Both treat sequences as independent and the seeds as fixed; since a few subjects perform all "
    "sequences, the uncertainty about new subjects is larger than these intervals say."
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


def sections(metrics: list[dict], params: dict) -> list[Section]:
    """Verdicts, the paper's tables, its claims and figures, other results, data and provenance."""
    paper = measured.paper()
    tables = [_sizes(metrics, paper), *(_accuracies(metrics, paper, f"table{n}") for n in (2, 3, 4))]
    return [
        Section("What came out", points=verdicts(metrics)),
        Section("The paper's tables", tables=tables),
        Section("The paper's claims", tables=[_claims(metrics, paper), _figures(metrics, paper)]),
        *others.results(metrics),
        others.data(metrics),
        others.provenance(metrics, params),
    ]


def verdicts(metrics: list[dict]) -> list[str]:
    """One sentence for each dataset of the paper, and one for each claim about it."""
    paper, ran = measured.paper(), measured.admitted(metrics)
    lines = []
    if measured.all_synthetic(metrics):
        lines.append("SYNTHETIC demo: every number measured here comes from made-up recordings.")
    for own in (m for m in metrics if m["facts"]["dataset"] not in ran):
        found = (f"{r['model']}, {r['protocol']}, {r['recipe']}: {measured.accuracy(r)}" for r in own["results"])
        lines.append(f"{own['facts']['dataset']}, outside the paper's rows: {'; '.join(found)}.")
    for name, about in paper["datasets"].items():
        if name not in ran:
            lines.append(f"{about['title']}: {measured.missing(name, metrics)}.")
            continue
        protocol = ran[name]["facts"]["protocols"][0]
        rows = [row for row in _rows(paper) if row["dataset"] == name and "model" in row]
        ours = [
            f"{row['method']}: {measured.accuracy(found)}, paper {percent(row['accuracy'])}"
            for row in rows
            if (found := found_for(ran[name], protocol, row))
        ]
        lines.append(f"{about['title']}, {protocol}: {'; '.join(ours) or 'no model of the paper was run'}.")
        for claim in paper["claims"]:
            if found := _comparison(ran[name], protocol, claim):
                bounds = interval(found["interval"], signed)
                verdict = found["verdict"].replace("undecided", "is undecided")
                lines.append(
                    f"That {claim['words']} {verdict} on {about['title']}: "
                    f"{signed(found['difference'])} points (95 % interval {bounds}, p {probability(found['p'])})."
                )
    return lines


def _rows(paper: dict) -> list[dict]:
    return [*paper["tables"]["table2"]["rows"], *paper["tables"]["table4"]["rows"]]


def found_for(ran: dict, protocol: str, row: dict) -> dict | None:
    """Our result for a row, if the model of that name has the row's order."""
    allowed = "model" in row and measured.in_paper_row(ran, row["model"], row["order"])
    return measured.result(ran, protocol, row["model"]) if allowed else None


def _sizes(metrics: list[dict], paper: dict) -> Table:
    """Table 1, with the numbers of parameters that follow from it."""
    ran, rows = measured.admitted(metrics), []
    for row in paper["tables"]["table1"]["rows"]:
        name, head = row["dataset"], row["title"]
        facts = ran[name]["facts"] if name in ran else None
        none = None if facts else measured.missing(name, metrics)
        sizes = (facts["feature_size"], facts["hidden_size"], len(facts["classes"])) if facts else (none,) * 3
        for part, ours in zip(("input", "state", "output"), sizes, strict=True):
            rows.append([head, f"{part} units", str(row[part]), str(ours)])
        for model, computed in paper["inferred"]["parameters"][name].items():
            fits = facts and measured.in_paper_row(ran[name], model)
            ours = f"{facts['models'][model]['parameters']:,}" if fits else none
            rows.append([head, f"parameters, {model}", f"not given (computed: {computed:,})", ours or "not run"])
    heading = measured.marked(paper["tables"]["table1"]["title"], metrics)
    return Table(heading, ["Dataset", "Quantity", "Paper", "Ours"], rows)


def _accuracies(metrics: list[dict], paper: dict, which: str) -> Table:
    """Tables 2 to 4: cited rows, then the paper's models and ours."""
    ran, about = measured.admitted(metrics), paper["tables"][which]
    names = list(dict.fromkeys(row["dataset"] for row in about["rows"]))
    here = [ran[name] for name in names if name in ran]
    single = here[0]["facts"]["protocols"] if len(names) == 1 and here else []
    columns = ["Dataset", "Method", "Number from", "Paper %", f"Ours %{', ' + single[0] if single else ''}"]
    columns += ["Difference", *(f"Ours %, {protocol}" for protocol in single[1:])]
    rows = []
    for row in about["rows"]:
        rows.append([paper["datasets"][row["dataset"]]["title"], row["method"]])
        rows[-1] += ["cited by the paper" if row["cited"] else "the paper", percent(row["accuracy"])]
        rows[-1] += _ours(row, ran.get(row["dataset"]), metrics, len(single[1:]))
    text = [r for r in paper["text"] if r.get("table") == which]
    cited = [f"{r['method']} {percent(r['accuracy'])} on {paper['datasets'][r['dataset']]['title']}" for r in text]
    notes = [f"The paper's text also cites {' and '.join(cited)}."] if cited else []
    notes += [_counts(m) for m in here] + measured.mixture(here)
    return Table(measured.marked(about["title"], metrics), columns, rows, notes)


def _ours(row: dict, ran: dict | None, metrics: list[dict], beside: int) -> list[str]:
    """Our cells of a row: the main protocol, the difference, the other protocols."""
    if row["cited"]:
        return ["—"] * (2 + beside)
    if ran is None:
        return [measured.missing(row["dataset"], metrics), *["—"] * (1 + beside)]
    found = [found_for(ran, protocol, row) for protocol in ran["facts"]["protocols"][: 1 + beside]]
    difference = signed(found[0]["mean"] - row["accuracy"]) if found[0] else "—"
    return [measured.accuracy(found[0]), difference, *(measured.accuracy(other) for other in found[1:])]


def _counts(ran: dict) -> str:
    """How many sequences trained and tested under each protocol."""
    parts = []
    for protocol, splits in ran["facts"]["sequences"].items():
        sizes = ", ".join(dict.fromkeys(f"{s['train']} train, {s['test']} test" for s in splits))
        parts.append(f"{protocol}: {sizes}")
    return f"Sequences of {ran['facts']['dataset']}: {'; '.join(parts)}. Recipe: {measured.RECIPE}."


def _claims(metrics: list[dict], paper: dict) -> Table:
    """What the paper's differences say, and what ours say."""
    ran, rows = measured.admitted(metrics), []
    for name, about in paper["datasets"].items():
        scores = {row["model"]: row["accuracy"] for row in _rows(paper) if row["dataset"] == name and "model" in row}
        for claim in paper["claims"]:
            theirs = signed(scores[claim["better"]] - scores[claim["baseline"]])
            for protocol in ran[name]["facts"]["protocols"] if name in ran else ["—"]:
                found = _comparison(ran[name], protocol, claim) if name in ran else None
                none = "not run" if name in ran else measured.missing(name, metrics)
                rows.append([about["title"], protocol, claim["words"], theirs, *_cells(found, none)])
    columns = ["Dataset", "Protocol", "Claim", "Paper, points", "Ours, points", "95 % interval"]
    columns += ["Right only with the first", "Right only with the second", "McNemar's p", "Verdict"]
    heading = measured.marked("Is a higher order better?", metrics)
    return Table(heading, columns, rows, [HOW_CLAIMS_ARE_TESTED, *measured.mixture(list(ran.values()))])


def _comparison(ran: dict, protocol: str, claim: dict) -> dict | None:
    """Our comparison of the two models of a claim."""
    wanted = (protocol, measured.RECIPE, claim["better"], claim["baseline"])
    for c in ran["comparisons"]:
        if (c["protocol"], c["recipe"], c["better"], c["baseline"]) == wanted and all(
            measured.in_paper_row(ran, claim[side]) for side in ("better", "baseline")
        ):
            return c
    return None


def _cells(found: dict | None, none: str) -> list[str]:
    return others.comparison_cells(found) if found else [none, *["—"] * 5]


def _figures(metrics: list[dict], paper: dict) -> Table:
    """What each figure shows in the paper, and where ours is."""
    ran, rows = measured.admitted(metrics), []
    for figure, about in paper["figures"].items():
        name, kind = about["dataset"], about["kind"]
        drawn = "; ".join(_drawn(m, kind) for m in metrics)
        if kind == "figure1":
            here = f"{file_names([])[-1]}, drawn from Equations (3) to (8)"
        elif name is None:
            here = drawn
        else:
            here = _drawn(ran[name], kind) if name in ran else f"{measured.missing(name, metrics)}; instead: {drawn}"
        rows.append([f"Figure {figure[-1]}", about["shows"], here])
    heading = measured.marked("The paper's figures", metrics)
    return Table(heading, ["Figure", "The paper shows", "Here"], rows)


def _drawn(ran: dict, kind: str) -> str:
    """The file of a figure and, for the loss, the numbers that the claim is about."""
    facts = ran["facts"]
    mark = " (SYNTHETIC)" if facts["synthetic"] else ""
    text = f"figures/{facts['dataset']}_{kind}.svg{mark}"
    if kind != "loss":
        return text
    curves = [c for c in facts["curves"] if c["protocol"] == facts["protocols"][0] and len(c["mean"]) >= 50]
    last = [f"{c['model']} {c['mean'][39]:.3f}, {c['mean'][49]:.3f}" for c in curves if c["recipe"] == measured.RECIPE]
    return text + (f": loss after 40 and 50 epochs: {'; '.join(last)}" if last else "")
