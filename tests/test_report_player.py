"""What the page's tools are given: packed sequences, confusions with the sequences behind them, losses."""

import base64
import io
import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread
from report_room import (
    ACTIONS,
    SAMPLE,
    fake_behaviour,
    fake_kth,
    fake_metrics,
    fake_predictions,
    fake_trace,
    fake_video,
    row,
)
from tuned_room import fake_tuned

from drnn.datasets.layouts import MSR_20
from drnn.report import overlays, page, player, tables

(HEAD,), (HIP,) = MSR_20.find(["head"], "test"), MSR_20.middle
MODELS = ("LSTM", "dRNN, order 1", "dRNN, order 2")


def packed(metrics=None, trace=None, followed=None, runs=(), room=10**6):
    """What the player is given of one dataset."""
    metrics = metrics or fake_metrics()
    name = metrics.facts.dataset
    (found,) = player.players([metrics], {name: trace or fake_trace()}, {name: followed}, {name: list(runs)}, room)
    json.dumps(found, allow_nan=False)
    return found


def unpacked(text, kind, series):
    """(F, series): the sums of the differences, wrapping around."""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype=kind)
    return steps.reshape(series, -1).cumsum(1, dtype=kind).T


def test_norms_gates_and_scores_come_back_to_within_their_steps():
    followed = fake_behaviour()
    found = packed(followed=followed)
    norms = np.sqrt(followed.dos * 400)
    np.testing.assert_allclose(found["tops"], norms.max(0))
    np.testing.assert_allclose(unpacked(found["norms"], "<u2", 2) / 65535 * found["tops"], norms, atol=1e-3)
    np.testing.assert_allclose(unpacked(found["gates"], "u1", 3) / 255, followed.gates, atol=0.51 / 255)
    np.testing.assert_allclose(unpacked(found["scores"], "u1", 20) / 255, followed.scores, atol=0.51 / 255)
    assert found["lengths"] == [30, 1, 12, 44] and found["names"] == ["s0", "s1", "s2", "s3"]


def test_joints_keep_their_shape_stand_upright_and_fill_their_space():
    followed = fake_behaviour(lengths=(5, 7))
    followed.joints[..., 1] *= -1  # one of the two cameras looks upside down
    followed.joints[:, HEAD, 1], followed.joints[:, HIP, 1] = 1, 0
    followed.joints[5:, HEAD, 1] = -1
    found = packed(followed=followed)
    joints = unpacked(found["joints"], "<i2", 60).reshape(-1, 20, 3)
    for part, sign in ((slice(0, 5), 1), (slice(5, 12), -1)):
        theirs, ours = followed.joints[part] * [1, sign, 1], joints[part].astype(float)
        assert np.abs(ours).max() == player.LEVELS
        bones = [np.diff(each[:, followed.bones], axis=2) for each in (theirs, ours)]
        scale = np.abs(bones[1]).max() / np.abs(bones[0]).max()
        np.testing.assert_allclose(bones[1], bones[0] * scale, atol=2.5)
    assert found["poses"] == [0, 5] and (joints[:, HEAD, 1] > joints[:, HIP, 1]).all()


def test_numbers_that_wrap_around_come_back():
    values = np.array([[0, 65535], [65535, 0], [1, 40000]], dtype="<u2")
    np.testing.assert_array_equal(unpacked(player.packed(values), "<u2", 2), values)


def test_order_0_has_no_norms():
    found = packed(followed=fake_behaviour(order=0))
    assert found["tops"] == [] and unpacked(found["gates"], "u1", 3).shape == (87, 3)


def test_what_was_recognised_is_the_followed_runs_word():
    followed = fake_behaviour()
    assert packed(followed=followed, runs=fake_predictions(followed))["recognised"] == [1, 1, 2, 3]
    assert packed(followed=followed)["recognised"] == [None] * 4


@pytest.mark.parametrize("part", [0.75, 0.5, 0.1])
def test_where_the_page_has_little_room_it_holds_fewer_joints_and_says_so(part):
    followed = replace(fake_behaviour(lengths=(20,) * 40), labels=np.arange(40) % 20)
    whole = packed(followed=followed)
    curves = sum(len(whole[name]) for name in ("norms", "gates", "scores"))
    found = packed(followed=followed, room=curves + int(part * len(whole["joints"])))
    starts = [start for start in found["poses"] if start >= 0]
    assert 0.6 * part * 40 < len(starts) < 40 and starts == [20 * n for n in range(len(starts))]
    assert len(found["names"]) == 40 and len(found["joints"]) <= part * len(whole["joints"])
    assert f"holds the joints of {len(starts)} alone" in found["about"] and "holds" not in whole["about"]
    joints = unpacked(found["joints"], "<i2", 60)
    last = max(n for n, start in enumerate(found["poses"]) if start >= 0)
    np.testing.assert_array_equal(joints[-20:], unpacked(whole["joints"], "<i2", 60)[20 * last :][:20])


def test_what_was_not_recognised_keeps_its_joints_first():
    followed = replace(fake_behaviour(lengths=(20,) * 40), labels=np.zeros(40, dtype=int))
    wrong = {3, 8, 9, 30, 31, 32}
    run = next(run for run in fake_predictions(followed) if (run.model, run.seed) == ("drnn2", 0))
    run = replace(run, predicted=tuple(int(n in wrong) for n in range(40)))
    whole = packed(followed=followed)
    curves = sum(len(whole[name]) for name in ("norms", "gates", "scores"))
    for share in (0.5, 0.1):
        poses = packed(followed=followed, runs=[run], room=curves + int(share * len(whole["joints"])))["poses"]
        posed = {n for n, start in enumerate(poses) if start >= 0}
        assert posed > wrong if share == 0.5 else posed and posed < wrong


