"""How many splits a plan has before anything is read, and what it says of draws."""

import copy
import itertools

import pytest
from test_plan import CONFIG

from drnn.cli import status
from drnn.config.params import validate
from drnn.errors import UserError
from drnn.plan.experiment import Plan


def plan_under(protocol: dict, **dataset) -> Plan:
    """The plan of ten synthetic subjects under one protocol."""
    config = copy.deepcopy(CONFIG) | {"run": ["synthetic"], "seeds": [0]}
    config["protocols"]["tried"] = protocol
    config["datasets"]["synthetic"] |= {"protocols": ["tried"], "recipes": ["paper"], "models": ["drnn2"]} | dataset
    return Plan(validate(config))


@pytest.mark.parametrize(
    ("protocol", "dataset", "splits"),
    [
        ({"leave_one_out": "subject"}, {}, 10),
        ({"leave_one_out": "subject"}, {"subjects": [1, 2, 3]}, 3),
        ({"leave_one_out": "sequence", "leave_out": ["a"]}, {"sequences": 40}, 39),
        ({"leave_one_out": "view"}, {"groups": {"view": ["left", "right"]}}, 2),
        ({"folds": {"k": 4}}, {}, 4),
        ({"folds": {"of": "sequence", "k": 4}}, {}, 4),
        ({"folds": {"lists": [[1], [2], [3]]}}, {}, 3),
        ({"train": {"view": [1, 2]}, "test": {"view": [3]}}, {}, 1),
        ({"splits": [{"train": [1], "test": [2]}, {"train": [2], "test": [1]}]}, {}, 2),
        ({"given": True}, {}, 1),
        ({"resamples": {"k": 10}}, {}, 10),
    ],
)
def test_the_plan_knows_how_many_splits_there_are(protocol, dataset, splits):
    plan = plan_under(protocol, **dataset)
    (job,) = plan.jobs.of("split")
    assert len(job.params["splits"]) == splits
    (metrics,) = plan.jobs.of("metrics")
    assert len(metrics.params["runs"]) == splits
    assert {features.params["split"] for features in plan.jobs.of("features")} == job.params["splits"].keys()


@pytest.mark.parametrize(
    ("group", "key"), [("sequence", "sequences"), ("view", "groups.view"), ("given", "groups.given")]
)
def test_a_number_of_splits_that_cannot_be_known_names_what_to_write(group, key):
    with pytest.raises(UserError, match=rf"^protocols.tried: leave_one_out: {group}: .* write {key} into the block of"):
        plan_under({"leave_one_out": group})


def test_videos_leave_each_of_their_subjects_out():
    config = copy.deepcopy(CONFIG) | {"run": ["kth1"]}
    config["protocols"]["schuldt"] = {"leave_one_out": "subject"}
    plan = Plan(validate(config))
    bases = plan.jobs.of("basis", protocol="schuldt")
    assert [job.params["protocol"]["members"] for job in bases] == [list(range(1, 26))] * 25
    assert len({job.key for job in bases}) == 25


def test_one_of_several_splits_changes_no_other():
    sides = [{"train": [1, 2], "test": [3]}, {"train": [2, 3], "test": [1]}]
    before = plan_under({"splits": sides})
    after = plan_under({"splits": [sides[0], {"train": [2, 3], "test": [1, 4]}]})
    same = [a.key == b.key for a, b in zip(before.jobs.of("features"), after.jobs.of("features"), strict=True)]
    assert same == [True, False]


def test_draws_that_never_test_a_subject_are_said():
    (said,) = plan_under({"train_subjects": 8, "splits": 2}).untested()
    drawn = plan_under({"train_subjects": 8, "splits": 2, "seed": 3}).untested()
    assert said.startswith("protocols.tried: its 2 draws never test the subjects ")
    assert said != drawn[0] and len(said.split("subjects ")[1].split(";")[0].split(", ")) >= 6
    assert "leave_one_out" in said


@pytest.mark.parametrize(
    "protocol", [{"train_subjects": 5, "splits": 40}, {"leave_one_out": "subject"}, {"folds": {"k": 3}}]
)
def test_protocols_that_test_everybody_are_not_spoken_of(protocol):
    assert plan_under(protocol).untested() == []


def test_status_says_whom_the_draws_do_not_test(caplog):
    status.status("paper")
    said = [record.getMessage() for record in caplog.records]
    assert said == ["warning: " + sentence for sentence in Plan.load("paper").untested()]
    assert list(itertools.filterfalse(lambda line: "random_16_9" in line, said)) == []
