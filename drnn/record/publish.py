"""`drnn publish`: a person's decision to make a finished report the committed record."""

import json
import shutil
from datetime import date
from pathlib import Path

from drnn.errors import UserError
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.files import write_bytes, write_text
from drnn.git import GitError, git
from drnn.plan.experiment import Plan
from drnn.plan.notes import check
from drnn.record import searches
from drnn.record.pages import pages
from drnn.record.verify import README, RECORD, REMEDY, verify


def publish(only: list[str] | None = None, record: Path = RECORD, readme: Path = README) -> str:
    """Copy the report of params.yaml, its metrics and its predictions to ``record``, and the results to README.

    Figures that draw a recording stay out: no licence lets them be published.

    Args:
        only: the datasets of which the report is, where they are not those of `run`.
        record, readme: where to.

    Raises:
        UserError: the report is not there, holds synthetic data or was touched since it was made, or drnn/ and
            params.yaml are not committed.
    """
    plan = Plan.load("paper", only)
    if not plan.report.exists:
        raise UserError(f"{plan.report.outputs['report.html']}: is not there; {REMEDY}")
    check([job for job in plan.jobs if job.exists])
    if synthetic := [n for n in plan.params.run if plan.params.datasets[n].synthesis]:
        raise UserError(f"{synthetic[0]}: is synthetic and never enters the record; take it out of `run`")
    metrics = plan.jobs.of("metrics")
    if absent := [path for job in metrics for path in job.makes if not Path(path).is_file()]:
        raise UserError(f"{absent[0]}: is not there; delete {plan.report.outputs['report.html']}, then {REMEDY}")
    provenance = {
        "made_again_by": _commands(plan.params.run if only else []),
        "date": date.today().isoformat(),
        "revision": _clean_revision(),
        "report": plan.report.key,
        "params": plan.params.model_dump(mode="json"),
    }
    sources = {n: p for n, p in plan.report.outputs.items() if not n.endswith(("_drawn.svg", ".html"))}
    for job in metrics:
        dataset = job.names["dataset"]
        sources[f"metrics/{dataset}.json"] = job.outputs["metrics"]
        sources[f"predictions/{dataset}.csv"] = job.outputs["predictions"]
    files = {name: Path(path).read_bytes() for name, path in sources.items()}
    files["provenance.json"] = (json.dumps(provenance, indent=1) + "\n").encode()
    numbers = [read(Metrics, sources[f"metrics/{name}.json"]) for name in plan.params.run]
    pages(readme, numbers, searches.tables(record))  # refused now if it is refused at all

    for kept in (record / searches.FOLDER).glob("*"):
        files[f"{searches.FOLDER}/{kept.name}"] = kept.read_bytes()
    shutil.rmtree(record, ignore_errors=True)  # only now that everything has been read
    for name, content in files.items():
        write_bytes(record / name, content)
    searches.publish(record, provenance["revision"], provenance["date"])
    for path, text in pages(readme, numbers, searches.tables(record)).items():
        write_text(path, text)
    return verify(record, readme)


def _commands(only: list[str]) -> str:
    """What makes the record again."""
    if not only:
        return "snakemake --cores all && drnn publish"
    chosen = " ".join(f"--only {name}" for name in only)
    return f"snakemake --cores all --config run='[{', '.join(only)}]' && drnn publish {chosen}"


def _clean_revision() -> str:
    """The git revision, if what makes results is committed."""
    try:
        dirty = git("status", "--porcelain", "--", "drnn", "params.yaml", "workflow")
        revision = git("rev-parse", "HEAD")
    except GitError:
        raise UserError("the record names a git revision; publish from a git checkout with a commit") from None
    if dirty:
        raise UserError(f"not committed: {dirty.splitlines()[0].strip()}; commit, run, then publish")
    return revision
