"""The report says what the ledger holds, to the last digit; nothing in it acts, nothing is loaded."""

import hashlib
import json
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from engine.ledger import find, read
from engine.research.metrics import trade_figures
from engine.research.report.build import Drawn, build
from engine.research.report.gather import Gathered, gather
from engine.research.report.page import ATTRIBUTION, script_json
from engine.research.summary import summarise
from tests.research.report_runs import HOUR, Kept, keep

MARKUP = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a test asks of a page: exact values by id, rows by attribute, scripts, links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.rows: list[tuple[dict[str, str], list[str], list[str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.styles: list[str] = []
        self._into: str = ""
        self._cell: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        if tag == "tr":
            self.rows.append((given, [], []))
        if tag in ("td", "th") and self.rows:
            self._cell = []
        if tag == "data":
            if "id" in given:
                self.values[given["id"]] = given["value"]
            if self.rows:
                self.rows[-1][2].append(given["value"])
        if tag == "script":
            self.scripts.append((given, ""))
        self._into = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1][1].append("".join(self._cell).strip())
            self._cell = None
        self._into = ""

    def handle_data(self, data: str) -> None:
        if self._into == "script":
            given, text = self.scripts[-1]
            self.scripts[-1] = (given, text + data)
        elif self._into == "style":
            self.styles.append(data)
        elif self._cell is not None:
            self._cell.append(data)

    @property
    def data(self) -> dict[str, Any]:
        (text,) = [text for given, text in self.scripts if given.get("type") == "application/json"]
        found = json.loads(text)
        assert isinstance(found, dict)
        return found

    def row(self, **wanted: str) -> tuple[list[str], list[str]]:
        (found,) = [
            (cells, values)
            for given, cells, values in self.rows
            if all(given.get(f"data-{name}") == value for name, value in wanted.items())
        ]
        return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return keep(tmp_path_factory.mktemp("report") / "ledger.db")


def drawn(kept: Kept) -> Drawn:
    return Drawn(kept.universe.candles, kept.universe.timeframe)


@pytest.fixture(scope="module")
def html(kept: Kept) -> str:
    return build(kept.engine, gather(kept.engine, None), drawn(kept))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_run_is_read_back_as_it_was(kept: Kept) -> None:
    gathered = gather(kept.engine, "paper")
    again = replace(
        gathered.result,
        performances=kept.result.performances,
        pending_counterfactuals=kept.result.pending_counterfactuals,
    )
    assert summarise(again) == summarise(kept.result)
    assert gathered.learned == summarise(kept.result)["learning"]


def test_headline_figures_are_the_ledgers(kept: Kept, page: Page) -> None:
    equity = read.equity(kept.engine, "paper-1")
    trades = read.trades(kept.engine, "paper-1")
    fills = read.fills(kept.engine, "paper-1")
    positions = read.positions(kept.engine, "paper-1")
    values = {name: Decimal(value) for name, value in page.values.items()}
    assert values["final_equity"] == equity[-1].equity
    assert values["starting_equity"] == find.find_run(kept.engine, "paper-1").starting_equity
    assert values["change"] == equity[-1].equity - values["starting_equity"]
    assert values["closed_pnl"] == sum(trade.pnl for trade in trades)
    assert values["open_pnl"] == sum((each.open_pnl or Decimal(0)) for each in positions)
    assert values["fees"] == sum(fill.fee for fill in fills)
    assert values["taker_fees"] + values["maker_fees"] == values["fees"]
    assert values["traded_notional"] == sum(fill.price * fill.quantity for fill in fills)
    paid = [trade.funding for trade in trades] + [each.position.funding for each in positions]
    assert values["funding"] == sum(paid)
    assert values["trades"] == len(trades)
    assert float(values["max_drawdown_pct"]) == pytest.approx(max(point.drawdown_pct for point in equity))


def test_each_strategy_and_side_is_the_ledgers(kept: Kept, page: Page) -> None:
    decisions = read.decisions(kept.engine, "paper-1")
    for strategy in kept.result.strategies:
        for side in ("long", "short"):
            cells, values = page.row(strategy=strategy, side=side)
            actions = Counter(
                "added" if (decision.action, decision.signal.kind) == ("enter", "add") else decision.action
                for decision in decisions
                if (decision.signal.strategy_id, decision.signal.side) == (strategy, side)
                and decision.action != "close"
            )
            trades = read.trades(kept.engine, "paper-1", strategy_id=strategy, side=side)
            known = [actions[action] for action in ("merged", "refused", "enter", "added")]
            shown = [actions.total(), *known, len(trades)]
            assert cells[2:8] == [f"{number:,}" for number in shown]
            figures = trade_figures(trades)
            assert [Decimal(value) for value in values] == [figures.pnl, figures.fees]


def test_each_refusal_code_is_the_ledgers(kept: Kept, page: Page) -> None:
    counts = read.refusal_counts(kept.engine, "paper-1")
    assert counts == Counter(each.code for each in read.decisions(kept.engine, "paper-1", action="refused"))
    for code, number in counts.items():
        assert page.row(code=code)[0][1] == f"{number:,}"
    assert sum("data-code" in given for given, _, _ in page.rows) == len(counts)


def test_each_trade_and_position_on_the_candles_is_the_ledgers(kept: Kept, page: Page) -> None:
    drawn_trades = [row for rows in page.data["trades"].values() for row in rows]
    closed = {row["id"]: row for row in drawn_trades if row["state"] != "open"}
    trades = read.trades(kept.engine, "paper-1")
    assert len(closed) == len(trades)
    for trade in trades:
        row = closed[trade.decision_id]
        assert Decimal(row["pnl"]) == trade.pnl
        assert (row["opened"], row["closed"]) == (trade.opened_at // 1000, trade.closed_at // 1000)
        assert float(row["entry"]) == pytest.approx(float(trade.entry_price), rel=1e-5)
    held = {row["id"]: row for row in drawn_trades if row["state"] == "open"}
    positions = read.positions(kept.engine, "paper-1")
    assert held.keys() == {each.position.decision_id for each in positions}


def test_the_curve_is_the_ledgers_with_its_extremes(kept: Kept, page: Page) -> None:
    points = read.equity(kept.engine, "paper-1")
    known = {(point.at + HOUR) // 1000: point.equity for point in points}
    curve = {
        time: Decimal(value)
        for time, value in zip(page.data["curve"]["time"], page.data["curve"]["equity"], strict=True)
    }
    assert curve.items() <= known.items()
    assert {min(known.values()), max(known.values())} <= set(curve.values())
    trips = read.breaker_events(kept.engine, "paper-1", event="tripped")
    assert [mark["time"] for mark in page.data["trips"]] == [(each.at + HOUR) // 1000 for each in trips]
    assert all(mark["time"] in curve for mark in page.data["trips"])


def test_best_and_worst_have_their_why(kept: Kept, html: str) -> None:
    trades = sorted(read.trades(kept.engine, "paper-1"), key=lambda trade: trade.pnl)
    for trade in (*trades[:5], *trades[-5:]):
        assert f"cash-town why {trade.decision_id}" in html
    assert html.count("<details>") == 10
    assert html.count("Conditions: all must hold") == 10


def test_what_is_simulated_says_so_first(html: str, kept: Kept) -> None:
    assert "<title>SIMULATED: paper-1" in html
    assert html.index("Simulated market") < html.index("<header>")
    real = gather(kept.engine, None)
    real = replace(
        real,
        run=replace(real.run, simulated=False, source="files"),
        result=replace(real.result, simulated=False, source="files"),
    )
    assert "imulated market" not in build(kept.engine, real, Drawn({}, "1h", "none"))


def test_nothing_is_loaded_from_anywhere(page: Page, html: str) -> None:
    places = [
        value
        for _, given in page.tags
        for name, value in given.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
    ]
    assert sorted(set(places)) == ["data:,", ATTRIBUTION]
    assert not any(name.startswith("on") or name == "style" for _, given in page.tags for name in given)
    assert not re.search(r"url\(|@import", "".join(page.styles))
    assert len(html.encode()) < 3_000_000


def test_the_policy_allows_just_what_is_there(page: Page) -> None:
    (policy,) = [given["content"] for tag, given in page.tags if tag == "meta" and "http-equiv" in given]
    assert policy.startswith("default-src 'none'; ")
    inline = [text for given, text in page.scripts if "type" not in given]
    hashes = [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in inline]
    assert f"script-src {' '.join(hashes)};" in policy
    style = b64encode(hashlib.sha256("".join(page.styles).encode()).digest()).decode()
    assert f"style-src 'sha256-{style}'" in policy
    assert "unsafe" not in policy


def hostile(kept: Kept) -> Gathered:
    """The run as if its symbols, strategies, source and reasons were chosen by an enemy."""
    gathered = gather(kept.engine, None)
    result, records = gathered.result, gathered.result.records
    for name in ("trades", "fills"):
        rows = [replace(row, symbol=MARKUP, strategy_id=MARKUP) for row in getattr(records, name)]
        setattr(records, name, rows)
    for index, decision in enumerate(records.decisions):
        signal = replace(decision.signal, symbol=MARKUP, strategy_id=MARKUP)
        records.decisions[index] = replace(decision, signal=signal)
    records.breaker_events = [replace(event, name=MARKUP, reason=MARKUP) for event in records.breaker_events]
    run = replace(gathered.run, source=MARKUP, symbols=(MARKUP,), config_hash=MARKUP)
    return replace(
        gathered,
        run=run,
        config_note=MARKUP,
        result=replace(result, symbols=(MARKUP,), strategies=(MARKUP,), source=MARKUP),
    )


def test_hostile_text_is_inert(kept: Kept) -> None:
    candles = {MARKUP: next(iter(kept.universe.candles.values()))}
    html = build(kept.engine, hostile(kept), Drawn(candles, "1h", MARKUP, MARKUP))
    assert MARKUP not in html
    assert "&lt;script&gt;alert(1)" in html
    page = Page(html)
    assert len(page.scripts) == 3
    assert MARKUP in page.data["trades"]


def test_data_cannot_leave_its_element() -> None:
    text = script_json({"a": "</script><!-- & \u2028"})
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_equal_runs_give_equal_bytes_but_for_their_ids(kept: Kept, html: str, tmp_path: Path) -> None:
    assert build(kept.engine, gather(kept.engine, None), drawn(kept)) == html
    other = keep(tmp_path / "other.db", "paper-2")
    again = build(other.engine, gather(other.engine, None), drawn(other))
    assert again.replace("paper-2", "paper-1") == html
