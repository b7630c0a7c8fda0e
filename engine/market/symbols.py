"""What a symbol stands for: its base, its correlation group, its contract."""

from collections.abc import Mapping, Sequence

from engine.model.config import Market
from engine.model.trading import Contract

Groups = Mapping[str, tuple[str, ...]]

SEPARATORS = "-_/:"


def base_of(symbol: str, market: Market) -> str:
    """The base of `symbol` under its one name: "BTC-USDT", "BTCUSDT" and "XBTUSDTM" give "XBT".

    The longest declared quote suffix is cut off, then the alias applies. A symbol without a
    known suffix is its own base.
    """
    for suffix in sorted(market.quote_suffixes, key=len, reverse=True):
        base = symbol.removesuffix(suffix).rstrip(SEPARATORS)
        if symbol.endswith(suffix) and base:
            return market.aliases.get(base, base)
    return market.aliases.get(symbol, symbol)


def group_of(base: str, market: Market, groups: Groups) -> str:
    """The correlation group that lists `base` (under any alias), else one named after the base."""
    for name, members in groups.items():
        if base in {market.aliases.get(member, member) for member in members}:
            return name
    return base


def contract_for(symbol: str, market: Market, groups: Groups) -> Contract:
    """The contract of `symbol`: its own terms as declared, else those of `contract_defaults`."""
    base = base_of(symbol, market)
    terms = market.contracts.get(symbol, market.contract_defaults)
    return Contract(
        symbol=symbol,
        base=base,
        group=group_of(base, market, groups),
        tick_size=terms.tick_size,
        lot_size=terms.lot_size,
        max_leverage=terms.max_leverage,
        maintenance_margin_pct=terms.maintenance_margin_pct,
    )


def contracts(symbols: Sequence[str], market: Market, groups: Groups) -> dict[str, Contract]:
    """The contracts of `symbols`, keyed and ordered by symbol."""
    return {symbol: contract_for(symbol, market, groups) for symbol in sorted(symbols)}
