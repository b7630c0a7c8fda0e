"""The summary on a terminal: it fits, says what it must, and needs neither colour nor Unicode."""

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from engine.commands.summary_view import SIMULATED, render
from engine.model.account import BreakerState, EquityPoint, Performance
from engine.model.decision import Decision
from engine.model.signal import Signal
from engine.model.trading import Position, Trade
from engine.research.figures import NONE, amount, amounts, exact, figure, price, rate, sparkline
from engine.research.result import Records, Result
from engine.research.summary import summarise

DAY = 86_400_000
YEAR = 365 * DAY
NEW_YEAR_2019 = 1_546_300_800_000
STRATEGIES = ("trend-following", "mean-reversion", "turtle")


def decision(id: str, at: int, code: str | None = None) -> Decision:
    signal = Signal("trend-following", "BTCUSDT", "long", at, at, 100.0, 0.6, 8.0, 20.0)
    return Decision(id, "c", at, signal, "refused" if code else "enter", 0.6, code=code)


def summary(
    simulated: bool = False,
    years: int = 4,
    trades: int = 3,
    gap: str = "0",
    reason: str = "drawdown_pct 15.20 reached 15.00",
) -> Mapping[str, Any]:
    """Accepted entries at the start of 2019, one refusal, trades of +1,234.56 each, one open position."""
    pnl = Decimal("1234.56")
    final = 10_000 + trades * pnl + 5 - 1
    end = NEW_YEAR_2019 + years * YEAR - DAY
    accepted = [decision(f"d{index}", NEW_YEAR_2019) for index in range(trades)]
    closed = [
        Trade(
            each.id,
            each.id,
            "trend-following",
            "BTCUSDT",
            "long",
            Decimal(1),
            Decimal(100),
            Decimal(1340),
            NEW_YEAR_2019,
            NEW_YEAR_2019 + DAY,
            pnl + 5,
            Decimal(5),
            Decimal(0),
            pnl,
            12.0,
            2.5,
            "target",
        )
        for each in accepted
    ]
    equity = [
        EquityPoint(
            NEW_YEAR_2019, Decimal(9_000), Decimal(9_000), Decimal(0), Decimal(9_000), 10.0, 0.0, 0.0, 0
        ),
        EquityPoint(end, final, final - 5, Decimal(5), final, 0.0, 3.0, 1.0, 1),
    ]
    held = Position(
        id="d9",
        decision_id="d9",
        strategy_id="turtle",
        symbol="ETHUSDT",
        side="short",
        quantity=Decimal(1),
        cost=Decimal(105),
        stop=Decimal(113),
        target=Decimal(80),
        liquidation=Decimal(120),
        leverage=Decimal(7),
        fees=Decimal(1),
        initial_risk=Decimal(8),
        opened_at=end,
    )
    result = Result(
        run_id="backtest-1",
        source="1d candle files in a folder [of mine]",
        simulated=simulated,
        timeframe="1d",
        symbols=tuple(f"COIN{number}USDT" for number in range(20)),
        strategies=STRATEGIES,
        config_hash="c",
        data_hash="d",
        seed=1,
        from_ms=NEW_YEAR_2019,
        to_ms=end,
        bars=years * 365,
        starting_equity=Decimal(10_000),
        final_equity=final + Decimal(gap),
        records=Records(
            decisions=[*accepted, decision("r1", NEW_YEAR_2019, "breaker")], trades=closed, equity=equity
        ),
        positions={"ETHUSDT": held},
        marks={"ETHUSDT": Decimal(100)},
        breakers={"max_drawdown": BreakerState("max_drawdown", is_tripped=True, reason=reason)},
        performances={name: Performance(name, kelly_note="3 of 20 trades") for name in STRATEGIES},
        pending_counterfactuals=0,
    )
    return summarise(result)


def shown(width: int = 80, **changes: Any) -> str:
    """What a pipe of this width is given."""
    text = io.StringIO()
    render(summary(**changes), Console(file=text, width=width))
    return text.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("years", [1, 4, 12])
def test_it_fits_the_width_and_is_never_cut(width: int, years: int) -> None:
    text = shown(width, years=years)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_the_headline() -> None:
    lines = [" ".join(line.split()) for line in shown().splitlines()]
    text = "\n".join(lines)
    assert "1d candle files in a folder [of mine]" in text
    assert "2019-01-01 to 2022-12-30, 1,460 bars of 1d" in text
    assert "Equity 10,000.00 to 13,707.68 (+3,707.68)" in text
    for figures in ("Return +37.08%", "Max drawdown 10.00%", "Win rate 100.0%", "Expectancy +2.500 R"):
        assert figures in text
    assert "Profit factor no losses" in text
    assert "from 2019-01-01 to 2019-01-01, recovered 2022-12-30" in text


