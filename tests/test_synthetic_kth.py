"""Synthetic KTH: names, list and frames as KTH's, the same bytes for the same seed, actions told apart by motion."""

import io
import itertools
import subprocess
import sys
from functools import cache
from hashlib import sha256

import av
import numpy as np
import pytest

from drnn.datasets import kth_sequences, synthetic_kth, video
from drnn.datasets.figure import act
from drnn.datasets.kth_sequences import ACTIONS
from drnn.datasets.scene import NOISE, Video, actor_of, background, plan, render
from drnn.datasets.synthetic import JOINTS
from drnn.datasets.synthetic_kth import ABSENT, LIST, Synthesis, sequences, videos, write_folder
from drnn.errors import UserError

FULL = Synthesis()
SMALL = Synthesis(subjects=2, scenarios=1, frames=100)
GOING = {"jogging", "running", "walking"}


@cache
def drawn(subject: int, action: str, scenario: int = 1) -> np.ndarray:
    """(T, 120, 160) float, 0 … 1."""
    return np.stack(list(render(Video(subject, action, scenario, 100, 0)))) / 255


def pooled(frames: np.ndarray) -> np.ndarray:
    """(…, 30, 40): means over 4×4 pixels, where the camera's noise is a fourth."""
    return frames.reshape(*frames.shape[:-2], 30, 4, 40, 4).mean(axis=(-3, -1))


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    return dict(videos(SMALL))


def test_the_full_set_has_kths_599_videos_and_lists_the_one_that_is_missing():
    names = [one.name for one in FULL]
    listed = kth_sequences.parse(sequences(FULL), LIST)
    assert len(set(names)) == 599 and names == sorted(names) and ABSENT not in names
    assert list(listed) == sorted([*names, ABSENT])
    assert listed.pop(ABSENT) == [] and f"{ABSENT}\t*missing*\n".encode() in sequences(FULL)
    assert np.mean([ranges[-1][1] for ranges in listed.values()]) == pytest.approx(483, rel=0.03)


def test_a_part_of_the_set_is_the_first_of_it_by_name():
    assert list(Synthesis(videos=7)) == list(FULL)[:7]
    names = [one.name for one in Synthesis(subjects=1, scenarios=2, videos=3)]
    assert names == ["person01_boxing_d1", "person01_boxing_d2", "person01_handclapping_d1"]
    assert b"missing" not in sequences(Synthesis(subjects=12)) + sequences(Synthesis(scenarios=2))


@pytest.mark.parametrize("wrong", [{"subjects": 26}, {"scenarios": 5}, {"videos": 600}, {"videos": 0}, {"frames": 99}])
def test_what_kth_has_no_names_for_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Synthesis(**wrong)


def test_members_are_the_videos_and_last_the_list(members):
    assert list(members) == [f"person{n:02}_{action}_d1_uncomp.avi" for n in (1, 2) for action in ACTIONS] + [LIST]
    assert members[LIST] == sequences(SMALL)


def test_a_video_is_mpeg4_at_25_hertz_and_names_no_version_of_a_library(members):
    content = members["person01_boxing_d1_uncomp.avi"]
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.average_rate) == ("mpeg4", 25)
    assert b"Lavf" not in content and b"Lavc" not in content


def test_every_listed_frame_decodes_to_what_was_drawn(members, tmp_path):
    listed = kth_sequences.parse(members[LIST], LIST)
    for one in SMALL:
        path = tmp_path / one.filename
        path.write_bytes(members[one.filename])
        decoded, frames = video.read_grey(path), drawn(one.subject, one.action)
        assert decoded.shape == frames.shape == (listed[one.name][-1][1], 120, 160)
        assert video.frames_announced(path) == len(decoded)
        assert abs(pooled(decoded / 255) - pooled(frames)).mean() < 0.01


@pytest.mark.parametrize("length", [100, 483])
@pytest.mark.parametrize("action", ACTIONS)
def test_four_ranges_follow_each_other_and_the_going_are_out_of_sight_between(action, length):
    for takes in (plan(one) for one in Synthesis(frames=length) if one.action == action):
        gaps = [after.first - before.end for before, after in itertools.pairwise(takes)]
        assert len(takes) == 4 and takes[0].first == 0
        assert min(len(take.phase) for take in takes) >= 24
        assert min(gaps) > 0 if action in GOING else gaps == [0, 0, 0]


def test_the_same_seed_gives_the_same_bytes_in_another_process_whatever_else_is_made(members):
    code = (
        "from hashlib import sha256; from drnn.datasets.synthetic_kth import Video, encode, render;"
        "print(sha256(encode(render(Video(2, 'jogging', 1, 100, 0)))).hexdigest())"
    )
    alone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert alone.stdout.strip() == sha256(members["person02_jogging_d1_uncomp.avi"]).hexdigest()


def test_another_seed_gives_other_people_in_other_places():
    one, other = (np.stack(list(render(Video(1, "boxing", 1, 100, seed)))) for seed in (0, 1))
    assert abs(one[:90].astype(int) - other[:90]).mean() > 5


