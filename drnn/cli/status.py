"""What is made, what the next run would make and why, and whether files are still as they were made: `drnn status`."""

import logging
from collections import Counter

from drnn import keys
from drnn.plan.chosen import Experiment, chosen
from drnn.plan.experiment import Plan
from drnn.plan.jobs import Job, flat
from drnn.plan.load import SEARCHES, plan_of
from drnn.plan.notes import SHOWN, Note, check, installed, read_note, read_notes

log = logging.getLogger(__name__)
WIDEST = 80
"""Characters of a parameter's old and new value that are shown."""


def status(experiment: str | None) -> str:
    """A line for each step: how many of its jobs are done, how many the next run would do, and why.

    The reason comes from the note of the job that made the same file before: parameters, inputs, or code.
    """
    plan = plan_of(experiment)
    for sentence in plan.untested() if isinstance(plan, Plan) else ():
        log.warning("warning: %s", sentence)
    earlier: dict[str, list[Note]] = {}
    for note in read_notes(plan.root):
        for output in note.outputs:
            earlier.setdefault(keys.without_keys(output), []).append(note)
    to_make = plan.to_make
    lines = [*_title(experiment), f"{'step':<20} {'made':>5} {'to make':>8}"]
    for step in dict.fromkeys(job.step for job in plan.jobs):
        jobs = plan.jobs.of(step)
        missing = [job for job in to_make if job.step == step]
        made = sum(job.exists for job in jobs)
        lines.append(f"{step:<20} {made:>5} {len(missing):>8}  {_reasons(missing, earlier)}".rstrip())
    lines += [_end(job) for job in plan.wanted]
    is_paper = experiment != SEARCHES and chosen(experiment).name == Experiment().name
    if is_paper and not any(job.exists for job in plan.jobs):
        lines.append("nothing of params.yaml is made yet; what is made of the demo: drnn status --experiment demo")
    return "\n".join(lines + _libraries(plan.jobs))


def _title(experiment: str | None) -> list[str]:
    """Which experiment it is, where nobody said and it is not params.yaml; and from what, where its file is gone."""
    own = None if experiment == SEARCHES else chosen(experiment)
    if own and own.gone:
        return [f"{own.name}, as it ran: {own.gone[0]} is no longer there"]
    if own and experiment is None and own.name != Experiment().name:
        return [f"{own.name}, the last that was run; of params.yaml: drnn status --experiment paper"]
    return []


def _end(job: Job) -> str:
    """Where the report or a search's table is, or that it is not there."""
    path = job.outputs.get("report.html") or job.outputs["page"]
    return f"{job.step}: {path if job.exists else 'not made yet'}"


def verify(experiment: str | None) -> str:
    """Compare every file of the plan that is there with the hash that it had when it was made.

    Raises:
        UserError: one differs; names it and the remedy.
    """
    plan = plan_of(experiment)
    return check([job for job in plan.jobs if job.exists])


def _reasons(missing: list[Job], earlier: dict[str, list[Note]]) -> str:
    """Why some jobs of a step have to run, the commonest reasons first."""
    counts = Counter(_reason(job, earlier) for job in missing).most_common()
    named = [f"{reason}{f' ({count})' if len(counts) > 1 else ''}" for reason, count in counts[:SHOWN]]
    return "; ".join(named + ([f"and {len(counts) - SHOWN} other reasons"] if len(counts) > SHOWN else []))


def _reason(job: Job, earlier: dict[str, list[Note]]) -> str:
    """Why a job has to run, told by the nearest of the notes on earlier files of the same name."""
    first = job.makes[0]
    notes = earlier.get(keys.without_keys(first), [])
    if any(first in note.outputs for note in notes):
        return "it was deleted"
    if not notes:
        return "not made yet"
    return "; ".join(min((_differences(job, note) for note in notes), key=len)) or "its step was renamed"


def _differences(job: Job, note: Note) -> list[str]:
    mine, theirs = _leaves(job.params), _leaves(note.params)
    names = [name for name in sorted(mine.keys() | theirs.keys()) if mine.get(name) != theirs.get(name)]
    found = [_change(name, theirs.get(name), mine.get(name)) for name in names[:SHOWN]]
    code = keys.parts_of(*job.code)
    if changed := sorted(name for name in code.keys() | note.code.keys() if code.get(name) != note.code.get(name)):
        found.append(f"code of {', '.join(changed[:SHOWN])}{' and others' if len(changed) > SHOWN else ''}")
    if flat(job.inputs) != note.inputs:
        found.append("other inputs")
    return found


def _change(name: str, before: object, after: object) -> str:
    """A parameter's old and new value, or, of a long list, that it changed."""
    values = f"{before} → {after}"
    return f"{name}: {values}" if len(values) <= WIDEST else f"{name} changed"


def _leaves(value, name: str = "") -> dict[str, object]:
    """{"recipe.epochs": 50, …} of nested parameters."""
    if not isinstance(value, dict):
        return {name: value}
    return {key: leaf for n, v in value.items() for key, leaf in _leaves(v, f"{name}.{n}" if name else n).items()}


def _libraries(jobs: list[Job]) -> list[str]:
    """Which files were made with other versions of libraries than are installed."""
    here, others = installed(), Counter()
    for note in filter(None, (read_note(job.note) for job in jobs if job.exists)):
        others.update((name, known) for name, known in note.versions.items() if here.get(name) != known)
    return [
        f"{count} jobs were done with {name} {known}; installed: {here.get(name, 'none')}"
        for (name, known), count in sorted(others.items())
    ]
