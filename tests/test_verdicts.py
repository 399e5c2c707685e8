"""Verdicts come out right at their stated rates, and laws that any verdict keeps."""

import itertools
import math

import numpy as np
import pytest
from baycomp import CorrelatedTTest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from drnn.evaluation import verdicts
from drnn.evaluation.resampling import Interval
from drnn.evaluation.verdicts import BETTER, EQUIVALENT, UNDECIDED, WORSE

TRIALS = 100
points = st.lists(st.floats(-20, 20).map(lambda value: round(value, 3)), min_size=3, max_size=12)


def datasets(planted, spread=1.5, count=13):
    """The differences of datasets that scatter around a planted one."""
    return np.random.default_rng(0).normal(planted, spread, (TRIALS, count))


def splits(planted, share=0.5, count=10):
    """The differences of splits that share training sequences: correlated by share / (1 + share)."""
    random = np.random.default_rng(1)
    correlation = share / (1 + share)
    common = random.normal(0, np.sqrt(correlation), (TRIALS, 1))
    return planted + 1.5 * (common + random.normal(0, np.sqrt(1 - correlation), (TRIALS, count)))


def rates(beliefs):
    found = [belief.verdict for belief in beliefs]
    return {verdict: found.count(verdict) / len(found) for verdict in (BETTER, WORSE, EQUIVALENT, UNDECIDED)}


def beliefs_over(kind, planted):
    if kind == "datasets":
        return [verdicts.over_datasets(one, samples=1000) for one in datasets(planted)]
    return [verdicts.over_splits(one, 0.5) for one in splits(planted)]


@pytest.mark.parametrize("kind", ["datasets", "splits"])
def test_a_planted_difference_gets_its_verdict_at_the_stated_rate(kind):
    none = rates(beliefs_over(kind, 0.0))
    assert none[BETTER] + none[WORSE] <= 0.02
    edge = rates(beliefs_over(kind, 1.0))  # as large as the margin: better in one case of twenty
    assert edge[BETTER] <= 0.1 and edge[WORSE] <= 0.02
    large = rates(beliefs_over(kind, 4.0))
    assert large[BETTER] >= 0.75 and large[EQUIVALENT] == large[WORSE] == 0


def test_no_difference_over_many_datasets_is_equivalence():
    found = rates([verdicts.over_datasets(one, samples=1000) for one in datasets(0.0, spread=0.7)])
    assert found[EQUIVALENT] >= 0.95


def test_sixteen_points_less_in_every_split_is_worse():
    assert verdicts.over_splits(np.array([-16.0, -15.0, -17.0, -16.5, -15.5]), 0.5).verdict == WORSE


@given(points)
def test_who_is_called_a_makes_no_difference(values):
    one = verdicts.over_splits(np.array(values), 0.5)
    other = verdicts.over_splits(-np.array(values), 0.5)
    mirrored = other.worse, other.equivalent, other.better
    np.testing.assert_allclose((one.better, one.equivalent, one.worse), mirrored, atol=1e-9)
    np.testing.assert_allclose(one.difference.low, -other.difference.high)


@given(points)
def test_probabilities_sum_to_one_and_a_larger_difference_is_never_less_likely_better(values):
    one = verdicts.over_splits(np.array(values), 0.5)
    assert one.better + one.equivalent + one.worse == pytest.approx(1)
    assert verdicts.over_splits(np.array(values) + 0.5, 0.5).better >= one.better - 1e-12


@given(points)
def test_over_splits_is_the_published_test(values):
    """Ten-fold cross-validation has n_test / n_train = 1 / 9, for which baycomp has the same posterior."""
    values = np.resize(values, 10)
    if np.ptp(values) < 1e-3:
        return
    ours = verdicts.over_splits(values, 1 / 9)
    theirs = CorrelatedTTest(np.zeros(10), values, rope=verdicts.MARGIN).probs()
    np.testing.assert_allclose((ours.worse, ours.equivalent, ours.better), theirs, atol=1e-9)


def test_the_corrected_t_by_hand():
    found = verdicts.over_splits(np.array([1.0, 2, 3, 4, 5]), 1 / 9)
    error = math.sqrt((1 / 5 + 1 / 9) * 2.5)
    assert found.p == pytest.approx(2 * stats.t.sf(3 / error, 4))
    assert found.difference.half_width == pytest.approx(2.44858, abs=1e-4)  # t quantile 2.77645
    assert verdicts.over_splits(np.zeros(2), 1.0).p == 1


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=9, unique=True))
def test_without_shared_training_sequences_it_is_the_paired_t_test(values):
    found = verdicts.over_splits(np.array(values), 0.0)
    expected = stats.ttest_rel(values, np.zeros(len(values)))
    assert found.p == pytest.approx(expected.pvalue)
    assert found.difference[1:] == pytest.approx(tuple(expected.confidence_interval()))


