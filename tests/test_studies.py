"""studies.yaml: each of its mistakes is told in one line that names the file, the study and the value."""

import shutil
from pathlib import Path

import pytest
import yaml

from drnn.config.params import Params, load
from drnn.errors import UserError
from drnn.plan.load import plans
from drnn.plan.searches import read

ROOT = Path(__file__).parent.parent
STUDY = {
    "chooses": "paper",
    "dataset": "msr_action3d",
    "protocol": "odd_even_567",
    "models": ["lstm", "drnn2"],
    "seeds": [0, 1],
    "base": {"epochs": 3, "features": "joints"},
    "settings": {"base": {}, "slow": {"learning_rate": 1.0e-5}, "plain": {"features": "joints_plain"}},
}


OTHER = STUDY | {"chooses": "tuned"}  # recipes have one study each, or studies that follow one another


def dumped(studies: dict) -> str:
    return yaml.safe_dump(studies, sort_keys=False)


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
        ("settings", {"base": {}, "other": {"features": "joint"}}, "'joint'"),
    ],
    ids=["dataset", "protocol", "model", "recipe", "features", "features_of_a_setting"],
)
def test_an_unknown_name_is_refused_in_one_line(path, params, part, value, named):
    said = refusal(path, params, dumped({"fine": OTHER, "mine": STUDY | {part: value}}))
    assert said.startswith(f"{path}: mine: ") and "\n" not in said
    assert f"{named} is not in params.yaml; known: " in said


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("protocol", "random_16_9", "protocol: random_16_9 needs a list of three training subjects or more"),
        ("dataset", "kth1", "dataset: kth1 has videos; studies are of skeletons"),
    ],
    ids=["drawn_subjects", "videos"],
)
def test_what_no_study_can_be_made_of_is_refused_in_one_line(path, params, part, value, message):
    assert refusal(path, params, dumped({"mine": STUDY | {part: value}})) == f"{path}: mine: {message}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": []}, ["mine.seeds", "[]"]),
        ({"seeds": [-1]}, ["mine.seeds", "-1"]),
        ({"models": "drnn2"}, ["mine.models", "'drnn2'"]),
        ({"settings": {}}, ["mine.settings", "{}"]),
        ({"model": "drnn2"}, ["mine.model", "'drnn2'"]),
    ],
    ids=["no_seed", "seed", "list", "no_setting", "unknown_key"],
)
def test_a_study_of_another_form_is_refused_in_one_line(path, params, changes, words):
    said = refusal(path, params, dumped({"mine": STUDY | changes}))
    assert said.startswith(f"{path}: ") and "\n" not in said
    assert all(word in said for word in words)


RECIPES = [({"epoch": 3}, ["epoch", "3"]), ({"epochs": "many"}, ["epochs", "'many'"]), ({"loss": "last"}, ["'last'"])]


@pytest.mark.parametrize(("changes", "words"), RECIPES, ids=["unknown", "type", "word"])
def test_a_field_that_no_recipe_has_is_refused_in_one_line(path, params, changes, words):
    said = refusal(path, params, dumped({"mine": STUDY | {"settings": {"odd": changes}}}))
    assert said.startswith(f"{path}: ") and "\n" not in said
    assert all(word in said for word in words)


def test_a_field_that_no_recipe_has_is_refused_with_the_name_of_its_study(path, params):
    said = refusal(path, params, dumped({"fine": OTHER, "mine": STUDY | {"settings": {"odd": {"epoch": 3}}}}))
    assert "mine" in said


def test_a_study_follows_the_one_before_for_its_recipe(path, params):
    follows = STUDY | {"follows": "first"}
    path.write_text(dumped({"first": STUDY, "other": OTHER, "second": follows}))
    assert read(path, params)["second"].follows == "first"
    said = refusal(path, params, dumped({"first": STUDY, "second": STUDY}))
    assert said.endswith(
        "second: follows: None is not the study before for paper; the one listed before it is first: write first"
    )
    said = refusal(path, params, dumped({"other": OTHER, "second": follows}))
    assert said.endswith("'first' is not the study before for paper; none is listed before it: leave it out")


def test_features_of_videos_are_refused(path, params):
    assert "hog3d" in refusal(path, params, dumped({"mine": STUDY | {"base": {"features": "hog3d"}}}))


@pytest.mark.parametrize("text", ["[1, 2", "a: b: c"], ids=["bracket", "colons"])
def test_what_is_not_yaml_is_refused_with_the_files_name(path, params, text):
    assert refusal(path, params, text).startswith(f"{path}: is not YAML: ")


def test_what_is_not_yaml_is_refused_in_one_line(path, params):
    assert "\n" not in refusal(path, params, "[1, 2")


@pytest.mark.parametrize("text", ["", "- mine", "3"], ids=["empty", "list", "number"])
def test_a_file_without_studies_is_refused_in_one_line(path, params, text):
    said = refusal(path, params, text)
    assert said.startswith(f"{path}: ") and "\n" not in said


def test_a_missing_file_is_refused_in_one_line(path, params):
    with pytest.raises(UserError) as refused:
        read(path, params)
    assert str(refused.value).startswith(f"{path}: cannot be read (") and "\n" not in str(refused.value)


def test_parameters_of_another_experiment_leave_its_plans_without_studies(tmp_path, monkeypatch):
    for name in ("params.yaml", "demo/params.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies.yaml").write_text(dumped({"mine": STUDY | {"chooses": "a_recipe_that_is_gone"}}))
    assert [plan.root for plan in plans()] == ["results", "demo/results"]
    shutil.copy(ROOT / "studies.yaml", tmp_path)
    assert len(plans()) == 3
