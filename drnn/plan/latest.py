"""The latest finished report, at an address that does not change."""

import shutil
from pathlib import Path

from drnn.files import write_bytes
from drnn.plan.experiment import Plan
from drnn.report.rows import rows


def refresh_latest(plan: Plan) -> str:
    """Let <results>/report/latest/, a name that does not change, hold the plan's finished report."""
    folder = Path(plan.root) / "report" / "latest"
    files = {name: Path(path).read_bytes() for name, path in plan.report.outputs.items()}
    files |= {name: text.encode() for name, text in rows(files["accuracies.csv"].decode()).items()}
    files["key"] = plan.report.key.encode()  # written last
    if any(not (folder / n).is_file() or (folder / n).read_bytes() != content for n, content in files.items()):
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in files.items():
            write_bytes(folder / name, content)
    return f"report: {folder / 'report.html'} and {folder / 'paper_tables.md'}"
