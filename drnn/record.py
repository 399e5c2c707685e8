"""The committed record in reports/: published by a person's decision, recomputed by CI from its predictions."""

import difflib
import json
import shutil
from datetime import date
from pathlib import Path

from drnn.errors import UserError
from drnn.files import write_bytes, write_text
from drnn.git import GitError, git
from drnn.plan import Plan
from drnn.status import check

RECORD, README = Path("reports"), Path("README.md")
REMEDY = "run `snakemake --cores all`, look at the report, then `drnn publish`"


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
    from drnn import record_studies
    from drnn.report.readme import replaced, results

    plan = Plan.load("paper", only)
    if not plan.report.exists:
        raise UserError(f"{plan.report.outputs['report.html']}: is not there; {REMEDY}")
    check([job for job in plan.jobs if job.exists])
    if synthetic := [n for n in plan.params.run if plan.params.datasets[n].synthesis]:
        raise UserError(f"{synthetic[0]}: is synthetic and never enters the record; take it out of `run`")
    metrics = plan.jobs.of("metrics")
    if absent := [path for job in metrics for path in job.outputs.values() if not Path(path).is_file()]:
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
    numbers = [json.loads(files[f"metrics/{name}.json"]) for name in plan.params.run]
    page = replaced(readme.read_text(), results(numbers))

    for kept in (record / record_studies.FOLDER).glob("*"):
        files[f"{record_studies.FOLDER}/{kept.name}"] = kept.read_bytes()
    shutil.rmtree(record, ignore_errors=True)  # only now that everything has been read
    for name, content in files.items():
        write_bytes(record / name, content)
    record_studies.publish(record, provenance["revision"], provenance["date"])
    write_text(readme, page)
    return verify(record, readme)


def verify(record: Path = RECORD, readme: Path = README) -> str:
    """Recompute what follows from the record's predictions and compare every byte.

    That is the results and comparisons of metrics/*.json, the tables, the discrepancies, README's results,
    metrics.json, the confusions and gains in data/ and, from their runs, the studies. The facts (sizes, repairs,
    device, loss curves), the figures and the provenance are taken as they were published.

    Raises:
        UserError: the record is incomplete, or a file differs; shows the first lines that do.
    """
    from drnn import record_studies
    from drnn.evaluation.metrics import summarise, to_json
    from drnn.evaluation.predictions import read_predictions
    from drnn.report import data
    from drnn.report.choices import discrepancies
    from drnn.report.readme import replaced, results
    from drnn.report.tables import paper_tables

    try:
        params = json.loads((record / "provenance.json").read_text())["params"]
        facts = [json.loads((record / f"metrics/{name}.json").read_text())["facts"] for name in params["run"]]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{record}/: is not a whole record ({error}); {REMEDY}") from None
    files = {}
    for name, fact in zip(params["run"], facts, strict=True):
        runs = read_predictions(record / f"predictions/{name}.csv")
        files[f"metrics/{name}.json"] = to_json(summarise(runs, fact))
    metrics = [json.loads(text) for text in files.values()]
    files |= {"paper_tables.md": paper_tables(metrics, params), "discrepancies.md": discrepancies(params)}
    files["metrics.json"] = data.accuracies(metrics)
    files |= {f"data/confusion/{m['facts']['dataset']}.csv": data.confusions(m) for m in metrics}
    files |= {f"data/gains/{m['facts']['dataset']}.csv": data.class_gains(m) for m in metrics}
    files |= record_studies.recomputed(record, params["recipes"])
    for name, text in files.items():
        _compare(record / name, text)
    _compare(readme, replaced(readme.read_text(), results(metrics)))
    return f"{record}/: accuracies, comparisons and tables recomputed from the predictions, every byte equal"


def _compare(path: Path, recomputed: str) -> None:
    committed = path.read_text() if path.is_file() else ""
    if committed != recomputed:
        lines = committed.splitlines(), recomputed.splitlines()
        shown = list(difflib.unified_diff(*lines, "committed", "recomputed", lineterm="", n=0))[:12]
        raise UserError(f"{path}: differs from what the committed predictions give; {REMEDY}\n" + "\n".join(shown))


def refresh_latest(plan: Plan) -> str:
    """Let <results>/report/latest/, a name that does not change, hold the plan's finished report."""
    folder = Path(plan.root) / "report" / "latest"
    files = {name: Path(path).read_bytes() for name, path in plan.report.outputs.items()}
    files["key"] = plan.report.key.encode()  # written last
    if any(not (folder / n).is_file() or (folder / n).read_bytes() != content for n, content in files.items()):
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in files.items():
            write_bytes(folder / name, content)
    return f"report: {folder / 'report.html'} and {folder / 'paper_tables.md'}"


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
