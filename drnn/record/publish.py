"""`drnn publish`: a person's decision to make a finished report the committed record."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from drnn.errors import UserError
from drnn.evaluation.predictions import read_predictions
from drnn.evaluation.results import Metrics
from drnn.evaluation.typed import read
from drnn.files import write_bytes, write_text
from drnn.git import GitError, git
from drnn.plan.chosen import DEFAULT, ROOT, Experiment, chosen
from drnn.plan.experiment import Plan
from drnn.plan.notes import check
from drnn.record import keep, searches
from drnn.record.index import index
from drnn.record.pages import BREADTH, OWN, pages
from drnn.record.verify import README, RECORD, REMEDY, rewrite, verify


def publish(
    only: list[str] | None = None,
    experiment: str | None = None,
    remove: Iterable[str] = (),
    record: Path = RECORD,
    readme: Path | None = README,
) -> str:
    """Copy the report of an experiment, its metrics and its predictions to ``record``, and the results to README.

    Datasets of the record that are not in this run stay. The record of another file than params.yaml is a folder of
    its own in ``record``; of these README speaks of breadth.yaml's alone. Figures that draw a recording stay out: no
    licence lets them be published.

    Args:
        only: the datasets of which the report is, where they are not those of `run`.
        experiment: see `drnn.plan.chosen`; by default what was run last.
        remove: datasets of the record that are to go.
        record, readme: where to.

    Raises:
        UserError: the report is not there, holds synthetic data or was touched since it was made, drnn/ and the
            parameters are not committed, or what stays was made with other parameters.
    """
    told = chosen(experiment)
    if only:
        told = replace(told, values=told.values | {"run": only})
    plan = told.plan()
    main = record, readme
    if told.files != (DEFAULT,):
        record, readme = record / OWN / _folder(told), None
    sources = _sources(plan)
    provenance = {
        "made_again_by": f"snakemake --cores all{told.arguments} && drnn publish",
        "date": date.today().isoformat(),
        "revision": _clean_revision(told.files),
        "report": plan.report.key,
        "params": plan.params.model_dump(mode="json"),
    }
    kept = keep.kept(record, plan.params.run, remove)
    files = {name: Path(path).read_bytes() for name, path in sources.items()} | keep.files(record, kept)
    provenance = keep.joined(record, provenance, kept)
    files["provenance.json"] = (json.dumps(provenance, indent=1) + "\n").encode()
    files, numbers = _whole(files, kept)
    if readme:
        pages(readme, numbers, record)  # refused now if it is refused at all
    _replace(record, files)
    if readme:
        searches.publish(record, provenance["revision"], provenance["date"])
        for path, text in pages(readme, numbers, record).items():
            write_text(path, text)
    elif record == main[0] / BREADTH:
        rewrite(*main)  # README's verdict is about this record
    stays = f"\nof the record stayed: {', '.join(kept)}" if kept else ""
    return verify(record, readme) + stays


def _whole(files: dict[str, bytes], kept: list[str]) -> tuple[dict[str, bytes], list[Metrics]]:
    """The files of a record with what speaks of all its datasets, and their metrics."""
    with TemporaryDirectory() as folder:
        record = Path(folder)
        for name, content in files.items():
            write_bytes(record / name, content)
        if kept:
            rewrite(record, None)
        params = json.loads(files["provenance.json"])["params"]
        numbers = [read(Metrics, record / f"metrics/{name}.json") for name in params["run"]]
        runs = {name: read_predictions(record / f"predictions/{name}.csv") for name in params["run"]}
        paths = record.glob("figures/*.svg")
        figures = {path.relative_to(record).as_posix(): path.read_text(encoding="utf-8") for path in paths}
        write_text(record / "index.html", index(figures, numbers, params, runs))
        found = (path for path in record.rglob("*") if path.is_file())
        return {path.relative_to(record).as_posix(): path.read_bytes() for path in found}, numbers


def _sources(plan: Plan) -> dict[str, str]:
    """File of the record → file of the results, all of which are there and as they were made."""
    if not plan.report.exists:
        raise UserError(f"{plan.report.outputs['report.html']}: is not there; {REMEDY}")
    check([job for job in plan.jobs if job.exists])
    if synthetic := [n for n in plan.params.run if plan.params.datasets[n].synthesis]:
        raise UserError(f"{synthetic[0]}: is synthetic and never enters the record; take it out of `run`")
    metrics = plan.jobs.of("metrics")
    if absent := [path for job in metrics for path in job.makes if not Path(path).is_file()]:
        raise UserError(f"{absent[0]}: is not there; delete {plan.report.outputs['report.html']}, then {REMEDY}")
    sources = {n: p for n, p in plan.report.outputs.items() if not n.endswith(("_drawn.svg", ".html"))}
    for job in metrics:
        dataset = job.names["dataset"]
        sources[f"metrics/{dataset}.json"] = job.outputs["metrics"]
        sources[f"predictions/{dataset}.csv"] = job.outputs["predictions"]
    return sources


def _replace(record: Path, files: dict[str, bytes]) -> None:
    """Write the files in place of the record's, of which the searches and the records of other experiments stay."""
    kept = [path for folder in (searches.FOLDER, OWN) for path in (record / folder).rglob("*") if path.is_file()]
    files = files | {path.relative_to(record).as_posix(): path.read_bytes() for path in kept}
    shutil.rmtree(record, ignore_errors=True)  # only now that everything has been read
    for name, content in files.items():
        write_bytes(record / name, content)


def _folder(told: Experiment) -> str:
    """The name of an experiment's folder in the record, that of its last file."""
    if told.gone or not told.files or told.root != ROOT:
        raise UserError(f"{told.name}: has no file of parameters that could be committed; write one, and run it")
    return Path(told.files[-1]).stem


def _clean_revision(files: tuple[str, ...]) -> str:
    """The git revision, if what makes results is committed."""
    try:
        dirty = git("status", "--porcelain", "--", "drnn", "workflow", *files)
        revision = git("rev-parse", "HEAD")
    except GitError as error:
        raise UserError(
            f"the record names a git revision, and there is none ({error}); publish from a git checkout with a commit"
        ) from None
    if dirty:
        raise UserError(f"not committed: {dirty.splitlines()[0].strip()}; commit, run, then publish")
    return revision
