"""The summary of results, a sentence for each dataset and claim, and the tables of the paper's claims and figures."""

from dataclasses import dataclass

from drnn.evaluation.results import Compared, Metrics, Result
from drnn.evaluation.verdicts import BETTER, CERTAINTY, EQUIVALENT, MARGIN, UNDECIDED, WORSE
from drnn.report import measured, others
from drnn.report.blocks import Table, signed
from drnn.report.display import Names
from drnn.report.paper import Claim, Row, paper
from drnn.report.sentences import Sentences

SAY, NOTES = Sentences("templates/claims.j2"), Sentences("templates/notes.j2")


@dataclass(frozen=True)
class Claimed:
    """A claim of the paper under a protocol and recipe, and our comparison, if there is one."""

    recipe: str
    protocol: str
    claim: Claim
    found: Compared | None


def verdicts(metrics: list[Metrics]) -> list[str]:
    """One sentence for each dataset of the paper and recipe, and one for each claim about it; what did not run last."""
    ran = measured.admitted(metrics)
    lines = [SAY.synthetic()] if measured.all_synthetic(metrics) else []
    for own in (m for m in metrics if m.facts.dataset not in ran):
        lines += [SAY.sample(own.facts)] if own.facts.sample else _own(own)
    for name in (name for name in paper().datasets if name in ran):
        lines += _verdicts(name, ran[name])
    reasons: dict[str, list[str]] = {}
    for name in (name for name in paper().datasets if name not in ran):
        reasons.setdefault(measured.missing(name, metrics), []).append(paper().datasets[name].title)
    return lines + [SAY.missing(titles, reason) for reason, titles in reasons.items()]


def _own(ran: Metrics) -> list[str]:
    """A line for each protocol and recipe of a dataset outside the paper's rows."""
    places = dict.fromkeys(r.place for r in ran.results if not r.is_ensemble)
    lines = [answer(ran)] if helps(ran) and not ran.facts.synthetic else []
    return lines + [SAY.own(ran.facts, *place, ran.under(*place)) for place in places]


def answer(ran: Metrics) -> str:
    """Whether a higher order helps on a dataset that `helps` has an answer for, as a sentence."""
    return SAY.helps(ran.facts, helps(ran))


@dataclass(frozen=True)
class Answer:
    """Whether a higher order helps on a dataset, under its main protocol.

    Attributes:
        by_units, by_parameters: the highest order compared with order 0 of as many units, and of as many parameters.
    """

    by_units: Compared
    by_parameters: Compared | None

    @property
    def word(self) -> str:
        """`yes`, `no`, `undecided`; or `parameters`, where only a smaller LSTM is worse."""
        found = [one.verdict for one in (self.by_units, self.by_parameters) if one]
        if all(verdict == BETTER for verdict in found):
            return "yes"
        if UNDECIDED in found:
            return "no" if found[0] in (WORSE, EQUIVALENT) else "undecided"
        return "parameters" if found[0] == BETTER else "no"


def helps(ran: Metrics) -> Answer | None:
    """The answer for a dataset, from its first recipe; None where one of the two models did not run."""
    models = {name: ran.facts.models[name] for name in ran.facts.claimed}
    highest = max(models, key=lambda name: models[name].order)
    here = [c for c in ran.comparisons if c.protocol == ran.facts.protocols[0] and c.better == highest]
    here = [c for c in here if c.recipe == ran.facts.recipes[0]]
    by = {ran.facts.claim(highest, c.baseline): c for c in reversed(here)}
    return Answer(by["units"], by.get("parameters")) if "units" in by else None


def _verdicts(name: str, ran: Metrics) -> list[str]:
    """The summary of a dataset of the paper, under its main protocol."""
    facts, protocol = ran.facts, ran.facts.protocols[0]
    recipes = [measured.RECIPE, *measured.further(ran), *measured.ensembles(ran, protocol)]
    lines = [SAY.reached(facts, protocol, recipe, rows) for recipe in recipes if (rows := _rows(name, ran, recipe))]
    lines += [SAY.baseline(facts, protocol, found) for found in measured.baselines(ran, protocol)]
    tested = [one for one in claimed(ran) if one.found and one.protocol == protocol]
    lines += [SAY.verdict(facts, one) for one in tested if one.recipe == measured.RECIPE]
    for recipe in measured.further(ran):
        together = [one for one in tested if one.recipe == recipe]
        lines += [SAY.verdicts(facts, recipe, together)] if together else []
    return lines


