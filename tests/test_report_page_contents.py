"""Finding one's way on the page, in a real browser: contents, folds, files, the banner, and what a phone shows."""

import csv
import re
from functools import partial
from pathlib import Path

import page_room
import pytest
from report_room import fake_behaviour, fake_metrics, fake_trace

from drnn.config import params
from drnn.report.build import build

pytestmark = pytest.mark.slow
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HERE = "nav [aria-current]"


def reached(page, text):
    """Wait until the contents mark the link of this text."""
    page.wait_for_function("(text) => document.querySelector('nav [aria-current]')?.textContent === text", arg=text)


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    """Opens the page of a demo."""
    path = tmp_path_factory.mktemp("demo") / "report.html"
    experiment = params.load(page_room.ROOT / "params.yaml").model_dump(mode="json")
    beside = {"mine": fake_trace()}, {"mine": fake_behaviour()}
    made = build([fake_metrics("mine", synthetic=True)], *beside, experiment)
    path.write_text(made["report.html"], encoding="utf-8")
    return partial(page_room.opened, browser, path)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["wide", "phone"])
def test_the_contents_stay_in_view_and_mark_where_one_is(opened, options):
    with opened(**options) as page:
        reached(page, "Verdict")
        page.click("nav a[href='#figures']")
        reached(page, "Figures")
        page.evaluate("document.querySelector('#section1').scrollIntoView()")
        reached(page, "The paper's tables")
        assert page.locator(HERE).count() == 1
        box = page.locator(HERE).bounding_box()
        assert 0 <= box["y"] < 844 and 0 <= box["x"] < page.viewport_size["width"]


def test_a_table_opens_by_its_heading_and_all_by_the_button(page):
    folds, opened = page.locator("details"), page.locator("details[open]")
    assert folds.count() > 8 and not opened.count()
    page.click("summary:has-text('Table 4')")
    assert opened.count() == 1 and page.locator("details[open] table").is_visible()
    assert page.inner_text("#unfold") == "Open all"
    page.click("#unfold")
    assert opened.count() == folds.count()
    page.click("#unfold:text('Close all')")
    assert not opened.count()


def test_a_table_is_saved_as_csv_with_the_cells_that_it_shows(page, tmp_path):
    page.click("summary:has-text('Table 4')")
    with page.expect_download() as saved:
        page.click("details[open] .save")
    assert saved.value.suggested_filename == "Table_4_MSR_Action3D_accuracy.csv"
    saved.value.save_as(tmp_path / "table.csv")
    head, *rows = csv.reader((tmp_path / "table.csv").read_text(encoding="utf-8").splitlines())
    assert head[:2] == ["Method", "Ours %, odd/even subjects, 567 sequences"]
    assert ["LSTM", "61.25 ± 1.05 (1 split × 5 seeds)"] in [row[:2] for row in rows]


def test_on_a_phone_model_and_accuracy_stay_where_a_table_scrolls(opened):
    with opened(**PHONE) as page:
        page.tap("summary:has-text('Table 4')")
        row = page.locator("details[open] tbody tr", has_text="61.25").first.locator("td")
        places = [row.nth(n).bounding_box()["x"] for n in range(3)]
        page.evaluate("document.querySelector('details[open] .scroll').scrollLeft = 150")
        moved = [row.nth(n).bounding_box()["x"] for n in range(3)]
        assert moved[:2] == pytest.approx(places[:2], abs=1) and moved[2] < places[2] - 50
        assert moved[1] + row.nth(1).bounding_box()["width"] < 300


def test_a_synthetic_page_says_so_in_a_banner_that_stays(demo):
    with demo(**PHONE) as page:
        page.evaluate("document.querySelector('#choices').scrollIntoView()")
        page.wait_for_function("() => scrollY > 1000")
        box = page.locator(".banner").bounding_box()
        assert box["y"] == 0 and box["width"] == 390
        assert page.evaluate("document.querySelector('.banner').scrollWidth") <= 390
        assert page.get_by_text("SYNTHETIC").filter(visible=True).count() == 1


def test_print_opens_the_folds(page):
    page.emulate_media(media="print")
    table = "document.querySelector('details:not([open]) table')"
    assert page.evaluate(f"{table}.checkVisibility() && {table}.offsetHeight > 0")
    assert not page.is_visible("#unfold") and not page.locator(".save:visible").count()


def test_links_to_files_are_beside_every_figure(page):
    page.click("#unfold")
    for figure in page.locator("figure").all():
        assert figure.locator("a[download]").first.inner_text() == "SVG"
        assert figure.locator("button").inner_text() == "PDF"


def test_a_figure_is_printed_alone_on_paper_of_its_size(opened, tmp_path):
    with opened(viewport={"width": 1440, "height": 900}) as page:
        page.evaluate("alone(document.querySelectorAll('figure')[0])")  # what the button does before it prints
        printed(page, tmp_path / "alone.pdf")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        printed(page, tmp_path / "after.pdf")
        box = page.get_attribute("figure svg", "viewBox")
    assert sheets(tmp_path / "alone.pdf") == [pytest.approx([float(number) for number in box.split()[2:]], abs=1)]
    whole = sheets(tmp_path / "after.pdf")
    assert len(whole) > 5 and all(sheet == pytest.approx((842, 595), abs=1) for sheet in whole)


def printed(page, path):
    page.pdf(path=path, prefer_css_page_size=True)


def sheets(path):
    """Width and height of each sheet of a PDF, in points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", path.read_bytes())
    return [(float(width), float(height)) for width, height in boxes]


def test_the_figures_of_a_dataset_are_folded_where_there_are_several(page):
    figures = page.locator("#figures")
    assert figures.locator("> figure").count() == 1 and figures.locator("> details").count() == 2
    assert not figures.locator("details figure:visible").count()
    figures.locator("summary").first.click()
    assert figures.locator("details figure:visible").count() == figures.locator("details[open] figure").count() == 5


def test_a_phone_shows_the_verdict_as_a_column_whole(opened):
    with opened(**PHONE) as page:
        (drawn,) = page.locator("#summary figure svg").filter(visible=True).all()
        box = drawn.bounding_box()
        assert box["x"] > 0 and box["x"] + box["width"] < 390
        letters = drawn.evaluate(
            "svg => svg.getScreenCTM().a * Math.min(...[...svg.querySelectorAll('text')].map("
            "text => parseFloat(getComputedStyle(text).fontSize)))"
        )
        assert letters > 10  # pixels, as large as print in a paper


# Accessibility


def serious(page):
    """What axe-core finds that keeps people out: rule, and the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    found = axe.Axe().run(page).response
    assert len(found["passes"]) > 20
    shown = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in shown]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("which", ["report", "demo", "record"])
def test_nothing_keeps_people_out(browser, opened, demo, which, theme):
    record = partial(page_room.opened, browser, Path(page_room.ROOT, "reports/index.html"), ready="#losses fieldset")
    with {"report": opened, "demo": demo, "record": record}[which](color_scheme=theme) as page:
        page.click("#unfold")
        assert not serious(page)


def test_what_keeps_people_out_would_be_found(page):
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [rule for rule, _ in serious(page)] == ["button-name"]
