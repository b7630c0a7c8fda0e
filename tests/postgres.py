"""A PostgreSQL server for the tests: one that is named, else a throw-away one that ends with the run.

CASH_TOWN_TEST_POSTGRES names a server by URL (its user makes and drops databases there), or says
`start`: then a server must be found or the tests fail, where they would otherwise be skipped.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import pytest

ASKED: Final = os.environ.get("CASH_TOWN_TEST_POSTGRES", "")
HOW: Final = "apt-get install postgresql, or name a server: CASH_TOWN_TEST_POSTGRES=postgresql://..."
START_SECONDS: Final = 60

GUARDED: Final = "guarded"
"""A user of the throw-away server who needs a password (it is the name)."""

# Unsafe in a crash of the machine, which no test makes; quick instead.
SETTINGS: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=40")


@dataclass(slots=True)
class Server:
    """A server, by the URL of a database in it."""

    url: str
    pid: int | None = None
    _numbers: Iterator[int] = field(default_factory=count)
    _made: list[str] = field(default_factory=list)

    def database(self, name: str) -> str:
        """The URL of another database of the server."""
        head, question, options = self.url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}{question}{options}"

    def empty(self, template: str = "template0") -> str:
        """The URL of a new database."""
        name = f"cash_town_test_{os.getpid()}_{next(self._numbers)}"
        self.run(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        self._made.append(name)
        return self.database(name)

    def run(self, statement: str) -> None:
        """One statement, outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def drop_all(self) -> None:
        for name in self._made:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The server; the test is skipped where there is none, or fails where there must be one."""
    if "://" in ASKED:
        server = Server(ASKED)
        yield server
        server.drop_all()
        return
    binaries = _binaries()
    if binaries is None:
        if ASKED:
            pytest.fail(f"there must be a PostgreSQL server: {HOW}")
        pytest.skip(f"no PostgreSQL server: {HOW}")
    folder = Path(tempfile.mkdtemp(prefix="cash-town-pg-"))
    try:
        yield from _cluster(binaries, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def ledger_template(postgres: Server) -> str:
    """A database with the schema of a ledger, of which others are copied."""
    from engine.ledger.database import open_ledger

    url = postgres.empty()
    open_ledger(url).dispose()
    return url.partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes URLs of new empty databases, of SQLite and of PostgreSQL."""
    numbers = count()
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / f'ledger-{next(numbers)}.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.empty


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new ledger, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.empty(request.getfixturevalue("ledger_template"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for everything that wanted a server."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and "no PostgreSQL server" in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.write_line(f"PostgreSQL: {len(skipped)} tests skipped, no server: {HOW}")


def _binaries() -> Path | None:
    """The folder of initdb and postgres: of the newest version that lies where Debian puts it, or of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: float(each.parts[4]))
    on_path = shutil.which("initdb")
    every = [*found, *([Path(on_path).resolve()] if on_path else [])]
    return every[-1].parent if every else None


def _cluster(binaries: Path, folder: Path) -> Iterator[Server]:
    """A cluster in `folder`, reached by a socket in it and by nothing else."""
    become: list[str] = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to be
        account = _somebody()
        os.chown(folder, account.pw_uid, account.pw_gid)
        become = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]
    folder.chmod(0o700)
    data = folder / "data"
    made = [*become, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8"]
    made += ["--auth=trust", "--no-sync", "--locale=C.UTF-8"]
    # Sorting as people do it, where it can: what depends on the order of text shows itself.
    for locale in (["--locale-provider=icu", "--icu-locale=en-US"], []):
        done = subprocess.run([*made, *locale], capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode == 0:
            break
        shutil.rmtree(data, ignore_errors=True)
    else:
        pytest.fail(f"initdb: {done.stderr.strip()}")
    (data / "pg_hba.conf").write_text(f"local all {GUARDED} scram-sha-256\nlocal all all trust\n")
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", *SETTINGS]
    command = [*become, str(binaries / "postgres"), "-D", str(data)]
    command += [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        server = Server(f"postgresql://postgres@/postgres?host={folder}", process.pid)
        _wait_for(server, process, folder / "log")
        server.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{GUARDED}'")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # its fast shutdown
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _somebody() -> pwd.struct_passwd:
    names = {each.pw_name: each for each in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            break
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")
