"""A run read back from the ledger as the result that it was, with the rules it ran by."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Engine

from engine.config.build import build_from_document
from engine.ledger import find, read
from engine.ledger.records import RunRecord
from engine.model.config import Config
from engine.model.problem import CashTownError
from engine.model.trading import Order
from engine.research.result import Records, Result


@dataclass(frozen=True, slots=True)
class Gathered:
    """A run with everything that the ledger holds of it.

    `config` is the configuration that was stored with it; None, with `config_note` saying why, where
    it cannot be read any more. `result` has no performances: their end is in the run's own summary.
    """

    run: RunRecord
    config: Config | None
    config_note: str
    result: Result

    @property
    def learned(self) -> list[dict[str, object]]:
        """What each strategy's record made of its size, as it stood at the end; empty before."""
        return list(self.run.summary.get("learning", ()))

    @property
    def entry_orders(self) -> dict[str, Order]:
        """The first entry order of each decision."""
        found: dict[str, Order] = {}
        for order in self.result.records.orders:
            if order.purpose == "entry":
                found.setdefault(order.decision_id, order)
        return found


def gather(engine: Engine, run_id: str | None) -> Gathered:
    """The run with this id, or its first letters (None: the latest). CashTownError where there is none."""
    run = find.latest_run(engine) if run_id is None else find.find_run(engine, run_id)
    config, note = _config(engine, run)
    return Gathered(run, config, note, _result(engine, run, config))


def _config(engine: Engine, run: RunRecord) -> tuple[Config | None, str]:
    """A configuration of an older version may not be readable any more: a report goes on without it."""
    try:
        return build_from_document(read.config_document(engine, run.config_hash)), ""
    except CashTownError as error:
        return None, str(error)


def _result(engine: Engine, run: RunRecord, config: Config | None) -> Result:
    records = Records(
        decisions=read.decisions(engine, run.run_id),
        orders=read.orders(engine, run.run_id),
        fills=read.fills(engine, run.run_id),
        trades=read.trades(engine, run.run_id),
        equity=read.equity(engine, run.run_id),
        breaker_events=read.breaker_events(engine, run.run_id),
    )
    open_now = read.positions(engine, run.run_id)
    last = records.equity[-1] if records.equity else None
    from_ms = records.equity[0].at if records.equity else run.from_ms or 0
    return Result(
        run_id=run.run_id,
        source=run.source,
        simulated=run.simulated,
        timeframe=run.timeframe,
        symbols=run.symbols,
        strategies=_strategies(run, config),
        config_hash=run.config_hash,
        data_hash=run.data_hash,
        seed=run.seed or 0,
        from_ms=from_ms,
        to_ms=from_ms if last is None else last.at,
        bars=len(records.equity),
        starting_equity=run.starting_equity,
        final_equity=run.starting_equity if last is None else last.equity,
        records=records,
        positions={each.position.symbol: each.position for each in open_now},
        marks={each.position.symbol: _mark(each.mark, each.position.entry_price) for each in open_now},
        breakers={state.name: state for state in read.breakers(engine, run.run_id)},
        performances={},
        pending_counterfactuals=0,
        interrupted=run.status == "interrupted",
    )


def _mark(mark: Decimal | None, entry: Decimal) -> Decimal:
    """A position that was never marked stands at its entry."""
    return entry if mark is None else mark


def _strategies(run: RunRecord, config: Config | None) -> tuple[str, ...]:
    """The strategies that took part, in their fixed order."""
    noted = run.summary.get("run", {}).get("strategies")
    if noted:
        return tuple(noted)
    if config is None:
        return ()
    order = {name: place for place, name in enumerate(config.aggregation.order)}
    enabled = [name for name, strategy in config.strategies.items() if strategy.enabled]
    return tuple(sorted(enabled, key=lambda name: (order.get(name, len(order)), name)))