def test_strategies_by_side_and_by_year() -> None:
    lines = [line.split() for line in shown().splitlines()]
    assert ["trend-following", "long", "4", "3", "3", "100.0%", "+2.50", "+3,704", "15.00"] in lines
    assert ["trend-following", "long", "3", "/", "4", *(3 * ["0", "/", "0"])] in lines
    assert ["Strategy", "Side", "2019", "2020", "2021", "2022"] in lines


def test_a_wide_terminal_shows_more_columns() -> None:
    narrow, wide = shown(80), shown(120)
    assert "Merged" in wide
    assert "P&L a trade" in wide
    assert "Merged" not in narrow


def test_many_years_are_told_in_several_tables() -> None:
    text = shown(80, years=12)
    assert text.count("How often each fires, per year") == 3
    assert all(str(year) in text for year in range(2019, 2031))


def test_each_refusal_is_explained() -> None:
    assert "breaker              1  100.0%  A circuit breaker held back all entries." in shown()


def test_breakers_positions_and_books() -> None:
    text = shown(120)
    assert "tripped: drawdown_pct 15.20 reached 15.00" in text
    assert "ETHUSDT  turtle    short  2022-12-30    105   100     +5.00" in text
    assert "The books add up: 10,000.00 at the start, 3,703.68 net from closed trades, 5.00 open P&L" in text


def test_books_that_do_not_add_up_cannot_be_overlooked() -> None:
    text = " ".join(shown(gap="-0.000000000001").split())
    assert "THE BOOKS DO NOT ADD UP" in text
    assert "only with -0.000000000001." in text


def test_a_simulated_market_says_so_first_and_last() -> None:
    lines = shown(simulated=True).strip().splitlines()
    assert SIMULATED in lines[0]
    assert SIMULATED in lines[-1]
    assert SIMULATED not in shown(simulated=False)


def test_a_run_without_trades() -> None:
    text = shown(trades=0)
    assert re.search(r"Profit factor +- +│", text)
    assert re.search(r"Mean win / loss +- / -", text)
    assert "no losses" not in text


def test_words_in_brackets_are_words() -> None:
    assert "tripped: [bold]x[/bold]" in shown(120, reason="[bold]x[/bold]")


def test_a_pipe_gets_no_escape_codes() -> None:
    assert "\x1b" not in shown(simulated=True)


def test_without_colour_a_terminal_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = io.StringIO()
    render(summary(simulated=True), Console(file=text, width=80, force_terminal=True))
    assert "\x1b[33m" not in text.getvalue()
    assert "\x1b[1;33m" not in text.getvalue()


def test_a_terminal_without_unicode() -> None:
    written = io.BytesIO()
    text = io.TextIOWrapper(written, encoding="ascii")
    render(summary(simulated=True), Console(file=text, width=80))
    text.flush()
    assert b"How often each fires" in written.getvalue()


def test_strategies_that_did_nothing_are_dimmed() -> None:
    text = io.StringIO()
    render(summary(), Console(file=text, width=80, force_terminal=True, color_system="standard"))
    (line, *_) = [line for line in text.getvalue().splitlines() if "turtle" in line]
    assert "\x1b[2m" in line


def test_figures_have_sensible_digits() -> None:
    assert [amount(value) for value in ("1234.567", "-0.001", 123456.7, None)] == [
        "1,234.57",
        "0.00",
        "123,457",
        NONE,
    ]
    assert [amount(value, signed=True) for value in ("5", "-5", "0")] == ["+5.00", "-5.00", "0.00"]
    assert amounts(["1", "-20.5", None]) == ["1.00", "-20.50", NONE]
    assert amounts(["1", "1000", None], signed=True) == ["+1", "+1,000", NONE]
    assert exact("-1234567.000000000001") == "-1,234,567.000000000001"
    assert (figure(None), figure(1.005, 1, signed=True, unit="%"), rate(0.5)) == (NONE, "+1.0%", "50.0%")
    assert [price(value) for value in ("0.000012345678", 50.0, "68123.44", 12345678.0)] == [
        "0.0000123457",
        "50",
        "68123.4",
        "12,345,678",
    ]


def test_a_sparkline_spans_its_values() -> None:
    assert sparkline([1.0, 2.0, 8.0]) == "▁▂█"
    assert sparkline([5.0, 5.0]) == "▁▁"
