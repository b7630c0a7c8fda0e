"""`why` explains a decision out of the ledger alone: conditions, confidence, gates, size, outcome."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.commands.why import why_command
from engine.ledger.records import Batch
from engine.model.account import Facts, Performance
from engine.model.decision import Decision
from engine.model.problem import CashTownError
from tests.commands import decided
from tests.commands.decided import decisions, held, trend_signal, turtle_signal
from tests.ledger import samples


def why(*arguments: str) -> str:
    """The text with its blanks folded: how it is laid out is not what is tested here."""
    result = CliRunner().invoke(why_command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def document(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(why_command, [*arguments, "--format", "json"], catch_exceptions=False)
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def test_an_entry_is_shown_from_its_conditions_to_its_trade(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal())
    url = decided.ledger(tmp_path / "ledger.db", decided.entered(decision))

    text = why(decision.id, "--ledger", url)

    assert text.startswith("ENTERED long ")
    assert "trend-following long XBTUSDTM, bar of 2021-01-01T00:00:00Z (4h)" in text
    assert "crossed_above(ema_fast, ema_slow) 101.5 > 100.5, before 99.5 <= 100.25" in text
    assert "yes strength > adx_floor 31.2 > 25" in text
    assert "no strength >= adx_very_strong: 31.2 >= 40" in text
    assert "yes strength >= adx_strong: 31.2 >= 30 +0.15" in text
    assert "no volume_ratio > volume_very_high: 1.5 > 1.5" in text
    assert "yes volume_ratio > volume_high: 1.5 > 1.2 +0.1" in text
    assert "kept between 0 and 0.95 0.75" in text
    assert "pass total_risk 0 9" in text
    assert "base 2 " in text
    assert "x multiplier 1 " in text
    assert "trade trend-following long XBTUSDTM, ended by target" in text
    assert "P&L +19.82 net" in text
    assert "+1.98 R" in text
    assert "SIMULATED" not in text


def test_json_says_the_same_as_data(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal())
    url = decided.ledger(tmp_path / "ledger.db", decided.entered(decision))

    found = document(decision.id, "--ledger", url)

    crossed = found["conditions"][0]
    assert crossed["holds"] is True
    assert crossed["operands"]["prev(ema_slow, 1)"] == 100.25
    assert found["conditions"][1]["params"] == {"adx_floor": 25.0}
    assert found["confidence"]["confidence"] == decision.signal.confidence
    counted = [tier["when"]["text"] for tier in found["confidence"]["bonuses"][0]["tiers"] if tier["counts"]]
    assert counted == ["strength >= adx_strong"]
    assert [gate["name"] for gate in found["gates"]] == [gate.name for gate in decision.gates]
    assert found["size_pct"] == pytest.approx(decision.risk_pct)
    assert found["trade"]["pnl"] == "19.8213445"  # exact, as text
    assert found["fills"][0]["at"] == "2021-01-01T04:00:00Z"
    assert found["decision"]["at"] == "2021-01-01T03:00:00Z"


def test_the_stored_configuration_counts_and_every_rule_is_judged_as_it_was(tmp_path: Path) -> None:
    signal = trend_signal(operands={**decided.CROSSED, "rsi_14": 71.0, "strength": float("nan")})
    (decision,) = decisions(signal)
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(decision,)))

    text = why(decision.id, "--ledger", url)

    assert "no rsi_14 < rsi_ceiling 71 < 70" in text
    assert "unknown strength > adx_floor unknown > 25" in text
    assert "the signal was sent with 0.75" in text  # 0.60 is what these operands would have given


def test_a_refusal_says_value_and_limit_first(tmp_path: Path) -> None:
    positions = {"SOLUSDTM": held("SOLUSDTM", 520), "ETHUSDTM": held("ETHUSDTM", 400)}
    (decision,) = decisions(trend_signal(), positions=positions)
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(decision,)))

    text = why(decision.id[:6], "--ledger", url)

    assert text.startswith("REFUSED total_risk: 9.2 against 9.0 ")
    assert "refuse total_risk 9.2 9.0 open risk in % of equity, below" in text
    assert "nothing it was refused" in text


def test_a_cut_is_told_apart_from_a_pass(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal(), positions={"ETHUSDTM": held("ETHUSDTM", 890)})
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(decision,)))
    assert "cut total_risk 1.75 1.10 risk cut to the headroom" in why(decision.id, "--ledger", url)


def test_merged_and_losing_signals_name_the_entry_that_won(tmp_path: Path) -> None:
    loser = turtle_signal(strategy_id="weinstein", side="short", operands={})
    entry, *others = decisions(trend_signal(), turtle_signal(), loser)
    merged = next(each for each in others if each.action == "merged")
    refused = next(each for each in others if each.code == "conflict")
    whole = replace(decided.entered(entry), decisions=(entry, merged, refused))
    url = decided.ledger(tmp_path / "ledger.db", whole)

    text = why(merged.id, "--ledger", url)
    assert text.startswith(f"MERGED into {entry.id[:8]}: it counts among the 2 strategies for long")
    assert f"`cash-town why {entry.id}` explains it" in text
    assert "ended by target" in text

    assert why(refused.id, "--ledger", url).startswith("REFUSED conflict: 1 against 2 (long has won)")
    assert document(refused.id, "--ledger", url)["entry"]["id"] == entry.id


def test_second_chance_is_shown_step_by_step(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal(confidence=0.5, facts={"strength": 36.0}))
    assert decision.rescued
    url = decided.ledger(tmp_path / "ledger.db", decided.entered(decision))

    text = why(decision.id, "--ledger", url)

    assert "rescued by second chance" in text
    assert "second chance: track record +0.08 0.58 trades < record_min_trades" in text
    assert "second chance: trend strength +0.03 0.61 strength >= adx_strong" in text
    assert "refuse confidence 0.50 0.55" in text
    assert "pass second_chance 0.64 0.55" in text


def test_a_record_that_lowers_the_confidence_shows_what_it_makes(tmp_path: Path) -> None:
    record = Performance("trend-following", trades=12, score=0.3, win_rate=0.3, mean_r=-0.1)
    known = decided.contracts(decided.SYMBOLS, decided.shipped().market, decided.shipped().risk.groups)
    facts = Facts({"trend-following": record}, {}, {"XBTUSDTM": 2.0}, known, {}, samples.HOUR)
    (decision,) = decisions(trend_signal(), facts=facts)
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(decision,)))
    assert "record -0.02 0.73 trades >= record_min_trades" in why(decision.id, "--ledger", url)


def test_an_exit_shows_its_rule_and_the_trade_that_it_closed(tmp_path: Path) -> None:
    position = replace(held("XBTUSDTM", 100), decision_id="d0", id="d0")
    signal = turtle_signal(
        kind="exit",
        rule="close < exit_low",
        operands={"close": 90.0, "exit_low": 95.0},
        confidence=float("nan"),
    )
    (close,) = decisions(replace(signal, stop_distance=float("nan")), positions={"XBTUSDTM": position})
    opener = replace(decisions(turtle_signal(confidence=0.65))[0], id="d0")
    trade = replace(
        samples.TRADE, id="d0", decision_id="d0", exit_reason="exit_rule", exit_decision_id=close.id
    )
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(opener, close), trades=(trade,)))

    text = why(close.id, "--ledger", url)
    assert text.startswith("CLOSED long XBTUSDTM: exit rule `close < exit_low` held")
    assert "yes close < exit_low 90 < 95 where exit_low = donchian_low(exit_days)" in text
    assert "closed by this decision (exit_rule)" in text

    # a trade and a position bear the id of the decision that opened them
    assert f"by decision {close.id} CLOSED long XBTUSDTM" in why("d0", "--ledger", url)


def test_an_open_position_is_marked(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal())
    position = replace(samples.POSITION, id=decision.id, decision_id=decision.id)
    whole = replace(
        decided.entered(decision), trades=(), positions=(position,), marks={"XBTUSDTM": Decimal(29_500)}
    )
    url = decided.ledger(tmp_path / "ledger.db", whole)
    text = why(decision.id, "--ledger", url)
    assert "position open since 2021-01-01T04:00:00Z" in text
    assert "P&L +242.50 open at 29500.00, before fees" in text


def test_simulated_candles_are_called_so(tmp_path: Path) -> None:
    (decision,) = decisions(trend_signal())
    url = decided.ledger(tmp_path / "ledger.db", decided.entered(decision), simulated=True)
    assert "SIMULATED market" in why(decision.id, "--ledger", url)
    assert document(decision.id, "--ledger", url)["simulated"] is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"config_hash": "gone"}, "not shown: the ledger holds no configuration gone"),
        ({"signal": trend_signal(strategy_id="posted")}, "posted was not declared in the configuration"),
    ],
)
def test_without_the_rules_the_rest_is_still_explained(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    decision = replace(samples.decision(), signal=trend_signal(), config_hash=decided.shipped().hash)
    decision = replace(decision, **change)
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(decision,)))
    text = why("d1", "--ledger", url)
    assert said in text
    assert "strength 31.2" in text  # the operands are stored with the signal
    assert "cut group btc 2" in text


class TestLookingUp:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        both = (self.named("abcd1"), self.named("abcd2"))
        return decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=both))

    @staticmethod
    def named(name: str) -> Decision:
        return replace(samples.decision(), id=name, config_hash=decided.shipped().hash)

    def test_an_unknown_id_is_told_with_the_nearest(self, url: str) -> None:
        with pytest.raises(
            CashTownError, match=r"holds no decision 'abcdx'; nearest: abcd1 \(2021-01-01 .*abcd2"
        ):
            why("abcdx", "--ledger", url)

    def test_an_id_like_no_other_is_told_where_to_look(self, url: str) -> None:
        with pytest.raises(CashTownError, match="`cash-town show decisions` lists them"):
            why("zzzz", "--ledger", url)

    def test_a_short_id_of_several_is_told_with_all_of_them(self, url: str) -> None:
        with pytest.raises(CashTownError, match=r"'abcd' could be abcd1 .*, abcd2 "):
            why("abcd", "--ledger", url)

    def test_an_unknown_run_is_told_with_the_known(self, url: str) -> None:
        with pytest.raises(CashTownError, match="holds no run 'nope'; it has run-a"):
            why("abcd1", "--run", "nope", "--ledger", url)

    def test_no_ledger_says_how_to_make_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        with pytest.raises(CashTownError, match=r"no ledger .*ledger\.db yet; `cash-town run` makes one"):
            why("abcd1")
        assert not any(tmp_path.iterdir())

    def test_the_newest_run_is_taken_and_the_others_named(self, tmp_path: Path, url: str) -> None:
        file = Path(url.removeprefix("sqlite:///"))
        decided.ledger(file, Batch("run-b", decisions=(self.named("abcd1"),)), run_id="run-b", started_at=2)
        assert "run run-b" in why("abcd1", "--ledger", url)
        assert "also in 1 other run (run-a)" in why("abcd1", "--ledger", url)
        assert "run run-a" in why("abcd1", "--run", "run-a", "--ledger", url)