def test_overlapping_training_sets_deceive_only_the_ordinary_t():
    """Ten splits whose differences correlate by n_test / (n_test + n_train), as Nadeau and Bengio assume; no effect."""
    random = np.random.default_rng(2)
    correlation = 0.25
    own, common = random.normal(size=(1500, 10)), random.normal(size=(1500, 1))
    samples = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * common
    alarms = {share: np.mean([verdicts.over_splits(one, share).p < 0.05 for one in samples]) for share in (0, 1 / 3)}
    assert 0.035 < alarms[1 / 3] < 0.065 and alarms[0] > 0.2


def test_an_interval_over_subjects_is_read_as_students():
    found = verdicts.over_clusters(Interval(3.0, 1.0, 5.0), clusters=6)
    np.testing.assert_allclose(found.difference, (3.0, 1.0, 5.0))
    assert found.better == pytest.approx(0.975)
    assert found.p == pytest.approx(2 * stats.t.sf(3 / (2 / stats.t.isf(0.025, 5)), 5))


def test_few_clusters_decide_nothing_however_they_agree():
    for clusters in range(1, verdicts.FEWEST_CLUSTERS):
        assert verdicts.over_clusters(Interval(30.0, 30.0, 30.0), clusters).verdict == UNDECIDED
    assert verdicts.over_clusters(Interval(30.0, 30.0, 30.0), verdicts.FEWEST_CLUSTERS).verdict == BETTER


@settings(max_examples=25)  # statsmodels collects garbage at each call, of all that a process of tests holds
@given(st.lists(st.floats(0, 1), max_size=8), st.permutations(range(8)))
def test_holm_is_monotone_never_lower_and_blind_to_order(p_values, order):
    adjusted = verdicts.holm(p_values)
    assert all(p <= found <= 1 for p, found in zip(p_values, adjusted, strict=True))
    for one, other in itertools.permutations(zip(p_values, adjusted, strict=True), 2):
        assert one[0] > other[0] or one[1] <= other[1]
    order = [place for place in order if place < len(p_values)]
    assert verdicts.holm([p_values[n] for n in order]) == [adjusted[n] for n in order]


def test_holm_by_hand():
    assert verdicts.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert verdicts.holm([0.4, 0.9, 0.4]) == [1, 1, 1] and verdicts.holm([]) == []
    with pytest.raises(ValueError, match=r"from 0 to 1, got 1\.5"):
        verdicts.holm([0.5, 1.5])


def test_holm_is_that_of_statsmodels():
    drawn = np.random.default_rng(0).uniform(0, 0.1, 40).round(2)  # with ties
    assert verdicts.holm(drawn.tolist()) == multipletests(drawn, method="holm")[1].tolist()


def test_signed_rank_and_equivalence_over_datasets():
    assert verdicts.signed_rank(np.zeros(5)) == 1
    assert verdicts.signed_rank(np.arange(1.0, 11)) == pytest.approx(2 / 2**10)
    assert verdicts.equivalence(np.linspace(-0.3, 0.3, 12)) == pytest.approx(1 / 2**12)
    assert verdicts.equivalence(np.linspace(2, 3, 12)) == 1


def test_datasets_needed():
    decided = np.array([5.0, 6.0, 7.0, 6.0])
    assert verdicts.datasets_needed(decided) <= len(decided)
    scattered = np.array([-4.0, 5.0, 0.0, 3.0, -3.5])
    assert verdicts.datasets_needed(scattered) > len(scattered)
    assert verdicts.datasets_needed(scattered - scattered.mean() + verdicts.MARGIN) is None


@pytest.mark.parametrize("values", [[], [1.0], [1.0, np.nan], [[1.0, 2.0]]])
def test_too_few_differences_are_refused(values):
    for function in (verdicts.over_datasets, verdicts.signed_rank, verdicts.equivalence, verdicts.datasets_needed):
        with pytest.raises(ValueError, match="two finite differences"):
            function(values)


def test_the_correlation_of_folds_is_that_of_the_correlated_t_test():
    """Corani & Benavoli (2015): the variance of k folds grows by 1 / k + ρ / (1 − ρ), ρ = 1 / k."""
    differences, folds = np.array([1.0, 2.5, -0.5, 3.0, 0.5]), 5
    found = verdicts.over_splits(differences, test_share=1 / (folds - 1)).difference
    rho = 1 / folds
    half = np.sqrt((1 / folds + rho / (1 - rho)) * differences.var(ddof=1)) * stats.t.isf(0.025, folds - 1)
    assert found.high - found.estimate == pytest.approx(half)
