"""The plan of searches: no job after the training side sees test subjects, and each training subject is left out."""

from pathlib import Path

import pytest
from test_searches import ROOT, SEARCH, dumped

from drnn.config.params import Params, load
from drnn.plan.jobs import Job
from drnn.plan.searches import FILE, PROTOCOL, SearchPlan, read

BEFORE = ["download", "skeletons", "split", "training_sequences"]
"""The modules of the only jobs that may read test subjects' sequences."""


@pytest.fixture(scope="module")
def params() -> Params:
    return load(ROOT / "params.yaml")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "some.yaml"


def plan_of(path: Path, params: Params, **changes) -> SearchPlan:
    path.write_text(dumped({"mine": SEARCH | changes}))
    return SearchPlan(read(path, params), params)


def upstream(plan: SearchPlan, name: str = "mine") -> list[Job]:
    return plan.jobs.upstream([plan.ends[name]])


def test_no_job_after_the_training_sequences_reads_a_file_with_test_subjects(path, params):
    plan = plan_of(path, params)
    jobs = upstream(plan)
    first = [job for job in jobs if job.module in BEFORE and job.names.get("protocol") != PROTOCOL]
    assert [job.module for job in first] == BEFORE
    training = first[-1]
    everybody = {path for job in first for path in job.makes} - set(training.makes)
    after = [job for job in jobs if job not in first]
    assert {job.step for job in after} == {"split", "features", "train", "search"}
    assert not [job for job in after if everybody & set(job.needs)]
    made = {path for job in (*after, training) for path in job.makes}
    assert all(set(job.needs) <= made for job in after)


def test_trainings_see_only_features_of_the_training_subjects(path, params):
    plan = plan_of(path, params)
    maker = plan.jobs.makers()
    for job in plan.jobs.of("train"):
        assert not job.holders
        for features in (maker[path] for path in job.needs):
            assert features.step == "features" and features.holders.keys() == {"splits"}
            sequences, split = features.inputs["sequences"], maker[features.holders["splits"]]
            assert maker[sequences].module == "training_sequences"
            assert split.needs == [sequences]


def test_every_training_subject_is_left_out_once_for_each_setting(path, params):
    plan = plan_of(path, params)
    subjects = params.protocols["odd_even_567"].train_subjects
    rows = plan.ends["mine"].params["runs"]
    assert len(rows) == len(plan.ends["mine"].holders["trainings"]) == len(plan.runs)
    combinations = [
        [s, m, seed, who]
        for s in SEARCH["configurations"]
        for m in SEARCH["models"]
        for seed in SEARCH["seeds"]
        for who in subjects
    ]
    assert [row[:-1] for row in rows] == combinations
    for (configuration, model, seed, subject, key), path in zip(
        rows, plan.ends["mine"].holders["trainings"], strict=True
    ):
        assert plan.trained[key].outputs["trainings"] == path
        (run,) = (one for one in plan.runs if one.key == key)
        assert (run.names["recipe"], run.names["model"], run.seed) == (configuration, model, seed)
        assert run.features in plan.trained[key].inputs["features"]
        (features,) = (job for job in plan.jobs.of("features") if job.makes == [run.features])
        (folds,) = plan.jobs.of("split", protocol=PROTOCOL)
        rule = folds.params["splits"][features.params["split"]]["protocol"]
        train, test = (rule[side]["subject"] for side in ("train", "test"))
        assert test == [subject] and sorted([*train, subject]) == sorted(subjects)


def trainings(plan: SearchPlan, **names: str) -> set[str]:
    return {run.key for run in plan.runs if names.items() <= run.names.items()}


def test_another_setting_leaves_the_trainings_of_those_before_it(path, params):
    before = plan_of(path, params)
    after = plan_of(path, params, configurations=SEARCH["configurations"] | {"more": {"epochs": 4}})
    for configuration in SEARCH["configurations"]:
        assert trainings(before, recipe=configuration) == trainings(after, recipe=configuration)
    assert len(trainings(after) - trainings(before)) == 2 * 2 * 5
    assert before.ends["mine"].key != after.ends["mine"].key


def test_each_setting_has_trainings_and_features_of_its_own(path, params):
    plan = plan_of(path, params)
    assert len(trainings(plan)) == 3 * 2 * 2 * 5
    assert {job.names["features"] for job in plan.jobs.of("features")} == {"joints", "joints_plain"}
    assert all(job.params["recipe"]["epochs"] == 3 for job in plan.jobs.of("train"))


def test_the_committed_searches_have_a_plan(params):
    plan = SearchPlan(read(ROOT / FILE, params), params)
    assert plan.ends and all(job.step == "search" for job in plan.ends.values())
