"""The record's page in a real browser: whole without the player, for the record holds no sequences."""

from functools import partial

import page_room
import pytest

pytestmark = pytest.mark.slow
INDEX = page_room.ROOT / "reports/index.html"
ALL = sorted(page_room.ROOT.glob("reports/**/index.html"))


@pytest.fixture
def opened(browser):
    return partial(page_room.opened, browser, INDEX, ready="#loss-models fieldset")


def test_it_has_matrices_and_losses_and_no_player(opened):
    with opened() as page:
        assert page.is_visible("#confusion") and page.is_visible("#losses") and not page.locator("#player").count()
        page.locator("#confusion-matrix [style*='--rate: 0.']").first.click()
        assert page.locator("#confusion-list li").count() and not page.locator("#confusion-list li button").count()
        assert page.locator("#loss-plot [data-line]").count() > 1


def test_every_figure_of_the_record_stands_in_it(opened):
    with opened() as page:
        drawn = {path.stem for path in (INDEX.parent / "figures").glob("*.svg")} - {"verdict_column"}
        assert page.locator("figure svg:visible").count() == len(drawn)


@pytest.mark.parametrize("record", ALL, ids=lambda path: path.parent.name)
def test_it_is_small_and_soon_there(browser, record):
    assert record.stat().st_size < 3e6
    assert min(ready_after(browser, record) for _ in range(3)) < 1000  # milliseconds


def ready_after(browser, path):
    """Milliseconds until the page's scripts have run and its controls answer."""
    with page_room.opened(browser, path, ready="#losses fieldset") as page:
        return page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
