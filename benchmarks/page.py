"""How soon the report's page opens in Chromium, on the made-up data of its tests.

    python benchmarks/page.py --out benchmarks/page.md

Needs Chromium and playwright, as the tests of the page do.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import harness
import typer
from playwright.sync_api import Page, sync_playwright
from rich.progress import track

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import page_room

BAR = "2000"
TIMES = {
    "until it is loaded": "domComplete",
    "work of its main thread until the player is ready": "TaskDuration",
    "of it, laying out": "LayoutDuration",
    "of it, scripts": "ScriptDuration",
}


def opened(page: Page, address: str) -> dict[str, float]:
    """Milliseconds of `TIMES`, and whatever else Chromium counts, of opening the page until its player is ready."""
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable")
    page.goto(address)
    page.wait_for_selector(page_room.READY)
    metrics = {one["name"]: 1e3 * one["value"] for one in meter.send("Performance.getMetrics")["metrics"]}
    return metrics | {"domComplete": page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")}


def main(
    out: Annotated[Path | None, typer.Option(help="file for the table")] = None,
    rounds: Annotated[int, typer.Option(help="times that it is opened")] = 20,
) -> None:
    """Measure, print and keep the table."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = page_room.written(Path(folder) / "report.html")
        browser, found = driver.chromium.launch(executable_path=page_room.chromium()), []
        for _ in track(range(rounds), "page"):
            page = browser.new_page()
            found.append(opened(page, path.as_uri()))
            page.close()
        version, megabytes = browser.version, path.stat().st_size / 1e6
        browser.close()
    rows = []
    for words, name in TIMES.items():
        values = [one[name] for one in found]
        bar = BAR if name == "domComplete" else ""
        rows.append([words, *(f"{value:.0f}" for value in (statistics.median(values), max(values))), bar])
    table = harness.table(["ms", "median", "slowest", "at most"], rows)
    about = {"megabytes": megabytes, "version": version, "rounds": rounds, "table": table}
    harness.write(out, TEXT.format(provenance=harness.provenance("Chromium's own threads"), **about))


TEXT = """# How soon the report's page opens

{provenance} Chromium {version}.

The page on the made-up data of its tests, {megabytes:.1f} MB, opened {rounds} times from a file; wall time.

{table}
"""

if __name__ == "__main__":
    typer.run(main)
