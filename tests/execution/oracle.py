"""A paper broker as a clerk would keep it by hand: fractions, plain loops, nothing of the engine.

It knows only the words of the rules. A long has the sign +1, a short -1; a price times its sign is
worse when it is lower, so that one sentence holds for both. All figures are exact fractions; only
fees, funding and the cost of a sold part are rounded, half to even, to 12 digits.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, isnan
from typing import Any

Number = Fraction


def rounded(value: Fraction) -> Fraction:
    return Fraction(round(value * 10**12), 10**12)


def on_grid(price: Fraction, tick: Fraction, up: bool) -> Fraction:
    steps = floor(price / tick)
    return tick * (steps + 1 if up and steps * tick != price else steps)


@dataclass
class Terms:
    """What an execution and a contract say, in fractions; `share` 0 is no limit of volume."""

    slippage: Fraction
    taker: Fraction
    maker: Fraction
    share: Fraction
    entry_bars: int
    ticks: dict[str, Fraction]
    lots: dict[str, Fraction]
    maintenance: Fraction


@dataclass
class Wish:
    """An order that waits for the open of its symbol."""

    id: str
    decision: str
    symbol: str
    sign: int
    purpose: str
    quantity: Fraction
    stop: Fraction = Fraction(0)
    target: Fraction = Fraction(0)
    leverage: Fraction = Fraction(1)
    rank: int = 0
    reason: str | None = None
    tried: int = 0
    begun: bool = False


@dataclass
class Held:
    """An open position: what is left of it, and what was sold of it already."""

    decision: str
    symbol: str
    sign: int
    quantity: Fraction
    cost: Fraction
    stop: Fraction
    target: Fraction
    liquidation: Fraction
    leverage: Fraction
    fees: Fraction
    risk: Fraction
    opened_at: int
    last_fill: Fraction
    best: Fraction
    units: int = 1
    funding: Fraction = Fraction(0)
    sold: Fraction = Fraction(0)
    sold_cost: Fraction = Fraction(0)
    sold_value: Fraction = Fraction(0)


@dataclass
class Clerk:
    """Books that are kept bar by bar: `open`, `inside`, then `follow` and `fund` at the close."""

    terms: Terms
    cash: Fraction
    held: dict[str, Held] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    fills: list[tuple[Any, ...]] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    traded: dict[tuple[str, int], Fraction] = field(default_factory=dict)

    def room(self, symbol: str, at: int, volume: Fraction) -> Fraction | None:
        """What the bar still takes, in whole lots; None: everything."""
        if self.terms.share == 0:
            return None
        left = volume * self.terms.share / 100 - self.traded.get((symbol, at), Fraction(0))
        return floor(left / self.terms.lots[symbol]) * self.terms.lots[symbol]

    def market(self, symbol: str, price: Fraction, buys: bool) -> Fraction:
        worse = 1 + self.terms.slippage / 100 if buys else 1 - self.terms.slippage / 100
        return on_grid(price * worse, self.terms.ticks[symbol], up=buys)

    def liquidation(self, symbol: str, sign: int, mean: Fraction, leverage: Fraction) -> Fraction:
        """Where what is left of the margin is the maintenance margin; the tick on the mean's side."""
        if sign > 0:
            level = mean * (1 - 1 / leverage) / (1 - self.terms.maintenance / 100)
        else:
            level = mean * (1 + 1 / leverage) / (1 + self.terms.maintenance / 100)
        return on_grid(level, self.terms.ticks[symbol], up=sign > 0)

    # The open: what waits, exits of all symbols first, then the others by rank.

    def open(self, at: int, opens: dict[str, Fraction], volumes: dict[str, Fraction]) -> None:
        due = [wish for wish in self.wishes if wish.symbol in opens]
        self.wishes = [wish for wish in self.wishes if wish.symbol not in opens]
        for wish in sorted((w for w in due if w.purpose == "exit"), key=lambda w: w.symbol):
            symbol = wish.symbol
            if symbol in self.held:
                price = self.market(symbol, opens[symbol], buys=wish.sign < 0)
                left = self.sell(
                    wish.id, wish.decision, symbol, price, "taker", str(wish.reason), at, volumes[symbol]
                )
                if left:
                    self.wishes.append(wish)
        for wish in sorted((w for w in due if w.purpose != "exit"), key=lambda w: (w.rank, w.symbol)):
            self.buy(wish, opens[wish.symbol], at, volumes[wish.symbol])

    def buy(self, wish: Wish, opening: Fraction, at: int, volume: Fraction) -> None:
        symbol, held = wish.symbol, self.held.get(wish.symbol)
        is_leaving = any(w.symbol == symbol and w.purpose == "exit" for w in self.wishes)
        belongs = wish.begun or wish.purpose == "add"
        if (belongs and (held is None or is_leaving)) or (not belongs and held is not None):
            return
        room = self.room(symbol, at, volume)
        quantity = wish.quantity if room is None else min(wish.quantity, room)
        if quantity > 0:
            self.take(wish, held, quantity, opening, at)
        wish.tried += 1
        wish.quantity -= quantity
        if wish.quantity > 0 and wish.tried < self.terms.entry_bars:
            self.wishes.append(wish)

    def take(self, wish: Wish, held: Held | None, quantity: Fraction, opening: Fraction, at: int) -> None:
        symbol, sign, tick = wish.symbol, wish.sign, self.terms.ticks[wish.symbol]
        price = self.market(symbol, opening, buys=sign > 0)
        fee = rounded(price * quantity * self.terms.taker / 100)
        stop = on_grid(price - sign * wish.stop, tick, up=sign < 0)
        if held is None:
            held = self.held[symbol] = Held(
                wish.decision,
                symbol,
                sign,
                quantity=Fraction(0),
                cost=Fraction(0),
                stop=stop,
                target=on_grid(price + sign * wish.target, tick, up=sign > 0),
                liquidation=Fraction(0),
                leverage=wish.leverage,
                fees=Fraction(0),
                risk=Fraction(0),
                opened_at=at,
                last_fill=price,
                best=price,
            )
        elif wish.purpose == "add" and not wish.begun:
            held.units += 1
            held.last_fill = price
            held.stop = sign * max(sign * stop, sign * held.stop)
        wish.begun = True
        held.quantity += quantity
        held.cost += price * quantity
        held.fees += fee
        held.risk += wish.stop * quantity
        held.liquidation = self.liquidation(symbol, sign, held.cost / held.quantity, held.leverage)
        self.cash -= fee
        self.note(wish.id, wish.decision, symbol, sign, wish.purpose, quantity, price, fee, "taker", at, None)

    # Inside the bar: what rests at a level, unless the position is being sold already.

    def inside(
        self, at: int, bars: dict[str, tuple[Fraction, Fraction, Fraction]], volumes: dict[str, Fraction]
    ) -> None:
        leaving = {wish.symbol for wish in self.wishes if wish.purpose == "exit"}
        for symbol in sorted(set(bars) & set(self.held) - leaving):
            held = self.held[symbol]
            opening, best, worst = (price * held.sign for price in bars[symbol])
            best, worst = max(best, worst), min(best, worst)
            stop, target = held.stop * held.sign, held.target * held.sign
            nearest = max(stop, held.liquidation * held.sign)
            name = "stop" if nearest == stop else "liquidation"
            if opening <= nearest:
                price, reason = opening, name
            elif opening >= target:
                price, reason = opening, "target"
            elif worst <= nearest:
                price, reason = nearest, name
            elif best >= target:
                price, reason = target, "target"
            else:
                continue
            price *= held.sign
            again = f"-{at}" if held.sold else ""
            order = f"{held.decision}-{reason}{again}"
            if reason == "target":
                self.sell(order, held.decision, symbol, price, "maker", reason, at, volumes[symbol])
                continue
            price = self.market(symbol, price, buys=held.sign < 0)
            if self.sell(order, held.decision, symbol, price, "taker", reason, at, volumes[symbol]):
                wish = Wish(order, held.decision, symbol, held.sign, "exit", held.quantity, reason=reason)
                self.wishes.append(wish)

    def sell(
        self,
        order: str,
        decision: str,
        symbol: str,
        price: Fraction,
        liquidity: str,
        reason: str,
        at: int,
        volume: Fraction,
    ) -> bool:
        """Sells what the bar takes; whether something is left."""
        held, room = self.held[symbol], self.room(symbol, at, volume)
        quantity = held.quantity if room is None else min(held.quantity, room)
        if quantity > 0:
            pct = self.terms.taker if liquidity == "taker" else self.terms.maker
            fee = rounded(price * quantity * pct / 100)
            is_all = quantity == held.quantity
            cost = held.cost if is_all else rounded(held.cost * quantity / held.quantity)
            held.fees += fee
            held.quantity -= quantity
            held.cost -= cost
            held.sold += quantity
            held.sold_cost += cost
            held.sold_value += price * quantity
            self.cash += (price * quantity - cost) * held.sign - fee
            self.note(order, decision, symbol, held.sign, "exit", quantity, price, fee, liquidity, at, reason)
        if held.quantity == 0:
            self.finish(self.held.pop(symbol), at, reason, decision)
            return False
        return True

    def finish(self, held: Held, at: int, reason: str, decision: str) -> None:
        gross = (held.sold_value - held.sold_cost) * held.sign
        net = gross - held.fees - held.funding
        self.trades.append(
            {
                "id": held.decision,
                "symbol": held.symbol,
                "side": "long" if held.sign > 0 else "short",
                "quantity": held.sold,
                "entry_price": rounded(held.sold_cost / held.sold),
                "exit_price": rounded(held.sold_value / held.sold),
                "opened_at": held.opened_at,
                "closed_at": at,
                "gross_pnl": gross,
                "fees": held.fees,
                "funding": held.funding,
                "pnl": net,
                "pnl_pct": 100 * net / held.sold_cost,
                "r_multiple": net / held.risk,
                "exit_reason": reason,
                "exit_decision_id": None if decision == held.decision else decision,
            }
        )

    def note(self, order: str, decision: str, symbol: str, sign: int, *figures: Any) -> None:
        purpose, quantity, price, fee, liquidity, at, reason = figures
        side = "long" if sign > 0 else "short"
        self.traded[symbol, at] = self.traded.get((symbol, at), Fraction(0)) + quantity
        self.fills.append(
            (order, decision, symbol, side, purpose, quantity, price, fee, liquidity, at, reason)
        )

    # The close: stops follow, funding is paid, what is open is marked.

    def follow(
        self,
        symbol: str,
        rules: list[tuple[str, Fraction]],
        distances: list[float],
        high: Fraction,
        low: Fraction,
        close: Fraction,
    ) -> None:
        held, tick = self.held[symbol], self.terms.ticks[symbol]
        sign = held.sign
        held.best = max(held.best, high) if sign > 0 else min(held.best, low)
        for (kind, value), distance in zip(rules, distances, strict=True):
            if kind == "percent":
                level = held.best * (1 - sign * value / 100)
            elif kind == "breakeven":
                level = held.cost / held.quantity
                if (held.best - level) * sign < value * held.risk / (held.quantity + held.sold):
                    continue
            elif isnan(distance):
                continue
            else:
                begin = held.best if kind == "chandelier" else close
                level = begin - sign * value * Fraction(repr(distance))
            level = on_grid(level, tick, up=sign < 0)
            held.stop = sign * max(sign * held.stop, sign * level)

    def fund(self, symbol: str, rate: Fraction, mark: Fraction) -> None:
        held = self.held[symbol]
        payment = held.sign * rounded(held.quantity * mark * rate / 100)
        held.funding += payment
        self.cash -= payment

    def equity(self, marks: dict[str, Fraction]) -> Fraction:
        open_pnl = [(marks[s] * h.quantity - h.cost) * h.sign for s, h in self.held.items()]
        return self.cash + sum(open_pnl, Fraction(0))
