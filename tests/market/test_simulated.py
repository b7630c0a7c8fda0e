"""The simulated market: the same for the same seed, sane bar by bar, roughly as declared."""

from dataclasses import replace

import numpy as np
import pytest

from engine.market.simulated import simulated_universe
from engine.market.simulated_bars import round_to
from engine.model.candles import COLUMNS, Candles
from engine.model.config import Market
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS, DURATION_MS, HOUR_MS

Groups = dict[str, tuple[str, ...]]

SYMBOLS = ("XBTUSDTM", "SOLUSDTM", "AVAXUSDTM", "NEARUSDTM", "UNIUSDTM", "LINKUSDTM", "INJUSDTM", "TONUSDTM")


def equal(one: Candles, other: Candles) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("time", *COLUMNS))


def test_the_same_seed_gives_the_same_bars_and_another_seed_others(market: Market, groups: Groups) -> None:
    first, again, other = (simulated_universe(market, groups, SYMBOLS, "1h", s, 20) for s in (1, 1, 2))
    assert first.data_hash == again.data_hash
    assert first.data_hash != other.data_hash


def test_it_says_that_it_is_made(market: Market, groups: Groups) -> None:
    universe = simulated_universe(market, groups, SYMBOLS, "1h", 7, 2)
    assert universe.simulated
    assert universe.source == "simulated market, seed 7: made, not measured"
    assert (universe.timeframe, universe.symbols) == ("1h", tuple(sorted(SYMBOLS)))


def test_neither_order_nor_company_of_symbols_matters(market: Market, groups: Groups) -> None:
    whole = simulated_universe(market, groups, SYMBOLS, "1h", 3, 30)
    turned = simulated_universe(market, groups, SYMBOLS[::-1], "1h", 3, 30)
    assert whole.data_hash == turned.data_hash
    assert turned.symbols == whole.symbols
    for symbol in SYMBOLS:
        alone = simulated_universe(market, groups, [symbol], "1h", 3, 30)
        assert equal(alone.candles[symbol], whole.candles[symbol])


def test_the_order_of_groups_and_of_their_bases_does_not_matter(market: Market, groups: Groups) -> None:
    turned = {name: bases[::-1] for name, bases in reversed(groups.items())}
    one, other = (simulated_universe(market, how, SYMBOLS, "1h", 3, 10) for how in (groups, turned))
    assert one.data_hash == other.data_hash


def test_fewer_days_are_a_prefix_of_more(market: Market, groups: Groups) -> None:
    long = simulated_universe(market, groups, SYMBOLS, "1h", 5, 60)
    short = simulated_universe(market, groups, SYMBOLS, "1h", 5, 25)
    end = market.simulated.start_ms + 25 * DAY_MS
    for symbol in SYMBOLS:
        assert equal(short.candles[symbol], long.candles[symbol].between(None, end))


def test_days_are_as_declared_unless_asked_for(calm_market: Market, groups: Groups) -> None:
    declared = simulated_universe(calm_market, groups, ["SOLUSDTM"], "1h", 1).candles["SOLUSDTM"]
    asked = simulated_universe(calm_market, groups, ["SOLUSDTM"], "1h", 1, 3).candles["SOLUSDTM"]
    assert (len(declared), len(asked)) == (120 * 24, 3 * 24)
    assert declared.time[0] == calm_market.simulated.start_ms


@pytest.mark.parametrize("timeframe", ["5m", "30m", "1h", "4h", "1d"])
def test_bars_are_sane_on_every_timeframe(timeframe: str, market: Market, groups: Groups) -> None:
    universe = simulated_universe(market, groups, SYMBOLS, timeframe, 7, 20)
    step = DURATION_MS[timeframe]
    for bars in universe.candles.values():
        assert bars.timeframe == timeframe
        assert (bars.time % step == 0).all()
        assert (np.diff(bars.time) > 0).all()
        assert (bars.low > 0).all()
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert (bars.volume > 0).all()
        for name in COLUMNS:
            assert np.isfinite(getattr(bars, name)).all()


def test_an_open_is_the_close_before_it_now_and_then_a_little_off(
    calm_market: Market, groups: Groups
) -> None:
    bars = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7).candles["SOLUSDTM"]
    off = np.abs(bars.open[1:] / bars.close[:-1] - 1)
    assert 0.005 < np.mean(off > 1e-4) < 0.06
    assert off.max() < 0.05


def test_prices_have_five_digits() -> None:
    prices = np.array([0.00123456789, 0.1234549, 9.999951, 12345.67, 123456.7])
    assert round_to(5, prices).tolist() == [0.0012346, 0.12345, 10.0, 12346.0, 123460.0]


def test_start_prices_differ(market: Market, groups: Groups) -> None:
    universe = simulated_universe(market, groups, SYMBOLS, "1h", 7, 1)
    assert len({bars.open[0] for bars in universe.candles.values()}) == len(SYMBOLS)


def test_volatility_is_roughly_as_declared(market: Market, groups: Groups) -> None:
    for seed in (1, 2, 3):
        universe = simulated_universe(market, groups, SYMBOLS, "1h", seed, 300)
        for symbol, bars in universe.candles.items():
            declared = 55 if symbol.startswith("XBT") else 95
            measured = np.diff(np.log(bars.close)).std() * np.sqrt(365 * 24) * 100
            assert declared / 1.35 < measured < declared * 1.35