def test_where_even_the_curves_do_not_fit_there_are_fewer_sequences():
    found = packed(followed=replace(fake_behaviour(lengths=(20,) * 40), labels=np.arange(40) % 20), room=9000)
    assert 1 < len(found["names"]) < 40 and sum(len(found[n]) for n in ("norms", "gates", "scores", "joints")) <= 9000
    assert f"it holds {len(found['names'])} of them" in found["about"]
    assert packed(followed=fake_behaviour(), room=0)["names"] == []


def test_of_a_video_the_page_holds_small_pictures_of_the_traced_sequence():
    names = np.array(["s0", "person02_boxing_d1", "s2", "s3"])
    trace, followed = fake_video(200), replace(fake_behaviour(motion="features"), names=names)
    found = packed(fake_kth(), trace, followed)
    pictures = found["pictures"]
    assert pictures["sequence"] == "person02_boxing_d1" and found["first"] == 1 and found["poses"] == [-1] * 4
    assert "pictures of person02_boxing_d1 alone" in found["about"]
    assert len(pictures["times"]) == 80 and (pictures["width"], pictures["height"]) == (120, 90)
    sheet = imread(io.BytesIO(base64.b64decode(pictures["jpeg"])), format="jpeg")
    for n, time in enumerate(pictures["times"]):
        at = divmod(n, pictures["columns"])
        tile = sheet[90 * at[0] + 20 : 90 * at[0] + 70, 120 * at[1] + 20 : 120 * at[1] + 100]
        np.testing.assert_allclose(tile.mean(), time, atol=2)


def test_a_sample_and_synthetic_data_are_named_as_such():
    """Where all is synthetic the page's banner says so, once."""
    metrics = fake_kth("kth1_sample", synthetic=True, sample=SAMPLE)
    title = packed(metrics, fake_video(), fake_behaviour(motion="features"))["title"]
    assert SAMPLE in title and "SYNTHETIC" not in title
    among = [metrics, fake_metrics()]
    for found, real in (overlays.confusions(among, {}), overlays.losses(among)):
        assert found["title"] == f"SYNTHETIC · {title}" and "SYNTHETIC" not in real["title"]


def test_a_confusion_names_the_sequences_and_how_many_runs_said_so():
    followed = fake_behaviour()
    (found,) = overlays.confusions([fake_metrics()], {"msr_action3d": fake_predictions(followed)})
    assert found["names"] == ["s0", "s1", "s2", "s3"] and found["labels"] == [0, 1, 2, 3]
    assert found["classes"] == ACTIONS and len(found["models"]) == 3
    drnn2 = found["models"][found["first"]]
    assert drnn2["title"] == "dRNN, order 2, as written (5 runs), odd/even subjects, 567 sequences"
    assert drnn2["said"] == [[1, 5], [1, 1, 2, 4], [2, 2, 3, 3], [3, 3, 4, 2]]
    rates = np.array(fake_metrics().results[2].confusion) * 100
    np.testing.assert_allclose(drnn2["rates"], rates, atol=0.051)


def test_only_compared_models_under_the_main_protocol_are_offered():
    (found,) = overlays.confusions([fake_tuned()], {})
    titles = [model["title"].rsplit(" (", 1)[0] for model in found["models"]]
    assert titles == [f"{model}, {recipe}" for recipe in ("as written", "tuned") for model in MODELS]
    assert found["names"] == [] and found["models"][0]["said"] == []


def test_every_loss_is_offered_and_those_of_the_figure_are_shown_at_first():
    (found,) = overlays.losses([fake_metrics()])
    shown = [(curve["protocol"], curve["model"]) for curve in found["curves"] if curve["shown"]]
    assert shown == [("odd/even subjects, 567 sequences", model) for model in MODELS] and len(found["curves"]) == 6
    theirs = fake_metrics().facts.curves[4]
    np.testing.assert_allclose(found["curves"][4]["high"], theirs.high, atol=5.1e-5)


def test_an_accuracy_knows_what_lies_behind_it_and_a_difference_its_size():
    every = (t for s in tables.sections([fake_metrics()], {"datasets": {}, "seeds": [0]}) for t in s.tables)
    table = next(table for table in every if table.title.startswith("Table 4"))
    cells = next(cells for cells in table.rows if cells[1] == "LSTM")
    assert cells[4].about == (
        "n = 275 test sequences; 1 split × 5 seeds, accuracies of the runs from 61.25 to 61.25 %; "
        "95 % interval over subjects and seeds 54.75 to 68.00 %"
    )
    assert cells[5].points == pytest.approx(61.25 - 87.78) and cells[5].shade == 1
    assert row(tables.paper_tables([fake_metrics()], {"datasets": {}, "seeds": [0]}), *cells[:2])[4] == cells[4]


def luminance(colour):
    """Of a colour from 0 to 1 (WCAG 2.2)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_numbers_of_a_confusion_matrix_can_be_read_on_every_shade(theme):
    sheet = "".join(map(page._text, page.STYLES))

    def colour(name):
        text = re.search(rf"--{name}: light-dark\((.*?)\)", sheet)[1].split(", ")[theme].lstrip("#")
        text = text if len(text) == 6 else "".join(2 * letter for letter in text)
        return np.array([int(text[n : n + 2], 16) / 255 for n in (0, 2, 4)])

    most = int(re.search(r"--accent\) calc\((\d+)% \* var\(--rate\)", sheet)[1]) / 100
    for rate in np.linspace(0, 1, 11):
        shade = most * rate * colour("accent") + (1 - most * rate) * colour("paper")
        dark, light = sorted((luminance(shade), luminance(colour("ink"))))
        assert (light + 0.05) / (dark + 0.05) >= 4.5
