"""The two descriptions of the work, rules and stages, say the same as the plan."""

import re
from pathlib import Path

import pytest
import yaml

from drnn.plan.experiment import EXPERIMENTS, Plan
from drnn.plan.steps import STEPS
from drnn.plan.targets import targets

ROOT = Path(__file__).parent.parent
BASE = "recordings"  # of which the rules of all other steps are made
RULES = {
    found[1]: text
    for file in sorted((ROOT / "workflow/rules").glob("*.smk"))
    for text in re.split(r"^(?=\S)", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if (found := re.match(rf"(?:use rule \w+ as |rule (?={BASE}))(\w+)", text))
}


@pytest.fixture(params=EXPERIMENTS)
def plan(request, monkeypatch):
    monkeypatch.chdir(ROOT)
    return request.param, Plan.load(request.param)


def test_every_step_has_a_rule_of_its_name_and_the_demo_one_more():
    assert RULES.keys() == STEPS.keys() | {"demo_report"}
    assert "python -m drnn {params.command} " in RULES[BASE]


@pytest.mark.parametrize("directive", ["output", "log", "benchmark", "conda", "threads", "resources", "params"])
def test_every_rule_has_the_directive_of_its_base(directive):
    assert re.search(rf"^ +{directive}:", RULES[BASE], re.MULTILINE)


def test_every_rule_says_what_it_does_and_names_the_files_of_its_own_step():
    for name, text in RULES.items():
        if name != "demo_report":  # made of the rule `report`
            assert re.search(r"^ +message:", text, re.MULTILINE), name
            assert f'**STEPS["{name}"].pathvars,' in text
            assert len(STEPS[name].outputs) == 1 or re.search(r"^ +output:", text, re.MULTILINE), name


def test_every_rule_keeps_the_order_of_directives():
    order = ["input", "output", "log", "benchmark", "conda", "threads", "resources", "params", "message", "shell"]
    for name, text in RULES.items():
        found = [d for d in re.findall(r"^ +(\w+):", text, re.MULTILINE) if d in order]
        assert found == sorted(found, key=order.index), name


def test_stages_ask_for_the_files_that_they_keep(plan):
    experiment, jobs = plan
    named = targets(jobs, experiment)
    for stage, (target, outs, _) in _stages(experiment, jobs).items():
        assert named[target], stage
        assert all(any(Path(path).is_relative_to(out) for out in outs) for path in named[target]), stage


def test_stages_depend_on_all_that_their_jobs_read(plan):
    experiment, jobs = plan
    maker = jobs.jobs.makers()
    named = targets(jobs, experiment)
    for stage, (target, _, deps) in _stages(experiment, jobs).items():
        waiting, read = [maker[file] for file in named[target]], set()
        while waiting:
            for path in waiting.pop().needs:
                if STEPS[maker[path].step].scratch:  # made on the way, in the same stage
                    waiting.append(maker[path])
                else:
                    read.add(path)
        assert all(any(Path(path).is_relative_to(dep) for dep in deps) for path in read), stage
        assert {"drnn", "workflow"} <= set(deps), stage


def test_the_stages_keep_every_file_of_the_plan_but_what_is_needed_on_the_way(plan):
    experiment, jobs = plan
    named = targets(jobs, experiment)
    made = {path for target, _, _ in _stages(experiment, jobs).values() for path in named[target]}
    assert made == {path for job in jobs.jobs if not STEPS[job.step].scratch for path in job.makes}


def _stages(experiment: str, plan: Plan) -> dict[str, tuple[str, list[str], list[str]]]:
    """Stage → target, outs and deps, the foreach written out."""
    path = ROOT / Path(EXPERIMENTS[experiment][0]).with_name("dvc.yaml")
    written = {}
    for name, stage in yaml.safe_load(path.read_text())["stages"].items():
        for item in plan.params.run if "foreach" in stage else [""]:
            text = yaml.safe_dump(stage.get("do", stage)).replace("${item}", item)
            body = yaml.safe_load(text)
            outs = [next(iter(out)) for out in body["outs"]]
            written[f"{name}@{item}"] = body["cmd"].removeprefix("python -m drnn.cli.make "), outs, body["deps"]
    return written


def test_the_record_is_served_as_it_is_committed():
    text = (ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["serve"]
    used = {step["uses"].partition("@")[0]: step.get("with", {}) for step in job["steps"]}
    assert used["actions/upload-pages-artifact"]["path"] == "reports" and (ROOT / "reports/index.html").is_file()
    assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert not any("run" in step for step in job["steps"])
