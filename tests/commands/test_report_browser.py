"""The report in a real browser: it draws, it moves, it prints, and nothing is amiss in the console."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from engine.research.report.build import Drawn, build
from engine.research.report.gather import gather
from tests.research.report_runs import keep

CHROMIUM: Final = shutil.which("chromium")
MUST: Final = os.environ.get("CASH_TOWN_TEST_CHROMIUM") == "must"
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

# How many colours the canvases under an element hold: an empty one has one.
COLOURS: Final = """(id) => {
  const seen = new Set();
  for (const canvas of document.getElementById(id).querySelectorAll("canvas")) {
    if (!canvas.width || !canvas.height) continue;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 4).join());
  }
  return seen.size;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None and not MUST:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    kept = keep(folder / "ledger.db")
    made = build(kept.engine, gather(kept.engine, None), Drawn(kept.universe.candles, "1h"))
    (folder / "report.html").write_text(made, encoding="utf-8")
    kept.engine.dispose()
    return folder / "report.html"


class Opened:
    """A page with everything that its console said and everything that it asked a network for."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.page.wait_for_timeout(300)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_and_draws_on_every_screen(browser: Any, file: Path, width: int, scheme: str) -> None:
    opened = Opened(browser, file, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(COLOURS, "equity-chart") > 20
    assert page.evaluate(COLOURS, "candle-chart") > 5
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith(("data:", file.as_uri()))] == []
    page.close()


def test_symbols_and_timeframes_are_chosen_and_trades_looked_at(browser: Any, file: Path) -> None:
    opened = Opened(browser, file, viewport={"width": 1280, "height": 900})
    page = opened.page
    legend, rows = page.locator("#candle-legend"), page.locator("#trade-rows tr")
    seen = set()
    for symbol in page.locator("#symbol option").all_text_contents():
        page.select_option("#symbol", symbol)
        page.wait_for_timeout(100)
        seen.add(legend.inner_text())
        assert rows.count() == page.evaluate(
            "(name) => JSON.parse(document.getElementById('data').textContent).trades[name].length", symbol
        )
    assert len(seen) == 3
    page.locator("#timeframes button").last.click()
    assert page.locator("#timeframes button[aria-pressed=true]").inner_text() == "1d"
    rows.first.click()
    assert page.locator("#timeframes button[aria-pressed=true]").inner_text() == "1h"
    assert page.evaluate(COLOURS, "candle-chart") > 20
    assert opened.said == []
    page.close()


def test_it_prints_with_its_charts_and_every_why_unfolded(browser: Any, file: Path, tmp_path: Path) -> None:
    opened = Opened(browser, file, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = opened.page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    for image in page.locator("img.drawn").all():
        assert image.evaluate("(each) => each.decode().then(() => each.naturalWidth)") > 1_000
    assert page.locator("img.drawn").count() == 2
    page.emulate_media(media="null")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open], img.drawn").count() == 0

    made = page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert made.startswith(b"%PDF")
    assert made.count(b"/Subtype /Image") >= 2
    assert opened.said == []
    page.close()
