"""Drops files that no kept state of the experiment needs: `drnn gc`."""

import json
import os
import shlex
import subprocess
import sys
import tarfile
from collections import Counter
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from drnn import keys
from drnn.errors import UserError
from drnn.git import GitError, git, git_bytes
from drnn.plan.chosen import others
from drnn.plan.experiment import Plan
from drnn.plan.jobs import NOTE, ORDER
from drnn.plan.load import plans as all_plans
from drnn.plan.lock import only_run
from drnn.plan.planned import Planned
from drnn.plan.steps import STEPS

PLANNED = """
import json
try:
    from drnn.plan.load import plans
except ImportError:
    try:
        from drnn.experiments import plans
    except ImportError:
        from drnn.plan import EXPERIMENTS, Plan
        plans = lambda: map(Plan.load, EXPERIMENTS)
print(json.dumps([path for plan in plans() for job in plan.jobs for path in job.outputs.values()]))
"""
"""Run by the code of a revision, whose plan may lie elsewhere or be from before there were searches."""
_PATTERNS = [NOTE, ORDER, *(pattern for step in STEPS.values() for pattern in step.outputs.values())]
FOLDERS = sorted({pattern.split("/")[1] for pattern in _PATTERNS} | {"logs", "benchmarks"})
"""What lies in a results folder, as far as the project made it."""


def gc(delete: bool, revisions: list[str], work: bool) -> str:
    """Drop every file of today's results folders whose key nothing kept has.

    Kept is what the parameter files as they stand lead to, those of all experiments that were run here, with the
    datasets that are in no `run` too, and what those of HEAD, of every branch and tag, and of ``revisions`` do, each
    by its own code.

    Args:
        delete: otherwise only say what would go.
        revisions: of git, kept besides.
        work: drop too what lies between videos and their features, where these are there.

    Raises:
        UserError: what a revision needs cannot be found out; then nothing is dropped.
    """
    try:
        kept = {key for revision in _revisions(revisions) for key in _keys_of_revision(revision)}
    except GitError as error:
        raise UserError(f"{error}; nothing is dropped") from None
    try:
        plans = all_plans()
    except UserError as error:
        raise UserError(f"{error}; nothing is dropped (`drnn gc --forget` lets go of what was run)") from None
    kept |= {job.key for plan in plans for job in plan.jobs} | _keys_of_other_datasets(plans)
    if work:
        kept -= {job.key for plan in plans for job in _no_longer_needed(plan)}
    held = only_run() if delete else None  # until the end
    counts, sizes = Counter(), Counter()
    roots = sorted({plan.root for plan in plans})
    for root, path in ((folder, path) for folder in roots for path in _files(Path(folder))):
        if _is_kept(path, kept):
            continue
        store = "/".join((root, path.relative_to(root).parts[0]))
        counts[store] += 1
        sizes[store] += path.stat().st_size
        if held:
            path.unlink()
    return _said(counts, sizes, delete)


def _revisions(named: list[str]) -> list[str]:
    """Commits to keep, each once."""
    heads = git("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags").split()
    return list(dict.fromkeys(git("rev-parse", "--verify", f"{name}^{{commit}}") for name in ["HEAD", *heads, *named]))


def _keys_of_revision(revision: str) -> set[str]:
    """The keys of all that the parameter files of a commit lead to, by the code of that commit."""
    with TemporaryDirectory() as folder:
        tree = git_bytes("archive", revision)
        with tarfile.open(fileobj=BytesIO(tree)) as archive:
            archive.extractall(folder, filter="data")
        asked = [sys.executable, "-c", PLANNED]
        answer = subprocess.run(
            asked, cwd=folder, env=os.environ | {"PYTHONPATH": folder}, capture_output=True, text=True
        )
    if answer.returncode:
        reason = (answer.stderr.strip() or "no reason given").splitlines()[-1]
        raise UserError(f"revision {revision[:10]}: what it needs cannot be found out ({reason}); nothing is dropped")
    return set(map(keys.key_of, json.loads(answer.stdout)))


def _keys_of_other_datasets(plans: list[Planned]) -> set[str]:
    """The keys of the datasets that are in no `run`; of a sample only where the folder with it is named."""
    found = set()
    for plan in (plan for plan in plans if isinstance(plan, Plan)):
        for name in plan.params.datasets.keys() - set(plan.params.run):
            with suppress(UserError):
                found |= {job.key for job in Plan(plan.params.running([name]), plan.root).jobs}
    return found


def _no_longer_needed(plan: Planned) -> list:
    """Jobs between the videos and the features, where the next run needs none of them."""
    needed = {job.key for job in plan.to_make}
    done = all(job.exists for job in plan.jobs.of("features"))
    return [job for job in plan.jobs if STEPS[job.step].scratch and done and job.key not in needed]


def _files(root: Path) -> list[Path]:
    """The files of a results folder that carry a key."""
    found = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.is_file())
    return [path for path in found if "@" in str(path.relative_to(root))]


def _is_kept(path: Path, kept: set[str]) -> bool:
    """Whether a file has a kept key. What a killed process left half-written is kept by nothing."""
    if path.suffix == ".part":
        return False
    try:
        return keys.key_of(path) in kept
    except UserError:
        return True


def _said(counts: Counter, sizes: Counter, delete: bool) -> str:
    """What goes, and which experiments keep their files besides params.yaml and the demo."""
    kept = [f"kept, for it was run here: {own.name} (drnn gc --forget {shlex.quote(own.name)})" for own in others()]
    if not counts:
        said = "nothing to drop: every file is needed by the parameters as they stand, or by a kept revision"
        return "\n".join([*kept, said])
    lines = [f"{store:<24} {counts[store]:>6} files {sizes[store] / 1e6:>10.1f} MB" for store in sorted(counts)]
    total = f"{sum(counts.values())} files, {sum(sizes.values()) / 1e6:.1f} MB"
    end = f"dropped: {total}" if delete else f"would drop: {total}; `drnn gc --delete` does it"
    return "\n".join([*kept, *lines, end])