def test_tails_are_fat_and_volatility_clusters(calm_market: Market, groups: Groups) -> None:
    universe = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7, 300)
    for bars in universe.candles.values():
        returns = np.diff(np.log(bars.close))
        centred = returns - returns.mean()
        assert np.mean(centred**4) / np.mean(centred**2) ** 2 > 4.5
        size = np.abs(returns)
        assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.08


def test_symbols_of_a_group_move_together_more_than_others(calm_market: Market, groups: Groups) -> None:
    universe = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7, 300)
    hourly = {symbol: np.diff(np.log(bars.close)) for symbol, bars in universe.candles.items()}
    group = {f"{base}USDTM": name for name, bases in groups.items() for base in bases}
    within, across = [], []
    for i, one in enumerate(SYMBOLS):
        for other in SYMBOLS[i + 1 :]:
            same = group.get(one, one) == group.get(other, other)
            (within if same else across).append(np.corrcoef(hourly[one], hourly[other])[0, 1])
    assert 0.35 < np.mean(across) < 0.6
    assert 0.6 < np.mean(within) < 0.8
    assert min(within) > max(across)


def test_there_are_bull_and_bear_stretches(calm_market: Market, groups: Groups) -> None:
    universe = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7, 300)
    months = np.mean([np.diff(np.log(bars.close[::720])) for bars in universe.candles.values()], axis=0)
    assert months.max() > 0.05
    assert months.min() < -0.05


def test_drift_of_a_regime_moves_all_prices(calm_market: Market, groups: Groups) -> None:
    bull = replace(calm_market.simulated.regimes[0], drift_pct=3.0)
    rising = replace(calm_market, simulated=replace(calm_market.simulated, regimes=(bull,)))
    universe = simulated_universe(rising, groups, SYMBOLS, "1h", 7, 100)
    for bars in universe.candles.values():
        assert bars.close[-1] > 3 * bars.close[0]


def test_gaps_are_there_as_often_and_as_long_as_declared(market: Market, groups: Groups) -> None:
    universe = simulated_universe(market, groups, SYMBOLS, "1h", 7, 360)
    lengths = np.concatenate([np.diff(bars.time) // HOUR_MS - 1 for bars in universe.candles.values()])
    holes = lengths[lengths > 0]
    assert 0.6 * 6 * len(SYMBOLS) < len(holes) < 1.4 * 6 * len(SYMBOLS)
    assert set(holes.tolist()) == {1, 2, 3, 4, 5}
    assert all(bars.time[0] == market.simulated.start_ms for bars in universe.candles.values())


def test_without_declared_gaps_there_are_none(calm_market: Market, groups: Groups) -> None:
    universe = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7, 60)
    assert all(len(bars) == 60 * 24 for bars in universe.candles.values())


def test_jumps_are_as_often_and_as_large_as_declared(market: Market, groups: Groups) -> None:
    quiet = replace(market.simulated, annual_volatility_pct={"other": 0.5}, jumps_a_year=60.0)
    universe = simulated_universe(replace(market, simulated=quiet), groups, SYMBOLS, "1h", 7, 360)
    returns = np.concatenate([np.diff(np.log(bars.close)) for bars in universe.candles.values()])
    jumps = np.abs(returns[np.abs(returns) > 0.02])
    assert 0.7 * 60 * len(SYMBOLS) < len(jumps) < 1.3 * 60 * len(SYMBOLS)
    assert 0.05 < jumps.mean() < 0.07


def test_volume_rises_with_the_move_and_has_a_daily_rhythm(calm_market: Market, groups: Groups) -> None:
    bars = simulated_universe(calm_market, groups, SYMBOLS, "1h", 7).candles["SOLUSDTM"]
    moved = np.abs(np.log(bars.close[1:] / bars.close[:-1]))
    large = moved > np.quantile(moved, 0.9)
    assert np.median(bars.volume[1:][large]) > 1.5 * np.median(bars.volume[1:][~large])
    by_hour = [np.median(bars.volume[hour::24]) for hour in range(24)]
    assert by_hour[14] > 1.3 * by_hour[3]


@pytest.mark.parametrize(
    ("symbols", "timeframe", "days", "said"),
    [
        (["SOLUSDTM"], "3h", 5, "unknown timeframe 3h"),
        (["SOLUSDTM"], "1h", 0, "at least one day, not 0"),
        ([], "1h", 5, "at least one symbol"),
    ],
)
def test_what_cannot_be_made_is_refused(
    symbols: list[str], timeframe: str, days: int, said: str, market: Market, groups: Groups
) -> None:
    with pytest.raises(CashTownError, match=said):
        simulated_universe(market, groups, symbols, timeframe, 7, days)


def test_any_seed_will_do(market: Market, groups: Groups) -> None:
    hashes = {
        simulated_universe(market, groups, ["SOLUSDTM"], "1h", s, 1).data_hash for s in (-1, 0, 1, 2**70)
    }
    assert len(hashes) == 4
