"""The outside baselines: warping against its recursion and laws, the pooled SVM against what may not reach it."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from drnn.baselines import dtw, pooled_svm
from drnn.datasets.layouts import MSR_20

LAWS = settings(max_examples=60, deadline=None, derandomize=True)


def noise(frames: int, seed: int, dimensions: int = 3) -> np.ndarray:
    return np.random.default_rng([seed, frames]).normal(size=(frames, dimensions))


sequences = st.builds(noise, st.integers(1, 12), st.integers(0, 2**32 - 1))
diagonals = st.sampled_from([1.0, 2.0])
THREE = [noise(3, 0)]


def distance(a: np.ndarray, b: np.ndarray, **how) -> float:
    return dtw.distances([a], [b], [dtw.Weights(**how)]).item()


def by_definition(a: np.ndarray, b: np.ndarray, diagonal: float, squared: bool = False) -> float:
    @functools.cache
    def cost(i: int, j: int) -> float:
        if min(i, j) < 0:
            return np.inf
        d = float(np.linalg.norm(a[i] - b[j])) ** (2 if squared else 1)
        if i == j == 0:
            return diagonal * d
        return min(cost(i - 1, j) + d, cost(i, j - 1) + d, cost(i - 1, j - 1) + diagonal * d)

    return cost(len(a) - 1, len(b) - 1)


@LAWS
@given(sequences, sequences, diagonals, st.booleans())
def test_warping_agrees_with_its_recursion(a, b, diagonal, squared):
    how = {"diagonal": diagonal, "squared": squared}
    found = distance(a, b, **how)
    assert found == pytest.approx(by_definition(a, b, **how), rel=1e-12)
    normalised = distance(a, b, **how, normalise=True)
    assert normalised == pytest.approx(found / (len(a) + len(b)), rel=1e-12)


@LAWS
@given(sequences, sequences, diagonals, st.booleans())
def test_warping_is_symmetric_and_zero_from_a_sequence_to_itself(a, b, diagonal, normalise):
    how = {"diagonal": diagonal, "normalise": normalise}
    assert distance(a, b, **how) == distance(b, a, **how) >= 0
    assert distance(a, a, **how) == 0


@LAWS
@given(sequences, st.integers(1, 5), diagonals)
def test_a_stretched_copy_is_at_distance_zero(a, times, diagonal):
    assert distance(a, np.repeat(a, times, axis=0), diagonal=diagonal) == 0


def test_each_weight_has_a_matrix_with_a_row_for_each_test_and_a_column_for_each_training_sequence():
    test, train = [noise(t, 3) for t in (4, 1, 7)], [noise(t, 4).astype(np.float32) for t in (2, 9)]
    pairs = [[[distance(x, y, **one._asdict()) for y in train] for x in test] for one in dtw.USUAL]
    np.testing.assert_array_equal(dtw.distances(test, train, dtw.USUAL), pairs)


def test_among_sequences_each_pair_is_as_between_two_sides():
    one = [noise(t, 5) for t in (4, 1, 7, 3)]
    np.testing.assert_array_equal(dtw.distances(one, one, dtw.USUAL), dtw.distances(one, list(one), dtw.USUAL))


@LAWS
@given(st.integers(1, 8), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_the_highest_score_is_that_of_the_nearest_neighbour(tests, trained, seed):
    random = np.random.default_rng(seed)
    d, labels = random.random((tests, trained)), random.integers(0, 6, trained)
    scores = dtw.nearest(d, labels, 7)
    assert scores.shape == (tests, 7)
    np.testing.assert_array_equal(scores.argmax(axis=1), labels[d.argmin(axis=1)])
    np.testing.assert_array_equal(scores.max(axis=1), -d.min(axis=1))
    assert (np.isneginf(scores).all(axis=0) == ~np.isin(np.arange(7), labels)).all()
    np.testing.assert_array_equal(dtw.nearest(d, labels), scores[:, : labels.max() + 1])


def test_centred_joints_do_not_tell_where_the_body_stands():
    joints = np.random.default_rng(0).normal(size=(5, 20, 3))
    np.testing.assert_array_equal(dtw.frames_of(joints), joints.reshape(5, 60))
    np.testing.assert_allclose(dtw.frames_of(joints + 2.5, MSR_20), dtw.frames_of(joints, MSR_20), atol=1e-14)
    assert not dtw.frames_of(joints, MSR_20)[:, 18:21].any()


def test_joints_of_one_size_and_side_do_not_tell_how_tall_a_person_is_and_how_they_stand():
    joints = np.random.default_rng(0).normal(size=(5, 20, 3))
    a = 0.7
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    still = np.concatenate(
        [joints[:1]] * 5
    )  # medians over frames turn with the body where the hips keep their direction
    posed = [dtw.frames_of(one, MSR_20, size=True, view=True) for one in (still, 1.2 * still @ turn + 2.5)]
    np.testing.assert_allclose(*posed, atol=1e-6)
    assert np.abs(dtw.frames_of(still, MSR_20) - posed[0]).max() > 0.1


@LAWS
@given(sequences, st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_pooling_takes_the_mean_and_deviation_of_every_segment(x, segments):
    parts = pooled_svm.pooled(x, segments).reshape(sum(segments), 2, x.shape[1])
    numbers = [(k, s) for s in segments for k in range(s)]
    for (k, s), (mean, deviation) in zip(numbers, parts, strict=True):
        # Frame t spans the time from t to t + 1, and belongs to every segment that it overlaps.
        frames = [x[t] for t in range(len(x)) if t * s < (k + 1) * len(x) and (t + 1) * s > k * len(x)]
        np.testing.assert_allclose(mean, np.mean(frames, axis=0), atol=1e-12)
        np.testing.assert_allclose(deviation, np.std(frames, axis=0), atol=1e-12)


def toy(subjects=(1, 3, 5), classes=3, seed=0, spread=0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four sequences of each subject and class, which differ in how often a feature rises and falls."""
    labels, who = np.array([(c, s) for s in subjects for c in range(classes) for _ in range(4)]).T
    x = np.sin(np.linspace(0, np.pi, 16) * (labels[:, None] + 1))[..., None]
    x = x + spread * np.random.default_rng(seed).normal(size=(len(labels), 16, 2))
    return np.array([pooled_svm.pooled(sequence, (1, 2, 4)) for sequence in x]), labels, who


