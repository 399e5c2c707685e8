"""Intervals, tests, effect sizes and verdicts of a comparison agree with scipy, hand, literature and their laws."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from drnn.evaluation import comparison as c
from drnn.evaluation import resampling as r
from drnn.evaluation.resampling import Interval
from drnn.evaluation.statistics import accuracy_interval, mcnemar

quick = settings(max_examples=50, deadline=None, derandomize=True)
PERCENT = st.floats(0, 100)
ACCURACIES = st.lists(PERCENT, min_size=2, max_size=8)
PROBABILITIES = st.dictionaries(st.sampled_from("abcdefghij"), st.floats(0, 1), max_size=8)


def mirrored(interval: Interval) -> Interval:
    return Interval(-interval.estimate, -interval.high, -interval.low)


@st.composite
def pairs_by_subject(draw):
    units, runs = draw(st.integers(2, 30)), draw(st.integers(2, 4))
    subjects = [0, 1, *draw(st.lists(st.integers(0, 5), min_size=units - 2, max_size=units - 2))]
    weights = draw(arrays(float, units, elements=st.floats(0.5, 2)))
    return *(draw(arrays(bool, (units, runs))) for _ in range(2)), subjects, weights


@quick
@given(pairs_by_subject(), st.sampled_from(["fixed", "paired", "independent"]))
def test_the_subject_interval_contains_its_estimate_and_mirrors(pair, seeds):
    a, b, subjects, weights = pair
    options = {"seeds": seeds, "weights": weights, "resamples": 500}
    alone = r.subject_interval(a, subjects, **options)
    assert alone.estimate == pytest.approx(100 * np.average(a.mean(axis=1), weights=weights))
    assert 0 <= alone.low <= alone.estimate <= alone.high <= 100
    difference = r.subject_interval(a, subjects, baseline=b, **options)
    assert difference.low <= difference.estimate <= difference.high
    if seeds != "independent":  # A's and B's runs are then drawn in turn, so only the distribution mirrors
        assert r.subject_interval(b, subjects, baseline=a, **options) == pytest.approx(mirrored(difference))


def test_one_sequence_a_subject_is_the_ordinary_bootstrap():
    right = np.random.default_rng(0).random((400, 3)) < 0.7
    weights = np.repeat([1.0, 2.0], 200)
    found = r.subject_interval(right, np.arange(400), seeds="fixed", weights=weights)
    assert found == pytest.approx(accuracy_interval(right, weights), abs=0.2)


def test_repeating_the_sequences_of_subjects_tells_nothing_new():
    right = np.random.default_rng(0).random((9, 3)) < 0.7
    people = np.array(list("abcdefghi"))
    once = r.subject_interval(right, people, seeds="paired")
    assert r.subject_interval(right.repeat(20, axis=0), people.repeat(20), seeds="paired") == pytest.approx(once)
    assert once == r.subject_interval(right, people, seeds="paired") != r.subject_interval(right, people, seeds="fixed")


def test_seeds_add_their_variance():
    random = np.random.default_rng(0)
    of_subject, of_run = random.uniform(0, 0.5, 200), random.uniform(0, 0.5, 40)
    subjects, rates = np.arange(200), of_subject[:, None] + of_run
    variances = 100**2 * np.array([of_subject.var() / 200, of_run.var() / 40])
    for seeds, variance in {"fixed": variances[0], "paired": variances.sum()}.items():
        found = r.subject_interval(rates, subjects, seeds=seeds)
        assert found.half_width == pytest.approx(1.96 * np.sqrt(variance), rel=0.03)
    same = {"baseline": rates, "resamples": 2000}
    assert r.subject_interval(rates, subjects, seeds="paired", **same) == (0, 0, 0)
    apart = r.subject_interval(rates, subjects, seeds="independent", **same)
    assert apart.half_width == pytest.approx(1.96 * np.sqrt(2 * variances[1]), rel=0.07)


def test_few_subjects_widen_the_interval_as_t_does():
    for number in (8, 12):
        rates = stats.norm.ppf((np.arange(number) + 0.5) / number, 0.5, 0.1)[:, None]
        found = r.subject_interval(rates, np.arange(number), seeds="fixed")
        expected = 100 * rates.std(ddof=1) / math.sqrt(number) * stats.t.isf(0.025, number - 1)
        assert found.half_width == pytest.approx(expected, rel=0.03)


def test_the_subject_interval_covers_other_subjects():
    random = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        skill = random.uniform(0.4, 1, 8)
        right = random.random((8 * 20, 2)) < skill.repeat(20)[:, None]
        _, low, high = r.subject_interval(right, np.arange(8).repeat(20), seeds="fixed", resamples=2000)
        covered.append(low <= 70 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_the_corrected_t_by_hand():
    t, p, interval = r.corrected_t([1, 2, 3, 4, 5], 1 / 9)
    error = math.sqrt((1 / 5 + 1 / 9) * 2.5)
    assert (t, p) == pytest.approx((3 / error, 2 * stats.t.sf(3 / error, 4)))
    assert (t, interval.half_width) == pytest.approx((3.40168, 2.44858), abs=1e-4)  # t quantile 2.77645
    assert r.corrected_t([0, 0], 1) == (0, 1, (0, 0, 0))


@quick
@given(arrays(float, st.integers(2, 9), elements=st.integers(-50, 50), unique=True), st.floats(0, 2))
def test_the_corrected_t_without_correction_is_the_paired_one(differences, share):
    t, p, interval = r.corrected_t(differences, 0)
    expected = stats.ttest_rel(differences, np.zeros(len(differences)))
    assert (t, p) == pytest.approx((expected.statistic, expected.pvalue))
    assert interval[1:] == pytest.approx(tuple(expected.confidence_interval()))
    assert r.cohens_dz(differences) * math.sqrt(len(differences)) == pytest.approx(t)
    t, p, interval = r.corrected_t(differences, share)
    assert interval.low <= interval.estimate <= interval.high and (p < 0.05) == (interval.low > 0 or interval.high < 0)
    swapped = r.corrected_t(-differences, share)
    assert swapped[:2] == pytest.approx((-t, p)) and swapped[2] == pytest.approx(mirrored(interval))


def test_overlapping_training_sets_deceive_only_the_ordinary_t():
    """Ten splits whose differences correlate by n_test / (n_test + n_train), as Nadeau and Bengio assume; no effect."""
    random = np.random.default_rng(2)
    correlation = 0.25
    own, common = random.normal(size=(1500, 10)), random.normal(size=(1500, 1))
    samples = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * common
    alarms = {share: np.mean([r.corrected_t(sample, share)[1] < 0.05 for sample in samples]) for share in (0, 1 / 3)}
    assert 0.035 < alarms[1 / 3] < 0.065 and alarms[0] > 0.2


@quick
@given(ACCURACIES, ACCURACIES)
def test_the_seed_interval_contains_its_estimate_and_mirrors(a, b):
    found = r.seed_interval(a, b)
    assert found.low <= found.estimate <= found.high
    assert r.seed_interval(b, a) == pytest.approx(mirrored(found))


def test_the_seed_interval_is_that_of_scipy():
    a, b = np.random.default_rng(3).normal(90, [[2], [5]], (2, 6))
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    found = r.seed_interval(a, b)
    assert found == pytest.approx((a.mean() - b.mean(), *expected))
    assert found.half_width == pytest.approx((expected.high - expected.low) / 2)
    assert r.seed_interval([90, 90], [80, 80, 80]) == (10, 10, 10)


@quick
@given(PROBABILITIES, st.randoms(use_true_random=False))
def test_holm_is_monotone_never_lower_and_blind_to_order(p_values, random):
    adjusted = c.holm(p_values)
    assert list(adjusted) == list(p_values) and all(p <= adjusted[name] <= 1 for name, p in p_values.items())
    for one, other in itertools.permutations(p_values, 2):
        assert p_values[one] > p_values[other] or adjusted[one] <= adjusted[other]
    names = random.sample(list(p_values), len(p_values))
    assert c.holm({name: p_values[name] for name in names}) == adjusted


def test_holm_by_hand():
    adjusted = c.holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert c.holm({"a": 0.4, "b": 0.9, "c": 0.4}) == {"a": 1, "b": 1, "c": 1} and c.holm({}) == {}


def test_holm_is_that_of_statsmodels():
    drawn = np.random.default_rng(0).uniform(0, 0.1, 40).round(2)  # with ties
    found = c.holm({str(n): p for n, p in enumerate(drawn)})
    assert list(found.values()) == multipletests(drawn, method="holm")[1].tolist()


def test_effect_sizes_by_hand():
    assert c.cohens_h(50, 25) == pytest.approx(math.pi / 6) == -c.cohens_h(25, 50)
    assert c.cohens_h(100, 0) == pytest.approx(math.pi)
    assert r.cohens_dz([1, 2, 3]) == 2 == -r.cohens_dz([-1, -2, -3])
    ratio, low, high = c.odds_ratio(8, 1)
    assert ratio == 8
    tails = stats.binom.sf(7, 9, low / (1 + low)), stats.binom.cdf(8, 9, high / (1 + high))
    assert tails == pytest.approx((0.025, 0.025))
    assert c.odds_ratio(5, 0)[::2] == (math.inf, math.inf) and c.odds_ratio(0, 5)[:2] == (0, 0)


@quick
@given(st.integers(0, 40), st.integers(1, 40))
def test_the_odds_ratio_mirrors_and_agrees_with_mcnemar(only_a, only_b):
    ratio, low, high = c.odds_ratio(only_a, only_b)
    assert low <= ratio <= high
    other = c.odds_ratio(only_b, only_a)
    assert (other.low, other.high) == pytest.approx((1 / high, 1 / low if low else math.inf))
    a = np.repeat([True, False], [only_a, only_b])
    assert (mcnemar(a, ~a)[2] < 0.05) == (low > 1 or high < 1)


def test_the_power_of_mcnemar_is_that_of_counting_and_of_the_literature():
    chances, power = (0.5, 0.1, 0.4), 0.0
    for only_a, only_b in itertools.product(range(13), repeat=2):
        if only_a + only_b <= 12 and stats.binomtest(only_a, max(1, only_a + only_b)).pvalue < 0.05:
            counts = only_a, only_b, 12 - only_a - only_b
            power += stats.multinomial.pmf(counts, 12, chances) * (only_a + only_b > 0)
    assert c.mcnemar_power(12, 60, 40) == pytest.approx(power) == pytest.approx(c.mcnemar_power(12, 60, -40))
    # O'Brien (2002) as computed by G*Power 3.1: one-sided at 5 %, N = 50, discordance 0.4, odds 4 to 1
    assert c.mcnemar_power(50, 40, 24, significance=0.1) == pytest.approx(0.839343, abs=1e-4)
    assert c.mcnemar_power(50, 0, 0) == 0 and c.mcnemar_power(400, 20, 0) < 0.05


@pytest.mark.parametrize(("units", "discordance"), [(100, 20), (275, 10), (275, 0), (20, 10), (6, 100)])
def test_the_detectable_difference_has_the_power_asked_for(units, discordance):
    found = c.detectable_difference(units, discordance)
    assert c.mcnemar_power(units, max(discordance, found), found) == pytest.approx(0.8)
    assert c.detectable_difference(units, discordance, power=0.7) < found
    assert c.detectable_difference(2 * units, discordance) < found < 100


def test_the_detectable_difference_is_near_that_of_connor():
    units, discordance = 3000, 0.1
    a, b = stats.norm.isf([0.025, 0.2])
    least = c.detectable_difference(units, 100 * discordance) / 100
    # Connor (1987): units needed to find `least`
    needed = ((a * math.sqrt(discordance) + b * math.sqrt(discordance - least**2)) / least) ** 2
    assert needed == pytest.approx(units, rel=0.05) and needed < units


CLAIM = c.Comparison(Interval(3.2, 1, 5.4), p=0.0123, lead=9)


@pytest.mark.parametrize(
    ("change", "margin", "verdict"),
    [
        ({}, 2, c.HOLDS),
        ({}, 5.4, c.HOLDS),
        ({}, 5.5, c.DOES_NOT_HOLD),
        ({"p": 0.05}, 2, c.UNDECIDED),
        ({"lead": -9}, 2, c.UNDECIDED),
        ({"lead": 0}, 2, c.UNDECIDED),
        ({"difference": Interval(3, 0, 6)}, 2, c.UNDECIDED),
        ({"difference": Interval(0, -1, 1), "p": 0.9}, 2, c.DOES_NOT_HOLD),
        ({"difference": Interval(0, -1, 1), "p": 0.9}, 0, c.UNDECIDED),
        ({"difference": Interval(-3, -6, -1), "p": 0.9}, 0, c.DOES_NOT_HOLD),
    ],
)
def test_the_first_rule_that_applies_decides(change, margin, verdict):
    found = CLAIM._replace(**change)
    assert c.judge(found, margin) == verdict
    swapped = found._replace(difference=mirrored(found.difference), lead=-found.lead)
    assert (c.judge(swapped, margin) == c.DOES_NOT_HOLD) or verdict != c.HOLDS


NAN = math.nan
TWO = np.ones((2, 2), dtype=bool)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: r.subject_interval(TWO[0], [1, 2], seeds="fixed"), r"\(U, R\), got \(2,\)"),
        (lambda: r.subject_interval([[NAN], [1]], [1, 2], seeds="fixed"), "got nan"),
        (lambda: r.subject_interval([[70], [80]], [1, 2], seeds="fixed"), "got 70"),
        (lambda: r.subject_interval(TWO, [1, 1], seeds="fixed"), r"two subjects or more, got \[1\]"),
        (lambda: r.subject_interval(TWO, [1, NAN], seeds="fixed"), "none NaN"),
        (lambda: r.subject_interval(TWO, [1, 2, 3], seeds="fixed"), r"2 units.*got \(3,\)"),
        (lambda: r.subject_interval(TWO, [1, 2], weights=[1, 0], seeds="fixed"), "2 positive weights"),
        (lambda: r.subject_interval(TWO, [1, 2], seeds="both"), "got 'both'"),
        (lambda: r.subject_interval(TWO[:, :1], [1, 2], seeds="paired"), r"two runs or more to draw from, got \[1\]"),
        (lambda: r.subject_interval(TWO, [1, 2], baseline=np.ones((3, 2)), seeds="fixed"), "A has 2 units, B has 3"),
        (lambda: r.subject_interval(TWO, [1, 2], baseline=np.ones((2, 3)), seeds="paired"), "A has 2 runs, B has 3"),
        (lambda: r.corrected_t([1], 0), r"two finite differences or more, got \[1.0\]"),
        (lambda: r.corrected_t([1, NAN], 0), "nan"),
        (lambda: r.corrected_t([1, 2], -0.1), "got -0.1"),
        (lambda: r.corrected_t([5, 5, 5], 0), "all 3 differences are 5.0"),
        (lambda: r.seed_interval([1, 2], [1]), "accuracies of B"),
        (lambda: r.cohens_dz([[1, 2]]), "two finite differences"),
        (lambda: c.holm({"a": 0.5, "b": NAN}), "{'b': nan}"),
        (lambda: c.cohens_h(101, 50), "got 101 and 50"),
        (lambda: c.odds_ratio(0, 0), "got 0 and 0"),
        (lambda: c.mcnemar_power(10, 20, 30), "discordance 20 %, difference 30 points"),
        (lambda: c.detectable_difference(5, 50), "5 units are too few"),
        (lambda: c.detectable_difference(50, NAN), "discordance nan"),
        (lambda: c.detectable_difference(50, 20, power=1), "got 1"),
        (lambda: c.judge(CLAIM._replace(p=NAN), 0), "p=nan"),
        (lambda: c.judge(CLAIM._replace(difference=Interval(9, 1, 2)), 0), "estimate=9"),
        (lambda: c.judge(CLAIM, -1), "margin -1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
