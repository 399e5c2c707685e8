"""searches.yaml: each of its mistakes is told in one line that names the file, the search and the value."""

import shutil
from pathlib import Path

import pytest
import yaml

from drnn.config.params import Params, load
from drnn.errors import UserError
from drnn.plan.load import plans
from drnn.plan.searches import read

ROOT = Path(__file__).parent.parent
SEARCH = {
    "chooses": "paper",
    "dataset": "msr_action3d",
    "protocol": "odd_even_567",
    "models": ["lstm", "drnn2"],
    "seeds": [0, 1],
    "base": {"epochs": 3, "features": "joints"},
    "configurations": {"base": {}, "slow": {"learning_rate": 1.0e-5}, "plain": {"features": "joints_plain"}},
}


OTHER = SEARCH | {"chooses": "tuned"}  # recipes have one search each, or searches that follow one another


def dumped(searches: dict) -> str:
    return yaml.safe_dump(searches, sort_keys=False)


@pytest.fixture(scope="module")
def params() -> Params:
    return load(ROOT / "params.yaml")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "some.yaml"


def refusal(path: Path, params: Params, text: str) -> str:
    path.write_text(text)
    with pytest.raises(UserError) as refused:
        read(path, params)
    return str(refused.value)


@pytest.mark.parametrize(
    ("part", "value", "named"),
    [
        ("dataset", "msr", "'msr'"),
        ("protocol", "odd", "'odd'"),
        ("models", ["drnn2", "drnn9"], "'drnn9'"),
        ("chooses", "best", "'best'"),
        ("base", {"features": "joint"}, "'joint'"),
        ("configurations", {"base": {}, "other": {"features": "joint"}}, "'joint'"),
    ],
    ids=["dataset", "protocol", "model", "recipe", "features", "features_of_a_setting"],
)
def test_an_unknown_name_is_refused_in_one_line(path, params, part, value, named):
    said = refusal(path, params, dumped({"fine": OTHER, "mine": SEARCH | {part: value}}))
    assert said.startswith(f"{path}: mine: ") and "\n" not in said
    assert f"{named} is not in params.yaml; known: " in said


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("protocol", "random_16_9", "protocol: random_16_9 needs a list of three training subjects or more"),
        ("dataset", "kth1", "dataset: kth1 has videos; searches are of skeletons"),
    ],
    ids=["drawn_subjects", "videos"],
)
def test_what_no_search_can_be_made_of_is_refused_in_one_line(path, params, part, value, message):
    assert refusal(path, params, dumped({"mine": SEARCH | {part: value}})) == f"{path}: mine: {message}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": []}, ["mine.seeds", "[]"]),
        ({"seeds": [-1]}, ["mine.seeds", "-1"]),
        ({"models": "drnn2"}, ["mine.models", "'drnn2'"]),
        ({"configurations": {}}, ["mine.configurations", "{}"]),
        ({"model": "drnn2"}, ["mine.model", "'drnn2'"]),
    ],
    ids=["no_seed", "seed", "list", "no_setting", "unknown_key"],
)
def test_a_search_of_another_form_is_refused_in_one_line(path, params, changes, words):
    said = refusal(path, params, dumped({"mine": SEARCH | changes}))
    assert said.startswith(f"{path}: ") and "\n" not in said
    assert all(word in said for word in words)


RECIPES = [({"epoch": 3}, ["epoch", "3"]), ({"epochs": "many"}, ["epochs", "'many'"]), ({"loss": "last"}, ["'last'"])]


@pytest.mark.parametrize(("changes", "words"), RECIPES, ids=["unknown", "type", "word"])
def test_a_field_that_no_recipe_has_is_refused_in_one_line(path, params, changes, words):
    said = refusal(path, params, dumped({"mine": SEARCH | {"configurations": {"odd": changes}}}))
    assert said.startswith(f"{path}: ") and "\n" not in said
    assert all(word in said for word in words)


def test_a_field_that_no_recipe_has_is_refused_with_the_name_of_its_search(path, params):
    said = refusal(path, params, dumped({"fine": OTHER, "mine": SEARCH | {"configurations": {"odd": {"epoch": 3}}}}))
    assert "mine" in said


def test_a_search_follows_the_one_before_for_its_recipe(path, params):
    follows = SEARCH | {"follows": "first"}
    path.write_text(dumped({"first": SEARCH, "other": OTHER, "second": follows}))
    assert read(path, params)["second"].follows == "first"
    said = refusal(path, params, dumped({"first": SEARCH, "second": SEARCH}))
    assert said.endswith(
        "second: follows: None is not the search before for paper; the one listed before it is first: write first"
    )
    said = refusal(path, params, dumped({"other": OTHER, "second": follows}))
    assert said.endswith("'first' is not the search before for paper; none is listed before it: leave it out")


def test_features_of_videos_are_refused(path, params):
    assert "hog3d" in refusal(path, params, dumped({"mine": SEARCH | {"base": {"features": "hog3d"}}}))


@pytest.mark.parametrize("text", ["[1, 2", "a: b: c"], ids=["bracket", "colons"])
def test_what_is_not_yaml_is_refused_with_the_files_name(path, params, text):
    assert refusal(path, params, text).startswith(f"{path}: is not YAML: ")


def test_what_is_not_yaml_is_refused_in_one_line(path, params):
    assert "\n" not in refusal(path, params, "[1, 2")


@pytest.mark.parametrize("text", ["", "- mine", "3"], ids=["empty", "list", "number"])
def test_a_file_without_searches_is_refused_in_one_line(path, params, text):
    said = refusal(path, params, text)
    assert said.startswith(f"{path}: ") and "\n" not in said


def test_a_missing_file_is_refused_in_one_line(path, params):
    with pytest.raises(UserError) as refused:
        read(path, params)
    assert str(refused.value).startswith(f"{path}: cannot be read (") and "\n" not in str(refused.value)


def test_parameters_of_another_experiment_leave_its_plans_without_searches(tmp_path, monkeypatch):
    for name in ("params.yaml", "demo/params.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "searches.yaml").write_text(dumped({"mine": SEARCH | {"chooses": "a_recipe_that_is_gone"}}))
    assert [plan.root for plan in plans()] == ["results", "demo/results"]
    shutil.copy(ROOT / "searches.yaml", tmp_path)
    assert len(plans()) == 3