@pytest.mark.parametrize("classes", [2, 3])
def test_what_is_separable_is_told_apart_and_again_alike(classes):
    test, labels, _ = toy(subjects=(2, 4), classes=classes, seed=1)
    first, again = (pooled_svm.scores(pooled_svm.fit(*toy(classes=classes)), test, classes) for _ in range(2))
    assert first.shape == (len(test), classes)
    np.testing.assert_array_equal(first.argmax(axis=1), labels)
    np.testing.assert_array_equal(first, again)


def test_no_test_sequence_has_a_part_in_the_model():
    test, train = toy(subjects=(2, 4), seed=1)[0], toy()
    model = pooled_svm.fit(*train)
    scale, svm = model.best_estimator_
    before = model.best_params_, svm.coef_.copy(), svm.intercept_.copy(), scale.mean_.copy(), scale.scale_.copy()
    np.testing.assert_allclose(scale.mean_, train[0].mean(axis=0), atol=1e-12)
    scores = pooled_svm.scores(model, test, 3)
    for order in (np.random.default_rng(0).permutation(len(test)), [3]):
        np.testing.assert_allclose(pooled_svm.scores(model, test[order], 3), scores[order], atol=1e-12)
    assert not np.allclose(pooled_svm.scores(model, 10 + test, 3), scores)
    after = model.best_params_, svm.coef_, svm.intercept_, scale.mean_, scale.scale_
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_c_is_chosen_by_leaving_out_whole_training_subjects(monkeypatch):
    features, labels, subjects = toy(spread=1.5)
    seen, fit = [], Pipeline.fit
    monkeypatch.setattr(Pipeline, "fit", lambda self, x, y, **more: seen.append(x) or fit(self, x, y, **more))
    model = pooled_svm.fit(features, labels, subjects)
    folds = [features[subjects != s] for s in np.unique(subjects)] * len(pooled_svm.PENALTIES)
    assert all(np.array_equal(*pair) for pair in zip(seen, [*folds, features], strict=True))
    best = np.argmax(model.cv_results_["mean_test_score"])  # the first, and so the smallest C of equal ones
    assert model.best_params_["svm__C"] == pooled_svm.PENALTIES[best]


