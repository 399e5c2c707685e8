"""Other performances made from one: each setting changes what it says, and no more."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drnn.config.recipe import Augmentation
from drnn.datasets.store import SequenceSet
from drnn.training.augment import SHORTEST, augmented

JOINTS = 5
drawing = settings(deadline=None)  # torch's first call takes its time
lengths, seeds = st.integers(1, 60), st.integers(0, 2**31)


def performance(length: int, seed: int = 0) -> torch.Tensor:
    """(T, 3 J) of a smooth movement."""
    start = torch.randn(3 * JOINTS, generator=torch.Generator().manual_seed(seed))
    return start + torch.linspace(0, 1, length)[:, None] * torch.arange(3 * JOINTS)


def made(x: torch.Tensor, seed: int = 0, **changes: float) -> torch.Tensor:
    torch.manual_seed(seed)
    (one,) = all_made([x], **changes)
    return one


def all_made(sequences: list[torch.Tensor], **changes: float) -> list[torch.Tensor]:
    concatenated = SequenceSet.of(sequences, labels=[0] * len(sequences)).converted(torch.from_numpy)
    made = augmented(concatenated, Augmentation(**changes))
    return list(made.frames.split(made.lengths.tolist()))


def joints(x: torch.Tensor) -> torch.Tensor:
    return x.view(len(x), -1, 3)


def distances(x: torch.Tensor) -> torch.Tensor:
    return (joints(x)[:, :, None] - joints(x)[:, None]).norm(dim=-1)


@drawing
@given(lengths, seeds)
def test_all_zero_gives_the_sequence_back(length, seed):
    x = performance(length)
    torch.testing.assert_close(made(x, seed), x, rtol=1e-5, atol=1e-4)


@drawing
@given(lengths, seeds, st.floats(0, 180))
def test_a_rotation_keeps_all_distances_and_all_heights(length, seed, degrees):
    x = performance(length)
    y, plain = made(x, seed, rotation=degrees), made(x, seed)
    torch.testing.assert_close(distances(y), distances(plain), rtol=1e-4, atol=1e-3)
    assert torch.equal(joints(y)[..., 1], joints(plain)[..., 1])


@drawing
@given(lengths, seeds, st.floats(0, 180))
def test_a_tilt_keeps_all_distances_and_all_places_from_side_to_side(length, seed, degrees):
    x = performance(length)
    y, plain = made(x, seed, tilt=degrees), made(x, seed)
    torch.testing.assert_close(distances(y), distances(plain), rtol=1e-4, atol=1e-3)
    assert torch.equal(joints(y)[..., 0], joints(plain)[..., 0])


@drawing
@given(seeds, st.floats(1, 180), st.sampled_from(["rotation", "tilt"]))
def test_a_turn_is_one_angle_for_all_frames_within_its_bound(seed, degrees, name):
    x = torch.tensor([[0.0, 0, 1]]).repeat(9, 1)  # away from the camera
    y = made(x, seed, **{name: degrees})
    assert torch.equal(y, y[:1].expand_as(y))
    assert math.acos(min(1, max(-1, y[0, 2].item()))) <= math.radians(degrees) + 1e-3


@drawing
@given(lengths, seeds, st.floats(0, 1.5))
def test_tempo_changes_the_length_within_its_bounds_and_keeps_both_ends(length, seed, tempo):
    x = performance(length)
    y = made(x, seed, tempo=tempo)
    least, most = length * math.exp(-tempo), length * math.exp(tempo)
    assert max(round(least - 1e-3), min(SHORTEST, length)) <= len(y) <= max(round(most + 1e-3), min(SHORTEST, length))
    assert torch.equal(y[0], x[0])
    assert len(y) == 1 or torch.allclose(y[-1], x[-1], atol=1e-4)


def test_tempo_goes_both_ways():
    found = {len(made(performance(40), seed, tempo=0.5)) for seed in range(50)}
    assert min(found) < 30 and max(found) > 55


@drawing
@given(lengths, seeds, st.floats(0, 0.49))
def test_a_crop_is_a_part_of_the_frames(length, seed, crop):
    x = torch.linspace(0, 1, length)[:, None].expand(-1, 3).contiguous()  # where in the sequence a frame is
    y = made(x, seed, crop=crop)[:, 0]
    assert length == 1 or (y.diff() > 0).all()
    assert x[0, 0] <= y[0] <= crop + 1e-6
    assert length == 1 or 1 - crop - 1e-6 <= y[-1] <= 1 + 1e-6
    assert min(SHORTEST, length) <= len(y) <= length


@drawing
@given(lengths, seeds)
def test_a_performance_is_never_shorter_than_eight_frames_or_than_it_was(length, seed):
    assert len(made(performance(length), seed, tempo=4, crop=0.45)) >= min(SHORTEST, length) == min(8, length)


EVERYTHING = {"rotation": 90, "tilt": 30, "scale": 0.3, "tempo": 0.5, "crop": 0.2, "shift": 0.1, "noise": 0.1}
EVERYTHING |= {"joint_dropout": 0.2}


@drawing
@given(lengths, seeds)
def test_the_same_seed_gives_the_same_bits_and_the_sequence_stays(length, seed):
    x = performance(length)
    y = made(x, seed, **EVERYTHING)
    assert torch.equal(made(x, seed, **EVERYTHING), y) and not torch.equal(made(x, seed + 1, **EVERYTHING), y)
    assert torch.equal(x, performance(length))
    assert y.shape[1] == x.shape[1] and y.dtype == torch.float32 and y.isfinite().all()


def test_one_frame_is_a_performance_too():
    assert made(performance(1), crop=0.2, rotation=20, shift=0.1, noise=0.1).shape == (1, 3 * JOINTS)


@drawing
@given(st.lists(lengths, min_size=1, max_size=5), seeds)
def test_each_sequence_is_made_from_its_own_frames_alone(batch, seed):
    ones = [performance(length, seed=i) for i, length in enumerate(batch)]
    made = []
    for other in range(len(ones)):  # every other sequence is unknown
        torch.manual_seed(seed)
        known = [one if i == other else torch.full_like(one, math.nan) for i, one in enumerate(ones)]
        made.append(all_made(known, **EVERYTHING))
    torch.manual_seed(seed)
    for i, one in enumerate(all_made(ones, **EVERYTHING)):
        assert torch.equal(made[i][i], one)


@drawing
@given(st.integers(2, 30), seeds)
def test_equal_sequences_are_turned_timed_and_moved_apart(count, seed):
    torch.manual_seed(seed)
    found = all_made([performance(20)] * count, **EVERYTHING)
    assert len({tuple(one[0].tolist()) for one in found}) == count
    assert count < 10 or len(set(map(len, found))) > 1


def moved(seed: int = 0, **changes: float) -> torch.Tensor:
    """By how much each joint of each frame was moved, (T, 3 J)."""
    x = performance(30)
    return made(x, seed, **changes) - made(x, seed)


def test_a_shift_is_constant_over_time_and_another_for_each_joint():
    by = moved(shift=0.5)
    torch.testing.assert_close(by, by[:1].expand_as(by), rtol=0, atol=1e-5)
    assert len(by[0].unique()) == 3 * JOINTS
    drawn = torch.cat([moved(seed, shift=0.5)[0] for seed in range(200)])
    assert drawn.mean().abs() < 0.05 and drawn.std().item() == pytest.approx(0.5, rel=0.05)


def test_noise_is_another_in_each_frame():
    by = moved(noise=0.5)
    assert (by.diff(dim=0) != 0).all()
    assert by.mean().abs() < 0.1 and by.std().item() == pytest.approx(0.5, rel=0.1)


@drawing
@given(seeds, st.floats(0.01, 0.9))
def test_scale_acts_by_axis(seed, scale):
    y = joints(made(torch.ones(9, 3 * JOINTS), seed, scale=scale))
    assert torch.equal(y, y[:1, :1].expand_as(y))  # one factor of each axis for all joints and frames
    assert (abs(y[0, 0] - 1) <= scale + 1e-6).all() and len(y[0, 0].unique()) > 1


def test_a_joint_is_put_into_the_centre_in_all_frames_or_in_none():
    y = joints(made(1 + performance(30), joint_dropout=0.5, shift=0.1, noise=0.1))
    dropped = (y == 0).all(-1)
    assert (dropped == dropped[0]).all() and 0 < dropped[0].sum() < JOINTS
    assert (y[:, ~dropped[0]] != 0).all()


def test_a_joint_is_dropped_as_often_as_asked_and_others_in_each_sequence():
    found = torch.stack([joints(y)[0, :, 0] == 0 for y in all_made([1 + performance(9)] * 400, joint_dropout=0.3)])
    assert found.float().mean(0).tolist() == pytest.approx([0.3] * JOINTS, abs=0.1)
    assert len(found.unique(dim=0)) > 20


def mixed(sequences: list[torch.Tensor], labels: list[int], seed: int, **changes: float) -> list[torch.Tensor]:
    torch.manual_seed(seed)
    concatenated = SequenceSet.of(sequences, labels=labels).converted(torch.from_numpy)
    made = augmented(concatenated, Augmentation(**changes))
    return list(made.frames.split(made.lengths.tolist()))


@drawing
@given(seeds, st.floats(0.1, 1))
def test_a_sequence_is_mixed_with_its_own_class_alone_and_by_so_much_at_most(seed, mix):
    still = [torch.full((9 + n, 3), float(n)) for n in (0, 1, 10, 11)]  # the values of a class lie 1 apart
    found = mixed(still, [0, 0, 1, 1], seed, mix=mix)
    assert [len(one) for one in found] == [9, 10, 19, 20]
    for one, was, towards in zip(found, (0, 1, 10, 11), (1, -1, 1, -1), strict=True):
        part = (one - was) * towards
        assert (part >= -1e-5).all() and (part <= mix + 1e-5).all()
        torch.testing.assert_close(one, one[:1].expand_as(one), rtol=0, atol=1e-5)


def test_a_partner_is_stretched_to_the_length_of_the_sequence():
    ramps = [torch.linspace(0, 1, length)[:, None].expand(-1, 3) for length in (12, 30)]
    for seed in range(20):
        for one, was in zip(mixed(ramps, [0, 0], seed, mix=1), ramps, strict=True):
            torch.testing.assert_close(one, was, rtol=0, atol=1e-5)


def test_all_of_a_class_are_blended_in_equally_often():
    constant = [torch.full((8, 3), float(n)) for n in range(3)]
    drawn = torch.stack([torch.stack(mixed(constant, [0] * 3, seed, mix=1))[:, 0, 0] for seed in range(300)])
    own = (drawn - torch.arange(3.0)).abs() < 1e-6  # with itself
    assert own.float().mean(0).tolist() == pytest.approx([1 / 3] * 3, abs=0.1)
    assert ((drawn[:, 0] > 1) & (drawn[:, 0] <= 2)).any() and ((drawn[:, 2] < 1) & (drawn[:, 2] >= 0)).any()


def test_a_test_sequence_is_shown_alone_and_with_all_its_joints():
    settings = Augmentation(rotation=20, mix=0.5, joint_dropout=0.3)
    assert settings.alone == Augmentation(rotation=20)
