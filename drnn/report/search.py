"""A search's page: every configuration, what it reached by leave-one-subject-out, and which one is chosen."""

import json

from drnn.evaluation.selection import ConfigurationResult, SearchTable
from drnn.report.blocks import Section, Table, markdown, percent, signed
from drnn.report.display import Names, spaced
from drnn.report.sentences import Sentences

SAY = Sentences("templates/search.j2")


def page(found: SearchTable) -> str:
    """The search's result as Markdown."""
    facts = found.facts
    subjects = len({run.subject for run in found.runs})
    introduction = SAY.introduction(facts, len(found.results), subjects, len(found.runs))
    paragraphs = [SAY.how(), SAY.base(facts, _changes(facts.base)), SAY.chosen(spaced(found.chosen))]
    return markdown(SAY.title(facts), introduction, [Section(SAY.section(), paragraphs, tables=[_table(found)])])


def _table(found: SearchTable) -> Table:
    facts, first, names = found.facts, found.results[0], Names(found.facts)
    models = facts.models if len(facts.models) > 1 else []
    columns = ["Configuration", "What it changes", "Validation %", "Difference"]
    columns += [f"{names.model(model)} %" for model in models]
    columns += [f"without {subject} %" for subject in first.by_subject]
    rows = [_row(found, result, models) for result in found.results]
    return Table(SAY.tried(facts), columns, rows, [SAY.made(facts, found.provenance)])


def _row(found: SearchTable, result: ConfigurationResult, models: list[str]) -> list[str]:
    first, name = found.results[0], result.configuration
    spread = f" ± {percent(result.std)}" if result.std else ""
    cells = [spaced(name) + (" (chosen)" if name == found.chosen else "")]
    cells += [_changes(found.facts.configurations[name]) or "—"]
    cells += [percent(result.mean) + spread, signed(result.mean - first.mean)]
    cells += [percent(result.by_model[model]) for model in models]
    return cells + [percent(result.by_subject[subject]) for subject in first.by_subject]


def _changes(changes: dict) -> str:
    """Fields of a recipe and their values: "batch_size 4, augmentation {…}"."""
    return ", ".join(f"{name} {json.dumps(value)}".replace('"', "") for name, value in changes.items())