def _rows(name: str, ran: Metrics, recipe: str) -> list[tuple[Row, Result]]:
    """The paper's rows of a dataset and what a recipe reaches in each, under the main protocol."""
    each = ((row, measured.found_for(ran, ran.facts.protocols[0], row, recipe)) for row in paper().own_rows(name))
    return [(row, found) for row, found in each if found]


def orders(metrics: list[Metrics]) -> Table:
    """What the paper's differences between orders say, and what ours say, with each recipe that ran."""
    ran, rows = measured.admitted(metrics), []
    several = several_recipes(metrics)
    for name in sorted(paper().datasets, key=lambda name: name not in ran):
        scores = {row.model: row.accuracy for row in paper().own_rows(name)}
        none = "not run" if name in ran else measured.missing(name, metrics)
        for one in claimed(ran.get(name)):
            rows.append([paper().datasets[name].title, *place(ran.get(name), one, several), one.claim.words])
            rows[-1] += [signed(scores[one.claim.better] - scores[one.claim.baseline]), *_cells(one.found, none)]
    columns = ["Dataset", *place_columns(several), "Claim", "Paper, points", "Ours, points"]
    heading = measured.marked(SAY.orders_title(), metrics)
    notes = [NOTES.tested(MARGIN, CERTAINTY), *measured.mixture(list(ran.values()))]
    return Table(heading, columns + others.COMPARISON, rows, notes, ("Claim", "Ours, points"))


def place(ran: Metrics | None, one: Claimed, several: bool) -> list[str]:
    """The cells of a claim's protocol and, where there are several, recipe."""
    if ran is None:
        return ["—"] * (1 + several)
    names = Names(ran.facts)
    return [names.protocol(one.protocol), *([names.recipe(one.recipe)] if several else [])]


def place_columns(several: bool) -> list[str]:
    """The heads of the columns of ``place``."""
    return ["Protocol", *(["Recipe"] if several else [])]


def several_recipes(metrics: list[Metrics]) -> bool:
    """Did a dataset in the paper's rows run with another recipe than the paper's too?"""
    return any(measured.further(ran) for ran in measured.admitted(metrics).values())


def claimed(ran: Metrics | None) -> list[Claimed]:
    """The paper's claims about a dataset, with the paper's recipe first; for None, a dataset that did not run, bare.

    With the paper's recipe under each of the dataset's own protocols, whether there is a comparison or not; with other
    recipes, and under protocols of further trainings, where there is one.
    """
    if ran is None:
        return [Claimed("", "", claim, None) for claim in paper().claims]
    own, found = ran.facts.protocols, []
    protocols = dict.fromkeys([*own, *(c.protocol for c in ran.comparisons)])
    for recipe in (measured.RECIPE, *measured.further(ran)):
        for claim in paper().claims:
            each = [Claimed(recipe, name, claim, _comparison(ran, name, claim, recipe)) for name in protocols]
            found += [one for one in each if one.found or (recipe == measured.RECIPE and one.protocol in own)]
    return found


def _comparison(ran: Metrics, protocol: str, claim: Claim, recipe: str) -> Compared | None:
    """Our comparison of the two models of a claim."""
    if not all(measured.in_paper_row(ran, model) for model in (claim.better, claim.baseline)):
        return None
    wanted = (protocol, recipe), claim.better, claim.baseline
    return next((c for c in ran.comparisons if (c.place, c.better, c.baseline) == wanted), None)


def _cells(found: Compared | None, none: str) -> list[str]:
    return others.comparison_cells(found) if found else [none, *["—"] * len(others.COMPARISON)]


def figures(metrics: list[Metrics]) -> Table:
    """What each figure shows in the paper, and where ours is."""
    ran, rows = measured.admitted(metrics), []
    for figure in paper().figures:
        drawn = [_drawn(m, figure.kind) for m in metrics]
        if figure.dataset is None:
            here = SAY.layer_figure("figures/figure1.svg")
        elif figure.dataset in ran:
            here = _drawn(ran[figure.dataset], figure.kind)
        else:
            here = SAY.instead(measured.missing(figure.dataset, metrics), drawn)
        rows.append([f"Figure {figure.number}", figure.shows, here])
    heading = measured.marked(SAY.figures_title(), metrics)
    return Table(heading, ["Figure", "The paper shows", "Here"], rows)


def _drawn(ran: Metrics, kind: str) -> str:
    """The file of a figure and, for the loss, the numbers that the claim is about."""
    main = ran.facts.protocols[0], measured.RECIPE
    curves = [c for c in ran.facts.curves if (c.protocol, c.recipe) == main and len(c.mean) >= 50]
    return SAY.drawn(ran.facts, kind, curves if kind == "loss" else [])
