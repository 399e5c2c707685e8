"""What came out: a sentence for each dataset and claim, and the tables of the paper's claims and figures."""

from typing import NamedTuple

from drnn.evaluation import BASELINE
from drnn.report import measured, methods, others, recipes
from drnn.report.blocks import Table, interval, percent, probability, signed
from drnn.report.names import file_names

SAMPLE = (
    "ran from the recordings to this report: this proves the path, not the paper's claim, and its accuracies stand "
    "in a section of their own alone."
)


class Claimed(NamedTuple):
    """A claim of the paper under a protocol and recipe, and our comparison, if there is one."""

    recipe: str
    protocol: str
    claim: dict
    found: dict | None


def verdicts(metrics: list[dict]) -> list[str]:
    """One sentence for each dataset of the paper and recipe, and one for each claim about it; what did not run last."""
    paper, ran = measured.paper(), measured.admitted(metrics)
    lines = []
    if measured.all_synthetic(metrics):
        lines.append("SYNTHETIC demo: every number measured here comes from made-up recordings.")
    for own in (m for m in metrics if m["facts"]["dataset"] not in ran):
        if own["facts"].get("sample"):
            lines.append(f"{measured.named(own['facts'])} {SAMPLE}")
            continue
        lines += _own(own)
    titles = {name: about["title"] for name, about in paper["datasets"].items()}
    for name in (name for name in titles if name in ran):
        lines += _verdicts(name, titles[name], ran[name])
    reasons: dict[str, list[str]] = {}
    for name in (name for name in titles if name not in ran):
        reasons.setdefault(measured.missing(name, metrics), []).append(titles[name])
    return lines + [f"{', '.join(names)}: {reason}." for reason, names in reasons.items()]


def _own(ran: dict) -> list[str]:
    """A line for each protocol and recipe of a dataset outside the paper's rows."""
    groups: dict[tuple[str, str], list[dict]] = {}
    for r in ran["results"]:
        if not measured.is_ensemble(r["recipe"]):
            groups.setdefault((r["protocol"], r["recipe"]), []).append(r)
    lines = []
    for (protocol, recipe), found in groups.items():
        how = "without recurrence" if recipe == BASELINE else f"recipe “{recipe}”"
        means = ", ".join(f"{r['model']} {measured.spread(r)}" for r in found)
        runs = " or ".join(dict.fromkeys(map(measured.grid, found)))
        lines.append(f"{ran['facts']['dataset']}, {protocol}, {how}: {means} % ({runs}).")
    return lines


def _verdicts(name: str, title: str, ran: dict) -> list[str]:
    """What came out on a dataset of the paper, under its main protocol."""
    protocol = ran["facts"]["protocols"][0]
    ours = [
        f"{row['method']}: {measured.accuracy(found)}, paper {percent(row['accuracy'])}"
        for row in measured.own_rows(name)
        if (found := measured.found_for(ran, protocol, row))
    ]
    beside = recipes.sentences(name, ran)
    mark = f"{recipes.head(measured.RECIPE)}, " if beside else ""
    lines = [f"{mark}{title}, {protocol}: {'; '.join(ours) or 'no model of the paper was run'}.", *beside]
    for other in measured.beside(ran, protocol):
        method = measured.method(ran["facts"]["baselines"][other["model"]])
        lines.append(f"Without recurrence on {title}, {protocol}: {method}: {measured.accuracy(other)}.")
    tested = [one for one in claimed(ran) if one.found and one.protocol == protocol]
    tuned = measured.further(ran)
    where = f"{title}, as written" if tuned else title
    for one in (one for one in tested if one.recipe == measured.RECIPE):
        lines.append(f"That {one.claim['words']} {_sentence(one.found)} on {where}: {_numbers(one.found)}.")
    for recipe in tuned:
        parts = [f"that {o.claim['words']} {_sentence(o.found)}" for o in tested if o.recipe == recipe]
        lines += [f"{recipes.head(recipe)}, on {title}: {'; '.join(parts)}."] if parts else []
    return lines


def _sentence(found: dict) -> str:
    return found["verdict"].replace("undecided", "is undecided")


def _numbers(found: dict) -> str:
    """Difference, the interval that decides, p, and what could have been found."""
    several, subjects = found["over_splits"], found["interval_subjects"]
    ends = several["interval"] if several else subjects or found["interval"]
    over = "splits" if several else "subjects and seeds" if subjects else "sequences, of too few subjects to decide,"
    text = f"{signed(found['difference'])} points (95 % interval over {over} {interval(ends, signed)}, "
    text += f"Holm-corrected p {probability(found['p_holm'])}"
    if found["verdict"] == "undecided" and subjects and not several:
        text += f"; the least that the test could have found is {percent(found['detectable'])} points"
    return f"{text})"


def orders(metrics: list[dict]) -> Table:
    """What the paper's differences between orders say, and what ours say, with each recipe that ran."""
    paper, ran, rows = measured.paper(), measured.admitted(metrics), []
    several = several_recipes(metrics)
    for name, about in paper["datasets"].items():
        scores = {row["model"]: row["accuracy"] for row in measured.own_rows(name)}
        none = "not run" if name in ran else measured.missing(name, metrics)
        for one in claimed(ran.get(name)):
            theirs = signed(scores[one.claim["better"]] - scores[one.claim["baseline"]])
            rows.append([about["title"], one.protocol, *([one.recipe] if several else []), one.claim["words"]])
            rows[-1] += [theirs, *_cells(one.found, none)]
    columns = ["Dataset", "Protocol", *(["Recipe"] if several else []), "Claim", "Paper, points", "Ours, points"]
    heading = measured.marked("Is a higher order better?", metrics)
    drawn = any(found["splits"] > 1 for m in ran.values() for found in m["results"])
    notes = [methods.HOW_THEY_ARE_TESTED] + ([methods.SPLITS] if drawn else [])
    return Table(heading, columns + others.COMPARISON, rows, notes + measured.mixture(list(ran.values())))


def several_recipes(metrics: list[dict]) -> bool:
    """Did a dataset in the paper's rows run with another recipe than the paper's too?"""
    return any(measured.further(ran) for ran in measured.admitted(metrics).values())


def claimed(ran: dict | None) -> list[Claimed]:
    """The paper's claims about a dataset, with the paper's recipe first; for None, a dataset that did not run, bare.

    With the paper's recipe under each of the dataset's own protocols, whether there is a comparison or not; with other
    recipes, and under protocols of further trainings, where there is one.
    """
    claims = measured.paper()["claims"]
    if ran is None:
        return [Claimed("—", "—", claim, None) for claim in claims]
    own, found = ran["facts"]["protocols"], []
    protocols = dict.fromkeys([*own, *(c["protocol"] for c in ran["comparisons"])])
    for recipe in (measured.RECIPE, *measured.further(ran)):
        for claim in claims:
            each = [
                Claimed(recipe, protocol, claim, _comparison(ran, protocol, claim, recipe)) for protocol in protocols
            ]
            found += [one for one in each if one.found or (recipe == measured.RECIPE and one.protocol in own)]
    return found


def _comparison(ran: dict, protocol: str, claim: dict, recipe: str) -> dict | None:
    """Our comparison of the two models of a claim."""
    wanted = (protocol, recipe, claim["better"], claim["baseline"])
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
