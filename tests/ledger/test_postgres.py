"""What PostgreSQL may answer, each as one line that names the ledger and hides the password."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from engine.ledger import find, read
from engine.ledger.database import open_ledger
from engine.ledger.faults import clear_errors
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError
from tests.postgres import GUARDED, Server

from . import samples


@pytest.fixture
def url(postgres: Server, ledger_template: str) -> str:
    return postgres.empty(ledger_template)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_ledger(url, busy_timeout=0.2)
    yield engine
    engine.dispose()


@pytest.fixture
def throw_away(postgres: Server) -> Server:
    """The server of this run, where it is our own: it has the guarded user."""
    if postgres.pid is None:
        pytest.skip("only on a throw-away server")
    return postgres


def refused(url: str) -> str:
    with pytest.raises(CashTownError) as error:
        open_ledger(url)
    line = str(error.value)
    assert "\n" not in line
    assert line.startswith("ledger postgresql://")
    return line


def test_both_schemes_of_the_url_work(url: str) -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = open_ledger(re.sub("^postgresql", scheme, url))
        assert find.runs(engine) == []
        engine.dispose()


def test_no_server(tmp_path: object) -> None:
    line = refused(f"postgresql://me:sesame@/ledger?host={tmp_path}")
    assert "cannot be reached: no server listens there" in line
    assert "sesame" not in line


def test_nobody_listens_on_the_port() -> None:
    assert "cannot be reached: no server listens there" in refused("postgres://me:sesame@127.0.0.1:1/ledger")


def test_no_such_host() -> None:
    assert "cannot be reached: no such host" in refused("postgresql://me@no-such-host.invalid/ledger")


def test_no_such_database(postgres: Server) -> None:
    assert "the server has no such database" in refused(postgres.database("nowhere"))


def test_wrong_password_and_none(throw_away: Server) -> None:
    head, _, host = throw_away.url.partition("@")
    assert head == "postgresql://postgres"
    wrong = refused(f"postgresql://{GUARDED}:sesame@{host}")
    assert "refuses this user or password" in wrong
    assert "sesame" not in wrong
    assert "asks for a password" in refused(f"postgresql://{GUARDED}@{host}")
    assert "knows no such user" in refused(f"postgresql://stranger@{host}")


def test_a_user_without_rights(throw_away: Server, url: str) -> None:
    guarded = url.replace("postgres@", f"{GUARDED}:{GUARDED}@")
    engine = open_ledger(url)
    engine.dispose()
    assert "may not be used so by this user" in refused(guarded)


def test_another_database_is_left_as_it_is(postgres: Server) -> None:
    url = postgres.empty()
    other = Server(url)
    other.run("CREATE TABLE recipes (name text)")
    assert "is not a Cash Town ledger: it holds other tables" in refused(url)


def test_showing_fills_no_database(postgres: Server) -> None:
    url = postgres.empty()
    with pytest.raises(CashTownError, match=r"is empty; `cash-town run` fills it"):
        open_ledger(url, create=False)


def test_read_only(engine: Engine, url: str) -> None:
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    read_only = open_ledger(url)
    with pytest.raises(CashTownError, match="cannot be written: it is read-only"):
        LedgerWriter(read_only).begin_run(samples.run())
    read_only.dispose()


def test_a_lost_connection_is_told_and_found_again(engine: Engine) -> None:
    writer = LedgerWriter(engine)
    writer.begin_run(samples.run())
    with engine.connect() as held:
        ended(engine, held.scalar(text("SELECT pg_backend_pid()")))
        lost = "has lost its connection to the server"
        with pytest.raises(CashTownError, match=lost), clear_errors(engine):
            held.execute(text("SELECT 1"))
    writer.add(samples.batch())
    assert read.trades(engine, "run-a") == [samples.TRADE]


def test_connections_that_died_in_the_pool_are_replaced(engine: Engine) -> None:
    writer = LedgerWriter(engine)
    writer.begin_run(samples.run())
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    ended(engine, pid)
    writer.add(samples.batch())
    assert len(read.decisions(engine, "run-a")) == 2


def ended(engine: Engine, pid: int | None) -> None:
    """The server ends a connection, as where it is restarted."""
    other = open_ledger(engine.url.render_as_string(hide_password=False))
    with other.connect() as connection:
        assert connection.scalar(text(f"SELECT pg_terminate_backend({pid}, 5000)"))
    other.dispose()


def test_locked_by_another(engine: Engine, url: str) -> None:
    writer = LedgerWriter(engine)
    writer.begin_run(samples.run())
    other = open_ledger(url)
    with other.connect() as holder:
        holder.execute(text("LOCK TABLE trades IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(CashTownError, match="is locked by another program"):
            writer.add(samples.batch())
    other.dispose()
    writer.add(samples.batch())


def test_text_is_ordered_by_code_points(engine: Engine) -> None:
    """Whatever the server's own language is: prefixes of ids depend on it."""
    writer = LedgerWriter(engine)
    for name in ("run-a", "run-B", "run_c", "Run-d"):
        writer.begin_run(samples.run(name))
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT run_id FROM runs ORDER BY run_id")).all()
    assert names == ["Run-d", "run-B", "run-a", "run_c"]


def test_money_is_exact_to_the_last_place(engine: Engine) -> None:
    writer = LedgerWriter(engine)
    large = Decimal("99999999999999999999.999999999999999999")
    writer.begin_run(samples.run(starting_equity=large))
    assert find.find_run(engine, "run-a").starting_equity == large
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_typeof(starting_equity)::text FROM runs")) == "numeric"
