"""What came out: a sentence for each dataset and claim, and the tables of the paper's claims and figures."""

from drnn.evaluation.pairs import MARGIN
from drnn.report import measured, others
from drnn.report.blocks import Table, interval, percent, probability, signed
from drnn.report.names import file_names

HOW_THEY_ARE_TESTED = (
    "Points: the difference of the mean accuracies over all runs, with two bootstrap intervals. The first draws test "
    "sequences, for these subjects and seeds; the second draws subjects, and the runs of both models where each has "
    "several: it says what to expect of other people and seeds. By seeds: half of Welch's 95 % interval over the seeds "
    "alone, for these sequences. Right alone: how many sequences are recognised by more "
    "than half of the first model's runs and not of the second's, and the other way round. p: McNemar's exact test of "
    "these two counts, after Holm's correction for the claims of a table's dataset, protocol and recipe. Detectable: "
    "the smallest difference, in points, that the test finds with 80 % power among so many sequences. A claim holds if "
    "the second interval lies above 0 and p is below 0.05; it does not hold if that interval lies below "
    f"{MARGIN:g} point, the least that matters; otherwise it is undecided."
)
SPLITS = (
    "Over several splits a sequence counts once in each that tests it, as if these were different sequences: the first "
    "interval and p are somewhat too optimistic."
)
SAMPLE = (
    "ran from the recordings to this report: this proves the path, not the paper's claim, and its accuracies stand "
    "in a section of their own alone."
)


def verdicts(metrics: list[dict]) -> list[str]:
    """One sentence for each dataset of the paper, and one for each claim about it."""
    paper, ran = measured.paper(), measured.admitted(metrics)
    lines = []
    if measured.all_synthetic(metrics):
        lines.append("SYNTHETIC demo: every number measured here comes from made-up recordings.")
    for own in (m for m in metrics if m["facts"]["dataset"] not in ran):
        if own["facts"].get("sample"):
            lines.append(f"{measured.named(own['facts'])} {SAMPLE}")
            continue
        found = (f"{r['model']}, {r['protocol']}, {r['recipe']}: {measured.accuracy(r)}" for r in own["results"])
        lines.append(f"{own['facts']['dataset']}, outside the paper's rows: {'; '.join(found)}.")
    for name, about in paper["datasets"].items():
        if name not in ran:
            lines.append(f"{about['title']}: {measured.missing(name, metrics)}.")
            continue
        protocol = ran[name]["facts"]["protocols"][0]
        rows = [row for row in measured.rows() if row["dataset"] == name and "model" in row]
        ours = [
            f"{row['method']}: {measured.accuracy(found)}, paper {percent(row['accuracy'])}"
            for row in rows
            if (found := measured.found_for(ran[name], protocol, row))
        ]
        lines.append(f"{about['title']}, {protocol}: {'; '.join(ours) or 'no model of the paper was run'}.")
        for other in measured.beside(ran[name], protocol):
            method = measured.METHODS[ran[name]["facts"]["baselines"][other["model"]]["method"]]
            lines.append(f"Without recurrence on {about['title']}, {protocol}: {method}: {measured.accuracy(other)}.")
        for claim in paper["claims"]:
            if found := _comparison(ran[name], protocol, claim):
                lines.append(f"That {claim['words']} {_sentence(found)} on {about['title']}: {_numbers(found)}.")
    return lines


def _sentence(found: dict) -> str:
    return found["verdict"].replace("undecided", "is undecided")


def _numbers(found: dict) -> str:
    """Difference, the wider of its intervals, p, and what could have been found."""
    ends = found["interval_subjects"] or found["interval"]
    over = "subjects and seeds" if found["interval_subjects"] else "sequences"
    text = f"{signed(found['difference'])} points (95 % interval over {over} {interval(ends, signed)}, "
    text += f"Holm-corrected p {probability(found['p_holm'])}"
    if found["verdict"] == "undecided":
        text += f"; the least that the test could have found is {percent(found['detectable'])} points"
    return f"{text})"


def orders(metrics: list[dict]) -> Table:
    """What the paper's differences between orders say, and what ours say."""
    paper, ran, rows = measured.paper(), measured.admitted(metrics), []
    for name, about in paper["datasets"].items():
        scores = {row["model"]: row["accuracy"] for row in measured.rows() if row["dataset"] == name and "model" in row}
        for claim in paper["claims"]:
            theirs = signed(scores[claim["better"]] - scores[claim["baseline"]])
            for protocol in ran[name]["facts"]["protocols"] if name in ran else ["—"]:
                found = _comparison(ran[name], protocol, claim) if name in ran else None
                none = "not run" if name in ran else measured.missing(name, metrics)
                rows.append([about["title"], protocol, claim["words"], theirs, *_cells(found, none)])
    columns = ["Dataset", "Protocol", "Claim", "Paper, points", "Ours, points", *others.COMPARISON]
    heading = measured.marked("Is a higher order better?", metrics)
    drawn = any(found["splits"] > 1 for m in ran.values() for found in m["results"])
    notes = [HOW_THEY_ARE_TESTED] + ([SPLITS] if drawn else [])
    return Table(heading, columns, rows, notes + measured.mixture(list(ran.values())))


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
    return others.comparison_cells(found) if found else [none, *["—"] * len(others.COMPARISON)]


def figures(metrics: list[dict]) -> Table:
    """What each figure shows in the paper, and where ours is."""
    paper, ran, rows = measured.paper(), measured.admitted(metrics), []
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
    mark = " (SYNTHETIC)" if facts["synthetic"] else f" ({facts['sample']})" if facts.get("sample") else ""
    text = f"figures/{facts['dataset']}_{kind}.svg{mark}"
    if kind != "loss":
        return text
    curves = [c for c in facts["curves"] if c["protocol"] == facts["protocols"][0] and len(c["mean"]) >= 50]
    last = [f"{c['model']} {c['mean'][39]:.3f}, {c['mean'][49]:.3f}" for c in curves if c["recipe"] == measured.RECIPE]
    return text + (f": loss after 40 and 50 epochs: {'; '.join(last)}" if last else "")
