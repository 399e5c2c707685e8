"""What a key is made of: `drnn why`."""

import json
import os
from pathlib import Path

from drnn import keys
from drnn.errors import UserError
from drnn.plan.experiment import Plan
from drnn.plan.jobs import Job
from drnn.plan.load import plan_of
from drnn.plan.targets import targets


def explain(what: str, experiment: str | None) -> str:
    """Explain a file of the plan, or all jobs of a step or of a target.

    Raises:
        UserError: nothing in the plan has that name.
    """
    plan = plan_of("demo" if what.startswith(("demo/", "demo_")) else experiment)
    what = _key_of_latest(what) or what
    named = targets(plan, "demo" if plan.root.startswith("demo") else "paper") if isinstance(plan, Plan) else {}
    files = {os.path.normpath(what), *named.get(what, ())}
    jobs = [job for job in plan.jobs if what in (job.step, job.key) or files & set(job.makes)]
    if not jobs:
        known = ", ".join(dict.fromkeys(job.step for job in plan.jobs))
        raise UserError(f"{what}: is no file, key, step or target of today's parameters; steps: {known}")
    return "\n\n".join(_one(job) for job in jobs)


def _key_of_latest(what: str) -> str | None:
    """The key of the report that a file of report/latest/, whose name carries none, is a copy of."""
    folder = Path(what).parent
    while folder.name not in ("latest", ""):
        folder = folder.parent
    note = folder / "key"
    return note.read_text(encoding="utf-8") if folder.name == "latest" and note.is_file() else None


def _one(job: Job) -> str:
    modules = sorted(keys.reached(*job.code))
    inputs = job.needs
    lines = [
        *(f"{path}  ({'exists' if job.exists else 'would be made'})" for path in job.makes),
        f"  step    {job.step}",
        f"  params  {json.dumps(job.params)}",
        *(f"  input   {path}" for path in inputs[:5]),
        *([f"  input   … and {len(inputs) - 5} more"] if len(inputs) > 5 else []),
        f"  code    {keys.code_of(*job.code)[: keys.LENGTH]} of {', '.join(modules)}",
    ]
    return "\n".join(lines)
