"""What README.md says of the results: typed values of each dataset of the paper that ran, said by a template."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from drnn.evaluation import ENSEMBLE
from drnn.evaluation.results import Compared, Metrics
from drnn.evaluation.selection import SearchTable
from drnn.report import claims, measured
from drnn.report.blocks import wrapped
from drnn.report.display import Names
from drnn.report.paper import Row, paper
from drnn.report.sentences import Sentences

SAY = Sentences("templates/summary.j2")
BEGIN, END = "<!-- summary: written by `drnn publish` -->", "<!-- end of summary -->"
TUNED = "tuned"


@dataclass(frozen=True)
class Range:
    """The least and the greatest of several numbers."""

    least: float
    greatest: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> Self | None:
        """None of none."""
        listed = list(numbers)
        return cls(min(listed), max(listed)) if listed else None


@dataclass(frozen=True)
class Reached:
    """What a recipe reaches: accuracies in %, gaps to the paper's in points, and how its values were chosen.

    Attributes:
        configurations: how many each search for the recipe compared, in their order.
    """

    accuracies: Range
    gaps: Range
    seeds: int
    protocols: int
    baselines: Range | None
    ensembles: Range | None
    paper: list[Row]
    configurations: list[int]


@dataclass(frozen=True)
class Drawn:
    """Differences between orders over random splits, and how far the splits of one model are apart; in points."""

    splits: int
    differences: Range
    spread: Range


@dataclass(frozen=True)
class Orders:
    """The paper's claims about orders: differences in points under the main protocol, over all recipes."""

    protocol: str
    recipes: list[str]
    differences: Range
    intervals: Range
    drawn: dict[str, Drawn]
    verdicts: Counter


@dataclass(frozen=True)
class Others:
    """The highest order compared with the models that the claims are not about, the largest lead first."""

    recipe: str
    better: str
    comparisons: list[Compared]
    verdicts: Counter


def summary(metrics: list[Metrics], searches: dict[str, SearchTable]) -> str:
    """Markdown between its marks: a list of what came of each dataset of the paper that ran."""
    lines = []
    for name, ran in measured.admitted(metrics).items():
        known = Names(ran.facts)
        parts = [
            ("written", reached(name, ran, measured.RECIPE, searches)),
            ("tuned", reached(name, ran, TUNED, searches)),
        ]
        parts += [("orders", orders(ran)), ("others", others(ran))]
        for macro, found in parts:
            lines += wrapped(f"- {getattr(SAY, macro)(known, found)}", "  ") if found else []
    return "\n".join([BEGIN, *lines, END])


def reached(name: str, ran: Metrics, recipe: str, searches: dict[str, SearchTable]) -> Reached | None:
    """What a recipe reaches under the dataset's own protocols; None where it did not run."""
    facts, rows = ran.facts, paper().own_rows(name)
    each = [(row, measured.found_for(ran, protocol, row, recipe)) for protocol in facts.protocols for row in rows]
    found = [(row, one) for row, one in each if one]
    if not found:
        return None
    joint = (measured.found_for(ran, facts.protocols[0], row, recipe + ENSEMBLE) for row in rows)
    others = (one.mean for protocol in facts.protocols for one in measured.baselines(ran, protocol))
    return Reached(
        accuracies=Range.of(one.mean for _, one in found),
        gaps=Range.of(row.accuracy - one.mean for row, one in found),
        seeds=max(one.seeds for _, one in found),
        protocols=len({one.protocol for _, one in found}),
        baselines=Range.of(others),
        ensembles=Range.of(one.mean for one in joint if one),
        paper=rows,
        configurations=_configurations(name, recipe, searches),
    )


def _configurations(dataset: str, recipe: str, searches: dict[str, SearchTable]) -> list[int]:
    """How many configurations each search for a recipe compared, those that follow another after it."""
    own = {n: s for n, s in searches.items() if (s.facts.chooses, s.facts.dataset) == (recipe, dataset)}
    after = {search.facts.follows: name for name, search in own.items()}
    counts, name = [], after.get(None)
    while name:
        counts.append(len(own[name].results))
        name = after.get(name)
    return counts


def orders(ran: Metrics) -> Orders | None:
    """What the comparisons of the paper's claims say; None where there is none."""
    tested = [one.found for one in claims.claimed(ran) if one.found]
    main = ran.facts.protocols[0]
    here = [found for found in tested if found.protocol == main]
    if not here:
        return None
    drawn = {found.protocol: found.splits for found in tested if found.over == "splits"}
    return Orders(
        protocol=main,
        recipes=list(dict.fromkeys(found.recipe for found in here)),
        differences=Range.of(found.difference for found in here),
        intervals=Range.of(end for found in here for end in found.interval),
        drawn={protocol: _drawn(ran, tested, protocol, splits) for protocol, splits in drawn.items()},
        verdicts=Counter(found.verdict for found in tested),
    )


def _drawn(ran: Metrics, tested: list[Compared], protocol: str, splits: int) -> Drawn:
    results = [r for r in ran.results if r.protocol == protocol and not (r.is_ensemble or r.is_baseline)]
    return Drawn(
        splits=splits,
        differences=Range.of(found.difference for found in tested if found.protocol == protocol),
        spread=Range.of(max(r.by_split) - min(r.by_split) for r in results),
    )


def others(ran: Metrics) -> Others | None:
    """The comparisons with models that no claim is about, under the main protocol; None where there is none."""
    found = [
        one
        for one in ran.comparisons
        if one.protocol == ran.facts.protocols[0] and not one.is_ensemble and measured.unclaimed(ran, one.baseline)
    ]
    if not found:
        return None
    by_lead = sorted(found, key=lambda one: -one.difference)
    return Others(found[0].recipe, found[0].better, by_lead, Counter(one.verdict for one in found))
