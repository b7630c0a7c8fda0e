"""The whole configuration as frozen records: what validated, built; nothing here has a default."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine.model.expression import Expression
from engine.model.strategy import Bonus, Param, Strategy, Tier

BreakerReset = Literal["cooldown", "next_day", "cooldown_or_next_day", "manual"]
BreakerAction = Literal["block", "reduce", "flatten"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Portfolio limits; percentages are of equity, `min_order_value` in quote currency."""

    max_position_pct: float
    max_total_risk_pct: float
    refuse_total_risk_from_pct: float
    max_total_exposure_pct: float
    max_positions: int
    max_group_risk_pct: float
    max_same_direction: int
    min_order_value: Decimal


@dataclass(frozen=True, slots=True)
class Kelly:
    """Fractional Kelly: from `min_trades` outcomes on, over the last `window_trades`. Less than
    `zero_below_pct` % of equity is no size: it counts as 0.
    """

    enabled: bool
    min_trades: int
    window_trades: int
    fraction: float
    prior_wins: float
    prior_losses: float
    zero_below_pct: float = 0.0


@dataclass(frozen=True, slots=True)
class Sizing:
    """Size = base x factors; `volatility` is an expression over bars of `volatility_timeframe`."""

    leverage: Decimal
    kelly: Kelly
    params: Mapping[str, Param]
    volatility_timeframe: str
    volatility: Expression
    factors: tuple[Bonus, ...]


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker: trips where the fact `measure` reaches `limit`."""

    name: str
    title: str
    params: Mapping[str, Param]
    measure: Expression
    limit: Expression
    rearm_step_pct: float
    cooldown_hours: float
    reset: BreakerReset
    clear: Expression | None
    action: BreakerAction
    reduce_factor: float


@dataclass(frozen=True, slots=True)
class Risk:
    """`risk.yaml`."""

    limits: Limits
    sizing: Sizing
    breakers: tuple[Breaker, ...]
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What a venue says of a contract, or what holds as long as it has not told."""

    tick_size: Decimal
    lot_size: Decimal
    max_leverage: Decimal
    maintenance_margin_pct: Decimal


@dataclass(frozen=True, slots=True)
class CandlePolicy:
    """What is done with each kind of bad candle."""

    duplicates: Literal["keep_first", "keep_last", "refuse"]
    disorder: Literal["sort", "refuse"]
    nonsense: Literal["drop", "refuse"]
    zero_volume: Literal["keep", "drop"]
    gaps: Literal["keep", "refuse"]


@dataclass(frozen=True, slots=True)
class Regime:
    """One regime of the simulated market: drift in % a day, volatility as a factor."""

    name: str
    drift_pct: float
    volatility: float
    mean_days: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """The embedded market. Shares are of variance; rates are a year; start is UTC ms."""

    seed: int
    start_ms: int
    days: int
    replay_days: int
    annual_volatility_pct: Mapping[str, float]
    market_share: float
    group_share: float
    tail_degrees: float
    clustering_persistence: float
    clustering_shock: float
    regimes: tuple[Regime, ...]
    jumps_a_year: float
    jump_size_pct: float
    gaps_a_year: float
    gap_max_bars: int


@dataclass(frozen=True, slots=True)
class Market:
    """`rules/market.yaml`."""

    venue: str
    timeframe: str
    quote_suffixes: tuple[str, ...]
    aliases: Mapping[str, str]
    symbols: tuple[str, ...]
    contract_defaults: ContractTerms
    contracts: Mapping[str, ContractTerms]
    candles: CandlePolicy
    simulated: Simulated


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`rules/aggregation.yaml`."""

    params: Mapping[str, Param]
    blacklist: tuple[str, ...]
    max_signal_age_bars: int
    min_stop_pct: float
    min_stop_ticks: int
    min_consensus: int
    adjust: tuple[Bonus, ...]
    confidence_floor: float
    confidence_cap: float
    min_confidence: float
    max_signals_per_cycle: int
    cooldown_minutes: float
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecondChance:
    """`rules/second_chance.yaml`."""

    params: Mapping[str, Param]
    enabled: bool
    raw_floor: float
    rescue_at: float
    cap: float
    indicators: Mapping[str, Expression]
    default_bonus: Mapping[str, float]
    add: tuple[Bonus, ...]


@dataclass(frozen=True, slots=True)
class Multipliers:
    """`rules/multipliers.yaml`. `rules` are (name, tier) in order; `return_after` outcomes decide
    whether a strategy that stands at 0 trades again.
    """

    params: Mapping[str, Param]
    window_outcomes: int
    min_outcomes: int
    rules: tuple[tuple[str, Tier], ...]
    otherwise: Expression
    counterfactual_codes: tuple[str, ...]
    horizon_bars: int
    return_after: int
    interval_level: float
    interval_resamples: int


@dataclass(frozen=True, slots=True)
class Execution:
    """`rules/execution.yaml`: fees and slippage in % of price or notional, stress included.

    `funding_rate_pct` is what a long pays a short, in % of notional, every `funding_hours`; recorded
    rates, where the candles' folder has them, come first if `funding` says so. At most
    `max_volume_share_pct` of a bar's volume is filled in one bar (0: no limit), the rest in the
    next ones; of an entry for `max_entry_bars` bars. An entry whose symbol has no bar for
    `max_wait_bars` bars of the feed is cancelled.
    """

    broker: str
    starting_equity: Decimal
    taker_fee_pct: Decimal
    maker_fee_pct: Decimal
    slippage_pct: Decimal
    funding: Literal["none", "constant", "recorded"] = "none"
    funding_rate_pct: Decimal = Decimal(0)
    funding_hours: int = 8
    max_volume_share_pct: Decimal = Decimal(0)
    max_entry_bars: int = 1
    max_wait_bars: int = 48


@dataclass(frozen=True, slots=True)
class Config:
    """Everything declared. `hash` is over the canonical form: no order of keys or of sets counts.

    `document` is that canonical form (JSON text), stored with every run.
    """

    hash: str
    document: str
    strategies: Mapping[str, Strategy]
    risk: Risk
    market: Market
    aggregation: Aggregation
    second_chance: SecondChance
    multipliers: Multipliers
    execution: Execution
