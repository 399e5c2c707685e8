"""The list of discrepancies and choices: every entry true of the experiment that it is filled in from."""

import json
from pathlib import Path

import pytest

from drnn.config import params
from drnn.report import choices

ROOT = Path(__file__).parents[1]
TRUNCATION = "Truncation of the gradients"


@pytest.fixture(scope="module")
def experiment():
    return params.load(ROOT / "params.yaml").model_dump(mode="json")


@pytest.fixture(scope="module")
def demo():
    return params.load(ROOT / "demo/params.yaml").model_dump(mode="json")


def only(experiment, *names, **changes):
    """The experiment with these datasets alone, their features changed."""
    datasets = {name: experiment["datasets"][name] for name in names}
    used = {dataset["features"] for dataset in datasets.values()}
    features = {name: block | changes for name, block in experiment["features"].items() if name in used}
    return experiment | {"datasets": datasets, "run": list(names), "features": features}


def here(experiment, topic):
    """What an entry says is done."""
    return next(entry["here"] for entry in choices.choices(experiment) if entry["topic"] == topic)


def topics(experiment):
    return [entry["topic"] for entry in choices.choices(experiment)]


@pytest.mark.parametrize("names", [[], ["msr_action3d"], ["kth2"], None], ids=["all", "skeletons", "videos", "demo"])
def test_every_choice_is_marked_and_names_a_parameter_that_exists(experiment, demo, names):
    experiment = demo if names is None else experiment
    for entry in choices.choices(experiment | {"run": names} if names else experiment):
        assert entry["mark"] in {"given", "inferred", "choice", "secondary"}
        value = experiment
        for part in (entry["parameter"] or "").split("."):
            value = value[part] if part else value


def test_an_experiment_without_a_parameter_does_not_name_it(experiment, demo):
    assert "recipes.paper." not in choices.discrepancies(demo)
    assert "recipes.paper.learning_rate" in choices.discrepancies(experiment)


def test_choices_follow_the_parameters(experiment):
    recipe = experiment["recipes"]["paper"] | {"batch_size": 7}
    assert "7 sequences." in choices.discrepancies(experiment | {"recipes": {"paper": recipe}})


def test_an_experiment_without_videos_has_what_the_paper_says_of_them_and_nothing_that_is_done(experiment):
    without = only(experiment, "msr_action3d")
    assert "KTH: the descriptor" in topics(without) and "KTH: the PCA is approximated" not in topics(without)
    assert here(without, "KTH") == "Not run yet; its rows say so."
    assert "components are kept" not in here(without, "KTH: 97 % of the energy in 450 components")


def test_the_choices_of_the_committed_record_can_be_told_again():
    published = json.loads((ROOT / "reports/provenance.json").read_text())["params"]
    assert "KTH: the descriptor" in choices.discrepancies(published)


def test_an_experiment_without_skeletons_has_no_choice_about_them(experiment):
    videos = topics(only(experiment, "kth1", "kth2"))
    assert "472 or 583 values a frame" not in videos and "KTH-2: its sequences" in videos


def test_the_choices_on_kth_follow_the_parameters_of_its_features(experiment):
    changes = {"grid": "grid_8x7", "n_components": 0.97, "center": True, "landmarks": 4321, "rank": 99, "chunk": 777}
    changed = only(experiment, "kth1", **changes)
    assert "Here `grid_8x7`;" in here(changed, "KTH: the 56 positions")
    energy = here(changed, "KTH: 97 % of the energy in 450 components")
    assert "Here it is removed, and as many components are kept as hold 97.0 % of the training energy." in energy
    sketches = here(changed, "KTH: the PCA is approximated")
    assert "at most 4,321 frames" in sketches and "777 at a time they shrink to their 99" in sketches
    assert "directions that the cells" not in sketches
    plain = only(experiment, "kth1", n_components=450, center=False, directions=654)
    assert "Here it stays, and 450 components" in here(plain, "KTH: 97 % of the energy in 450 components")
    assert "written with 654 directions that the cells" in here(plain, "KTH: the PCA is approximated")


def test_who_trains_on_kth_follows_the_protocols(experiment, demo):
    topic = "KTH: who trains, who tests"
    assert here(experiment, topic).startswith("5 draws of 16 training subjects from seed 0;")
    assert "Also the one split" in here(experiment, topic)
    assert "Also the one split" not in here(demo, topic)
    assert (
        here(experiment | {"run": ["kth2_sample"]}, topic) == "Fixed lists: six training subjects and one test subject."
    )


def test_seeds_and_sizes_are_those_of_each_dataset(experiment):
    assert here(experiment, "Number of trials on MSR Action3D").startswith("10 seeds (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)")
    assert "with 1 seed (0)" in here(experiment, "KTH: number of trials")
    two = only(experiment, "msr_action3d", "kth1", "kth2")
    assert "m = 400 (MSR Action3D) or 300 (KTH-1, KTH-2) state units." in here(two, "Initialisation")
    assert "m = 400 state units." in here(only(experiment, "msr_action3d"), "Initialisation")


def test_only_models_and_recipes_that_run_are_told(experiment):
    mine = only(experiment, "msr_action3d")
    mine["datasets"] = {"msr_action3d": mine["datasets"]["msr_action3d"] | {"extra_runs": []}}
    assert here(mine, TRUNCATION).endswith("In this run: `dos` (LSTM; dRNN, order 1; dRNN, order 2).")
    assert "The recipe “tuned”" not in {entry["topic"] for entry in choices.choices(mine)}
    mine["datasets"]["msr_action3d"]["extra_runs"] = [{"models": ["drnn2_strict"], "recipes": ["tuned"]}]
    assert here(mine, TRUNCATION).endswith("dRNN, order 2); `strict` (dRNN, order 2).")
    assert "(`joints_rough`)" in here(mine, "The recipe “tuned”")


def test_a_recipe_of_its_own_for_kth_is_said(experiment):
    datasets = experiment["datasets"] | {"kth1": experiment["datasets"]["kth1"] | {"recipes": ["other"]}}
    assert "nothing is tuned for KTH" in here(experiment, "KTH: how it is trained")
    own = here(experiment | {"datasets": datasets}, "KTH: how it is trained")
    assert own == "Recipe: other, not the skeletons'."


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["msr_action3d", "kth1", "kth2"], "Part of this run (KTH-1, KTH-2)."),
        (
            ["kth1_sample", "kth2_sample"],
            "Only what a folder held of it is part of this run (kth1 sample, kth2 sample)",
        ),
        (["msr_action3d"], "Not run yet; its rows say so."),
    ],
)
def test_whether_kth_ran_is_said(experiment, demo, names, said):
    assert here(experiment | {"run": names}, "KTH").startswith(said)
    assert here(demo, "KTH") == "Not run yet; its rows say so."


def test_only_layers_of_the_project_are_said_to_cut_errors(experiment):
    said = here(only(experiment, "msr_action3d"), TRUNCATION)
    assert said.endswith("`strict` (dRNN, order 2); `none` (dRNN, order 2).") and "torch" not in said
    torch_alone = only(experiment, "msr_action3d")
    torch_alone["datasets"]["msr_action3d"] = experiment["datasets"]["msr_action3d"] | {
        "models": ["torch_gru"],
        "extra_runs": [],
    }
    assert "In this run: none of its models has such a choice." in here(torch_alone, TRUNCATION)
