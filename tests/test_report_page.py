"""The page in a real browser: confusion matrices, losses, tables, and the page as a whole."""

import re

import pytest
from page_room import HOSTILE, READY, colour, pixels, titled
from report_room import fake_metrics

pytestmark = pytest.mark.slow


def test_a_cell_lists_its_sequences_and_a_sequence_opens_in_the_player(page):
    page.click("[aria-label^='action 1 taken for action 2:']")
    assert page.inner_text("#confusion-list h4") == "action 1, taken for action 2: 1 sequence"
    assert page.locator("#confusion-list li").all_inner_texts() == ["s1 4 of 5 runs"]
    page.click("#confusion-list li button")
    titled(page, "s1: action 1")
    assert page.evaluate("document.activeElement.id") == "player-play"
    page.click("[aria-label^='action 5 taken for action 6:']")
    assert page.inner_text("#confusion-list h4").endswith("0 sequences")


def test_the_matrix_is_one_stop_of_the_tabulator_and_the_arrows_move_in_it(page):
    assert page.locator("#confusion-matrix button[tabindex='0']").count() == 1
    page.focus("#confusion-matrix button[tabindex='0']")
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert page.inner_text("#confusion-list h4").startswith("action 1, taken for action 2")
    assert page.locator("#confusion-matrix button[tabindex='0']").count() == 1


def test_another_model_has_other_rates(page):
    rates = page.inner_text("#confusion-matrix")
    page.select_option("#confusion-model", label="LSTM, as written (5 runs), odd/even subjects, 567 sequences")
    assert page.inner_text("#confusion-matrix") != rates
    assert page.get_attribute("#confusion-matrix tbody tr:nth-child(1) td:nth-child(2) button", "aria-label") == (
        f"action 0 taken for action 0: {round(100 * fake_metrics().results[0].confusion[0][0], 1)} %"
    )


def test_a_model_is_added_to_the_losses_and_taken_away(page):
    lines = page.locator("#loss-plot [data-line]")
    name = "odd/even subjects, 557 sequences, as written, dRNN, order 1"
    assert lines.count() == 3 and page.locator(f"#loss-plot [data-line='{name}']").count() == 0
    box = page.locator("fieldset", has_text="557 sequences").get_by_label("dRNN, order 1")
    box.check()
    assert lines.count() == 4 and page.locator(f"#loss-plot [data-line='{name}']").count() == 1
    assert page.locator("#loss-plot .band").count() == 4
    box.uncheck()
    assert lines.count() == 3
    for left in (2, 1, 0):
        page.locator("#loss-models input:checked").first.uncheck()
        assert lines.count() == left and page.is_visible("#loss-none") == (left == 0)


def test_a_difference_is_shaded_by_its_size_and_side(page):
    shades = {cell: colour(page, f"td:text-is('{cell}')") for cell in ("−26.53", "−27.90", "+2.25", "−1.50", "88.89")}
    assert shades["−26.53"] == shades["−27.90"] and len(set(shades.values())) == 4
    # The page is white: the less blue of orange, or red of blue, the deeper the shade.
    shaded = {cell: re.findall(r"[01]\.\d+", shade) for cell, shade in shades.items() if "srgb" in shade}
    depth = {cell: 1 - min(map(float, parts)) for cell, parts in shaded.items()}
    assert depth["−26.53"] > depth["+2.25"] > depth["−1.50"] > 0


def test_an_accuracy_tells_what_lies_behind_it_under_the_pointer_and_the_focus(page):
    page.click("#unfold")
    cell, tip = page.locator("td", has_text="61.25 ± 1.05 (1 split × 5 seeds)").first, page.locator("#tip")
    assert not tip.is_visible() and cell.get_attribute("title") is None
    cell.hover()
    assert (
        tip.inner_text().startswith("n = 275 test sequences; 1 split × 5 seeds")
        and "54.75 to 68.00" in tip.inner_text()
    )
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    page.mouse.move(2, 2)
    cell.focus()
    page.mouse.move(3, 3)  # a pointer that rests elsewhere leaves the tip of what has the focus
    assert tip.is_visible()
    page.evaluate("document.documentElement.scrollTop += 5")
    page.wait_for_function("() => scrollY > 0")
    assert tip.is_visible()
    cell.blur()
    assert not tip.is_visible()


