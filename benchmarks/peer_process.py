"""Makes a peer's environment, starts its script there, and asks it for rounds one at a time."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.data import Bars
from benchmarks.plain_rule import FAST, FEE, RSI_CEILING, RSI_PERIOD, SLOW, STOP, TARGET

PEERS: Final = ("vectorbt", "backtesting")
CACHE: Final = Path(".bench")
RULE: Final = {
    "fast": FAST,
    "slow": SLOW,
    "rsi_period": RSI_PERIOD,
    "rsi_ceiling": RSI_CEILING,
    "stop": STOP,
    "target": TARGET,
    "fee": FEE,
}

_HERE: Final = Path(__file__).parent / "peers"


class PeerMissing(Exception):
    """A peer that cannot be measured here; the message says why, in one line."""


@dataclass(slots=True)
class Peer:
    """A running peer. `loading` and `first` are seconds of importing and of its first round."""

    name: str
    process: subprocess.Popen[str]
    versions: str
    loading: float
    first: float

    def round(self) -> float:
        """Seconds of one round by the peer's own clock; nothing of ours runs meanwhile."""
        return float(self._ask("round")["seconds"])

    def trades(self) -> list[list[Any]]:
        """Closed trades of its last round: symbol, entry and exit time (ms), prices, net P&L in %."""
        found: list[list[Any]] = self._ask("trades")["trades"]
        return found

    def _ask(self, request: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return _answer(self.name, self.process)


@contextmanager
def start_peers(
    bars: Bars, names: tuple[str, ...] = PEERS, cache: Path = CACHE
) -> Iterator[tuple[dict[str, Peer], dict[str, str]]]:
    """The peers that run here on these bars, and why the others do not; all end with the block."""
    peers: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cash-town-bench-")))
        arrays: dict[str, Any] = {**bars.columns(), "time": bars.time, "symbols": np.array(bars.symbols)}
        np.savez(folder / "data.npz", **arrays)
        (folder / "rule.json").write_text(json.dumps(RULE))
        for name in names:
            try:
                peers[name] = stack.enter_context(_started(name, folder, cache))
            except PeerMissing as reason:
                missing[name] = str(reason)
        yield peers, missing


@contextmanager
def _started(name: str, folder: Path, cache: Path) -> Iterator[Peer]:
    python = environment(name, cache)
    script = str(_HERE / f"run_{name}.py")
    with open(folder / f"{name}.log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(python), script, str(folder / "data.npz"), str(folder / "rule.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            try:
                hello = _answer(name, process)
            except PeerMissing as reason:
                log.seek(0)
                lines = log.read().strip().splitlines()
                raise PeerMissing(lines[-1] if lines else str(reason)) from reason
            yield Peer(name, process, hello["versions"], hello["loading"], hello["first"])
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()


def environment(name: str, cache: Path = CACHE) -> Path:
    """The Python of a peer's environment, made on first use from its pinned list (minutes).

    Its folder is named after the list's content and this interpreter, so a change makes a new one.
    Raises PeerMissing where packages cannot be had.
    """
    listed = _HERE / f"{name}.txt"
    key = hashlib.sha256(listed.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = (cache / f"{name}-{key}").absolute()
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(listed)],
    ):
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "PIP_NO_INPUT": "1"}
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise PeerMissing(f"its environment cannot be made: {lines[-1] if lines else 'see pip'}")
    (folder / "ready").touch()
    return python


def _answer(name: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise PeerMissing(f"{name} ended without an answer")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise PeerMissing(f"{name}: {answer['error']}")
    return answer
