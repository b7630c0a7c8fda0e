"""The ledger looks at itself: what is damaged, missing, doubled or does not add up is told in lines."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from engine.ledger.check import check_at_start, everything, was_closed
from engine.ledger.database import open_ledger
from engine.ledger.records import SessionState
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError

from . import samples
from .samples import HOUR, POINT, T0

# 10,000 + 19.8213445 of the trade - 8.7 of the position; the position is marked at a gain of 242.499875
CASH = Decimal("10011.1213445")
OPEN = Decimal("242.499875")
LAST = replace(POINT, at=T0 + 5 * HOUR, cash=CASH, open_pnl=OPEN, equity=CASH + OPEN)
STATE = SessionState(LAST.at, 1, "0.1.0", "{}")


@pytest.fixture
def sound(engine: Engine) -> Engine:
    writer = LedgerWriter(engine)
    writer.save_config("c0ffee", "{}")
    writer.begin_run(samples.run())
    writer.add(samples.batch(equity=(POINT, LAST), state=STATE))
    writer.end_run("run-a", "finished", LAST.equity, {})
    return engine


def test_a_sound_ledger(sound: Engine) -> None:
    assert list(everything(sound)) == []
    assert check_at_start(sound) == []
    assert check_at_start(sound, closed_well=False) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE trades SET pnl = '19.8213446'",
            "cash is 10011.1213445, its trades and positions make 10011.1213446",
        ),
        ("UPDATE positions SET fees = '8'", "its trades and positions make 10011.8213445"),
        ("UPDATE positions SET mark = '29500.5'", "cash and open P&L make 10253.8712195"),
        ("UPDATE runs SET final_equity = '1'", "ended with 1, its last bar says 10253.6212195"),
        ("UPDATE fills SET order_id = 'o9'", "1 fills without their order"),
        ("DELETE FROM signals WHERE seq = 1", "1 decisions without their signal"),
        ("UPDATE decisions SET id = 'd9' WHERE id = 'd1'", "1 trades without their decision"),
        ("UPDATE orders SET seq = 4", "1 orders are numbered 4 to 4"),
        ("DELETE FROM equity WHERE at > 1609473600000", "its session stands at 1609477200000"),
    ],
)
def test_what_is_wrong_is_found(sound: Engine, change: str, said: str) -> None:
    with sound.begin() as connection:
        connection.execute(text(change))
    found = list(everything(sound))
    assert any(said in line for line in found), found
    assert all(line.startswith("run run-a: ") for line in found)


def test_a_run_that_failed_within_a_bar_is_not_held_to_it(sound: Engine) -> None:
    with sound.begin() as connection:
        connection.execute(text("UPDATE runs SET status = 'failed', final_equity = NULL"))
        connection.execute(text("UPDATE positions SET fees = '8'"))
    assert list(everything(sound)) == []


def test_at_the_start_the_latest_run_is_looked_at(sound: Engine) -> None:
    with sound.begin() as connection:
        connection.execute(text("UPDATE positions SET fees = '8'"))
    (line,) = check_at_start(sound)
    assert "its trades and positions make" in line
    LedgerWriter(sound).begin_run(samples.run("later", started_at=2))
    assert check_at_start(sound) == []


def test_a_damaged_file(file: Path) -> None:
    engine = open_ledger(f"sqlite:///{file}")
    writer = LedgerWriter(engine)
    writer.begin_run(samples.run())
    writer.add(samples.batch(decisions=[samples.refusal(f"d-{number}") for number in range(500)]))
    engine.dispose()
    assert was_closed(file)
    content = bytearray(file.read_bytes())
    pages = len(content) // 8192
    for page in range(pages * 2 // 3, pages, 3):
        content[page * 8192 : page * 8192 + 200] = b"\x55" * 200
    file.write_bytes(content)
    broken = open_ledger(f"sqlite:///{file}")
    with pytest.raises(CashTownError, match=rf"^ledger {file} is damaged \(.*\); `cash-town ledger check`"):
        check_at_start(broken)
    broken.dispose()


def test_a_file_that_was_not_closed(file: Path) -> None:
    engine = open_ledger(f"sqlite:///{file}")
    LedgerWriter(engine).begin_run(samples.run())
    assert not was_closed(file)  # still open: the log is there
    engine.dispose()
    assert was_closed(file)
    assert was_closed(file.with_name("never.db"))


def test_a_server_that_only_reads(postgres: object, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres").empty()
    engine = open_ledger(url)
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    engine.dispose()
    engine = open_ledger(url)
    with pytest.raises(CashTownError, match="cannot be written: it is read-only"):
        check_at_start(engine)
    engine.dispose()