# The page as a whole


def test_text_from_data_runs_nothing_and_is_shown_as_text(page):
    page.select_option("#player-class", label="<script>alert(1)</script>")
    titled(page, f"{HOSTILE}: <script>alert(1)</script>")
    page.locator("[aria-label^='<script>alert(1)</script> taken for <script>alert(1)</script>:']").click()
    assert page.locator("#confusion-list li button").inner_text() == HOSTILE
    assert page.evaluate("window.ran") is None
    assert page.locator("script").count() == 3 + 5 and page.locator("img").count() == 0


def test_the_policy_runs_no_other_script_and_loads_nothing(browser, opened):
    with opened() as page:
        address = page.url
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector(READY)
    asked = page.evaluate("fetch('data:text/plain,x').then(() => 'answered', () => 'refused')")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert asked == "refused" and page.evaluate("window.ran") is None
    page.close()


def test_the_theme_follows_the_system_until_the_button_says_otherwise(opened):
    with opened(color_scheme="dark") as page:
        dark = colour(page, "body")
        assert page.inner_text("#theme") == "Theme: auto"
        page.click("#theme")
        light = colour(page, "body")
        figure = pixels(page)
        assert page.inner_text("#theme") == "Theme: light" and light == "rgb(255, 255, 255)" != dark
        page.click("#theme")
        assert colour(page, "body") == dark and pixels(page) != figure
        page.reload()
        page.wait_for_selector(READY)
        assert page.inner_text("#theme") == "Theme: dark"
        page.evaluate("localStorage.clear()")
    with opened() as page:
        assert colour(page, "body") == light


def test_a_phone_scrolls_the_page_in_one_direction_alone(opened):
    with opened(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as page:
        page.tap("[aria-label^='action 1 taken for action 2:']")
        assert (
            page.evaluate("document.documentElement.scrollWidth <= innerWidth") and page.viewport_size["width"] == 390
        )
        page.tap("#player-play")
        page.wait_for_function("() => document.getElementById('player-slider').value > 1")


def test_print_leaves_the_controls_away_and_keeps_tables_and_figures(page):
    controls = ("#look", "#theme", "nav")
    assert all(page.is_visible(one) for one in controls)
    page.emulate_media(media="print", color_scheme="dark")
    assert not any(page.is_visible(one) for one in controls)
    assert page.locator("figure svg:visible").count() == 2 + 2 * 5
    assert page.evaluate("[...document.querySelectorAll('details table')].every((table) => table.checkVisibility())")
    assert colour(page, "body") == "rgb(255, 255, 255)"


def test_without_scripts_the_page_says_what_is_missing(opened):
    with opened(java_script_enabled=False) as page:
        assert page.is_visible("noscript") and not page.is_visible("#look") and not page.is_visible("#theme")
        for fold in page.locator("#figures summary").all():
            fold.click()
        assert page.locator("figure svg:visible").count() == 2 + 2 * 5
        assert page.locator("td[title^='n = 275']").count() > 3


def test_the_page_is_small_and_laid_out_a_few_times(page):
    """How soon it opens is measured by benchmarks/page.py."""
    assert len(page.content()) < 3e6 and page.locator("*").count() < 20_000
    counter = page.context.new_cdp_session(page)
    counter.send("Performance.enable")
    page.reload()
    page.wait_for_selector(READY)
    counted = {one["name"]: one["value"] for one in counter.send("Performance.getMetrics")["metrics"]}
    assert 0 < counted["LayoutCount"] < 100
