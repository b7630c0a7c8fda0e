"""Keeps a session's view up to date on a terminal, until a key ends it."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from engine.commands.watch_data import look
from engine.commands.watch_view import screen
from engine.model.problem import CashTownError

WITHOUT_TERMINAL = 50  # lines, where nobody says how many there are


def watch_once(url: str, run_id: str | None, console: Console) -> None:
    """Prints the session as it is now. CashTownError where there is none."""
    height = console.height if console.is_terminal else WITHOUT_TERMINAL
    for line in screen(look(url, run_id), console.width, height, _has_blocks(console)):
        console.print(line)


def watch(url: str, run_id: str | None, every: float, console: Console) -> None:
    """Shows it until q or Ctrl-C. A ledger that is not there yet, or locked, is waited for."""
    shown: list[Text] = []
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                width, height = console.width, console.height - 1
                note = f"q ends; looks every {every:g} s"
                try:
                    shown = screen(look(url, run_id), width, height, _has_blocks(console))
                except CashTownError as error:
                    # What was seen last stays, with what keeps it from moving on.
                    note = f"waiting: {error}; q ends"
                foot = Text(note, "dim", no_wrap=True)
                foot.truncate(width, overflow="ellipsis")
                live.update(Group(*shown[:height], foot), refresh=True)
                if pressed(every):
                    return
        except KeyboardInterrupt:
            return


def _has_blocks(console: Console) -> bool:
    return console.encoding.lower().startswith("utf")


class _Keys:
    """Whether q was pressed, waiting at most so many seconds for it."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def __call__(self, seconds: float) -> bool:
        if self._descriptor is None:
            time.sleep(seconds)
            return False
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._descriptor], [], [], left)
            if ready:
                keys = os.read(self._descriptor, 64)
                if not keys or b"q" in keys.lower():
                    return True
        return False


@contextmanager
def _keys() -> Iterator[_Keys]:
    """Reads keys as they are pressed, where there is a keyboard; the terminal is left as it was."""
    if not sys.stdin.isatty():
        yield _Keys(None)
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield _Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