@pytest.mark.parametrize("scenario", [1, 2, 3, 4])
@pytest.mark.parametrize("action", ACTIONS)
def test_the_figure_is_seen_and_moves_in_the_ranges_and_nothing_else_does(action, scenario):
    frames, one = pooled(drawn(3, action, scenario)), Video(3, action, scenario, 100, 0)
    figure = abs(frames - pooled(background(one))).max(axis=(1, 2))
    motion = abs(frames[2:] - frames[:-2]).max(axis=(1, 2))
    inside = np.zeros(len(frames), bool)
    for take in plan(one):
        inside[take.first : take.end] = True
    noise = 6 * NOISE / 4  # six standard deviations
    assert (figure[inside] > 4 * noise).all()
    assert (motion[inside[2:] & inside[:-2]] > 2 * noise).mean() > 0.8
    assert (figure[~inside] < noise).all()


def test_subjects_differ_in_build_tempo_and_clothes_and_d3_has_other_clothes():
    actors = [actor_of(Video(subject, "walking", 1, 100, 0)) for subject in range(1, 26)]
    assert np.ptp([actor.body.tempo for actor in actors]) > 0.3
    assert np.ptp([-actor.body.offsets[:, 1].min() for actor in actors]) > 0.08
    assert np.ptp([actor.shades["trousers"] for actor in actors]) > 0.2
    assert {round(actor.shades["shirt"]) for actor in actors} == {0, 1}
    dressed = actor_of(Video(1, "walking", 3, 100, 0))
    assert dressed.body.tempo == actors[0].body.tempo and abs(dressed.shades["shirt"] - actors[0].shades["shirt"]) > 0.3


def test_the_size_of_the_figure_varies_in_d2_alone():
    for action in ACTIONS:
        assert not any(np.ptp(take.scale) for d in (1, 3, 4) for take in plan(Video(1, action, d, 483, 0)))
        scales = np.concatenate([take.scale for take in plan(Video(1, action, 2, 483, 0))])
        assert scales.max() > 1.3 * scales.min()


def test_fists_go_out_in_turn_clapping_hands_meet_and_waving_hands_go_up_together():
    actor, phase = actor_of(Video(1, "boxing", 1, 100, 0)), np.linspace(0, 2 * np.pi, 50)
    joints = {name: act(actor, name, phase, 0.0) for name in ("boxing", "handclapping", "handwaving")}
    right, left, head = (JOINTS.index(joint) for joint in ("right hand", "left hand", "head"))
    out = {side: -joints["boxing"][:, side, 2] for side in (right, left)}
    assert np.corrcoef(out[right], out[left])[0, 1] < -0.5 and np.ptp(out[right]) > 0.3
    apart = np.linalg.norm(joints["handclapping"][:, right] - joints["handclapping"][:, left], axis=1)
    assert apart.min() < 0.2 < 0.8 < apart.max()
    above = joints["handwaving"][:, [right, left], 1] - joints["handwaving"][:, head, None, 1]
    assert (above.max(axis=0) > 0.2).all() and (above.min(axis=0) < -0.2).all()


def manner(one: Video) -> np.ndarray:
    """Speed across the frame, motion from head to foot in thirds, and how far the limbs spread: per take's mean."""
    seen = abs(drawn(one.subject, one.action, one.scenario) - background(one)) > 0.12
    seen = seen.reshape(-1, 60, 2, 80, 2).mean(axis=(2, 4)) > 0.6
    rows = []
    for take in plan(one):
        body = seen[take.first : take.end]
        top, bottom = np.nonzero(body.any(axis=2).mean(axis=0) > 0.5)[0][[0, -1]]
        height = bottom + 1 - top
        middle = [np.nonzero(frame)[1].mean() for frame in body]
        width = body.any(axis=1).sum(axis=1) / height
        motion = (body[2:] != body[:-2]).sum(axis=2).mean(axis=0) / height
        thirds = [part.sum() for part in np.array_split(motion[top : bottom + 1], 3)]
        rows.append([abs(middle[-1] - middle[0]) / len(body) / height, motion[:top].sum(), *thirds, width.mean()])
    return np.mean(rows, axis=0)


def test_six_numbers_of_motion_tell_the_actions_of_unknown_subjects_apart():
    rows = np.array([[manner(Video(subject, action, 1, 100, 0)) for action in ACTIONS] for subject in range(1, 9)])
    known, unknown = rows[:4] / rows[:4].std(axis=(0, 1)), rows[4:] / rows[:4].std(axis=(0, 1))
    distances = ((unknown[:, :, None] - known.mean(axis=0)) ** 2).sum(axis=-1)
    assert (distances.argmin(axis=-1) == np.arange(len(ACTIONS))).mean() >= 0.75


def test_a_folder_keeps_what_is_finished_and_takes_only_what_belongs(tmp_path):
    assert write_folder(tmp_path, videos=2, frames=100) == 2
    first, second = (tmp_path / one.filename for one in Synthesis(videos=2))
    before = first.stat().st_mtime_ns, second.read_bytes()
    second.unlink()
    assert write_folder(tmp_path, videos=3, frames=100) == 2
    assert (first.stat().st_mtime_ns, second.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [LIST, *sorted(x.filename for x in Synthesis(videos=3))]
    with pytest.raises(UserError, match="seed 0, about 100 frames"):
        write_folder(tmp_path, videos=3, frames=100, seed=1)


def test_a_killed_run_leaves_whole_videos_alone(tmp_path, monkeypatch):
    def stopped(frames):
        raise KeyboardInterrupt

    monkeypatch.setattr(synthetic_kth, "encode", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path, videos=1, frames=100)
    assert [path.name for path in tmp_path.iterdir()] == [LIST]
