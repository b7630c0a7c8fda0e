"""What the broker is told: stress on costs, funding, parts, and the terms of single contracts."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from engine.config.load import ConfigFiles, load_or_fail
from engine.market.symbols import contract_for
from engine.model.config import Config
from engine.model.trading import Contract
from tests.decide.builders import contract, decided, facts, policy, signal

BASE = Path(__file__).parent / "examples" / "base"


def config(folder: Path, execution: str = "", market: str = "") -> Config:
    """The small configuration with lines added to two of its files."""
    shutil.copytree(BASE, folder)
    for name, lines in (("execution", execution), ("market", market)):
        file = folder / "rules" / f"{name}.yaml"
        file.write_text(f"{file.read_text('utf-8')}{lines}\n", "utf-8")
    return load_or_fail(ConfigFiles(folder, "tests"))


def test_without_a_word_nothing_is_added(tmp_path: Path) -> None:
    made = config(tmp_path / "c").execution
    assert (made.taker_fee_pct, made.maker_fee_pct, made.slippage_pct) == (
        Decimal("0.06"),
        Decimal("0.02"),
        Decimal("0.05"),
    )
    assert (made.funding, made.max_volume_share_pct) == ("none", 0)


def test_stress_multiplies_slippage_and_both_fees(tmp_path: Path) -> None:
    made = config(tmp_path / "c", "stress: {slippage: 2, fees: 1.5}").execution
    assert made.slippage_pct == Decimal("0.10")
    assert made.taker_fee_pct == Decimal("0.09")
    assert made.maker_fee_pct == Decimal("0.03")


@pytest.mark.parametrize(("fees", "taker", "maker"), [("2", "0.12", "-0.01"), ("0", "0", "-0.01")])
def test_a_rebate_is_not_multiplied(tmp_path: Path, fees: str, taker: str, maker: str) -> None:
    shutil.copytree(BASE, tmp_path / "c")
    file = tmp_path / "c" / "rules" / "execution.yaml"
    text = file.read_text("utf-8").replace("maker_fee_pct: 0.02", "maker_fee_pct: -0.01")
    file.write_text(f"{text}stress: {{fees: {fees}}}\n", "utf-8")
    made = load_or_fail(ConfigFiles(tmp_path / "c", "tests")).execution
    assert (made.taker_fee_pct, made.maker_fee_pct) == (Decimal(taker), Decimal(maker))


def test_funding_and_parts_are_what_is_written(tmp_path: Path) -> None:
    lines = (
        "funding: {source: recorded, rate_pct: -0.005, every_hours: 4}\n"
        "partial_fills: {max_volume_share_pct: 2.5, max_entry_bars: 7}"
    )
    made = config(tmp_path / "c", lines).execution
    assert (made.funding, made.funding_rate_pct, made.funding_hours) == ("recorded", Decimal("-0.005"), 4)
    assert (made.max_volume_share_pct, made.max_entry_bars) == (Decimal("2.5"), 7)


def terms(made: Contract) -> tuple[Decimal, ...]:
    return made.tick_size, made.lot_size, made.max_leverage, made.maintenance_margin_pct


def test_what_a_contract_leaves_out_is_that_of_the_defaults(tmp_path: Path) -> None:
    lines = (
        "contracts: {XBTUSDTM: {max_leverage: 100, maintenance_margin_pct: 0.4}, ETHUSDTM: {tick_size: 0.05}}"
    )
    made = config(tmp_path / "c", market=lines)

    def of(symbol: str) -> Contract:
        return contract_for(symbol, made.market, made.risk.groups)

    assert terms(of("XBTUSDTM")) == (Decimal("0.1"), Decimal("0.001"), Decimal(100), Decimal("0.4"))
    assert terms(of("ETHUSDTM")) == (Decimal("0.05"), Decimal("0.001"), Decimal(10), Decimal(1))
    assert terms(of("SOLUSDTM")) == (Decimal("0.1"), Decimal("0.001"), Decimal(10), Decimal(1))


def test_leverage_is_the_least_of_what_is_wanted_and_what_the_contract_allows() -> None:
    """7 is wanted; one contract allows 5, another 50. Lots of 0.5: 22.5 coins are 22.5, of 4 they are 20."""
    known = facts(
        contracts={
            symbol: Contract(
                symbol,
                contract(symbol).base,
                symbol,
                Decimal("0.01"),
                Decimal(lot),
                Decimal(most),
                Decimal(1),
            )
            for symbol, lot, most in (("SOLUSDTM", "0.5", 5), ("XBTUSDTM", "4", 50))
        }
    )
    made = decided(signal(symbol="SOLUSDTM"), signal(symbol="XBTUSDTM"), known=known, rules=policy())
    assert {one.signal.symbol: (one.leverage, one.quantity) for one in made} == {
        "SOLUSDTM": (Decimal(5), Decimal("22.5")),
        "XBTUSDTM": (Decimal(7), Decimal(20)),
    }
