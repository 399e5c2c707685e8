"""The plan: every file has one maker, and a change of a parameter makes what follows from it, no more."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from drnn import keys
from drnn.config.params import load, validate
from drnn.config.training import Training
from drnn.errors import UserError
from drnn.plan.experiment import Plan
from drnn.plan.runs import Run
from drnn.plan.steps import STEPS, Step
from drnn.plan.targets import targets

ROOT = Path(__file__).parent.parent
# Two datasets, of which one has fixed and drawn splits, two recipes and three models.
CONFIG = yaml.safe_load((ROOT / "params.yaml").read_text())
CONFIG["datasets"]["synthetic"] = yaml.safe_load((ROOT / "demo/params.yaml").read_text())["datasets"]["synthetic"]
CONFIG["datasets"]["synthetic"] |= {
    "protocols": ["odd_even_567", "drawn"],
    "recipes": ["paper", "slow"],
    "extra_runs": [],
}
CONFIG["datasets"]["msr_action3d"] |= {"extra_runs": []}
CONFIG["protocols"]["drawn"] = {"train_subjects": 5, "splits": 2}
CONFIG["recipes"]["slow"] = {"learning_rate": 1e-5}
CONFIG |= {"run": ["msr_action3d", "synthetic"], "seeds": [0, 1]}
FROM_TRAINING = {"train", "metrics", "traces", "behaviour", "report"}


def plan_of(change: Callable[[dict], None] = lambda config: None) -> Plan:
    config = copy.deepcopy(CONFIG)
    change(config)
    return Plan(validate(config))


def new_steps(before: Plan, after: Plan) -> set[str]:
    """The steps of the jobs that the change makes run."""
    known = {job.key for job in before.jobs}
    return {job.step for job in after.jobs if job.key not in known}


def runs_of(plan: Plan, **names: str) -> list[Run]:
    return [run for run in plan.runs if names.items() <= run.names.items()]


def setting(*path, value) -> Callable[[dict], None]:
    def change(config):
        for part in path[:-1]:
            config = config[part]
        config[path[-1]] = value

    return change


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of()


def test_what_a_training_is_told_is_read_back_as_the_blocks_that_it_was_made_of():
    named = setting("datasets", "msr_action3d", "models", value=list(CONFIG["models"]))
    runs = [run for run in plan_of(named).runs if run.names["dataset"] == "msr_action3d"]
    assert any(run.told["model"]["as_large_as"] for run in runs)
    for run in runs:
        told = Training(**run.told, seed=run.seed)
        assert told.model_dump(mode="json", exclude={"recipe": {"hidden_size", "features"}, "seed": True}) == run.told
        block = load(ROOT / "params.yaml").recipes.get(run.names["recipe"])
        left_out = {"hidden_size": None, "features": None, "title": None}
        assert block is None or told.recipe == block.model_copy(update=left_out)


def test_every_input_is_an_output_of_an_earlier_job(plan):
    made = set()
    for job in plan.jobs:
        assert set(job.needs) <= made
        made |= set(job.makes)


def test_every_file_has_one_maker_and_carries_its_key(plan):
    outputs = [(path, job.key) for job in plan.jobs for path in job.makes]
    assert len({path for path, _ in outputs}) == len(outputs)
    assert all(keys.key_of(path) == key for path, key in outputs)


def test_no_two_jobs_share_a_key(plan):
    assert len({job.key for job in plan.jobs}) == len(plan.jobs)


def test_every_combination_is_trained(plan):
    assert len(runs_of(plan, dataset="msr_action3d")) == 2 * 3 * 2
    assert len(runs_of(plan, dataset="synthetic")) == (1 + 2) * 2 * 3 * 2
    names = {"dataset": "synthetic", "protocol": "drawn", "split": "1", "recipe": "slow", "model": "lstm"}
    assert len(runs_of(plan, **names)) == 2


def test_a_job_trains_one_model_on_all_splits_of_a_protocol(plan):
    jobs = plan.jobs.of("train")
    assert len(jobs) == (2 + 2 * 2) * 3
    (drawn,) = plan.jobs.of("train", protocol="drawn", recipe="slow", model="lstm")
    assert drawn.params["seeds"] == [[0, 1], [0, 1]] and len(drawn.inputs["features"]) == 2
    assert {run.key for run in plan.runs} == plan.trained.keys()
    assert all(job in jobs for job in plan.trained.values())


def test_a_job_has_at_most_ten_trainings():
    plan = plan_of(setting("seeds", value=list(range(23))))
    jobs = plan.jobs.of("train", dataset="msr_action3d", protocol="odd_even_567", model="lstm")
    assert [job.params["seeds"] for job in jobs] == [[list(range(10))], [list(range(10, 20))], [[20, 21, 22]]]
    assert [job.names["block"] for job in jobs] == ["0", "1", "2"]


def test_a_training_has_the_same_key_whoever_shares_its_job():
    more = plan_of(setting("seeds", value=[5, 1, 0]))
    assert {run.key for run in plan_of().runs} < {run.key for run in more.runs}
    assert not {job.key for job in plan_of().jobs.of("train")} & {job.key for job in more.jobs.of("train")}


def test_what_stands_beside_is_trained_too_and_nothing_twice(plan):
    def change(config):
        config["datasets"]["synthetic"]["extra_runs"] = [{"protocols": ["drawn"], "models": ["lstm"], "seeds": [0, 7]}]

    wider = plan_of(change).runs
    before = {run.key for run in plan.runs}
    added = [run.names for run in wider if run.key not in before]
    assert len(wider) == len(before) + len(added) and len(added) == 2 * 2
    assert {(names["protocol"], names["model"], names["seed"]) for names in added} == {("drawn", "lstm", "7")}


def test_a_recipe_brings_its_own_features_and_size(plan):
    def change(config):
        config["recipes"]["slow"] |= {"features": "joints", "hidden_size": 5}

    for job in plan_of(change).jobs.of("train", dataset="synthetic"):
        own = job.names["recipe"] == "slow"
        assert all("/joints/" in path for path in job.inputs["features"]) == own == (job.params["hidden_size"] == 5)
        assert not {"features", "hidden_size"} & job.params["recipe"].keys()


def test_a_matched_model_brings_the_block_of_the_one_it_is_as_large_as():
    def change(config):
        config["datasets"]["synthetic"]["extra_runs"] = [{"models": ["lstm_large"], "seeds": [0]}]

    job = plan_of(change).jobs.of("train", model="lstm_large")[0]
    assert job.params["model"]["as_large_as"]["order"] == 2


def test_traces_follow_the_highest_order_and_the_main_row(plan):
    (traces,) = plan.jobs.of("traces", dataset="synthetic")
    main = {"protocol": "odd_even_567", "split": "0", "recipe": "paper", "model": "drnn2", "seed": "0"}
    (run,) = runs_of(plan, dataset="synthetic", **main)
    assert traces.params["key"] == run.key and traces.holders == {
        "trainings": plan.trained[run.key].outputs["trainings"]
    }
    assert traces.params["run"] == main | {"dataset": "synthetic"}
    (behaviour,) = plan.jobs.of("behaviour", dataset="synthetic")
    assert behaviour.params["run"] == traces.params["run"]
    assert behaviour.inputs == traces.inputs and behaviour.holders == traces.holders


@pytest.mark.parametrize("experiment", ["paper", "demo"])
def test_the_committed_experiments_have_a_plan(experiment, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert Plan.load(experiment).report.outputs["report.html"]


def test_the_same_parameters_make_the_same_plan(plan):
    assert [job.outputs for job in plan_of().jobs] == [job.outputs for job in plan.jobs]


def test_parameters_written_out_as_their_defaults_change_nothing(plan):
    assert new_steps(plan, plan_of(setting("recipes", "slow", "epochs", value=50))) == set()


@pytest.mark.parametrize(
    ("path", "value", "steps"),
    [
        (("recipes", "paper", "epochs"), 51, FROM_TRAINING),
        (("datasets", "synthetic", "hidden_size"), 65, FROM_TRAINING),
        (("features", "skeleton_583", "velocity_window"), 7, FROM_TRAINING | {"features", "baseline"}),
        (("protocols", "drawn", "seed"), 1, {"split", "features", "train", "baseline", "metrics", "report"}),
        (
            ("datasets", "synthetic", "synthesis", "seed"),
            1,
            FROM_TRAINING | {"recordings", "sequences", "split", "features", "baseline"},
        ),
        (
            ("datasets", "msr_action3d", "on_empty"),
            "error",
            FROM_TRAINING | {"sequences", "split", "features", "baseline"},
        ),
        (("datasets", "synthetic", "trace_sequence"), "a02_s02_e01", {"traces", "report"}),
        (("recipes", "unused"), {"epochs": 1}, {"report"}),
        (("models", "unused"), {"order": 5}, {"report"}),
        (("datasets", "unused"), CONFIG["datasets"]["synthetic"], {"report"}),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else None,
)
def test_a_parameter_changes_the_keys_that_follow_from_it(plan, path, value, steps):
    assert new_steps(plan, plan_of(setting(*path, value=value))) == steps


def test_a_new_seed_trains_itself_alone(plan):
    after = plan_of(setting("seeds", value=[0, 1, 2]))
    assert new_steps(plan, after) == {"train", "metrics", "report"}
    old = {job.key for job in plan.jobs}
    known = {run.key for run in plan.runs}
    assert known < {run.key for run in after.runs}
    assert {run.names["seed"] for run in after.runs if run.key not in known} == {"2"}
    kept = {job.key for job in after.jobs.of("traces")} | {job.key for job in after.jobs.of("behaviour")}
    assert kept <= old


def test_a_model_changes_its_own_trainings_alone(plan):
    after = plan_of(setting("models", "drnn1", "truncation", value="strict"))
    assert new_steps(plan, after) == {"train", "metrics", "report"}  # the traces are of drnn2
    old = {job.key for job in plan.jobs}
    assert {job.names["model"] for job in after.jobs.of("train") if job.key not in old} == {"drnn1"}
    assert not {job.key for job in after.jobs.of("train", model="drnn1")} & old


def test_a_title_trains_nothing(plan):
    def titled(config):
        for part in ("datasets", "protocols", "models", "recipes", "baselines"):
            for name, block in config[part].items():
                config[part][name] = block | {"title": f"the {name}"}

    after = plan_of(titled)
    assert new_steps(plan, after) == {"metrics", "report"}
    titles = next(job for job in after.jobs if job.step == "metrics").params["facts"]["titles"]
    assert titles["dataset"] == "the msr_action3d" and titles["models"]["drnn1"] == "the drnn1"


def test_a_dataset_changes_nothing_of_another(plan):
    after = plan_of(setting("datasets", "synthetic", "hidden_size", value=65))
    old = {job.key for job in plan.jobs}
    assert {job.names.get("dataset") for job in after.jobs if job.key not in old} == {"synthetic", None}


def test_an_unknown_source_is_refused():
    with pytest.raises(
        UserError, match=r"datasets\.msr_action3d: source: unknown 'msr'; known: .*kth, msr_action3d, .*synthetic"
    ):
        plan_of(setting("datasets", "msr_action3d", "source", value="msr"))


def test_every_target_names_files_of_the_plan(plan):
    named = targets(plan, "paper")
    made = {path for job in plan.jobs for path in job.makes}
    assert all(paths and set(paths) <= made for paths in named.values())


def test_targets_cover_every_step(plan):
    named = targets(plan, "paper")
    covered = {path for paths in named.values() for path in paths}
    assert covered == {path for job in plan.jobs for path in job.makes}
    assert {"recordings_synthetic", "features_msr_action3d", "train_all", "msr_action3d", "report_all"} <= set(named)


def test_a_target_of_one_dataset_is_its_files(plan):
    paths = targets(plan, "paper")["train_msr_action3d"]
    assert len(paths) == len(plan.jobs.of("train", dataset="msr_action3d"))
    assert all("/train/msr_action3d/" in path for path in paths)


def test_targets_of_the_demo_have_names_of_their_own():
    demo = targets(Plan(load(ROOT / "demo/params.yaml"), "demo/results"), "demo")
    assert "demo_report_all" in demo
    assert all(name.startswith("demo_") for name in demo)


def test_the_job_of_a_step_that_gathers_follows_from_its_record(monkeypatch):
    gathering = Step("count", "Count.", {"counts": "{root}/count/{dataset}/count@{key}.txt"}, gathers=True)
    gathering = replace(gathering, after=("metrics", "train"), reads=("datasets", "seeds"))
    monkeypatch.setattr("drnn.plan.jobs.code_of_step", lambda module, params: ("drnn.files",))
    monkeypatch.setitem(STEPS, "count", gathering)
    plan = plan_of()
    jobs = {job.names["dataset"]: job for job in plan.jobs.of("count")}
    assert jobs.keys() == {"msr_action3d", "synthetic"}
    (metrics,) = plan.jobs.of("metrics", dataset="synthetic")
    own = jobs["synthetic"]
    assert own.inputs["metrics"] == [metrics.outputs["metrics"]]
    assert own.inputs["trainings"] == [job.makes[0] for job in plan.jobs.of("train", dataset="synthetic")]
    assert own.params["experiment"].keys() == {"datasets", "seeds"}
    assert own.params["experiment"]["datasets"].keys() == {"synthetic"}
    assert targets(plan, "paper")["count_synthetic"] == own.makes
    assert not set(own.makes) & set(plan.report.needs)
