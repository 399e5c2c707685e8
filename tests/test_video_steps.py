"""From videos to features: who sees whom, what a sequence is made of, and what becomes of bad videos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from video_room import CPU, Experiment, members

from drnn.arrays import read_arrays
from drnn.datasets import video
from drnn.datasets.kth import SUFFIX, Store, parse_name
from drnn.datasets.store import SequenceSet
from drnn.datasets.synthetic_kth import encode
from drnn.errors import UserError
from drnn.features import hog3d
from drnn.steps import train as train_step
from drnn.steps.shared import described
from drnn.steps.shared.trainings import weights_in


def weights_of(plan, **names: str) -> bytes:
    (run,) = (run for run in plan.runs if names.items() <= run.names.items())
    return weights_in(plan.trained[run.key].outputs["trainings"], run.key)


def videos_of(subject: int) -> list[str]:
    return [name for name in members() if name.startswith(f"person{subject:02}")]


def with_noise_for(subject: int) -> dict[str, bytes]:
    """The recordings, those of a subject replaced by as many frames of noise."""
    random = np.random.default_rng(subject)
    frames = random.integers(0, 256, size=(100, 120, 160), dtype=np.uint8)
    return members() | dict.fromkeys(videos_of(subject), encode(frames))


def training_part(features: SequenceSet) -> np.ndarray:
    return features.sides()[0].frames


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Experiment:
    return Experiment(tmp_path_factory.mktemp("videos"))


@pytest.fixture(scope="module")
def noisy(tmp_path_factory) -> Experiment:
    """The same with noise in place of subject 3, the test subject of `third_tests`."""
    return Experiment(tmp_path_factory.mktemp("noisy"), with_noise_for(3))


# A video goes through memory in pieces


def test_a_videos_pieces_are_described_as_the_whole(experiment, monkeypatch):
    (job,) = experiment.plan.jobs.of("recordings")
    whole = dict(described.cells(job.makes[0], "kth", 1, "dense_3scale"))
    monkeypatch.setattr(described, "PIECE", hog3d.BLOCK)
    pieces = list(described.cells(job.makes[0], "kth", 1, "dense_3scale"))
    assert len(pieces) > len(whole) == 6
    for name, block in whole.items():
        parts = [part for of_video, part in pieces if of_video == name]
        assert [t for part in parts for t in part.frames] == list(block.frames)
        np.testing.assert_array_equal(np.concatenate([part.descriptors() for part in parts]), block.descriptors())


# Nothing of a test subject enters what is fitted


def test_noise_in_place_of_a_test_subject_leaves_the_basis_as_it_was(experiment, noisy):
    names = {"protocol": "third_tests"}
    assert noisy.made("basis", **names).read_bytes() == experiment.made("basis", **names).read_bytes()


def test_and_it_changes_the_basis_that_the_subject_trains(experiment, noisy):
    names = {"protocol": "second_tests"}
    assert noisy.made("basis", **names).read_bytes() != experiment.made("basis", **names).read_bytes()


@pytest.mark.parametrize("dataset", ["whole", "ranges"])
def test_noise_in_place_of_a_test_subject_leaves_the_training_features_as_they_were(experiment, noisy, dataset):
    mine, theirs = experiment.features(dataset), noisy.features(dataset)
    np.testing.assert_array_equal(training_part(mine), training_part(theirs))
    assert len(mine.frames) != len(theirs.frames) or not np.array_equal(mine.frames, theirs.frames)


def test_noise_in_place_of_a_test_subject_leaves_normalisation_and_weights_as_they_were(experiment, noisy):
    names = {"dataset": "whole", "protocol": "third_tests"}
    for one in (experiment, noisy):
        one.made("train", **names)
    mine, theirs = (weights_of(one.plan, **names) for one in (experiment, noisy))
    assert mine == theirs  # the normalisation lies in them


def test_permuted_test_labels_leave_the_weights_as_they_were(experiment, tmp_path):
    (job,) = experiment.plan.jobs.of("train", dataset="whole", protocol="third_tests")
    experiment.make([job])
    features, labels = experiment.features(), experiment.features().labels.copy()
    test = slice(features.attributes["train"], None)
    labels[test] = np.roll(labels[test], 1)
    path = tmp_path / Path(job.inputs["features"][0]).name
    replace(features, labels=labels).save(path)
    train_step.run(job.params, {"features": [path]}, {"trainings": tmp_path / "b.h5"}, CPU)
    (run,) = (run for run in experiment.plan.runs if experiment.plan.trained[run.key] == job)
    assert weights_in(tmp_path / "b.h5", run.key) == weights_of(experiment.plan, **run.names)


def test_the_features_of_a_split_do_not_depend_on_other_splits(experiment, tmp_path):
    def alone(params):
        for dataset in params["datasets"].values():
            dataset["protocols"] = ["second_tests"]

    other = Experiment(tmp_path, change=alone)
    names = {"dataset": "ranges", "protocol": "second_tests"}
    mine, theirs = (one.made("features", **names) for one in (experiment, other))
    assert mine.name == theirs.name and mine.read_bytes() == theirs.read_bytes()
    assert experiment.made("project").name != other.made("project").name


def test_leaving_each_subject_out_fits_each_basis_to_the_others_alone(experiment, tmp_path):
    def each(params):
        params["run"] = ["whole"]
        params["protocols"]["third_tests"] = {"leave_one_out": "subject"}

    other = Experiment(tmp_path, change=each)
    (split,) = other.plan.jobs.of("split", dataset="whole", protocol="third_tests")
    assert [one["protocol"]["members"] for one in split.params["splits"].values()] == [[1, 2, 3]] * 3
    for number, tested in enumerate((1, 2, 3)):
        names = {"protocol": "third_tests", "split": str(number)}
        features = SequenceSet.load(other.made("features", dataset="whole", **names))
        train, test = features.sides()
        assert set(test.subjects) == {tested} and tested not in train.subjects
        assert features.attributes["energies"]["subjects"]["train"] == sorted({1, 2, 3} - {tested})
    mine, theirs = (
        read_arrays(one.made("basis", protocol="third_tests", split=split))[0]
        for one, split in ((experiment, "0"), (other, "2"))
    )
    assert mine.keys() == theirs.keys()
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


# What a sequence is made of


def test_a_sequence_is_its_frames_in_the_coordinates_of_the_splits_basis(experiment):
    features = experiment.features()
    parts, _ = read_arrays(experiment.made("basis", protocol="third_tests"))
    name = features.names[0]
    with Store(experiment.made("recordings")) as store:
        frames = video.read_grey(store.open(next(v for v in store.videos if v.name == name)))
    described = hog3d.descriptors(frames, range(8, len(frames) - 7)).reshape(len(frames) - 15, -1)
    # By lag, as the basis has it: (n, P, 25, 4, 10) → (n, 4, P·25·10).
    cells = described.reshape(len(described), -1, 25, 4, 10).transpose(0, 3, 1, 2, 4).reshape(len(described), 4, -1)
    expected = (cells @ parts["directions"].T).reshape(len(described), -1) @ parts["mixing"].T
    np.testing.assert_allclose(features[0], expected, atol=2e-4)


def test_ranges_are_cut_out_of_the_whole_videos(experiment):
    whole, ranges = experiment.features(), experiment.features("ranges")
    with Store(experiment.made("recordings")) as store:
        listed = {v.name: v.ranges for v in store.videos}
    assert len(ranges) == sum(map(len, listed.values()))
    for i, name in enumerate(ranges.names):
        of, _, place = name.rpartition("_")
        first, last = listed[of][int(place) - 1]
        source = whole[whole.names.index(of)]
        np.testing.assert_array_equal(ranges[i], source[max(first - 1 - 8, 0) : last - 8])


def test_the_train_side_comes_first_and_each_sequence_has_its_subject_and_action(experiment):
    for dataset in ("whole", "ranges"):
        features = experiment.features(dataset)
        count = features.attributes["train"]
        assert set(features.subjects[:count]) == {1, 2} and set(features.subjects[count:]) == {3}
        for name, subject, label in zip(features.names, features.subjects, features.labels, strict=True):
            assert parse_name("_".join(name.split("_")[:3]) + SUFFIX)[2:4] == (subject, label)


def test_the_energy_kept_is_that_of_all_described_frames_of_each_side(experiment):
    whole, about = experiment.features("whole"), experiment.features("ranges").attributes["energies"]
    with Store(experiment.made("recordings")) as store:
        for side, subjects in about["subjects"].items():
            total = 0.0
            for one in (v for v in store.videos if v.subject in subjects):
                frames = video.read_grey(store.open(one))
                total += float((hog3d.descriptors(frames, range(8, len(frames) - 7)).astype(np.float64) ** 2).sum())
            chosen = [whole[i] for i, subject in enumerate(whole.subjects) if subject in subjects]
            kept = sum(float((vectors.astype(np.float64) ** 2).sum()) for vectors in chosen)
            assert about[side] == pytest.approx(kept / total, rel=1e-6)
    assert 0.5 < about["test"] < about["train"] < 1 and about["components"] == 10


@pytest.mark.parametrize(
    "settings",
    [
        {"center": True},
        {"n_components": 0.8},
        {"grid": "grid_8x7"},
        {"landmarks": 10_000},
        {"center": True, "rank": 50},
    ],
    ids=str,
)
def test_other_settings_of_the_features(tmp_path, settings):
    def change(params):
        params["features"]["hog3d"].update(settings)
        params["run"] = ["ranges"]

    experiment = Experiment(tmp_path, change=change)
    features = experiment.features("ranges")
    about = features.attributes["energies"]
    assert np.isfinite(features.frames).all() and features.frames.shape[1] == about["components"]
    wanted = settings.get("n_components", 10)
    if wanted < 1:
        assert about["train"] == pytest.approx(wanted, abs=0.05)
    else:
        assert about["components"] == wanted and about["train"] > 0.5


def test_more_components_than_the_sketches_hold_are_refused_with_the_remedy(tmp_path):
    experiment = Experiment(tmp_path, change=lambda p: p["features"]["hog3d"].update(n_components=40))
    with pytest.raises(UserError, match=r"n_components 40: .*raise the sketches' rank"):
        experiment.made("basis", protocol="third_tests")


# Bad videos


@pytest.fixture(scope="module")
def damaged(tmp_path_factory) -> Experiment:
    """Of subject 1 a video that is none, one of 12 frames, and one that is cut short; of subject 2 none decodes."""
    boxing, clapping, waving, *_ = videos_of(1)
    whole = members()
    frames = video.read_grey(video.Recording(whole[clapping], clapping))
    bad = {boxing: b"no video", clapping: encode(frames[:12]), waving: encode(frames[:70])}
    bad |= dict.fromkeys(videos_of(2), b"no video")
    return Experiment(
        tmp_path_factory.mktemp("damaged"),
        whole | bad,
        lambda p: p["protocols"].update(
            third_tests={"train_subjects": [1], "test_subjects": [3]},
            second_tests={"train_subjects": [3], "test_subjects": [1]},
        ),
    )


def test_bad_videos_are_left_out_by_name_and_counted(damaged, caplog):
    sequences = SequenceSet.load(damaged.made("sequences", dataset="whole"))
    about = sequences.attributes
    assert about["listed"] == 18 and len(sequences) == 10
    assert about["excluded"]["person01_boxing_d1"] == "does not decode"
    short = about["excluded"]["person01_handclapping_d1"]
    assert short == "has no frame with a descriptor: of the video's 12, none have one"
    assert sum(name.startswith("person02") for name in about["excluded"]) == 6
    assert all(f"{name}: {reason}; it is left out" in caplog.text for name, reason in about["excluded"].items())


def test_ranges_are_clipped_to_what_decodes_and_counted(damaged):
    sequences = SequenceSet.load(damaged.made("sequences", dataset="ranges"))
    with Store(damaged.made("recordings")) as store:
        (ranges,) = (v.ranges for v in store.videos if v.name == "person01_handwaving_d1")
    about, short = sequences.attributes, {}
    for n, (first, last) in enumerate(ranges):
        name = f"person01_handwaving_d1_{n + 1}"
        first, end = max(first - 1, 8), min(last, 70 - 7)
        if first < end:
            assert about["places"][name] == ["person01_handwaving_d1", first, end]
            short |= {name: {"shortened": last - 70}} if last > 70 else {}
        else:
            assert about["excluded"][name].startswith("begins after the 70" if first >= 70 else "has no frame")
    assert short and short == about["repairs"] and len(about["places"]) == len(sequences)


def test_a_subject_without_a_usable_video_takes_no_part(damaged):
    features = damaged.features()
    assert set(features.subjects) == {1, 3} and np.isfinite(features.frames).all()


def test_a_bad_video_is_an_error_where_that_is_wanted(tmp_path):
    recordings = members() | {videos_of(1)[0]: b"no video"}
    experiment = Experiment(tmp_path, recordings, lambda p: p["datasets"]["whole"].update(on_empty="error"))
    with pytest.raises(UserError, match=r"person01_boxing_d1: does not decode; .* on_empty: exclude"):
        experiment.made("sequences", dataset="whole")
