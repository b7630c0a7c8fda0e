"""Symbols: base, group and contract, for names of any venue."""

from decimal import Decimal

import pytest

from engine.market.symbols import base_of, contract_for, contracts
from engine.model.config import Market


@pytest.mark.parametrize(
    ("symbol", "base"),
    [
        ("XBTUSDTM", "XBT"),
        ("BTCUSDT", "XBT"),
        ("BTCUSDTM", "XBT"),
        ("SOLUSDT", "SOL"),
        ("SOL-USDT", "SOL"),
        ("SOL_USDT", "SOL"),
        ("BTC", "XBT"),
        ("SOLEUR", "SOLEUR"),
        ("USDT", "USDT"),
    ],
)
def test_the_base_is_what_is_left_without_the_quote(symbol: str, base: str, market: Market) -> None:
    assert base_of(symbol, market) == base


def test_the_longest_suffix_is_cut_in_whatever_order_they_are_declared(market: Market) -> None:
    assert market.quote_suffixes == ("USDT", "USDTM")
    assert base_of("ETHUSDTM", market) == "ETH"


def test_a_contract_has_the_declared_defaults_and_the_group_of_its_base(
    market: Market, groups: dict[str, tuple[str, ...]]
) -> None:
    contract = contract_for("SOLUSDT", market, groups)
    assert (contract.symbol, contract.base, contract.group) == ("SOLUSDT", "SOL", "l1")
    assert contract.tick_size == Decimal("0.00000001")
    assert contract.lot_size == Decimal("0.001")
    assert contract.max_leverage == 10
    assert contract.maintenance_margin_pct == 1


def test_a_base_without_a_group_is_a_group_of_its_own(
    market: Market, groups: dict[str, tuple[str, ...]]
) -> None:
    assert contract_for("DOGEUSDT", market, groups).group == "DOGE"


def test_groups_may_list_either_name_of_a_base(market: Market) -> None:
    assert contract_for("XBTUSDTM", market, {"major": ("BTC",)}).group == "major"
    assert contract_for("BTCUSDT", market, {"major": ("XBT",)}).group == "major"


def test_contracts_are_ordered_by_symbol(market: Market, groups: dict[str, tuple[str, ...]]) -> None:
    assert list(contracts(["SOLUSDT", "BTCUSDT"], market, groups)) == ["BTCUSDT", "SOLUSDT"]
