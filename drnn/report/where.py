"""Where a higher order helps: the datasets with their differences, correlations, and trainings that failed."""

from drnn.evaluation.learning import FAR_BELOW
from drnn.evaluation.results import Metrics
from drnn.evaluation.where import LEVEL, Correlation, Setting, correlations, settings, weakest_seen
from drnn.report.blocks import Table, difference, percent, probability, signed
from drnn.report.display import Names
from drnn.report.sentences import Sentences

SAY = Sentences("templates/where.j2")


def tables(metrics: list[Metrics]) -> list[Table]:
    """The datasets, the correlations, and the trainings that failed; each where there is something to say."""
    found = [one for one in settings(metrics) if one.facts.is_whole]
    return [table for table in (_settings(found), _correlations(found), _failures(found)) if table and table.rows]


def limits(metrics: list[Metrics]) -> list[str]:
    """What the correlations can and cannot show; a sentence for each recipe that has some."""
    found = correlations(settings(metrics))
    return [
        _limits([one for one in found if one.recipe == recipe]) for recipe in dict.fromkeys(c.recipe for c in found)
    ]


def _limits(found: list[Correlation]) -> str:
    datasets, tests = max(one.datasets for one in found), len(found)
    seen = weakest_seen(datasets), weakest_seen(datasets, tests)
    return SAY.limits(datasets, tests, *seen, sum(one.p_holm < LEVEL for one in found))


def _settings(found: list[Setting]) -> Table:
    pairs = list(dict.fromkeys(pair for one in found for pair in one.found))
    rows = []
    for one in found:
        facts, names = one.facts, Names(one.facts)
        sizes = (one.sequences, facts.length, one.values, len(facts.classes))
        cells = [names.titled, names.recipe(one.recipe), facts.kind or "—", *map(_count, sizes), _share(facts.noise)]
        rows.append([*cells, *(difference(one.found[pair].difference) if pair in one.found else "—" for pair in pairs)])
    columns = ["Dataset", "Recipe", "Kind", "Training sequences", "Frames", "Values", "Classes", "Noise %"]
    columns += [SAY.less(_names(found, pair), pair) for pair in pairs]
    return Table(SAY.settings_title(), columns, rows, [SAY.settings_note()])


def _correlations(found: list[Setting]) -> Table:
    rows = []
    for one in correlations(found):
        names = _names(found, one.pair)
        cells = [names.recipe(one.recipe), SAY.less(names, one.pair), SAY.property(one.property), str(one.datasets)]
        rows.append([*cells, signed(one.rho), probability(one.p), probability(one.p_holm)])
    columns = ["Recipe", "Difference", "Against", "Datasets", "Rank correlation", "p", "p, Holm"]
    return Table(SAY.correlations_title(), columns, rows, [SAY.correlations_note()])


def _failures(found: list[Setting]) -> Table:
    rows = []
    trained = [(one, result) for one in found for result in one.trained if result.failed is not None]
    for recipe, model in dict.fromkeys((one.recipe, result.model) for one, result in trained):
        own = [(one, r) for one, r in trained if (one.recipe, r.model) == (recipe, model)]
        names = Names(own[0][0].facts)
        runs = sum(result.runs for _, result in own)
        failed = sum(result.failed for _, result in own)
        listed = "; ".join(SAY.failed(Names(one.facts), result.failed) for one, result in own if result.failed)
        counts = [f"{runs:,}", f"{failed:,}", percent(100 * failed / runs), listed or "—"]
        rows.append([names.recipe(recipe), names.model(model), *counts])
    columns = ["Recipe", "Model", "Trainings", "Failed", "Failed %", "On"]
    return Table(SAY.failures_title(), columns, rows, [SAY.failures_note(FAR_BELOW)])


def _names(found: list[Setting], pair: tuple[str, str]) -> Names:
    """Display names of the first dataset that has the claim; models are called alike in all."""
    return next(Names(one.facts) for one in found if pair in one.found)


def _count(number: float | None) -> str:
    return "—" if number is None else f"{number:,.0f}"


def _share(value: float | None) -> str:
    """In %, where small shares matter, too."""
    return "—" if value is None else f"{100 * value:.2g}"
