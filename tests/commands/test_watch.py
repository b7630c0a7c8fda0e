"""`cash-town watch`: what matters fits, whatever the terminal; it waits, follows and ends."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.commands.watch import watch_command
from engine.commands.watch_data import Seen, look
from engine.commands.watch_view import screen
from engine.ledger.records import Batch
from engine.model.account import BreakerState
from engine.model.problem import CashTownError
from tests.commands import decided
from tests.ledger import samples

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(tmp_path: Path) -> str:
    refusals = [replace(samples.refusal(), id=f"r{index}") for index in range(60)]
    batch = samples.batch(decisions=(samples.decision(), *refusals))
    return decided.ledger(tmp_path / "ledger.db", batch, simulated=True)


@pytest.fixture
def seen(url: str) -> Seen:
    return look(url, None)


def lines(seen: Seen, width: int = 80, height: int = 24) -> list[str]:
    return [line.plain for line in screen(seen, width, height)]


def test_a_plain_terminal_holds_what_matters(seen: Seen) -> None:
    shown = lines(seen)
    assert len(shown) == 24
    assert max(map(len, shown)) <= 80
    text = "\n".join(shown)
    for wanted in (
        "run-a",
        "SIMULATED MARKET",
        "drawdown",
        "Position",
        "refused 60: confidence 60",
        "REFUSED",
    ):
        assert wanted in text


def test_what_does_not_fit_is_left_out_by_rank(seen: Seen) -> None:
    for height in range(1, 24):
        assert len(lines(seen, 80, height)) <= height
    small = "\n".join(lines(seen, 80, 5))
    assert "run-a" in small
    assert "Position" in small
    assert "Decisions" not in small
    assert max(map(len, lines(seen, 30, 10))) <= 30


def test_the_newest_decision_comes_first(seen: Seen) -> None:
    newest = replace(samples.decision("new"), at=samples.T0 + 40 * samples.HOUR)
    shown = lines(replace(seen, decisions=(*seen.decisions, newest)))
    place = shown.index("Decisions, the newest first")
    assert shown[place + 1].startswith("01-02 16:00 trend-following XBTUSDTM long 0.70 ENTERED long")


def test_a_tripped_breaker_is_said(seen: Seen) -> None:
    until = samples.T0 + 24 * samples.HOUR
    state = BreakerState("daily_loss", True, samples.T0, until, 5.1, "5.10 reached 5.00")
    text = "\n".join(lines(replace(seen, breakers=(state,))))
    assert "BREAKER daily_loss tripped: 5.10 reached 5.00, until 2021-01-02 00:00" in text


def test_a_run_that_has_just_begun(seen: Seen) -> None:
    nothing = replace(seen, equity=(), positions=(), decisions=(), breakers=(), refusals={})
    text = "\n".join(lines(nothing))
    assert "no bar yet" in text
    assert "no open position" in text


def test_once_and_without_a_terminal_it_prints_and_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for options in (["--once"], []):
        result = CliRunner().invoke(watch_command, [*options, "--ledger", url], catch_exceptions=False)
        assert result.exit_code == 0
        assert "SIMULATED MARKET" in result.stdout
        assert "\x1b" not in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_once_without_a_ledger_says_so(tmp_path: Path) -> None:
    with pytest.raises(CashTownError, match="`cash-town run` makes one"):
        CliRunner().invoke(
            watch_command, ["--once", "--ledger", str(tmp_path / "no.db")], catch_exceptions=False
        )


class Terminal:
    """`cash-town watch` on a terminal of 80 x 24, and what it has written so far."""

    def __init__(self, file: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        code = "from engine.cli import main; main()"
        environ = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        for name in ("COLUMNS", "LINES", "NO_COLOR"):
            environ.pop(name, None)
        arguments = [sys.executable, "-c", code, "watch", "--every", "0.1", "--ledger", str(file)]
        self.process = subprocess.Popen(
            arguments, stdin=slave, stdout=slave, stderr=slave, env=environ, cwd=ROOT, start_new_session=True
        )
        os.close(slave)
        self.written = ""

    def until(self, text: str) -> None:
        """Reads on until `text` has been written."""
        end = time.monotonic() + 30
        while text not in self.written:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} was not shown: {self.written[-2_000:]!r}"
            self.written += os.read(self.master, 65_536).decode("utf-8", "replace")

    def press(self, keys: bytes) -> int:
        os.write(self.master, keys)
        return self.process.wait(30)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def test_live_it_waits_for_a_ledger_follows_it_and_ends_by_q(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "ledger.db")
    try:
        terminal.until("waiting: there is no ledger")
        decided.ledger(tmp_path / "ledger.db", samples.batch())
        terminal.until("run-a")
        later = replace(samples.POINT, at=samples.T0 + 9 * samples.HOUR)
        decided.ledger(tmp_path / "ledger.db", Batch("run-b", equity=(later,)), run_id="run-b", started_at=2)
        terminal.until("run-b")
        assert terminal.press(b"q") == 0
    finally:
        terminal.close()
