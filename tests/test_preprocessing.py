"""What a layer sees of a sequence: differences, few frames, and values normalised by the training sequences alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drnn.config.recipe import Recipe
from drnn.datasets.store import SequenceSet
from drnn.errors import UserError
from drnn.training.preprocessing import SMALLEST_DEVIATION, Preprocessor

D, GROUPS = 4, {"place": [0, 3], "turn": [3, 4]}
LENGTHS = [7, 1, 12, 5]


def drawn(length: int, seed: int = 0) -> torch.Tensor:
    """(T, D) of another mean and deviation in each column."""
    values = np.random.default_rng([seed, length]).normal(size=(length, D))
    return torch.from_numpy(values * [1, 2, 5, 0.5] + [3, 0, -4, 1]).float()


SEQUENCES = [drawn(length) for length in LENGTHS]


def fitted_to(sequences=SEQUENCES, groups=GROUPS, **changes) -> Preprocessor:
    return Preprocessor.fit(concatenated(sequences, groups), Recipe(**{"normalisation": "none"} | changes))


def concatenated(sequences, groups=GROUPS) -> SequenceSet:
    return SequenceSet.of(sequences, attributes={"groups": groups}).converted(torch.from_numpy)


def shown(inputs: Preprocessor, *sequences: torch.Tensor) -> torch.Tensor:
    """What is seen of some concatenated sequences."""
    return inputs(concatenated(sequences)).frames


def all_seen(inputs: Preprocessor) -> np.ndarray:
    return shown(inputs, *SEQUENCES).double().numpy()


@settings(deadline=None)
@given(st.integers(1, 12), st.lists(st.integers(1, 15), max_size=3))
def test_differences_are_stacked_on_the_frames_with_repeated_ends(length, lags):
    x = drawn(length)
    found = shown(fitted_to([x], differences=lags), x).numpy()
    last = length - 1
    loops = [[*x[t], *(v for lag in lags for v in x[min(t + lag, last)] - x[max(t - lag, 0)])] for t in range(length)]
    np.testing.assert_array_equal(found, np.array(loops, dtype=np.float32))


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 5))
def test_frames_are_dropped_after_differences_are_taken(length, step):
    x = drawn(length)
    every = shown(fitted_to([x], differences=[1, 3]), x)
    assert torch.equal(shown(fitted_to([x], differences=[1, 3], frame_stride=step), x), every[::step])


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=4), st.lists(st.integers(1, 15), max_size=2), st.integers(1, 3)
)
def test_concatenated_sequences_are_seen_as_each_alone(lengths, lags, step):
    ones = [drawn(length, seed) for seed, length in enumerate(lengths)]
    inputs = fitted_to(ones, normalisation="zscore", differences=lags, frame_stride=step, clip_inputs=2)
    seen = inputs(concatenated(ones))
    counts = seen.lengths.tolist()
    assert counts == [len(one[::step]) for one in ones]
    assert all(torch.equal(x, shown(inputs, one)) for x, one in zip(seen.frames.split(counts), ones, strict=True))


def test_the_frames_that_are_dropped_count_for_the_statistics():
    halves, whole = fitted_to(normalisation="zscore", frame_stride=2), fitted_to(normalisation="zscore")
    assert torch.equal(halves.mean, whole.mean) and torch.equal(halves.factor, whole.factor)


def test_zscore_gives_every_feature_and_every_difference_mean_0_and_deviation_1():
    seen = all_seen(fitted_to(normalisation="zscore", differences=[2]))
    np.testing.assert_allclose(seen.mean(0), np.zeros(2 * D), atol=1e-6)
    np.testing.assert_allclose(seen.std(0), np.ones(2 * D), rtol=1e-5)


def test_a_group_has_one_deviation_and_every_feature_its_own_mean():
    seen = all_seen(fitted_to(normalisation="group", differences=[2]))
    plain = all_seen(fitted_to(differences=[2]))
    np.testing.assert_allclose(seen.mean(0), np.zeros(2 * D), atol=1e-6)
    for columns in (slice(0, 3), slice(3, 4), slice(4, 8)):  # the differences are a group
        deviation = np.sqrt(plain.var(0)[columns].mean())
        np.testing.assert_allclose(seen.std(0)[columns], plain.std(0)[columns] / deviation, rtol=1e-5)


def test_no_normalisation_leaves_frames_and_differences():
    assert torch.equal(shown(fitted_to(), SEQUENCES[0]), SEQUENCES[0])
    assert torch.equal(shown(fitted_to(differences=[3]), SEQUENCES[0])[:, :D], SEQUENCES[0])


@pytest.mark.parametrize("normalisation", ["zscore", "group", "none"])
@pytest.mark.parametrize(("name", "columns"), [("turn", slice(3, 4)), ("difference3", slice(8, 12))])
def test_a_group_is_scaled_after_it_is_normalised_and_no_other_is(normalisation, name, columns):
    lags = {"normalisation": normalisation, "differences": [1, 3]}
    plain, scaled = all_seen(fitted_to(**lags)), all_seen(fitted_to(**lags, group_scale={name: 0.25}))
    others = np.delete(np.arange(3 * D), columns)
    np.testing.assert_array_equal(scaled[:, columns], plain[:, columns] / 4)
    np.testing.assert_array_equal(scaled[:, others], plain[:, others])


def test_a_group_of_scale_0_is_not_seen():
    assert not all_seen(fitted_to(normalisation="zscore", group_scale={"place": 0}))[:, :3].any()


@pytest.mark.parametrize("unknown", ["places", "difference2"])
def test_an_unknown_group_is_refused_with_the_known_ones(unknown):
    with pytest.raises(UserError) as refused:
        fitted_to(differences=[1, 3], group_scale={"place": 1, unknown: 2})
    message = f"group_scale: the features have no group '{unknown}'; they have place, turn, difference1, difference3"
    assert str(refused.value) == message


@settings(deadline=None)
@given(st.floats(0.125, 4, width=32))
def test_no_value_is_larger_than_the_limit_and_smaller_ones_stay(limit):
    free, held = (all_seen(fitted_to(normalisation="zscore", clip_inputs=bound)) for bound in (None, limit))
    np.testing.assert_array_equal(held, np.clip(free, -limit, limit))


@pytest.mark.parametrize("normalisation", ["zscore", "group"])
def test_a_constant_column_is_0_and_its_noise_is_divided_by_the_floor(normalisation):
    still = [torch.full((length, D), 7.0) for length in LENGTHS]
    inputs = fitted_to(still, normalisation=normalisation)
    assert not shown(inputs, still[0]).any()
    np.testing.assert_allclose(shown(inputs, still[0] + SMALLEST_DEVIATION), np.ones((7, D)), rtol=1e-3)


def test_a_constant_column_of_a_group_is_not_magnified():
    flat = [torch.cat([x[:, :2], torch.ones(len(x), 2)], dim=1) for x in SEQUENCES]
    together = fitted_to(flat, normalisation="group").factor
    assert together[2] == together[0] == together[1] < together[3] == pytest.approx(1 / SMALLEST_DEVIATION)


@pytest.mark.parametrize("normalisation", ["zscore", "group", "none"])
def test_what_is_fitted_follows_from_the_training_sequences_alone(normalisation):
    fitted = fitted_to(normalisation=normalisation, differences=[1])
    before = fitted.mean.clone(), fitted.factor.clone()
    for seed in range(3):
        alone, after = shown(fitted, drawn(9, seed)), shown(fitted, drawn(4, seed + 1))
        assert torch.equal(shown(fitted, drawn(9, seed)), alone) and len(after) == 4
    assert torch.equal(fitted.mean, before[0]) and torch.equal(fitted.factor, before[1])
    again = fitted_to([x.clone() for x in SEQUENCES], normalisation=normalisation, differences=[1])
    assert torch.equal(again.mean, fitted.mean) and torch.equal(again.factor, fitted.factor)


def test_inputs_are_single_precision_and_can_be_made_again_from_what_is_saved():
    fitted = fitted_to(normalisation="zscore", differences=[1], frame_stride=2, clip_inputs=1.5)
    again = Preprocessor(**vars(fitted))
    assert shown(fitted, SEQUENCES[0]).dtype == torch.float32
    assert torch.equal(shown(again, SEQUENCES[0]), shown(fitted, SEQUENCES[0]))