def test_who_is_grouped_changes_what_is_chosen():
    """Labels go with the person: within a person they are easy to tell, of another person they are not."""
    random = np.random.default_rng(0)
    subjects, labels = np.repeat([1, 3, 5, 7], 10), np.arange(40) % 2
    features = random.normal(size=(4, 2, 30))[np.arange(40) // 10, labels] + 0.1 * random.normal(size=(40, 30))
    assert pooled_svm.fit(features, labels, subjects).best_score_ < 0.9
    assert pooled_svm.fit(features, labels, np.arange(40) % 10 // 2).best_score_ == 1


def test_one_scale_keeps_the_sizes_of_the_values_and_does_not_see_a_common_unit():
    x = np.random.default_rng(0).normal(size=(50, 3)) * [5, 1, 0.1] + 2
    scaled = pooled_svm.OneScale().fit_transform(x)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-12)
    assert np.mean(scaled**2) == pytest.approx(1)
    np.testing.assert_allclose(scaled.std(0) / scaled.std(0)[0], x.std(0) / x.std(0)[0])
    np.testing.assert_allclose(pooled_svm.OneScale().fit_transform(1000 * x), scaled)
    assert not pooled_svm.OneScale().fit_transform(np.ones((4, 2))).any()


def test_with_one_scale_a_value_that_is_small_noise_hardly_counts():
    features, labels, subjects = toy()
    noisy = np.hstack([features, 1e-3 * np.random.default_rng(1).normal(size=(len(features), 200))])
    model = pooled_svm.fit(noisy, labels, subjects, "all")
    weights = np.abs(model.best_estimator_["svm"].coef_).max(0)
    assert weights[features.shape[1] :].max() < 0.01 * weights.max()
    assert model.best_score_ >= pooled_svm.fit(noisy, labels, subjects).best_score_


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], [0, 0, 0, 0, 1], [0, 0, 1]], ids=str)
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_few_training_sequences_are_enough(labels):
    features = np.eye(3)[labels] + np.arange(len(labels))[:, None] / 100
    found = pooled_svm.scores(pooled_svm.fit(features, labels, [0] * len(labels)), features, 3)
    assert np.isfinite(found[:, np.unique(labels)]).all()


def test_a_class_without_a_training_sequence_is_never_chosen():
    features, labels, subjects = toy()
    scores = pooled_svm.scores(pooled_svm.fit(features, 2 * labels, subjects), features, 6)
    assert np.isneginf(scores[:, [1, 3, 5]]).all() and np.isfinite(scores[:, [0, 2, 4]]).all()


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (lambda: dtw.distances([], THREE), "0 test and 1 training sequences"),
        (lambda: dtw.distances(THREE, []), "1 test and 0 training sequences"),
        (lambda: dtw.distances(THREE, [*THREE, noise(0, 0)]), r"training sequence 1 of shape \(0, 3\)"),
        (lambda: dtw.distances([noise(0, 0)], THREE), r"test sequence 0 of shape \(0, 3\)"),
        (lambda: dtw.distances(THREE[0], THREE), r"test sequence 0 of shape \(3,\)"),
        (lambda: dtw.distances([noise(3, 0, 5)], THREE), "sequence 0 has D = 5, the first training sequence 3"),
        (lambda: dtw.distances([np.full((2, 3), np.nan)], THREE), "sequence 0 has 6 values that are not finite"),
        (lambda: dtw.distances(THREE, THREE, [dtw.Weights(diagonal=0.0)]), "weight 0.0"),
        (lambda: dtw.nearest(np.zeros((2, 3)), [0, 1]), r"\(2, 3\) and labels of shape \(2,\)"),
        (lambda: dtw.nearest(np.zeros((2, 0)), []), "m ≥ 1"),
        (lambda: dtw.nearest(np.zeros((2, 2)), [0, 4], 4), "labels from 0 to 4 are not from 0 to 3"),
        (lambda: dtw.frames_of(np.zeros((5, 20, 3)), view=True), "set centre"),
        (lambda: pooled_svm.pooled(noise(0, 0), (1,)), r"\(0, 3\)"),
        (lambda: pooled_svm.pooled(noise(3, 0), (1, 0)), r"\(1, 0\)"),
        (lambda: pooled_svm.pooled(noise(3, 0), ()), r"segments \(\)"),
        (lambda: pooled_svm.scores(pooled_svm.fit(*toy()), toy()[0], 2), "labels from 0 to 2 are not from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(refused, said):
    with pytest.raises(ValueError, match=said):
        refused()
