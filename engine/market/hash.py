"""The hash of a set of candles, which tells whether two runs saw the same data."""

import hashlib
from collections.abc import Mapping

import numpy as np

from engine.model.candles import COLUMNS, Candles

HEX_DIGITS = 16


def data_hash(candles: Mapping[str, Candles]) -> str:
    """SHA-256, 16 hex digits, over symbols, timeframes and every value; no order of keys counts."""
    digest = hashlib.sha256()
    for symbol in sorted(candles):
        bars = candles[symbol]
        digest.update(f"{symbol} {bars.timeframe} {len(bars)}\n".encode())
        for name in ("time", *COLUMNS):
            digest.update(np.ascontiguousarray(getattr(bars, name)).data)
    return digest.hexdigest()[:HEX_DIGITS]
