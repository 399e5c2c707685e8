"""Fixtures that several tests share."""

import logging
import os
import pty
import sys
from functools import partial
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that drive an engine come first, so that several processes (`pytest -n auto`) end together."""
    long = {item.path for item in items if item.get_closest_marker("slow") or "all_made" in item.fixturenames}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="module", autouse=True)
def _denormal_numbers_afterwards():
    """A training in this process turns them off, and hypothesis draws no numbers without them."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(autouse=True)
def _messages_afterwards():
    """A command that runs in this process shows messages that a test of a function does not look for."""
    yield
    logging.getLogger("drnn").setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def all_made(tmp_path_factory):
    """A small workspace in which Snakemake made everything, once for all processes of a run; modules take copies."""
    from engine_room import made_once

    base = tmp_path_factory.getbasetemp()
    return made_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "all_made")


@pytest.fixture
def edited(made):
    """The workspace that a module has `made`, for edits that are taken back; results stay, as they do for a user."""
    yield made
    made.reset()


@pytest.fixture
def terminal():
    """The two ends of a terminal, its screen and what a program takes for one; skips where there are none."""
    try:
        ends = pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminals here ({error.strerror}): mount devpts at /dev/pts, as `docker run` does")
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture(scope="session")
def msr_archive() -> Path:
    """The zip file with the real MSR Action3D; skips where there is none."""
    mirror = os.environ.get("DRNN_DATA_MIRROR")
    if not mirror:
        pytest.skip("set DRNN_DATA_MIRROR to a folder that holds msr_action3d/*.zip")
    archives = sorted(Path(mirror).glob("msr_action3d/*.zip"))
    if not archives:
        pytest.skip(f"DRNN_DATA_MIRROR={mirror}: put MSR Action3D's archive there, as msr_action3d/*.zip")
    return archives[0]


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a window, driven over the DevTools protocol; skips where there is none."""
    import page_room

    tools = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -c constraints.txt '.[test]'")
    if not page_room.chromium():
        pytest.skip("no Chromium: apt install chromium")
    with tools.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=page_room.chromium())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    """Opens the report's page on made-up data."""
    import page_room

    return partial(page_room.opened, browser, page_room.written(tmp_path_factory.mktemp("page") / "report.html"))


@pytest.fixture
def page(opened):
    """The report's page on made-up data, just opened."""
    with opened() as page:
        yield page
