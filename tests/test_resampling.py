"""Intervals over subjects and runs agree with scipy, with hand, and with their laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from drnn.evaluation.resampling import Interval, cluster_interval

quick = settings(max_examples=50, deadline=None, derandomize=True)
NAN = float("nan")


def mirrored(interval: Interval) -> Interval:
    return Interval(-interval.estimate, -interval.high, -interval.low)


@st.composite
def pairs_by_subject(draw):
    units, runs = draw(st.integers(1, 30)), draw(st.integers(2, 4))
    subjects = draw(st.lists(st.integers(0, 5), min_size=units, max_size=units))
    weights = draw(arrays(float, units, elements=st.floats(0.5, 2)))
    return *(draw(arrays(bool, (units, runs))) for _ in range(2)), subjects, weights


@quick
@given(pairs_by_subject(), st.booleans())
def test_the_interval_contains_its_estimate_and_mirrors(pair, draw_runs):
    a, b, subjects, weights = pair
    options = {"draw_runs": draw_runs, "weights": weights, "resamples": 500}
    alone = cluster_interval(a, subjects, **options)
    assert alone.estimate == pytest.approx(100 * np.average(a.mean(axis=1), weights=weights))
    assert 0 <= alone.low <= alone.estimate <= alone.high <= 100
    difference = cluster_interval(a, subjects, baseline=b, **options)
    assert difference.low <= difference.estimate <= difference.high
    if not draw_runs:  # A's and B's runs are else drawn in turn, so only the distribution mirrors
        assert cluster_interval(b, subjects, baseline=a, **options) == pytest.approx(mirrored(difference))


def test_one_unit_a_cluster_is_the_ordinary_bootstrap():
    right = np.random.default_rng(0).random((400, 3)) < 0.7
    found = cluster_interval(right, np.arange(400), draw_runs=False)
    expected = stats.bootstrap((100 * right.mean(axis=1),), np.mean, method="percentile", rng=0).confidence_interval
    assert found[1:] == pytest.approx(tuple(expected), abs=0.2)


def test_one_cluster_has_an_interval_without_width():
    right = np.array([[1, 0], [1, 1], [1, 1]], dtype=bool)
    assert cluster_interval(right, ["a", "a", "a"], draw_runs=True) == pytest.approx((500 / 6,) * 3)


def test_repeating_the_sequences_of_subjects_tells_nothing_new():
    right = np.random.default_rng(0).random((9, 3)) < 0.7
    people = np.array(list("abcdefghi"))
    once = cluster_interval(right, people, draw_runs=True)
    again = cluster_interval(right.repeat(20, axis=0), people.repeat(20), draw_runs=True)
    assert again == pytest.approx(once)
    assert once == cluster_interval(right, people, draw_runs=True)
    assert once != cluster_interval(right, people, draw_runs=False)


def test_a_difference_of_zero_carries_no_rounding_error():
    a, b = (np.arange(3) < np.array(right)[:, None] for right in ([0, 2, 1, 3], [1, 2, 2, 1]))
    assert cluster_interval(a, np.zeros(4), baseline=b, draw_runs=False) == (0, 0, 0)


def test_seeds_add_their_variance():
    random = np.random.default_rng(0)
    of_subject, of_run = random.uniform(0, 0.5, 200), random.uniform(0, 0.5, 40)
    subjects, rates = np.arange(200), of_subject[:, None] + of_run
    variances = 100**2 * np.array([of_subject.var() / 200, of_run.var() / 40])
    for draw_runs, variance in {False: variances[0], True: variances.sum()}.items():
        found = cluster_interval(rates, subjects, draw_runs=draw_runs)
        assert found.half_width == pytest.approx(1.96 * np.sqrt(variance), rel=0.03)
    apart = cluster_interval(rates, subjects, baseline=rates, draw_runs=True, resamples=2000)
    assert apart.half_width == pytest.approx(1.96 * np.sqrt(2 * variances[1]), rel=0.07)


def test_few_subjects_widen_the_interval_as_t_does():
    for number in (8, 12):
        rates = stats.norm.ppf((np.arange(number) + 0.5) / number, 0.5, 0.1)[:, None]
        found = cluster_interval(rates, np.arange(number), draw_runs=False)
        expected = 100 * rates.std(ddof=1) / math.sqrt(number) * stats.t.isf(0.025, number - 1)
        assert found.half_width == pytest.approx(expected, rel=0.03)


def test_the_interval_covers_other_subjects():
    random = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        skill = random.uniform(0.4, 1, 8)
        right = random.random((8 * 20, 2)) < skill.repeat(20)[:, None]
        _, low, high = cluster_interval(right, np.arange(8).repeat(20), draw_runs=False, resamples=2000)
        covered.append(low <= 70 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize(
    ("right", "options", "said"),
    [
        (np.zeros((0, 2)), {}, "non-empty array"),
        (np.zeros(3), {}, "non-empty array"),
        ([[2.0, 0.0]], {}, "shares from 0 to 1, got 2"),
        ([[NAN, 0.0]], {}, "shares from 0 to 1, got nan"),
        (np.zeros((2, 2)), {"baseline": np.zeros((3, 2))}, "A has 2 units, B has 3"),
        (np.zeros((2, 1)), {}, "two runs or more to draw"),
        (np.zeros((2, 2)), {"clusters": [1]}, "a cluster for each of 2 units"),
        (np.zeros((2, 2)), {"clusters": [1, NAN]}, "none NaN"),
        (np.zeros((2, 2)), {"weights": [1, 0]}, "2 positive weights"),
    ],
)
def test_what_makes_no_sense_is_refused(right, options, said):
    clusters = options.pop("clusters", range(len(right)))
    with pytest.raises(ValueError, match=said):
        cluster_interval(right, clusters, draw_runs=True, **options)
