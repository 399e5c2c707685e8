"""The page's player in a real browser: its controls are driven, not only present."""

import numpy as np
import pytest
from page_room import choose, frame, middle, options, pixels, skeletons, titled

pytestmark = pytest.mark.slow


def test_the_page_opens_at_the_first_frame_and_plays_only_when_told(opened):
    with opened(clock=True) as page:
        assert frame(page) == (1, 30)
        page.clock.run_for(1000)
        assert frame(page) == (1, 30)
        before = pixels(page)
        page.click("#player-play")
        page.clock.run_for(1000)
        assert 13 <= frame(page)[0] <= 17 and page.input_value("#player-slider") == str(frame(page)[0])
        assert pixels(page) != before and page.inner_text("#player-play") == "Pause"
        page.clock.run_for(2000)
        assert frame(page) == (30, 30) and page.inner_text("#player-play") == "Play"


def test_it_pauses_and_begins_anew_at_the_end(opened):
    with opened(clock=True) as page:
        page.click("#player-play")
        page.clock.run_for(600)
        page.click("#player-play")
        paused = frame(page)
        page.clock.run_for(600)
        assert frame(page) == paused and paused[0] > 1
        page.focus("#player-slider")
        page.keyboard.press("End")
        page.click("#player-play")
        page.clock.run_for(200)
        assert 1 <= frame(page)[0] <= 5


def test_it_plays_slowly_for_who_wants_less_motion(opened):
    with opened(clock=True, reduced_motion="reduce") as page:
        page.click("#player-play")
        page.clock.run_for(1000)
        assert 3 <= frame(page)[0] <= 5


def test_keys_move_the_slider_turn_the_figure_and_play(page):
    page.focus("#player-slider")
    before = pixels(page)
    page.keyboard.press("ArrowRight")
    assert frame(page) == (2, 30) and pixels(page) != before
    before = pixels(page)
    page.focus("#player-canvas")
    page.keyboard.press("ArrowLeft")
    assert frame(page) == (2, 30) and pixels(page) != before
    page.keyboard.press("Space")
    page.wait_for_function("() => document.getElementById('player-slider').value > 3")
    page.keyboard.press("Space")
    assert page.inner_text("#player-play") == "Play"


def test_another_sequence_has_another_title_figure_length_and_curves(page):
    title, before = page.inner_text("#player-title"), pixels(page)
    line = page.get_attribute("#player-norms [data-line]", "d")
    choose(page, "s2")
    assert page.inner_text("#player-title") == "s2: action 2" != title
    assert pixels(page) != before and frame(page) == (1, 12)
    assert page.get_attribute("#player-norms [data-line]", "d") != line
    assert page.inner_text("#player-verdict") == "recognised by dRNN, order 2"
    choose(page, "s0")
    assert page.inner_text("#player-verdict") == "taken for action 1 by dRNN, order 2" and pixels(page) == before


def test_an_action_leaves_its_sequences_alone(page):
    assert len(options(page)) == 4
    page.select_option("#player-class", label="action 2")
    titled(page, "s2: action 2")
    assert options(page) == ["s2 · action 2 ✓"]
    page.select_option("#player-class", label="all actions")
    assert len(options(page)) == 4


def test_a_click_into_a_plot_moves_slider_and_cursor(page):
    plot = page.locator("#player-gates")
    plot.click(position={"x": 46 + (plot.bounding_box()["width"] - 56) * 20 / 29, "y": 40})
    assert frame(page) == (21, 30)
    places = {page.get_attribute(f"#player-{kind} .cursor", "d") for kind in ("norms", "gates", "scores")}
    assert len(places) == 1 and page.input_value("#player-slider") == "21"


def test_the_browser_reads_the_numbers_that_were_packed(page):
    followed = skeletons()
    choose(page, "s2")
    part = slice(31, 43)
    norms = page.evaluate("[0, 1].map((n) => Array.from(player.series('norms', n)))")
    np.testing.assert_allclose(np.transpose(norms), np.sqrt(followed.dos[part] * 400), atol=1e-3)
    scores = page.evaluate("player.scores.map((values) => Array.from(values))")
    np.testing.assert_allclose(np.transpose(scores), followed.scores[part], atol=0.003)
    joints = page.evaluate(
        "Array.from({length: 12}, (_, t) => player.data.bones.map(([a, b]) => "
        "[0, 1, 2].map((axis) => player.pose.at(b, axis, t) - player.pose.at(a, axis, t))))"
    )
    bones = np.diff(followed.joints[part][:, followed.bones], axis=2)[:, :, 0]
    lengths = [np.linalg.norm(each, axis=2) for each in (np.array(joints), bones)]
    np.testing.assert_allclose(lengths[0], lengths[1] * np.mean(lengths[0]) / np.mean(lengths[1]), atol=3)


def test_the_legends_show_the_values_of_the_frame(page):
    page.locator("#player-slider").fill("7")
    shown = [float(text) for text in page.locator("#player-norms-legend b").all_inner_texts()]
    np.testing.assert_allclose(shown, np.sqrt(skeletons().dos[6] * 400), atol=0.01)
    assert "‖vₜ‖" in page.inner_text("#player-norms-legend") and "‖aₜ‖" in page.inner_text("#player-norms-legend")


def test_of_a_video_the_pictures_move_and_another_sequence_says_that_it_has_none(page):
    page.select_option("#player-dataset", label="videos")
    titled(page, "person02_boxing_d1: action 1")
    page.wait_for_function("() => player.data.pictures.sheet?.complete")
    assert not page.is_visible("#player-empty")
    assert middle(page) <= 2
    page.locator("#player-slider").fill("61")
    assert abs(middle(page) - 60) <= 3
    assert options(page)[1:3] == ["person02_boxing_d1 · action 1 ✓", "s2 · action 2 ✓ (no picture)"]
    choose(page, "s2")
    assert page.is_visible("#player-empty") and frame(page) == (1, 12)
