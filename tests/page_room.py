"""The report's page on made-up data, in a real browser: what the tests that drive it share."""

import base64
import io
import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.image import imread
from report_room import fake_behaviour, fake_metrics, fake_predictions, fake_trace, fake_video

from drnn.config import params
from drnn.report.build import build

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOSTILE = "</script><script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
READY = "#player-title:not(:empty)"


def chromium():
    """A Chromium of this machine, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def skeletons():
    """Four sequences; of the last one the class is a script and the name ends one."""
    followed = fake_behaviour()
    names, labels = np.array(["s0", "s1", "s2", HOSTILE]), np.array([0, 1, 2, 19])
    return replace(followed, names=names, labels=labels)


def written(path):
    """The page on made-up skeletons and videos."""
    names = np.array(["s0", "person02_boxing_d1", "s2", "s3"])
    videos = replace(fake_behaviour(lengths=(30, 80, 12, 44), motion="features"), names=names)
    behaviours = {"msr_action3d": skeletons(), "videos": videos}
    predictions = {name: fake_predictions(followed) for name, followed in behaviours.items()}
    metrics = [fake_metrics(), fake_metrics("videos")]
    traces = {"msr_action3d": fake_trace(), "videos": fake_video()}
    experiment = params.load(ROOT / "params.yaml").model_dump(mode="json")
    path.write_text(build(metrics, traces, behaviours, experiment, predictions)["report.html"], encoding="utf-8")
    return path


@contextmanager
def opened(browser, path, clock=False, ready=READY, **options):
    """The page with options of the browser; at the end it may have complained of nothing and asked for nothing.

    Args:
        ready: what is there once the page's scripts have run.
        clock: time stands still but for what ``page.clock.run_for`` lets pass.
    """
    context, heard = browser.new_context(**options), []
    context.set_default_timeout(15_000)
    page = context.new_page()
    for kind in ("console", "pageerror", "dialog", "request"):
        page.on(kind, lambda event, kind=kind: heard.append((kind, getattr(event, "url", None) or str(event))))
    if clock:
        page.clock.install(time=0)
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        page.wait_for_selector(ready)
    if clock:
        page.clock.pause_at(3600)
    yield page
    if set(heard) != {("request", path.as_uri())}:
        raise AssertionError(heard)
    context.close()


def frame(page):
    """The frame shown, and of how many."""
    return tuple(map(int, re.findall(r"\d+", page.inner_text("#player-frame"))))


def pixels(page):
    return page.evaluate("document.getElementById('player-canvas').toDataURL()")


def middle(page):
    """The grey value, 0 to 255, in the middle of the player's picture."""
    picture = imread(io.BytesIO(base64.b64decode(pixels(page).split(",")[1])), format="png")
    return 255 * picture[picture.shape[0] // 2, picture.shape[1] // 2, 0]


def titled(page, title):
    """Wait until the player shows the sequence of this title."""
    from playwright.sync_api import expect

    expect(page.locator("#player-title")).to_have_text(title)


def colour(page, selector):
    return page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")


def choose(page, name):
    """Choose the sequence of this name."""
    page.select_option("#player-sequence", label=next(o for o in options(page) if o.startswith(f"{name} ·")))
    titled(page, re.compile(f"^{re.escape(name)}: "))


def options(page, select="player-sequence"):
    return page.locator(f"#{select} option").all_inner_texts()
