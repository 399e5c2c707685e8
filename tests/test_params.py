"""params.yaml: what is accepted, and what each mistake is told."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from drnn.cli import describe
from drnn.config.params import load, validate
from drnn.errors import UserError

ROOT = Path(__file__).parent.parent
COMMITTED = yaml.safe_load((ROOT / "params.yaml").read_text())


def edited(*path, value) -> dict:
    """The committed parameters with one value set."""
    config = copy.deepcopy(COMMITTED)
    block = config
    for part in path[:-1]:
        block = block[part]
    block[path[-1]] = value
    return config


def complaint(config: dict) -> str:
    with pytest.raises(UserError) as refused:
        validate(config)
    return str(refused.value)


@pytest.mark.parametrize("path", ["params.yaml", "demo/params.yaml"])
def test_the_committed_files_load(path):
    params = load(ROOT / path)
    assert set(params.run) <= set(params.datasets)


def test_a_default_need_not_be_written():
    config = edited("recipes", "paper", value={})
    assert validate(config).recipes["paper"].epochs == 50


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        (("recipes", "paper", "learning_rte"), "learning_rate"),
        (("models", "lstm", "trunction"), "truncation"),
        (("datasets", "msr_action3d", "hiden_size"), "hidden_size"),
        (("features", "skeleton_583", "layouts"), "layout"),
        (("protocols", "odd_even_567", "test_subject"), "test_subjects"),
        (("seed",), "seeds"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(path, nearest):
    said = complaint(edited(*path, value=1))
    assert f"params.yaml: {'.'.join(path)}: unknown key; did you mean {nearest!r}?" in said


@pytest.mark.parametrize(
    ("old", "new"), [("score_scale", "logit_scale"), ("averaging", "ema_decay"), ("frame_step", "frame_stride")]
)
def test_an_old_name_is_answered_with_the_new_one(old, new):
    said = complaint(edited("recipes", "paper", old, value=1))
    assert f"params.yaml: recipes.paper.{old}: is called {new} now; rename it" in said


def test_an_unknown_key_of_a_synthesis_is_refused_with_the_nearest_known_one():
    config = yaml.safe_load((ROOT / "demo/params.yaml").read_text())
    config["datasets"]["synthetic"]["synthesis"]["sed"] = 1
    assert "datasets.synthetic.synthesis.sed: unknown key; did you mean 'seed'?" in complaint(config)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("recipes", "paper", "batch_size"), "many"),
        (("recipes", "paper", "epochs"), 0),
        (("recipes", "paper", "epochs"), 1.5),
        (("recipes", "paper", "learning_rate"), -1e-4),
        (("recipes", "paper", "loss"), "first_frame"),
        (("recipes", "paper", "input_dropout"), 1.0),
        (("models", "drnn2", "order"), -1),
        (("models", "drnn2", "truncation"), "some"),
        (("datasets", "msr_action3d", "hidden_size"), 0),
        (("features", "skeleton_583", "layout"), "584"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(path, value):
    said = complaint(edited(*path, value=value))
    assert said.startswith(f"params.yaml: {'.'.join(path)}: ")
    assert said.endswith(f", not {value!r}")
    assert "\n" not in said


def test_every_mistake_is_told_at_once():
    config = edited("recipes", "paper", "epochs", value=0)
    config["models"]["lstm"]["order"] = -1
    assert len(complaint(config).splitlines()) == 2


def test_a_missing_key_is_named():
    config = copy.deepcopy(COMMITTED)
    del config["protocols"]["odd_even_567"]["train_subjects"]
    assert "protocols.odd_even_567.train_subjects: is missing" in complaint(config)


def test_a_test_subject_that_also_trains_is_named():
    said = complaint(edited("protocols", "odd_even_567", "test_subjects", value=[2, 3, 4]))
    assert "protocols.odd_even_567: test subject 3 also trains" in said


@pytest.mark.parametrize(("side", "subjects"), [("train_subjects", []), ("test_subjects", []), ("test_subjects", None)])
def test_an_empty_side_is_an_empty_split(side, subjects):
    assert "empty split" in complaint(edited("protocols", "odd_even_567", side, value=subjects))


def test_drawing_no_subject_is_an_empty_split():
    assert "empty split" in complaint(edited("protocols", "odd_even_567", value={"train_subjects": 0}))


def test_drawn_subjects_leave_no_choice_of_test_subjects():
    protocol = {"train_subjects": 5, "test_subjects": [1]}
    assert "all others" in complaint(edited("protocols", "odd_even_567", value=protocol))


def test_fixed_subjects_make_one_split():
    assert "one split" in complaint(edited("protocols", "odd_even_567", "splits", value=2))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            {"leave_one_uot": "subject"},
            ": is no protocol; the forms: {train_subjects: [1, 3], test_subjects: [2, ",
        ),
        ({}, ": is no protocol; the forms: {train_subjects: [1, 3], test_subjects: [2, "),
        ({"leave_one_out": "subject", "splits": 3}, ".splits: unknown key; known: title, leave_out, leave_one_out"),
        ({"folds": {"off": "subject", "k": 3}}, ".folds.off: unknown key; did you mean 'of'?"),
        (
            {"folds": {"of": "subject"}},
            ".folds: give either k, the number of folds that are drawn, or lists, the value",
        ),
        ({"folds": {"k": 3, "lists": [[1], [2]]}}, ".folds: give either k, the number of folds that are drawn, or li"),
        ({"folds": {"lists": [[1, 2], [2]]}}, ".folds: lists: 2 is in two folds or twice in one; take it out of one"),
        ({"folds": {"k": 1}}, ".folds.k: Input should be greater than or equal to 2, not 1"),
        ({"train": {"view": [1, 2]}, "test": {"view": [2]}}, ": a sequence could train and test: no group has differ"),
        ({"train": {"view": [1]}, "test": {"stage": [2]}}, ": a sequence could train and test: no group has different"),
        ({"splits": [{"train": [1]}]}, ".splits.0.test: is missing; config/README.md explains it"),
        ({"splits": [{"train": [1], "tset": [2]}]}, ".splits.0.tset: unknown key; did you mean 'test'?"),
        ({"given": False}, ".given: Input should be True, not False"),
        ({"resamples": {"seed": 0}}, ".resamples.k: is missing; config/README.md explains it"),
    ],
)
def test_a_slip_in_a_protocol_is_told_at_its_place(block, message):
    said = complaint(edited("protocols", "random_5_5", value=block))
    assert any(line.startswith(f"params.yaml: protocols.random_5_5{message}") for line in said.splitlines()), said


@pytest.mark.parametrize("block", [{"given": True}, {"folds": {"of": "sequence", "k": 3}}, {"leave_one_out": "view"}])
def test_videos_refuse_protocols_that_do_not_divide_subjects(block):
    said = complaint(edited("protocols", "schuldt", value=block))
    assert "datasets.kth1.protocols: schuldt does not divide subjects alone, and the PCA of videos" in said


def test_members_of_a_group_stand_once():
    config = edited("datasets", "msr_action3d", "groups", value={"view": [1, 1]})
    assert "datasets.msr_action3d: groups.view: names one twice" in complaint(config)


@pytest.mark.parametrize(
    ("path", "value", "nearest"),
    [
        (("run",), ["msr_action_3d"], "msr_action3d"),
        (("datasets", "msr_action3d", "features"), "skeleton_538", "skeleton_583"),
        (("datasets", "msr_action3d", "protocols"), ["odd_even_576"], "odd_even_567"),
        (("datasets", "msr_action3d", "models"), ["lstn"], "lstm"),
        (("datasets", "msr_action3d", "recipes"), ["papers"], "paper"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(path, value, nearest):
    said = complaint(edited(*path, value=value))
    assert f"{'.'.join(path)}: unknown" in said
    assert f"did you mean {nearest!r}?" in said


def test_a_seed_counts_once():
    assert "names a seed twice" in complaint(edited("seeds", value=[0, 1, 0]))


def test_a_dataset_runs_once():
    assert "names one twice" in complaint(edited("run", value=["msr_action3d", "msr_action3d"]))


def test_a_velocity_window_is_odd():
    assert "must be odd, not 4" in complaint(edited("features", "skeleton_583", "velocity_window", value=4))


def test_a_synthesis_belongs_to_synthetic_data():
    assert "belongs to a source that is made" in complaint(
        edited("datasets", "msr_action3d", "synthesis", value={"seed": 1})
    )


def test_a_number_of_yaml_1_1_is_a_number():
    text = yaml.safe_dump(COMMITTED).replace("learning_rate: 0.0001", "learning_rate: 1e-4")
    config = yaml.safe_load(text)
    assert config["recipes"]["paper"]["learning_rate"] == "1e-4"  # PyYAML reads text, where YAML 1.2 reads a number
    assert validate(config).recipes["paper"].learning_rate == 1e-4


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("epochs", "fifty", "must be a whole number, not 'fifty'"),
        ("epochs", 1.5, "must be a whole number, not 1.5"),
        ("learning_rate", "small", "must be a number, not 'small'"),
        ("bidirectional", "both", "must be true or false, not 'both'"),
    ],
)
def test_a_value_of_another_kind_is_told_in_plain_words(field, value, expected):
    assert (
        complaint(edited("recipes", "paper", field, value=value)) == f"params.yaml: recipes.paper.{field}: {expected}"
    )


@pytest.mark.parametrize(
    "content", [b"run: [msr_action3d\nseeds: 1", b"run: [\xff\xfe]\n", b"run: 2001-99-99", b"run: " + b"[" * 3000]
)
def test_a_file_that_is_not_yaml_is_named(tmp_path, content):
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"params\.yaml: is not YAML"):
        load(path)


@pytest.mark.parametrize(("content", "held"), [("", "nothing"), ("- run\n", "a list"), ("run", "a str")])
def test_a_file_without_names_is_told_what_it_holds(tmp_path, content, held):
    path = tmp_path / "params.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match=rf"params\.yaml: holds {held}, not names with values; config/README\.md"):
        load(path)


def test_a_missing_file_is_named_with_a_remedy(tmp_path):
    with pytest.raises(UserError, match=r"params\.yaml: cannot be read .*repository's root"):
        load(tmp_path / "params.yaml")


def test_the_page_of_parameters_and_the_graph_of_steps_are_up_to_date(monkeypatch):
    monkeypatch.chdir(ROOT)
    describe.write(check=True)


# Two kinds of recordings and of features


def test_a_key_of_videos_is_unknown_where_the_recordings_are_skeletons():
    said = complaint(edited("datasets", "msr_action3d", "sample", value=True))
    assert said.startswith("params.yaml: datasets.msr_action3d.sample: unknown key; ")


def test_a_synthesis_has_the_keys_of_its_source():
    config = yaml.safe_load((ROOT / "demo/params.yaml").read_text())
    config["datasets"]["synthetic_kth1"]["synthesis"]["repetitions"] = 2
    assert "datasets.synthetic_kth1.synthesis.repetitions: unknown key; " in complaint(config)
    config["datasets"]["synthetic_kth1"]["synthesis"] = {"frames": 99}
    said = complaint(config)
    assert said.startswith("params.yaml: datasets.synthetic_kth1.synthesis.frames: ") and said.endswith(", not 99")


def test_features_of_the_other_kind_are_refused():
    said = complaint(edited("datasets", "kth1", "features", value="skeleton_583"))
    assert said == (
        "params.yaml: datasets.kth1.features: skeleton_583 is of kind skeleton; the recordings of kth need features "
        "of kind hog3d"
    )


def test_an_unknown_kind_of_features_is_refused_with_the_nearest_known_one():
    said = complaint(edited("features", "hog3d", "kind", value="hog3"))
    assert said == "params.yaml: features.hog3d.kind: unknown 'hog3'; did you mean 'hog3d'?"


def test_a_sample_of_what_is_made_is_refused():
    config = yaml.safe_load((ROOT / "demo/params.yaml").read_text())
    config["datasets"]["synthetic_kth1"]["sample"] = True
    assert "datasets.synthetic_kth1: sample: belongs to recordings that lie in a folder" in complaint(config)


@pytest.mark.parametrize("value", [0, -1, 450.5, "many"])
def test_a_number_of_components_that_is_none_is_refused(value):
    said = complaint(edited("features", "hog3d", "n_components", value=value))
    assert all(
        line.startswith("params.yaml: features.hog3d") and repr(value)[1:-1] in line for line in said.splitlines()
    )


@pytest.mark.parametrize(("value", "kept"), [(450, 450), (0.97, 0.97), (1, 1)])
def test_components_are_a_number_or_a_part_of_the_energy(value, kept):
    found = validate(edited("features", "hog3d", "n_components", value=value)).features["hog3d"].n_components
    assert found == kept and type(found) is type(value)


def test_a_seed_of_a_dataset_twice_is_refused():
    assert complaint(edited("datasets", "kth1", "seeds", value=[1, 1])).endswith(
        "kth1.seeds: [1, 1] names a seed twice"
    )


@pytest.mark.parametrize(
    ("ensembles", "said"),
    [
        ({"both": ["paper", "tunde"]}, "ensembles.both: unknown 'tunde'; did you mean 'tuned'?"),
        ({"both": ["paper", "paper"]}, "ensembles.both: ['paper', 'paper'] names one twice"),
        ({"tuned": ["paper", "tuned"]}, "ensembles.tuned: the name stands for another result; take another"),
        ({"a_ensemble": ["paper", "tuned"]}, "ensembles.a_ensemble: the name stands for another result; take another"),
    ],
)
def test_an_ensemble_is_of_recipes_that_are_trained_and_has_a_name_of_its_own(ensembles, said):
    assert complaint(edited("datasets", "msr_action3d", "ensembles", value=ensembles)).endswith(said)
    good = edited("datasets", "msr_action3d", "ensembles", value={"both": ["tuned", "paper"]})
    assert validate(good).datasets["msr_action3d"].ensembles == {"both": ["tuned", "paper"]}


def test_other_datasets_can_be_run_and_unknown_ones_are_named():
    params = validate(COMMITTED)
    assert params.running(["msr_action3d"]).run == ["msr_action3d"]
    with pytest.raises(UserError, match=r"^run: unknown 'msr_action'; did you mean 'msr_action3d'"):
        params.running(["msr_action"])


# Methods beside the recurrent layers


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda c: c["baselines"]["svm"].update(method="pooled_smv"),
            "baselines.svm.method: unknown 'pooled_smv'; did you mean 'pooled_svm'?",
        ),
        (
            lambda c: c["baselines"]["svm"].update(segment=[1]),
            "baselines.svm.segment: unknown key; did you mean 'segments'?",
        ),
        (
            lambda c: c["datasets"]["msr_action3d"].update(baselines=["dwt"]),
            "datasets.msr_action3d.baselines: unknown 'dwt'; did you mean 'dtw'?",
        ),
        (
            lambda c: c["datasets"]["kth1"].update(baselines=["dtw"]),
            "datasets.kth1.baselines: dtw compares joints or values, and kth has none",
        ),
        (
            lambda c: c["datasets"]["msr_action3d"].update(models=["svm"]) or c["models"].update(svm={"order": 0}),
            "datasets.msr_action3d: svm is the name of a model and of a baseline; rename one",
        ),
        (
            lambda c: c["datasets"]["msr_action3d"].update(recipes=["baseline"]) or c["recipes"].update(baseline={}),
            "recipes.baseline: the name stands for what has no recipe; take another",
        ),
    ],
)
def test_a_slip_in_the_baselines_is_one_line(change, message):
    config = copy.deepcopy(COMMITTED)
    change(config)
    assert complaint(config) == f"params.yaml: {message}"


@pytest.mark.parametrize("path", ["params.yaml", "demo/params.yaml"])
def test_an_editor_finds_the_committed_files_valid_and_a_slip_in_them_not(path):
    schema = json.loads((ROOT / "config/params.schema.json").read_text())
    config = yaml.safe_load((ROOT / path).read_text())
    jsonschema.validate(config, schema)
    next(iter(config["recipes"].values()))["epochs"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config, schema)
