"""The accuracies in a file of metrics, or in the committed record as it was at a git revision."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drnn.errors import UserError
from drnn.git import GitError, git_bytes

RECORD = "reports/metrics.json"
NUMBERS = ("mean", "std", "runs")
FORMS = "expected the form of reports/metrics.json or of reports/metrics/<dataset>.json"

Name = tuple[str, str, str, str]
"""Dataset, protocol, recipe, model."""


@dataclass(frozen=True)
class Side:
    """One of the two results.

    Attributes:
        source: the file, or the file of which revision.
        rows: name → {"mean": …, "std": …, "runs": …}, in %.
    """

    source: str
    rows: dict[Name, dict]


def read(what: str) -> Side:
    """A file of metrics, or reports/metrics.json as it was at a git revision.

    Raises:
        UserError: it is neither, or holds no metrics; names it and the remedy.
    """
    path = Path(what)
    if path.is_dir():
        raise UserError(f"{what}: is a folder; name a file of metrics in it, such as {RECORD}")
    if path.exists():
        try:
            return Side(what, _rows(path.read_bytes(), what))
        except OSError as error:
            raise UserError(f"{what}: cannot be read ({error.strerror or error})") from None
    remedy = "name a file of metrics, or run in the project's checkout"
    _git("rev-parse", "--git-dir", failed=f"{what}: is no file, and git cannot look for a revision; {remedy}")
    remedy = (
        f"name a file of metrics, such as {RECORD}, or a revision, such as HEAD~3: `git log --oneline -- {RECORD}` "
        "lists those that changed the accuracies"
    )
    words = ("rev-parse", "--verify", f"{what}^{{commit}}")
    revision = _git(*words, failed=f"{what}: is neither a file nor a git revision; {remedy}").decode().strip()
    remedy = f"`git log --oneline -- {RECORD}` lists revisions that do"
    failed = f"{what}: the revision {revision[:10]} gives no {RECORD}; {remedy}"
    content = _git("show", f"{revision}:./{RECORD}", failed=failed)
    source = f"{RECORD} of {what}" + ("" if revision.startswith(what) else f" ({revision[:10]})")
    return Side(source, _rows(content, source))


def _git(*words: str, failed: str) -> bytes:
    """What git prints; where it fails, a message with git's own reason."""
    try:
        return git_bytes(*words)
    except GitError as error:
        raise UserError(f"{failed} ({error})") from None


def _rows(content: bytes, source: str) -> dict[Name, dict]:
    """The accuracies in a file of either form."""
    try:
        found = json.loads(content)
    except ValueError as error:
        raise UserError(f"{source}: is not whole JSON ({error}); {FORMS}") from None
    if isinstance(found, dict) and {"facts", "results"} <= found.keys():
        found = _short(found, source)
    rows = dict(_leaves(found, source))
    for name, leaf in rows.items():
        for number in NUMBERS:
            _check(leaf.get(number), number, f"{source}: {', '.join(name)}")
    return {name: {number: leaf[number] for number in NUMBERS} for name, leaf in rows.items()}


def _short(measured: dict, source: str) -> dict:
    """The metrics of a dataset in the form of reports/metrics.json."""
    short: dict = {}
    try:
        for r in measured["results"]:
            path = short.setdefault(measured["facts"]["dataset"], {}).setdefault(r["protocol"], {})
            path.setdefault(r["recipe"], {})[r["model"]] = r
    except (KeyError, TypeError) as error:
        raise UserError(f"{source}: is no file of metrics ({type(error).__name__}: {error}); {FORMS}") from None
    return short


def _leaves(found: object, source: str, name: tuple[str, ...] = ()) -> Iterator[tuple[Name, dict]]:
    if not isinstance(found, dict) or not found:
        shown = repr(found) if len(repr(found)) < 40 else f"{repr(found)[:40]}…"
        raise UserError(f"{source}: is no file of metrics: {', '.join(name) or 'all of it'} is {shown}; {FORMS}")
    if len(name) == 4:
        yield name, found
        return
    for part, inner in found.items():
        yield from _leaves(inner, source, (*name, part))


def _check(value: object, number: str, where: str) -> None:
    """Refuse what is not a number; a standard deviation may be none."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not numeric and not (number == "std" and value is None):
        raise UserError(f"{where}: its {number} is {value!r}, not a number; {FORMS}")
